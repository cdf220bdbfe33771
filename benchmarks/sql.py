"""Scores plain-English questions to the database without a language model, and writes docs/evaluation.md.

The database is that of AEI_ANALYTICS_URL, at the day of AEI_SQL_TODAY: the corpora's.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from assistant.bootstrap.sql import open_desk
from assistant.bootstrap.verified import prepare_examples, without_example
from assistant.domain.semantics import Example
from assistant.evals.report import this_machine, write_section
from assistant.evals.sql import QUESTIONS, SqlScore, examples_of, score_sql
from assistant.nl2sql.asking import DataDesk
from assistant.settings import ModelChoice, Settings
from benchmarks.store import DOCS, parser

_WORDINGS = "paraphrases.jsonl"
_SHOWN = ("right", "wrong", "refused", "near_misses_answered", "near_misses_wrong", "p50_ms")


def main() -> None:
    """Score, print, and with --write put the table into the docs."""
    write = parser(__doc__ or "").parse_args().write
    settings = Settings(model=ModelChoice.BUILTIN)
    body = asyncio.run(_table(settings, settings.eval_dir / "sql"))
    print(body)
    if write:
        write_section(DOCS, "sql", body)


async def _table(settings: Settings, folder: Path) -> str:
    gold = examples_of(folder / QUESTIONS)
    lines = [
        f"`python -m benchmarks.sql --write`, {datetime.now(UTC).date()}, {this_machine()}. "
        f"AEI_SQL_TODAY is {settings.sql_today or 'empty: the real day'}.",
        "",
        f"| asked | examples | n | {' | '.join(_SHOWN)} |",
        "|---|---|" + "---:|" * (len(_SHOWN) + 1),
    ]
    rows = (
        ("the questions", "ours", QUESTIONS, ()),
        ("the questions", "ours and theirs, but its own", QUESTIONS, gold),
        ("other wordings", "ours", _WORDINGS, ()),
        ("other wordings", "ours and theirs", _WORDINGS, gold),
    )
    for asked, known, name, verified in rows:
        score = await _scored(settings, folder / name, verified, leave=name == QUESTIONS)
        cells = (f"{score.metrics.get(one, '-')}" for one in _SHOWN)
        lines.append(f"| {asked} | {known} | {score.n} | {' | '.join(cells)} |")
    return "\n".join(lines)


async def _scored(
    settings: Settings, path: Path, verified: tuple[Example, ...], leave: bool
) -> SqlScore:
    async with open_desk(settings, verified) as desk:
        await prepare_examples(desk)
        known: Callable[[str], DataDesk] = lambda question: (  # noqa: E731
            without_example(desk, question) if leave else desk
        )
        return await score_sql(path, known)


if __name__ == "__main__":
    main()
