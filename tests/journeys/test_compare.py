"""An analyst compares figures of the sample companies over years."""

from datetime import date

import pytest

from assistant.domain.answers import Question
from assistant.domain.events import Answered, ToolStarted
from assistant.domain.people import LOCAL_USER
from assistant.exporting.answers import exported
from assistant.samples import sample_uploads
from assistant.turn import final_answer
from assistant.wire import ask_json

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
TODAY = date(2026, 1, 2)


@pytest.fixture
async def samples(app):
    async for outcome in app.ingest.ingest(sample_uploads()):
        assert outcome.error is None
    return app


def ask(app, text):
    return app.assistant.ask(Question(text, LOCAL_USER, TODAY))


async def cells(app, text):
    answer = await final_answer(ask(app, text))
    assert {figure.status.value for figure in answer.figures} <= {"verified", "derived"}
    for citation in answer.citations:
        page = await app.catalogue.page(citation.locator.filing_id, citation.locator.page)
        assert page.text[citation.locator.start : citation.locator.end] == citation.quote
    return answer, {row.name: [cell.text for cell in row.cells] for row in answer.table.rows}


async def test_figures_of_companies_and_years_are_compared_and_gaps_stay_gaps(samples):
    asked = "What was the revenue of Tarrowmere from 2022 to 2024?"
    read = await samples.assistant.understander.query(Question(asked, LOCAL_USER, TODAY))
    assert read.chip[-1] == "2 filings"
    answer, revenue = await cells(samples, asked)
    assert list(revenue.values()) == [["$2,665 million", "$2,755 million", "$2,958 million"]]
    places = {citation.n: citation.locator.document for citation in answer.citations}
    documents = [places[cell.citation] for cell in answer.table.rows[0].cells]
    assert documents[1:] == ["Tarrowmere Instruments 10-K 2023", "Tarrowmere Instruments 10-K 2024"]

    _, margins = await cells(
        samples, "Compare gross margin of Tarrowmere and Orsett Vale Foods in 2023 and 2024"
    )
    assert list(margins.values()) == [["48.2%", "49.0%"], ["not found", "not found"]]

    answer, income = await cells(
        samples,
        "Which of Tarrowmere, Orsett Vale Foods and Calloway Fen had the highest operating income "
        "in the second quarter of 2025?",
    )
    assert list(income.values()) == [["not found"], ["not found"], ["$27 million"]]
    assert answer.text.startswith("Which is highest cannot be said")

    _, several = await cells(
        samples,
        "Compare revenue, operating margin and revenue growth of Tarrowmere in 2023 and 2024",
    )
    assert several == {
        "revenue": ["$2,755 million", "$2,958 million"],
        "operating margin": ["15.3%", "17.5%"],
        "revenue growth": ["3.4%", "7.4%"],
    }

    answer, unknown = await cells(samples, "Compare Tarrowmere and Microsoft revenue in 2024")
    assert unknown["Microsoft"] == ["not found"]
    shape = ask_json("", answer, 0.0)["table"]
    assert shape["columns"] == ["FY2024"]
    assert shape["rows"][0]["cells"][0]["value"] == 2_958_000_000
    assert b"2958000000" in exported(answer, "csv")

    events = [event async for event in ask(samples, "What was Tarrowmere's revenue in 2024?")]
    assert [event.tool for event in events if isinstance(event, ToolStarted)] == ["search_filings"]
    assert isinstance(events[-1], Answered)
    assert events[-1].answer.table is None
