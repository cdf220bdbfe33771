"""The suite that CI scores: questions over the sample filings, so that quality cannot fall silently."""

from datetime import date
from pathlib import Path

import pytest

from assistant.bootstrap import open_app
from assistant.domain.ingestion import IngestStatus
from assistant.evals.cases import read_cases
from assistant.evals.run import run_answers, run_retrieval
from assistant.samples import sample_uploads
from assistant.settings import Settings
from assistant.turn import final_answer

pytestmark = pytest.mark.anyio
CASES = Path(__file__).parent / "samples_questions.jsonl"


@pytest.fixture
async def app(database, tmp_path):
    settings = Settings(data_dir=tmp_path, database_url=database.url, _env_file=None)
    async with open_app(settings) as opened:
        outcomes = [outcome async for outcome in opened.ingest.ingest(sample_uploads())]
        assert {outcome.status for outcome in outcomes} == {IngestStatus.INDEXED}
        yield opened


async def test_pages_are_found_and_figures_are_right_or_refused(app):
    cases = read_cases(CASES)
    stored = {filing.name for filing in await app.catalogue.filings()}

    async def ask(question):
        return await final_answer(app.assistant.ask(question))

    found = await run_retrieval("samples", cases, app.search, stored)
    given = await run_answers("samples", cases, ask, stored, date(2026, 11, 20))
    for outcome in found.outcomes:
        assert outcome.all["page_hit@5"] == 1.0
        assert outcome.all["mrr"] >= 0.85
    for outcome in given.outcomes:
        assert outcome.all["figure_right"] >= 0.5
        assert outcome.all["figure_wrong"] == 0.0
        assert outcome.all["unanswerable_refused"] == 1.0
