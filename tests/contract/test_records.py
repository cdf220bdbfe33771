"""What places, versions, keeps and deletes a filing, on a real database."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

import psycopg
import pytest

from assistant.audit import verify
from assistant.domain.auditing import AuditKind
from assistant.domain.errors import (
    AmbiguousName,
    InvalidRequest,
    Kept,
    NotFound,
    OnHold,
    Retained,
)
from assistant.domain.filings import Document, Filing, Page, Sensitivity, entries
from assistant.domain.people import LOCAL_USER, SYSTEM
from assistant.domain.records import Placement
from assistant.domain.structure import Cover
from assistant.records.life import Life
from assistant.storage.anchors import Anchors
from assistant.storage.audit import PostgresAudit
from assistant.storage.blobs import PostgresBlobs
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.findings import PostgresFindings
from assistant.storage.migrate import bundled_migrations, migrate
from assistant.storage.postgres import Postgres
from assistant.storage.records import PostgresRecords

pytestmark = pytest.mark.anyio

TODAY = datetime.now(UTC).date()
YESTERDAY = TODAY - timedelta(days=1)
ACME = Cover("Acme, Inc.", form="10-K", fiscal_year=2024)


@dataclass
class Store:
    """A catalogue with its life, and short ways to fill it."""

    life: Life

    @property
    def catalogue(self):
        return self.life.catalogue

    async def publish(self, data, name="acme.pdf", collection="", cover=ACME):
        ref = await self.life.blobs.put(data.encode(), "application/pdf")
        entry = Placement(f"{data}:{name}", name.rsplit(".", 1)[0], name, collection)
        filing = Filing(entry.id, entry.name, name, ref, 1, 0, cover=cover, placements=(entry,))
        await self.catalogue.publish(filing, Document((Page(1, data),)))
        return await self.catalogue.get(entry.id)

    async def place(self, filing, name, collection="", label=Sensitivity.PUBLIC):
        entry = Placement(uuid4().hex, name.split(".")[0], name, collection)
        return await self.catalogue.place(filing.original.sha256, entry, label)

    async def listed(self):
        found = entries(await self.catalogue.filings())
        return {(one.name, one.entry.version, one.entry.is_current) for one in found}


def life(postgres, folder):
    audit = PostgresAudit(postgres, Anchors(folder / "audit"))
    return Life(
        PostgresCatalogue(postgres),
        PostgresRecords(postgres),
        PostgresBlobs(postgres),
        PostgresFindings(postgres),
        audit,
        postgres,
    )


@pytest.fixture
async def store(postgres, tmp_path):
    return Store(life(postgres, tmp_path))


async def test_the_same_name_in_another_collection_is_no_version(store):
    await store.publish("a")
    await store.publish("b", collection="board")
    assert await store.listed() == {("acme", 1, True)}
    assert len(entries(await store.catalogue.filings())) == 2
    with pytest.raises(AmbiguousName):
        await store.catalogue.get("acme")


async def test_the_newest_version_is_what_a_name_means(store):
    first, second = await store.publish("a"), await store.publish("b")
    assert await store.listed() == {("acme", 1, False), ("acme", 2, True)}
    assert (await store.catalogue.get("acme")).id == second.id
    assert (await store.catalogue.get(first.id)).replaced_by == second.id


@pytest.mark.parametrize(
    "cover",
    [
        Cover("Bolt, Inc.", form="10-K", fiscal_year=2024),
        replace(ACME, fiscal_year=2023),
        replace(ACME, form="10-Q", quarter=1),
        replace(ACME, amended=True),
    ],
)
async def test_a_file_whose_cover_tells_of_another_filing_is_no_version(store, cover):
    await store.publish("a")
    await store.publish("b", cover=cover)
    assert await store.listed() == {("acme", 1, True)}


async def test_a_file_without_a_cover_is_a_version_of_its_name(store):
    await store.publish("a")
    await store.publish("b", cover=Cover())
    assert await store.listed() == {("acme", 1, False), ("acme", 2, True)}


async def test_when_the_newest_version_is_deleted_the_one_before_is_current_again(store):
    first, second = await store.publish("a"), await store.publish("b")
    await store.life.delete(second.id, LOCAL_USER)
    found = await store.catalogue.get("acme")
    assert (found.id, found.replaced_by) == (first.id, "")


async def test_versions_that_come_at_the_same_moment_are_numbered_apart(store):
    await asyncio.gather(*(store.publish(text) for text in "abcd"))
    found = entries(await store.catalogue.filings())
    assert sorted(one.entry.version for one in found) == [1, 2, 3, 4]
    assert [one.entry.version for one in found if one.entry.is_current] == [4]


async def test_the_stricter_label_of_two_entries_stays(store):
    filing = await store.publish("a")
    await store.place(filing, "secret.pdf", label=Sensitivity.RESTRICTED)
    await store.place(filing, "open.pdf")
    [found] = await store.catalogue.filings()
    assert found.sensitivity is Sensitivity.RESTRICTED


async def test_an_entry_that_another_process_adds_or_deletes_is_seen_at_once(store, database):
    filing = await store.publish("a")
    async with Postgres.open(database) as other:
        there = PostgresCatalogue(other)
        assert len(entries(await there.filings())) == 1
        await store.place(filing, "copy.pdf")
        assert len(entries(await there.filings())) == 2
        await store.life.delete("copy", LOCAL_USER)
        assert len(entries(await there.filings())) == 1


async def test_a_content_that_is_gone_takes_no_entry(store):
    filing = await store.publish("a")
    await store.life.delete(filing.id, LOCAL_USER)
    assert await store.place(filing, "copy.pdf") is None


async def test_a_hold_keeps_every_entry_until_every_reason_is_released(store):
    filing = await store.publish("a")
    await store.place(filing, "copy.pdf")
    await store.life.hold("copy", LOCAL_USER, "Matter 1")
    held = await store.life.hold(filing.id, LOCAL_USER, "Matter 2")
    assert held.held_for == ("Matter 1", "Matter 2")
    with pytest.raises(OnHold, match="Matter 1; Matter 2"):
        await store.life.delete(filing.id, LOCAL_USER)
    with pytest.raises(InvalidRequest, match="2 reasons"):
        await store.life.release("copy", LOCAL_USER)
    await store.life.release("copy", LOCAL_USER, "Matter 1")
    with pytest.raises(OnHold):
        await store.life.delete("copy", LOCAL_USER)
    assert (await store.life.release("copy", LOCAL_USER)).held_for == ()
    await store.life.delete("copy", LOCAL_USER)
    kinds = [record.text for record in await store.life.audit.latest(10)]
    assert sum('"kind":"release"' in text for text in kinds) == 2


@pytest.mark.parametrize("reason", ["", "  "])
async def test_a_hold_needs_a_reason(store, reason):
    filing = await store.publish("a")
    with pytest.raises(InvalidRequest):
        await store.life.hold(filing.id, LOCAL_USER, reason)


async def test_what_is_not_held_cannot_be_released(store):
    filing = await store.publish("a")
    with pytest.raises(InvalidRequest, match="not on hold"):
        await store.life.release(filing.id, LOCAL_USER)


async def test_a_hold_and_a_deletion_at_the_same_moment_never_both_succeed(store):
    for n in range(8):
        filing = await store.publish(f"text {n}", f"{n}.pdf")
        ends = await asyncio.gather(
            store.life.hold(filing.id, LOCAL_USER, "Matter"),
            store.life.delete(filing.id, LOCAL_USER),
            return_exceptions=True,
        )
        assert sum(isinstance(end, (OnHold, NotFound)) for end in ends) == 1


async def test_a_retained_filing_is_kept_to_the_end_of_its_day_and_then_expires(store):
    filing = await store.publish("a")
    await store.place(filing, "copy.pdf")
    await store.publish("b", "other.pdf")
    await store.life.retain("copy", LOCAL_USER, TODAY)
    with pytest.raises(Retained, match=str(TODAY)):
        await store.life.delete("copy", LOCAL_USER)
    assert await store.life.expire(SYSTEM) == []

    with pytest.raises(Kept):
        await store.life.retain("copy", LOCAL_USER, YESTERDAY)
    await store.life.retain("copy", LOCAL_USER, YESTERDAY, shorten=True)
    await store.life.hold("copy", LOCAL_USER, "Matter 3")
    assert await store.life.expired() == []
    await store.life.release("copy", LOCAL_USER)
    assert [one.id for one in await store.life.expired()] == [filing.id]
    assert len(await store.life.expire(SYSTEM)) == 2
    assert [one.name for one in await store.catalogue.filings()] == ["other"]
    [record] = await store.life.audit.latest(1, kind=AuditKind.DELETE)
    assert '"actor":"system"' in record.text


async def test_a_deletion_that_is_not_committed_leaves_everything(store):
    filing = await store.publish("a")

    async def given_up():
        async with store.life.work.begin():
            await store.life.records.remove(filing.id, TODAY)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await given_up()
    assert (await store.catalogue.get(filing.id)).id == filing.id
    assert await store.life.records.pending() == []


async def test_an_original_that_is_needed_again_is_not_removed(store):
    filing = await store.publish("a")
    await store.life.records.remove(filing.id, TODAY)
    again = await store.publish("a", "again.pdf")
    assert not await store.life.remove_original(filing.original.sha256)
    assert await store.life.blobs.get(again.original.sha256) == b"a"
    assert await store.life.records.pending() == []


async def test_work_that_is_due_is_begun_by_one_process(store):
    records = store.life.records
    won = await asyncio.gather(*(records.claim("daily", timedelta(days=1)) for _ in range(4)))
    assert sorted(won) == [False, False, False, True]
    assert await records.claim("daily", timedelta(0))


async def test_an_unknown_filing_is_not_found(store):
    for change in (
        store.life.delete("nobody", LOCAL_USER),
        store.life.hold("nobody", LOCAL_USER, "Matter"),
        store.life.retain("nobody", LOCAL_USER, TODAY),
    ):
        with pytest.raises(NotFound):
            await change


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_is_done_at_the_same_time_every_name_has_one_current_version(store, seed):
    chance = Random(seed)
    names = ["a.pdf", "b.pdf"]

    async def something(n):
        listed = entries(await store.catalogue.filings())
        act = chance.choice(["publish", "place", "delete"]) if listed else "publish"
        with suppress(NotFound):
            if act == "publish":
                await store.publish(f"{seed} {n}", chance.choice(names))
            elif act == "place":
                await store.place(chance.choice(listed), chance.choice(names), f"{n % 3}")
            else:
                await store.life.delete(chance.choice(listed).entry.id, LOCAL_USER)

    for step in range(8):
        await asyncio.gather(*(something(step * 5 + n) for n in range(5)))
        filings = await store.catalogue.filings()
        listed = entries(filings)
        current = [
            (one.entry.collection, one.entry.file_name) for one in listed if one.entry.is_current
        ]
        assert sorted(current) == sorted(set(current))
        assert {(one.entry.collection, one.entry.file_name) for one in listed} == set(current)
        assert [one.id for one in filings] == [one.placements[0].id for one in filings]
        held = {one.sha256 async for one in store.life.blobs.stored()}
        assert held >= {one.original.sha256 for one in filings}
    verdict = await verify(store.life.audit.records(), await store.life.audit.noted())
    assert verdict.broken is None


async def test_filings_of_an_earlier_version_each_have_the_entry_of_their_own_name(empty_database):
    steps = bundled_migrations()
    before = next(n for n, step in enumerate(steps) if step.name == "records")
    await migrate(empty_database, steps[:before])
    async with await psycopg.AsyncConnection.connect(await empty_database.dsn()) as connection:
        await connection.execute(
            "insert into filing (id, name, file_name, sha256, media_type, size, page_count,"
            " passage_count, sensitivity, added_by)"
            " values ('old', 'acme', 'acme.pdf', 'x', 'application/pdf', 1, 0, 0, 'internal', 'ann')"
        )
    await migrate(empty_database)
    async with Postgres.open(empty_database) as postgres:
        filing = await PostgresCatalogue(postgres).get("acme")
    entry = filing.entry
    assert (filing.id, entry.id, entry.file_name, entry.version) == ("old", "old", "acme.pdf", 1)
    assert (entry.added_by, entry.is_current, filing.placements) == ("ann", True, (entry,))
