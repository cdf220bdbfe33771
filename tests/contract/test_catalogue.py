"""What the list of filings promises to several readers: each sees what any of them committed."""

from dataclasses import replace
from datetime import date

import pytest

from assistant.domain.filings import BlobRef, Document, Filing, Page, Sensitivity
from assistant.domain.structure import Cover, PageMarks, Statement
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.postgres import Postgres
from assistant.storage.records import PostgresRecords

pytestmark = pytest.mark.anyio

DOCUMENT = Document((Page(1, "Rockets fly far."),))
FIRST = Filing("one", "acme", "acme.pdf", BlobRef("0" * 64, "t", 1), 1, 0)
SECOND = replace(FIRST, id="two", name="bolt", original=BlobRef("1" * 64, "t", 1))


@pytest.fixture
async def readers(database):
    """Two catalogues with connections of their own, as two processes have them."""
    async with Postgres.open(database) as here, Postgres.open(database) as there:
        yield PostgresCatalogue(here), PostgresCatalogue(there)


async def removed(catalogue, filing_id):
    await PostgresRecords(catalogue.postgres).remove(filing_id, date(2026, 1, 1))


async def names(catalogue):
    return [filing.name for filing in await catalogue.filings()]


async def test_filings_come_newest_first_and_an_empty_store_has_none(readers):
    here, there = readers
    assert await here.filings() == []
    await there.publish(FIRST, DOCUMENT)
    await there.publish(SECOND, DOCUMENT)
    assert await names(here) == ["bolt", "acme"]


async def test_a_filing_that_another_process_publishes_or_deletes_is_seen_at_once(readers):
    here, there = readers
    await here.publish(FIRST, DOCUMENT)
    assert await names(here) == await names(there) == ["acme"]
    await there.publish(SECOND, DOCUMENT)
    assert await names(here) == ["bolt", "acme"]
    await removed(there, "one")
    assert await names(here) == ["bolt"]
    await removed(there, "two")
    assert await names(here) == []


async def test_a_label_is_seen_at_once_by_every_reader(readers):
    here, there = readers
    await here.publish(FIRST, DOCUMENT)
    assert [filing.sensitivity for filing in await there.filings()] == [Sensitivity.PUBLIC]
    assert await here.label("one", Sensitivity.RESTRICTED)
    assert [filing.sensitivity for filing in await there.filings()] == [Sensitivity.RESTRICTED]
    assert not await here.label("none", Sensitivity.PUBLIC)


async def test_one_filing_in_place_of_another_is_a_change(readers):
    here, there = readers
    await here.publish(FIRST, DOCUMENT)
    assert await names(here) == ["acme"]
    async with there.postgres.begin():
        await removed(there, "one")
        await there.publish(SECOND, DOCUMENT)
    assert await names(here) == ["bolt"]


async def test_a_row_that_is_written_again_is_read_again(readers):
    here, there = readers
    await here.publish(FIRST, DOCUMENT)
    assert await names(here) == ["acme"]
    async with there.postgres.connection() as connection:
        await connection.execute("update filing set name = 'acme corrected'")
    assert await names(here) == ["acme corrected"]


async def test_what_a_unit_of_work_took_back_is_seen_by_nobody_afterwards(readers):
    here, there = readers
    await here.publish(FIRST, DOCUMENT)

    async def given_up():
        async with here.postgres.begin():
            await here.publish(SECOND, DOCUMENT)
            assert await names(here) == ["bolt", "acme"]
            assert await names(there) == ["acme"]
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await given_up()
    assert await names(here) == await names(there) == ["acme"]


async def test_an_unchanged_store_gives_the_same_filings_again(readers):
    here, _ = readers
    await here.publish(FIRST, DOCUMENT)
    [first], [again] = await here.filings(), await here.filings()
    assert again is first


async def test_the_list_belongs_to_its_caller(readers):
    here, _ = readers
    await here.publish(FIRST, DOCUMENT)
    (await here.filings()).clear()
    assert await names(here) == ["acme"]


async def test_a_change_leaves_the_filings_it_does_not_concern_as_they_were(readers):
    here, there = readers
    await there.publish(FIRST, DOCUMENT)
    [before] = await here.filings()
    await there.publish(replace(SECOND, file_name="bolt.pdf"), DOCUMENT)
    _, after = await here.filings()
    assert after is before


async def test_what_a_newer_version_changes_of_the_one_before_it_is_seen(readers):
    here, there = readers
    await there.publish(FIRST, DOCUMENT)
    [filing] = await here.filings()
    assert filing.replaced_by == ""
    await there.publish(replace(SECOND, name=FIRST.name), DOCUMENT)
    assert [one.replaced_by for one in await here.filings()] == ["", "two"]
    await removed(there, "two")
    assert [one.replaced_by for one in await here.filings()] == [""]


async def test_an_amendment_changes_what_is_shown_of_the_filing_that_it_restates(readers):
    here, there = readers
    marks = PageMarks(statement=Statement.BALANCE)
    statements = Document((Page(1, "Total assets 1", marks=marks),))
    cover = Cover("Acme Inc.", cik="77", form="10-K", fiscal_year=2020)
    await there.publish(replace(FIRST, cover=cover), statements)
    assert [one.superseded_by for one in await here.filings()] == [""]
    amendment = replace(SECOND, file_name="bolt.pdf", cover=replace(cover, amended=True))
    await there.publish(amendment, statements)
    assert [one.superseded_by for one in await here.filings()] == ["", "two"]
