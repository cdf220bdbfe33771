"""An analyst asks a filing that was amended, today and as of a day before the amendment."""

from datetime import date
from decimal import Decimal

import pytest

from assistant.domain.answers import Question
from assistant.domain.ingestion import Upload
from assistant.domain.people import LOCAL_USER
from assistant.turn import final_answer
from tests.journeys.tagged import Report

pytestmark = pytest.mark.anyio

QUESTION = "What were Meridian Tools' net sales in FY2022?"
BEFORE, TODAY = date(2023, 5, 1), date(2024, 1, 2)


async def ingest(app, **reports):
    uploads = [Upload(f"{name}.html", report.html()) for name, report in reports.items()]
    return [outcome async for outcome in app.ingest.ingest(uploads)]


async def ask(app, text=QUESTION, as_of=TODAY):
    return await final_answer(app.assistant.ask(Question(text, LOCAL_USER, as_of)))


@pytest.fixture
async def amended(app):
    await ingest(
        app,
        original=Report(),
        amendment=Report("10-K/A", "4,050", "4,050", "August 9, 2023"),
    )
    return app


async def test_the_restated_figure_answers_and_the_answer_says_so(amended):
    answer = await ask(amended)
    assert "4,050" in answer.text
    assert answer.notes == ("amendment supersedes original as of 2024-01-02.",)
    assert {one.name: one.superseded_by for one in await amended.catalogue.filings()} == {
        "original": (await amended.catalogue.get("amendment")).id,
        "amendment": "",
    }


async def test_as_of_a_day_before_the_amendment_the_original_answers(amended):
    answer = await ask(amended, as_of=BEFORE)
    assert "4,200" in answer.text
    assert "4,050" not in answer.text
    assert answer.notes == ()


async def test_as_of_a_day_before_any_filing_nothing_answers(amended):
    answer = await ask(amended, as_of=date(2022, 6, 1))
    assert answer.refused
    assert answer.citations == ()


async def test_the_facts_of_a_filing_are_kept_and_go_with_it(amended):
    filing = await amended.catalogue.get("amendment")
    [fact] = (await amended.facts.of([filing.id]))[filing.id]
    assert (fact.concept, fact.value) == ("us-gaap:Revenues", Decimal(4_050_000_000))
    assert filing.cover.filed == date(2023, 8, 9)
    await amended.life.delete("amendment", LOCAL_USER)
    assert await amended.facts.of([filing.id]) == {filing.id: ()}


async def test_a_figure_that_the_filing_tags_is_confirmed_by_its_fact(app):
    await ingest(app, report=Report())
    answer = await ask(app)
    figure = next(one for one in answer.figures if one.fact)
    assert (figure.text, figure.status.value) == ("$4,200 million", "verified")
    assert (figure.fact.concept, figure.fact.value) == ("us-gaap:Revenues", Decimal(4_200_000_000))


async def test_a_printed_figure_that_its_tag_contradicts_is_unsupported(app):
    await ingest(app, report=Report(tagged="4,250"))
    answer = await ask(app)
    [figure] = [one for one in answer.figures if one.text == "$4,200 million"]
    assert (figure.status.value, figure.fact) == ("unsupported", None)


async def test_a_row_that_no_vocabulary_names_is_answered_by_its_tag(app):
    await ingest(app, report=Report(label="Tools handed over to merchants"))
    answer = await ask(app)
    [citation] = answer.citations
    assert answer.text.startswith("FY2022 revenue: $4,200 million")
    assert "Tools handed over to merchants" in citation.quote
    assert {figure.status.value for figure in answer.figures} == {"verified"}
