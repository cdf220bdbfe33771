"""The audit log on a real database: who may write, and what tampering is noticed."""

import asyncio
import json

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.audit import GENESIS, canonical, link, verify
from assistant.domain.auditing import AuditEntry, AuditKind
from assistant.storage.anchors import Anchors
from assistant.storage.audit import PostgresAudit
from assistant.storage.postgres import Postgres

pytestmark = pytest.mark.anyio

HELD = AuditEntry(AuditKind.HOLD, "ann", {"reason": "Matter 1"})


@pytest.fixture
async def log(postgres, tmp_path):
    """A log of six entries."""
    opened = PostgresAudit(postgres, Anchors(tmp_path / "audit"))
    for n in range(6):
        await opened.append(AuditEntry(AuditKind.ASK, "ann", {"question": f"What is {n}?"}))
    return opened


async def whole(log, *, noted=True):
    return await verify(log.records(), await log.noted() if noted else {})


async def tamper(postgres, *statements):
    """Change the log as an administrator of the database can, past its trigger."""
    async with postgres.connection() as connection:
        await connection.execute("alter table audit_entry disable trigger audit_append_only")
        for statement in statements:
            await connection.execute(statement)
        await connection.execute("alter table audit_entry enable trigger audit_append_only")


async def test_entries_are_numbered_linked_and_read_newest_first(log):
    verdict = await whole(log)
    assert (verdict.entries, verdict.broken, verdict.anchored) == (6, None, 6)
    newest, before = await log.latest(2)
    assert (newest.seq, before.seq) == (6, 5)
    assert newest.previous == before.hash == link(before.previous, 5, before.text)
    assert (await log.latest(9))[-1].previous == GENESIS
    assert [one.seq for one in await log.latest(9, before=3)] == [2, 1]
    assert verdict.head == newest.hash


async def test_entries_of_one_kind_are_found(log):
    await log.append(HELD)
    assert [one.seq for one in await log.latest(9, kind=AuditKind.HOLD)] == [7]


async def test_many_writers_at_once_make_one_chain(log, database):
    async with Postgres.open(database) as other:
        there = PostgresAudit(other, log.anchors)
        writers = [one.append(HELD) for one in (log, there) for _ in range(20)]
        await asyncio.gather(*writers)
    verdict = await whole(log)
    assert (verdict.entries, verdict.broken, verdict.anchored) == (46, None, 46)


async def test_an_entry_of_a_unit_that_was_given_up_was_never_there(log, postgres):
    async def given_up():
        async with postgres.begin():
            await log.append(HELD)
            raise TimeoutError

    with pytest.raises(TimeoutError):
        await given_up()
    assert (await whole(log)).entries == 6
    await log.append(HELD)
    assert (await whole(log)).broken is None


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_entry set entry = '{}' where seq = 3",
        "delete from audit_entry where seq = 3",
        "truncate audit_entry",
    ],
)
async def test_the_database_refuses_to_change_the_log(log, postgres, statement):
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        async with postgres.connection() as connection:
            await connection.execute(statement)
    assert (await whole(log)).broken is None


@pytest.mark.parametrize(
    ("statements", "broken", "reason"),
    [
        (["update audit_entry set entry = replace(entry, 'ann', 'bob') where seq = 3"],
         3, "not what was written"),
        (["update audit_entry set hash = repeat('a', 64) where seq = 3"],
         3, "not what was written"),
        (["delete from audit_entry where seq = 3"], 3, "entry 3 is missing"),
        (["delete from audit_entry where seq = 1"], 1, "entry 1 is missing"),
        (["delete from audit_entry where seq = 3",
          "update audit_entry set seq = seq - 1 where seq > 3"], 3, "does not follow"),
        (["update audit_entry set seq = -seq where seq in (3, 4)",
          "update audit_entry set seq = 7 + seq where seq < 0"], 3, "does not follow"),
        (["update audit_entry set seq = seq + 100 where seq > 3",
          "insert into audit_entry (seq, entry, previous, hash) select 4, '{\"kind\":\"ask\"}',"
          " hash, repeat('b', 64) from audit_entry where seq = 3"], 4, "not what was written"),
    ],
)  # fmt: skip
async def test_tampering_is_named_at_the_first_entry_that_it_touched(
    log, postgres, statements, broken, reason
):
    await tamper(postgres, *statements)
    verdict = await whole(log, noted=False)
    assert verdict.broken == broken
    assert reason in verdict.reason


async def test_a_log_that_was_cut_at_its_end_is_noticed_by_what_was_noted_outside(log, postgres):
    await tamper(postgres, "delete from audit_entry where seq > 4")
    assert (await whole(log, noted=False)).broken is None
    verdict = await whole(log)
    assert verdict.broken == 5
    assert "entry 6 was written" in verdict.reason


async def test_a_log_that_was_cut_and_grew_again_is_noticed(log, postgres):
    await tamper(postgres, "delete from audit_entry where seq > 4")
    for _ in range(5):
        await log.append(HELD)
    assert (await whole(log, noted=False)).broken is None
    assert (await whole(log)).broken == 5


async def test_a_log_that_was_written_anew_is_noticed(log, postgres):
    records = [one async for one in log.records()]
    await tamper(postgres, "truncate audit_entry")
    for one in records:
        entry = json.loads(one.text)
        await log.append(AuditEntry(AuditKind.ASK, "bob", {"question": entry["question"]}))
    assert (await whole(log, noted=False)).broken is None
    assert (await whole(log)).broken == 1


async def test_an_earlier_export_must_still_be_the_beginning(log, postgres):
    exported = {one.seq: one.hash for one in await log.latest(9)}
    await log.append(HELD)
    assert (await verify(log.records(), exported)).broken is None
    exported[2] = "0" * 64
    assert (await verify(log.records(), {}, exported)).broken == 2


async def test_notes_that_grow_long_are_thinned_and_still_tell(log):
    name = await log._which()
    for n in range(100):
        log.anchors.note(name, 1000 + n, "x" * 64_000)
    noted = log.anchors.noted(name)
    assert 1099 in noted
    assert len(noted) < 106


async def test_a_note_that_a_crash_cut_off_is_left_out(log):
    [file] = list(log.anchors.folder.iterdir())
    with file.open("a") as cut:
        cut.write('[7, "abc')
    assert (await whole(log)).broken is None
    await log.append(HELD)
    assert (await whole(log)).broken is None


async def test_what_postgresql_cannot_keep_is_left_out_of_an_entry(log):
    await log.append(AuditEntry(AuditKind.ASK, "ann", {"question": "net\x00 sales \ud800?"}))
    [record] = await log.latest(1)
    assert json.loads(record.text)["question"] == "net sales ??"
    assert (await whole(log)).broken is None


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text())))
def test_the_same_entry_has_one_text(detail):
    shuffled = dict(reversed(detail.items()))
    assert canonical(detail) == canonical(shuffled)
    assert json.loads(canonical(detail)) == detail
