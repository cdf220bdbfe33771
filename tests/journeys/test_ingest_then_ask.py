"""An analyst adds a filing, asks, and reads the answer on its page."""

from datetime import date

import pytest

from assistant.domain.answers import EarlierTurn, Question, Scope
from assistant.domain.completions import Routed, TextDelta
from assistant.domain.errors import InvalidRequest, NotFound
from assistant.domain.events import Answered, Clarify, ToolFinished, ToolStarted, Understood
from assistant.domain.ingestion import IngestStatus, Stage, Upload
from assistant.domain.people import LOCAL_USER
from assistant.turn import final_answer
from tests.journeys.orchards import FILING

pytestmark = pytest.mark.anyio


def upload(text=FILING, name="Brindlecombe 10-K 2024.txt", **more):
    return Upload(name, text, name, **more)


async def ingest(app, *uploads, **more):
    return [outcome async for outcome in app.ingest.ingest(uploads, **more)]


def ask(app, text, *documents):
    asked = Question(text, LOCAL_USER, date(2026, 1, 2), Scope(documents))
    return app.assistant.ask(asked)


async def test_an_ingested_filing_answers_with_a_verbatim_quote_of_its_page(app):
    [outcome] = await ingest(app, upload())
    assert outcome.status is IngestStatus.INDEXED

    answer = await final_answer(ask(app, "What were total net sales in fiscal 2024?"))
    [citation, *_] = answer.citations
    page = await app.catalogue.page(citation.locator.filing_id, citation.locator.page)

    assert "$391,035 thousand" in answer.text
    assert not answer.refused
    assert page.text[citation.locator.start : citation.locator.end] == citation.quote
    assert {figure.status.value for figure in answer.figures} == {"verified"}


async def test_a_follow_up_is_understood_and_answered_as_it_is_meant(app):
    await ingest(app, upload())
    first = "What were Brindlecombe's total net sales in fiscal 2023?"
    question = Question("and in 2024?", LOCAL_USER, date(2026, 1, 2), history=(EarlierTurn(first),))
    events = [event async for event in app.assistant.ask(question)]
    [understood] = [event for event in events if isinstance(event, Understood)]

    assert understood.query.text.endswith("total net sales in fiscal 2024?")
    assert understood.query.understanding.periods.years == (2024,)
    assert "$391,035 thousand" in events[-1].answer.text


async def test_the_turn_reports_each_step_in_order(app):
    await ingest(app, upload())
    events = [event async for event in ask(app, "How many hectares does the largest valley hold?")]
    kinds = [type(event) for event in events if not isinstance(event, TextDelta)]
    assert kinds == [Understood, ToolStarted, ToolFinished, Routed, Answered]
    text = "".join(event.text for event in events if isinstance(event, TextDelta))
    assert text == events[-1].answer.text


async def test_a_question_that_the_store_cannot_answer_is_refused_in_plain_words(app):
    await ingest(app, upload())
    answer = await final_answer(ask(app, "How many aircraft does the airline lease?"))
    assert answer.refused
    assert answer.text.startswith("The filings do not hold an answer")
    assert answer.figures == ()


async def test_an_empty_store_refuses_without_citations(app):
    answer = await final_answer(ask(app, "What were net sales?"))
    assert answer.refused
    assert answer.citations == ()


async def test_an_empty_question_is_wrong_usage(app):
    with pytest.raises(InvalidRequest):
        await final_answer(ask(app, "  \n"))


async def test_the_same_bytes_twice_are_one_filing(app):
    [first] = await ingest(app, upload())
    [second] = await ingest(app, upload(name="another name.txt"))
    assert second.status is IngestStatus.DUPLICATE
    assert second.filing.id == first.filing.id
    assert len(await app.catalogue.filings()) == 1


async def test_the_same_bytes_twice_in_one_batch_are_one_filing(app):
    outcomes = await ingest(app, upload(), upload(name="copy.txt"), upload(name="copy2.txt"))
    assert sorted(o.status for o in outcomes) == ["duplicate", "duplicate", "indexed"]
    assert len(await app.catalogue.filings()) == 1


async def test_a_refused_file_does_not_stop_the_batch_and_leaves_nothing(app):
    outcomes = await ingest(
        app, upload(b"", "empty.pdf"), upload(b"%PDF-1.7 rubbish", "broken.pdf"), upload()
    )
    by_path = {outcome.path: outcome for outcome in outcomes}
    assert by_path["empty.pdf"].error.code == "empty_file"
    assert by_path["broken.pdf"].error.code == "corrupt"
    assert by_path["Brindlecombe 10-K 2024.txt"].filing is not None
    assert len(await app.catalogue.filings()) == 1


async def test_progress_tells_the_stages_of_each_file(app):
    told = []
    await ingest(app, upload(), progress=lambda position, stage: told.append((position, stage)))
    assert told == [(0, stage) for stage in Stage]


async def test_search_can_be_kept_to_one_document(app):
    other = FILING.replace(b"BRINDLECOMBE", b"QUILLHAVEN").replace(b"391,035", b"102,400")
    await ingest(app, upload(), upload(other, "Quillhaven 10-K 2024.txt"))
    scope = await app.scope(["Quillhaven 10-K 2024"])
    found = await app.search("total net sales", scope, 10)
    assert {hit.locator.document for hit in found} == {"Quillhaven 10-K 2024"}


