"""Scores search and answers, and writes docs/evaluation.md.

Two suites, a store each: the questions about the sample filings, which every checkout has, and
those about real filings, where the evaluation data is at hand.
"""

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from assistant.bootstrap import App, open_app
from assistant.domain.answers import Answer, Question
from assistant.evals.cases import read_cases
from assistant.evals.report import print_table, this_machine, write_markdown
from assistant.evals.run import Ask, Result, run_answers, run_retrieval
from assistant.settings import Settings
from assistant.turn import final_answer
from benchmarks.store import DOCS, SAMPLE_CASES, fill, kept_store, parser, settings


def main() -> None:
    """Score both suites, print a table each, write the docs."""
    parser(__doc__ or "").parse_args()
    console = Console()
    samples = kept_store("samples")
    fill(samples, "--samples")
    results = asyncio.run(_score(samples, SAMPLE_CASES))
    folder = Settings().eval_dir / "financebench"
    if (folder / "questions.jsonl").is_file():
        filings = kept_store("filings")
        fill(filings, str(folder / "pdfs"))
        results += asyncio.run(_score(filings, folder / "questions.jsonl"))
    else:
        print(f"No evaluation data in {folder}: only the samples are scored.", file=sys.stderr)
    for result in results:
        print_table(result, console)
    DOCS.parent.mkdir(exist_ok=True)
    write_markdown(DOCS, results, this_machine(), datetime.now(UTC).date(), "make eval")


async def _score(data_dir: Path, dataset: Path) -> list[Result]:
    cases = read_cases(dataset)
    name = f"{dataset.parent.name}/{dataset.name}"
    async with open_app(settings(data_dir)) as app:
        stored = {filing.name for filing in await app.catalogue.filings()}
        found = await run_retrieval(name, cases, app.search, stored)
        today = datetime.now(UTC).date()
        return [found, await run_answers(name, cases, _asker(app), stored, today)]


def _asker(app: App) -> Ask:
    async def ask(question: Question) -> Answer:
        return await final_answer(app.assistant.ask(question))

    return ask


if __name__ == "__main__":
    main()
