"""What a page index promises, on a real database."""

from array import array
from dataclasses import replace

import pytest

from assistant.domain.filings import BlobRef, Document, Filing, Page
from assistant.domain.search import Field, Probe
from assistant.domain.structure import Cover, PageMarks, Statement
from assistant.ingest.chunk import chunk
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.passages import PostgresPassages
from assistant.storage.survey import PostgresSurveyor

pytestmark = pytest.mark.anyio

MARKS = PageMarks(("8", "9"), Statement.INCOME, "Leases", head="Income of Acme")
PAGES = (
    Page(1, "Acme sells rockets.\n\n" + "Rockets fly far. " * 200),
    Page(2, "  \n"),
    Page(3, "Net sales  1,204\nLeases  7", marks=MARKS),
)
COVER = Cover("Acme, Inc.", ("Acme",), "ACM", "77", "10-K", True, 2022, None)


def vector(*start):
    return array("f", [*start, *[0.0] * (256 - len(start))])


@pytest.fixture
async def stored(postgres):
    document = Document(PAGES, cover=COVER)
    passages = chunk(document, "acme")
    filing = Filing("one", "acme", "acme.pdf", BlobRef("0" * 64, "t", 1), 3, 3, cover=COVER)
    other = replace(filing, id="two", name="two", original=BlobRef("1" * 64, "t", 1))
    catalogue, index = PostgresCatalogue(postgres), PostgresPassages(postgres)
    for each in (filing, other):
        async with postgres.begin():
            await catalogue.publish(each, document)
            near = [vector(1.0) if p.page == 3 else vector(0.0, 1.0) for p in passages]
            await index.insert(each.id, passages, near)
    return catalogue, PostgresSurveyor(postgres), passages


async def test_cover_and_marks_come_back_as_they_were_published(stored):
    catalogue, *_ = stored
    assert (await catalogue.get("one")).cover == COVER
    assert (await catalogue.page("one", 3)).marks == MARKS
    assert [page.marks for page in await catalogue.pages("one")][2] == MARKS


async def test_a_survey_tells_pages_words_and_nearness_of_the_chosen_filings_only(stored):
    _, index, passages = stored
    probe = Probe(("flying rockets", "lease", ""), vector(1.0))
    survey = await index.survey(probe, {"one": 0.5})
    [found] = survey.filings
    assert (found.filing_id, found.points, found.numbers) == ("one", 0.5, [1, 3])
    assert (found.marks[1].items, found.marks[1].statement) == (("8", "9"), Statement.INCOME)
    assert found.firsts[1] == passages[-1].ordinal
    assert survey.groups == ({"fli", "rocket"}, {"leas"}, frozenset())
    assert found.near_pages == [passage.page for passage in passages]
    assert found.near[-1] == pytest.approx(1.0, abs=1e-3)
    assert found.near[0] == pytest.approx(0.0, abs=1e-3)
    assert {posting.filing_id for posting in survey.postings} == {"one"}


async def test_words_of_text_heads_and_notes_are_told_apart(stored):
    _, index, passages = stored
    survey = await index.survey(Probe(("leases income rockets",), vector(1.0)), {"two": 0.0})
    places = {(one.field, one.lexeme): list(one.ordinals) for one in survey.postings}
    last = passages[-1].ordinal
    assert places[Field.TEXT, "leas"] == [last]
    assert places[Field.NOTE, "leas"] == [3]
    assert places[Field.HEAD, "incom"] == [3]
    assert places[Field.TEXT, "rocket"] == list(range(last))


async def test_pages_are_read_with_their_passages_in_order(stored):
    _, index, passages = stored
    read = await index.read([("one", 3), ("one", 1), ("one", 2), ("gone", 1)])
    assert set(read) == {("one", 1), ("one", 3)}
    first = read["one", 1]
    texts = [first.text[span.start : span.end] for span in first.spans]
    assert texts == [passage.text for passage in passages if passage.page == 1]
    assert first.document == "acme"


async def test_no_filings_and_no_pages_give_nothing(stored):
    _, index, _ = stored
    survey = await index.survey(Probe(("rockets",), vector(1.0)), {})
    assert (survey.filings, survey.postings) == ((), ())
    assert await index.read([]) == {}


async def test_a_span_knows_the_head_of_the_table_that_goes_on_in_it(postgres):
    first = "Balance sheets\nIn millions\n2022  2021\nCash  7  6\nInventories  3  2"
    document = Document((Page(1, first), Page(2, "Receivables  5  4\nGoodwill  9  8")))
    filing = Filing("two-pages", "b", "b.pdf", BlobRef("2" * 64, "t", 1), 2, 2)
    passages = chunk(document, "b")
    async with postgres.begin():
        await PostgresCatalogue(postgres).publish(filing, document)
        await PostgresPassages(postgres).insert(filing.id, passages, [vector(1.0)] * 2)
    index = PostgresSurveyor(postgres)
    survey = await index.survey(Probe(("balance",), vector(1.0)), {"two-pages": 0.0})
    [balance] = survey.postings
    assert list(balance.ordinals) == [0, 1]
    read = await index.read([("two-pages", 1), ("two-pages", 2)])
    carried = [span.carried for page in read.values() for span in page.spans]
    assert sorted(carried) == ["", "Balance sheets\nIn millions\n2022  2021"]
