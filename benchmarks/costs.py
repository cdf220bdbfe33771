"""What a day of messages costs by the router's decisions, and what our own prompts for it are long.

The prompts of the messages are measured on a store of filings: by default one that is kept in the
cache folder. What `assistant.evals.costs` assumes is checked against them.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from statistics import mean

from assistant.bootstrap import App, open_app
from assistant.bootstrap.models import open_pricing
from assistant.domain.answers import Destination, EarlierTurn, Question
from assistant.domain.people import LOCAL_USER
from assistant.evals.costs import ASSUMED, DayCost, Took, assumed, cost_of
from assistant.evals.report import write_section
from assistant.evals.routing import Sent, read_messages
from assistant.settings import Settings
from assistant.turn import final_answer
from benchmarks.store import DOCS, filings_folder, fill, kept_store, parser, settings


def main() -> None:
    """Measure, print, and write on demand."""
    options = parser(__doc__ or "")
    options.add_argument("--data-dir", type=Path, help="a store that has filings")
    options.add_argument("--messages", type=Path, help="a file of messages")
    given = options.parse_args()
    data_dir = given.data_dir
    if data_dir is None:
        data_dir = kept_store("filings")
        fill(data_dir, str(filings_folder()))
    messages = given.messages or Settings().eval_dir / "routing" / "messages.jsonl"
    sent, today = read_messages(messages, Sent), datetime.now(UTC).date()
    found, filings, day = asyncio.run(_measure(settings(data_dir), sent, today))
    body = _markdown(found, filings, day, settings(data_dir), today)
    print(body)
    if given.write:
        write_section(DOCS, "costs", body)


async def _measure(
    chosen: Settings, sent: Sequence[Sent], today: date
) -> tuple[Mapping[Took, list[int]], int, DayCost]:
    """Return the prompts' tokens by what is assumed, how many filings there are, and the day's cost."""
    async with open_app(chosen) as app:
        prompts: dict[Took, list[int]] = defaultdict(list)
        for message in sent:
            took, tokens = await _prompt(app, message, today)
            if tokens:
                prompts[took].append(tokens)
        day = await cost_of(app.assistant.router, sent, app.meter.pricing.price, today)
        return prompts, len(await app.catalogue.filings()), day


async def _prompt(app: App, message: Sent, today: date) -> tuple[Took, int]:
    history = tuple(map(EarlierTurn, message.previous))
    question = Question(message.text, LOCAL_USER, today, history=history, model=Destination.BUILTIN)
    answer = await final_answer(app.assistant.ask(question))
    return assumed(await app.assistant.router.read(question)), answer.prompt_tokens


def _markdown(
    prompts: Mapping[Took, list[int]],
    filings: int,
    day: DayCost,
    chosen: Settings,
    today: date,
) -> str:
    pricing, told = open_pricing(chosen), day.metrics
    read, wrote = (
        f"{float(1_000_000 * usd):g}"
        for usd in (pricing.price.prompt_usd, pricing.price.completion_usd)
    )
    lines = [
        f"`python -m benchmarks.costs --write`, {today.isoformat()}: {day.n} messages, a store of "
        f"{filings} filings, {pricing.model} at {read} and {wrote} USD a million tokens.",
        "",
        "| message | read, assumed | written, assumed | prompts measured | mean | longest |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, took in ASSUMED.items():
        tokens = prompts.get(took, [])
        measured = f"{mean(tokens):,.0f} | {max(tokens):,}" if tokens else "- | -"
        lines.append(
            f"| {name} | {took.prompt:,} | {took.completion:,} | {len(tokens)} | {measured} |"
        )
    return "\n".join(
        [
            *lines,
            "",
            "| answered without the cloud | cost | all-cloud | saving |",
            "|---:|---:|---:|---:|",
            f"| {told['share_without_cloud']:.3f} | {told['cost_usd']:.2f} USD | "
            f"{told['all_cloud_usd']:.2f} USD | {told['saving_share']:.3f} |",
        ]
    )


if __name__ == "__main__":
    main()
