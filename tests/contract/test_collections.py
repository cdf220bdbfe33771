"""A filing is as sensitive as the strictest of its own label and its collections', whoever writes."""

import asyncio
from uuid import uuid4

import pytest

from assistant.audit import verify
from assistant.domain.auditing import AuditKind
from assistant.domain.errors import InvalidRequest, NotFound
from assistant.domain.filings import BlobRef, Document, Filing, Page, Sensitivity
from assistant.domain.people import LOCAL_USER
from assistant.domain.records import Placement
from assistant.records.collections import CollectionLabels
from assistant.storage.anchors import Anchors
from assistant.storage.audit import PostgresAudit
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.collections import PostgresCollections
from assistant.storage.postgres import Postgres
from assistant.storage.records import PostgresRecords

pytestmark = pytest.mark.anyio
PUBLIC, INTERNAL = Sensitivity.PUBLIC, Sensitivity.INTERNAL
CONFIDENTIAL, RESTRICTED = Sensitivity.CONFIDENTIAL, Sensitivity.RESTRICTED


@pytest.fixture
def labels(postgres, tmp_path):
    audit = PostgresAudit(postgres, Anchors(tmp_path / "audit"))
    return CollectionLabels(PostgresCollections(postgres), audit, postgres)


@pytest.fixture
def catalogue(postgres):
    return PostgresCatalogue(postgres)


def entry(collection, name="acme.pdf"):
    return Placement(uuid4().hex, name.split(".")[0], name, collection)


async def publish(catalogue, collection="", label=PUBLIC, data="a"):
    one = entry(collection, f"{data}.pdf")
    ref = BlobRef(data, "application/pdf", 1)
    filing = Filing(one.id, one.name, one.file_name, ref, 1, 0, label=label, placements=(one,))
    return await catalogue.publish(filing, Document((Page(1, data),)))


async def in_force(catalogue):
    return {filing.name: filing.sensitivity for filing in await catalogue.filings()}


async def test_what_is_placed_into_a_labelled_collection_has_its_label(labels, catalogue):
    await labels.label("deals", LOCAL_USER, CONFIDENTIAL)
    published = await publish(catalogue, "deals")
    assert published.sensitivity is CONFIDENTIAL
    assert published.label is PUBLIC
    await publish(catalogue, "deals/2026/q1", data="b")
    await publish(catalogue, "dealsheets", data="c")
    await publish(catalogue, "", data="d")
    found = await in_force(catalogue)
    assert found == {"a": CONFIDENTIAL, "b": CONFIDENTIAL, "c": PUBLIC, "d": PUBLIC}


async def test_a_label_reaches_what_is_there_already_and_every_reader_sees_it(
    labels, catalogue, database
):
    await publish(catalogue, "deals/2026")
    async with Postgres.open(database) as other:
        there = PostgresCatalogue(other)
        assert await in_force(there) == {"a": PUBLIC}
        await labels.label("deals", LOCAL_USER, RESTRICTED)
        assert await in_force(there) == {"a": RESTRICTED}
        await labels.label("deals", LOCAL_USER, INTERNAL)
        assert await in_force(there) == {"a": INTERNAL}
        await labels.label("deals", LOCAL_USER, PUBLIC)
        assert await in_force(there) == {"a": PUBLIC}


async def test_the_strictest_of_all_governs_and_its_own_label_is_not_forgotten(labels, catalogue):
    filing = await publish(catalogue, "press", INTERNAL)
    await labels.label("deals", LOCAL_USER, CONFIDENTIAL)
    copy = entry("deals", "copy.pdf")
    placed = await catalogue.place("a", copy, PUBLIC)
    assert (placed.sensitivity, placed.label) == (CONFIDENTIAL, INTERNAL)
    await catalogue.label(filing.id, RESTRICTED)
    assert await in_force(catalogue) == {"a": RESTRICTED}
    await catalogue.label(filing.id, PUBLIC)
    assert await in_force(catalogue) == {"a": CONFIDENTIAL}
    await PostgresRecords(catalogue.postgres).remove(copy.id, placed.added_at.date())
    assert await in_force(catalogue) == {"a": PUBLIC}


async def test_a_collection_is_listed_with_those_around_it(labels, catalogue):
    await publish(catalogue, "deals/2026")
    await labels.label("/deals/", LOCAL_USER, INTERNAL)
    told = [(one.name, one.label, one.effective, one.filings) for one in await labels.all()]
    assert told == [("deals", INTERNAL, INTERNAL, 0), ("deals/2026", PUBLIC, INTERNAL, 1)]
    assert (await labels.get("deals/2026")).effective is INTERNAL
    with pytest.raises(NotFound, match="'2026'"):
        await labels.get("2026")
    with pytest.raises(InvalidRequest):
        await labels.label(" / ", LOCAL_USER, INTERNAL)


async def test_the_audit_log_has_who_labelled_what(labels):
    await labels.label("deals", LOCAL_USER, INTERNAL)
    await labels.label("deals", LOCAL_USER, PUBLIC)
    newest, first = await labels.audit.latest(5, kind=AuditKind.LABEL)
    assert '"before":null,"collection":"deals"' in first.text
    assert '"before":"internal","collection":"deals"' in newest.text
    assert '"label":"public"' in newest.text
    assert (await verify(labels.audit.records())).broken is None


async def test_no_filing_slips_past_a_label_that_is_given_while_it_is_placed(labels, catalogue):
    """Placed, labelled and placed again at once: whatever comes first, nothing stays public."""
    for data in "pqr":
        await publish(catalogue, "press", data=data)
    writers = [publish(catalogue, "deals", data=str(number)) for number in range(6)]
    placing = [
        catalogue.place(data, entry("deals/new", f"{data}{turn}.pdf"), PUBLIC)
        for data in "pqr"
        for turn in range(3)
    ]
    labelling = [labels.label("deals", LOCAL_USER, RESTRICTED) for _ in range(3)]
    await asyncio.gather(*writers[:3], *placing[:5], *labelling, *placing[5:], *writers[3:])
    assert set((await in_force(catalogue)).values()) == {RESTRICTED}


async def test_a_filing_of_before_keeps_its_label_as_its_own(postgres, catalogue):
    """Every writer goes through the database's own rule, also one that writes the row by hand."""
    await publish(catalogue, "deals")
    async with postgres.connection() as connection:
        await connection.execute("insert into collection values ('x', 'confidential')")
        await connection.execute("update placement set collection = 'x/y'")
        await connection.execute("update filing set sensitivity = 'public'")
    assert await in_force(catalogue) == {"a": CONFIDENTIAL}


async def test_a_kept_answer_from_a_filing_goes_with_its_freedom(labels, catalogue):
    await publish(catalogue, "deals")
    async with catalogue.postgres.connection() as connection:
        await connection.execute(
            "insert into cached_answer (slot, key, version, filings, answer)"
            " select 1, 'k', 1, array_agg(no), 'text' from filing"
        )
    await labels.label("deals", LOCAL_USER, INTERNAL)
    async with catalogue.postgres.connection() as connection:
        found = await connection.execute("select from cached_answer")
        assert await found.fetchall() == []
