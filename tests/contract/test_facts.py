"""What a store of tagged facts promises, on a real database."""

from datetime import date
from decimal import Decimal

import pytest

from assistant.domain.facts import Fact, FactPeriod
from assistant.domain.filings import BlobRef, Document, Filing, Page
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.facts import PostgresFacts
from assistant.storage.records import PostgresRecords

pytestmark = pytest.mark.anyio

YEAR = FactPeriod(date(2023, 1, 1), date(2023, 12, 31))
FACTS = (
    Fact("us-gaap:Revenues", Decimal("1204000000"), "USD", YEAR, (), -6),
    Fact("us-gaap:Assets", Decimal(-7), "USD", FactPeriod(None, date(2023, 12, 31))),
    Fact("us-gaap:EarningsPerShareBasic", Decimal("0.125"), "USD/shares", YEAR, (("a:B", "a:C"),)),
    Fact("us-gaap:Revenues", Decimal("1E+12"), "USD", FactPeriod(None, None)),
)


def filing(id_):
    return Filing(id_, id_, f"{id_}.html", BlobRef(id_ * 8, "text/html", 1), 1, 1)


@pytest.fixture
async def stored(postgres):
    catalogue, facts = PostgresCatalogue(postgres), PostgresFacts(postgres)
    for one, held in (("one", FACTS), ("two", FACTS[:1]), ("bare", ())):
        async with postgres.begin():
            await catalogue.publish(filing(one), Document((Page(1, "x"),)))
            await facts.insert(filing(one), held)
    return catalogue, facts


async def test_facts_come_back_as_they_were_kept_in_their_order(stored):
    _, facts = stored
    assert await facts.of(["one"]) == {"one": FACTS}


async def test_facts_are_read_by_filing_and_concept_in_one_question(stored):
    _, facts = stored
    found = await facts.of(["two", "one", "bare"], ["us-gaap:Revenues"])
    assert found == {"one": (FACTS[0], FACTS[3]), "two": FACTS[:1], "bare": ()}


async def test_no_filings_have_no_facts(stored):
    _, facts = stored
    assert await facts.of([]) == {}


async def test_facts_go_with_their_filing(stored):
    catalogue, facts = stored
    await PostgresRecords(catalogue.postgres).remove("one", date(2026, 1, 1))
    assert await facts.of(["one", "two"]) == {"one": (), "two": FACTS[:1]}


async def failing(catalogue, facts, work):
    async with work.begin():
        await catalogue.publish(filing("half"), Document((Page(1, "x"),)))
        await facts.insert(filing("half"), FACTS)
        raise RuntimeError


async def test_facts_of_a_unit_that_failed_are_not_kept(stored, postgres):
    catalogue, facts = stored
    with pytest.raises(RuntimeError):
        await failing(catalogue, facts, postgres)
    assert await facts.of(["half"]) == {"half": ()}
