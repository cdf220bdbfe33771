"""How long a search and an answer take in one process, for one caller and for eight.

Through the functions that every face calls, on a store that is there: by default one that is
kept in the cache folder and filled with the evaluation filings when it is not.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assistant.bootstrap import App, open_app
from assistant.domain.answers import Question, Scope
from assistant.domain.people import LOCAL_USER
from assistant.evals.cases import read_cases
from assistant.evals.report import this_machine, write_section
from assistant.settings import Settings, Switch
from assistant.turn import final_answer
from benchmarks.store import DOCS, filings_folder, fill, kept_store, parser, settings

_CALLERS = (1, 8)
_WARM_UP = 5

Call = Callable[[str], Awaitable[object]]


@dataclass(frozen=True)
class Latencies:
    """The times of all calls, in seconds, sorted, and the time from first to last."""

    what: str
    callers: int
    each: list[float]
    total: float

    def quantile(self, share: float) -> float:
        """Return a quantile in milliseconds (nearest rank)."""
        return 1000 * self.each[min(len(self.each) - 1, int(share * len(self.each)))]


def main() -> None:
    """Measure, print, and write on demand."""
    options = parser(__doc__ or "")
    options.add_argument("--data-dir", type=Path, help="a store that has filings")
    options.add_argument("--questions", type=Path, help="a questions file")
    options.add_argument("--calls", type=int, default=200, help="calls a measurement")
    given = options.parse_args()
    data_dir = given.data_dir
    if data_dir is None:
        data_dir = kept_store("filings")
        fill(data_dir, str(filings_folder()))
    questions = given.questions or Settings().eval_dir / "financebench" / "questions.jsonl"
    texts = [case.question for case in read_cases(questions)]
    report = asyncio.run(_measure_all(settings(data_dir), texts, given.calls))
    print(report)
    if given.write:
        write_section(DOCS, "latency", report)


async def _measure_all(chosen: Settings, texts: Sequence[str], calls: int) -> str:
    async with open_app(chosen) as app:
        filings = await app.catalogue.filings()
        pages = sum(filing.pages for filing in filings)
        results = [
            await _measure(what, call, texts, calls, callers)
            for what, call in (("search", _search(app)), ("ask", _ask(app)))
            for callers in _CALLERS
        ]
    async with open_app(chosen.model_copy(update={"answer_cache": Switch.ON})) as app:
        kept = [text for text in texts if await _is_kept(app, text)]
        results += [
            await _measure("ask again", _ask(app), kept, calls, callers) for callers in _CALLERS
        ]
    about = f"{len(kept)} of {len(texts)} answers are kept and given again."
    return f"{_report(results, len(filings), pages)}\n\n{about}"


async def _is_kept(app: App, text: str) -> bool:
    question = Question(text, LOCAL_USER, datetime.now(UTC).date())
    await final_answer(app.assistant.ask(question))
    return (await final_answer(app.assistant.ask(question))).cached


def _search(app: App) -> Call:
    return lambda text: app.search(text, Scope(), 10)


def _ask(app: App) -> Call:
    async def ask(text: str) -> object:
        question = Question(text, LOCAL_USER, datetime.now(UTC).date())
        return await final_answer(app.assistant.ask(question))

    return ask


async def _measure(
    what: str, call: Call, texts: Sequence[str], calls: int, callers: int
) -> Latencies:
    for text in texts[:_WARM_UP]:
        await call(text)
    work = iter([texts[n % len(texts)] for n in range(calls)])
    each: list[float] = []

    async def caller() -> None:
        for text in work:
            start = time.perf_counter()
            await call(text)
            each.append(time.perf_counter() - start)

    start = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(callers):
            group.create_task(caller())
    return Latencies(what, callers, sorted(each), time.perf_counter() - start)


def _report(results: Sequence[Latencies], filings: int, pages: int) -> str:
    lines = [
        "## Latency",
        "",
        f"`make bench`, {datetime.now(UTC).date()}, {this_machine()}. One process, questions of "
        f"the evaluation in the whole store of {filings} filings ({pages:,} pages), built-in "
        "answerer.",
        "",
        "| | callers | calls | p50, ms | p95, ms | calls/s |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {r.what} | {r.callers} | {len(r.each)} | {r.quantile(0.5):.1f} | "
        f"{r.quantile(0.95):.1f} | {len(r.each) / r.total:.1f} |"
        for r in results
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
