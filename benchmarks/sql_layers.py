"""What stands between a hostile statement and the data: each layer's share, with the guard on and off.

Over our own market, and over the database of AEI_ANALYTICS_URL where that is set.
"""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from pydantic import SecretStr

from assistant.bootstrap.sql import open_execution
from assistant.domain.sql import RowReader, SqlLimits
from assistant.evals.guard import Statement
from assistant.evals.layers import LAYERS, LayerScore, score_layers
from assistant.evals.report import this_machine, write_section
from assistant.evals.routing import read_messages
from assistant.settings import Settings
from benchmarks.store import DOCS, parser

_LIMITS = SqlLimits(seconds=3)
_READER = RowReader(42)


def main() -> None:
    """Score, print a table, and put it into the docs where that is asked."""
    arguments = parser(__doc__ or "").parse_args()
    statements = read_messages(Settings().eval_dir / "sql" / "hostile.jsonl", Statement)
    with TemporaryDirectory() as folder:
        scores = asyncio.run(_scores(Path(folder), statements))
    body = _markdown(scores)
    print(body)
    if arguments.write:
        write_section(DOCS, "sql layers", body)


async def _scores(folder: Path, statements: list[Statement]) -> dict[str, LayerScore]:
    given = Settings(data_dir=folder)
    own = given.model_copy(update={"analytics_url": SecretStr("")})
    asked = {"our own market": own}
    if given.analytics_url.get_secret_value():
        asked["database of the corpora"] = given
    scores = {}
    async with AsyncExitStack() as stack:
        for name, settings in asked.items():
            one = await stack.enter_async_context(open_execution(settings))
            scores[name] = await score_layers(one.engine, one.guard, statements, _READER, _LIMITS)
    return scores


def _markdown(scores: dict[str, LayerScore]) -> str:
    n = max(score.n for score in scores.values())
    lines = [
        "## What holds a hostile statement",
        "",
        f"`python -m benchmarks.sql_layers --write`, {datetime.now(UTC).date()}, {this_machine()}. "
        f"{n} hostile statements of sql/hostile.jsonl, each as user 42 through every layer, and straight "
        "to the database with the guard switched off. Counted is what stopped it.",
        "",
        "| stopped by | " + " | ".join(f"{name} | without the guard" for name in scores) + " |",
        "|---|" + "---:|---:|" * len(scores),
    ]
    for layer in LAYERS:
        counts = [
            f"{count}" for one in scores.values() for count in (one.guarded.get(layer, 0), one.unguarded.get(layer, 0))
        ]  # fmt: skip
        lines.append(f"| {layer} | " + " | ".join(counts) + " |")
    for name, score in scores.items():
        if score.through:
            lines += ["", f"Only the guard stops, in {name}: {', '.join(score.through)}."]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