async def test_an_unknown_document_is_named_not_searched(app):
    with pytest.raises(NotFound, match="Nowhere 10-K"):
        await app.scope(["Nowhere 10-K"])


async def test_a_deleted_filing_answers_nothing_and_its_original_is_gone(app):
    [outcome] = await ingest(app, upload())
    await app.life.delete("Brindlecombe 10-K 2024", LOCAL_USER)
    assert await app.search("total net sales", Scope(), 10) == []
    assert await app.blobs.stat(outcome.filing.original.sha256) is None
    [again] = await ingest(app, upload())
    assert again.status is IngestStatus.INDEXED


async def test_the_original_comes_back_byte_for_byte(app):
    [outcome] = await ingest(app, upload())
    assert await app.blobs.get(outcome.filing.original.sha256) == FILING


async def test_a_reader_of_the_batch_may_leave_before_its_end(app):
    many = [upload(FILING + b"%d" % n, f"{n}.txt") for n in range(6)]
    outcomes = app.ingest.ingest(iter(many))
    first = await anext(outcomes)
    await outcomes.aclose()
    published = {filing.id for filing in await app.catalogue.filings()}
    assert first.filing.id in published
    for filing in await app.catalogue.filings():
        assert await app.blobs.stat(filing.original.sha256) is not None


REPORT = b"""FORM 10-K
ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934
For the fiscal year ended December 31, %(year)s

%(company)s
(Exact name of registrant as specified in its charter)

Item 7. Management's Discussion

Total net sales were $%(sales)s thousand in fiscal %(year)s.
"""


def report(company, year, sales, name):
    return upload(REPORT % {b"company": company, b"year": year, b"sales": sales}, name)


async def test_a_filing_is_found_by_company_and_year_whatever_its_file_is_called(app):
    await ingest(
        app,
        report(b"QUILLHAVEN, INC.", b"2022", b"102,400", "a.txt"),
        report(b"QUILLHAVEN, INC.", b"2023", b"205,800", "b.txt"),
        report(b"BRINDLECOMBE ORCHARDS, INC.", b"2023", b"391,035", "c.txt"),
    )
    events = [event async for event in ask(app, "What were Quillhaven's net sales in FY2023?")]
    understanding = next(e.query.understanding for e in events if isinstance(e, Understood))
    [tool] = [event for event in events if isinstance(event, ToolFinished)]

    assert understanding.companies == ("QUILLHAVEN, INC.",)
    assert understanding.periods.years == (2023,)
    assert tool.evidence[0].locator.document == "b"
    assert "c" not in {evidence.locator.document for evidence in tool.evidence}


async def test_a_name_of_two_companies_is_asked_back_and_a_choice_is_answered(app):
    await ingest(
        app,
        report(b"QUILLHAVEN STEEL, INC.", b"2023", b"205,800", "a.txt"),
        report(b"QUILLHAVEN FOODS, INC.", b"2023", b"391,035", "b.txt"),
    )
    events = [event async for event in ask(app, "What were Quillhaven's net sales in FY2023?")]
    assert [type(event) for event in events] == [Understood, Clarify, Answered]
    answer = events[-1].answer
    assert answer.refused
    assert answer.clarification == events[1].clarification
    assert answer.text.startswith("Several companies are called Quillhaven")

    chosen = next(one for one in answer.clarification.choices if "Foods" in one.label)
    given = await final_answer(ask(app, chosen.question, *chosen.scope.documents))
    assert not given.refused
    assert given.clarification is None
    assert "$391,035 thousand" in given.text


async def test_the_understood_scope_is_told_and_can_be_chosen_otherwise(app):
    await ingest(
        app,
        report(b"QUILLHAVEN, INC.", b"2022", b"102,400", "a.txt"),
        report(b"QUILLHAVEN, INC.", b"2023", b"205,800", "b.txt"),
    )
    question = "What were Quillhaven's net sales?"
    events = [event async for event in ask(app, question)]
    understood = next(event for event in events if isinstance(event, Understood))
    assert understood.query.chip == ("Quillhaven, Inc.", "10-K", "revenue", "2 filings")

    older = next(one for one in await app.scopes(question) if one.label.endswith("FY2022"))
    events = [event async for event in ask(app, older.question, *older.scope.documents)]
    assert events[0].query.chip[-1] == "1 filing, chosen"
    assert {one.locator.document for one in events[-1].answer.citations} == {"a"}


async def test_an_empty_store_has_no_scope_to_choose(app):
    assert await app.scopes("What were net sales?") == ()


async def test_the_catalogue_says_who_filed_what_for_which_period(app):
    [outcome] = await ingest(app, report(b"QUILLHAVEN, INC.", b"2023", b"205,800", "b.txt"))
    cover = (await app.catalogue.get(outcome.filing.id)).cover
    assert (cover.company, cover.form, cover.period) == ("QUILLHAVEN, INC.", "10-K", "FY2023")
