"""Files of results: whose rows, with which rights, and what is left when something goes wrong."""

import asyncio
import csv
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import psycopg
import pytest

from assistant.domain.downloads import KeptResult
from assistant.domain.errors import DiskFull, InvalidRequest, NotFound, QueueFull, UnsafeSql
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import DataResult, Declined, Written
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import SqlLimits
from assistant.nl2sql.downloads import Downloads
from assistant.nl2sql.execute import Execution
from assistant.nl2sql.guard import Guard
from assistant.storage.analytics import AnalyticsDatabase
from assistant.storage.anchors import Anchors
from assistant.storage.audit import PostgresAudit
from assistant.storage.results import PostgresResults
from tests.servers import trading

pytestmark = pytest.mark.anyio
BOB, ADA = Principal("42", Role.ANALYST), Principal("7", Role.ANALYST)
EVERY = "SELECT trade_id, user_id FROM trades ORDER BY 1"


@pytest.fixture
async def role(empty_database):
    name = f"reader_{uuid4().hex[:8]}"
    trading.make(empty_database.url, name)
    yield name
    trading.drop_role(empty_database.url, name)


@pytest.fixture
async def downloads(empty_database, role, postgres, tmp_path):
    engine = AnalyticsDatabase(empty_database, role)
    audit = PostgresAudit(postgres, Anchors(tmp_path / "audit"))
    guard, limits = Guard(await engine.schema(), 5000), SqlLimits(seconds=30, rows=5000)
    execution = Execution(guard, engine, audit, limits)
    results, folder = PostgresResults(postgres), tmp_path / "files"
    return Downloads(execution, results, SemanticLayer(), folder, lambda size: None)


async def answered(downloads, sql=EVERY, by=BOB):
    """Run a statement as an answer does; return the id of its rows."""
    verdict, rows = await downloads.execution.run(sql, by)
    result = DataResult("Which?", Written(sql), verdict.rewritten, rows, rows_sha256=rows.sha256)
    return await downloads.keep(result, by)


def read(made):
    with made.path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))[1:]


def left(downloads):
    return list(downloads.folder.iterdir()) if downloads.folder.is_dir() else []


async def test_a_file_holds_the_rows_of_who_asked_and_says_they_are_the_same(downloads):
    id = await answered(downloads)
    made = await downloads.download(id, "csv", BOB)
    rows = read(made)
    assert len(rows) == made.rows == 1500
    assert {user for _, user in rows} == {"42"}
    assert (made.same, made.truncated) == (True, False)
    assert made.path.stat().st_mode & 0o077 == 0


async def test_a_link_is_of_no_use_to_somebody_else(downloads):
    id = await answered(downloads)
    for other in (ADA, LOCAL_USER):
        with pytest.raises(NotFound):
            await downloads.download(id, "csv", other)
    assert left(downloads) == []


async def test_rows_that_changed_are_those_of_now_and_the_hash_tells(downloads, empty_database):
    id = await answered(downloads)
    with psycopg.connect(empty_database.url) as connection:
        connection.execute("delete from trades where trade_id % 10 = 0")
    made = await downloads.download(id, "csv", BOB)
    assert (made.rows, made.same) == (1200, False)


async def test_rights_that_were_taken_away_count(downloads, empty_database, role):
    id = await answered(downloads)
    with psycopg.connect(empty_database.url) as connection:
        connection.execute(f"revoke select on trades from {role}")
    with pytest.raises(InvalidRequest, match="permission denied"):
        await downloads.download(id, "xlsx", BOB)
    assert left(downloads) == []


async def test_a_stored_statement_is_judged_again(downloads):
    kept = KeptResult("", "DELETE FROM trades", BOB, "", datetime(2126, 1, 1, tzinfo=UTC))
    id = await downloads.results.keep(kept)
    with pytest.raises(UnsafeSql):
        await downloads.download(id, "csv", BOB)
    assert left(downloads) == []


async def test_a_file_that_would_be_too_long_says_that_it_was_cut(downloads):
    few = replace(downloads.execution.limits, rows=100)
    guard = Guard(downloads.execution.guard.schema, 100)
    small = replace(downloads, execution=replace(downloads.execution, guard=guard, limits=few))
    made = await small.download(await answered(downloads), "csv", BOB)
    assert (made.rows, made.truncated) == (100, True)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
async def test_a_statement_that_fails_on_the_way_leaves_no_file_and_is_noted(downloads, kind):
    late = "SELECT 1 / (2900 - trade_id) AS x FROM trades ORDER BY trade_id OFFSET 0"
    kept = KeptResult("", late, BOB, "", datetime(2126, 1, 1, tzinfo=UTC))
    with pytest.raises(InvalidRequest, match="cannot compute"):
        await downloads.write(kept, kind)
    assert left(downloads) == []
    last = [one async for one in downloads.execution.audit.records()][-1]
    assert "failed: invalid_request" in last.text


async def test_who_leaves_while_a_file_is_written_leaves_no_file(downloads):
    id, begun = await answered(downloads), asyncio.Event()

    def seen(size):
        if left(downloads):
            begun.set()

    watched = replace(downloads, room=seen)
    task = asyncio.create_task(watched.download(id, "xlsx", BOB))
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert left(downloads) == []


async def test_a_full_disk_is_named_and_nothing_is_left(downloads):
    def full(size):
        raise DiskFull("The disk is full", "Free some.")

    with pytest.raises(DiskFull):
        await replace(downloads, room=full).download(await answered(downloads), "csv", BOB)
    assert left(downloads) == []


async def test_more_files_than_can_wait_are_refused(downloads):
    id = await answered(downloads)
    asked = [downloads.download(id, "csv", BOB) for _ in range(12)]
    ended = await asyncio.gather(*asked, return_exceptions=True)
    refused = [one for one in ended if isinstance(one, QueueFull)]
    made = [one for one in ended if not isinstance(one, BaseException)]
    assert (len(refused), len(made)) == (4, 8)


async def test_what_was_not_run_has_no_file(downloads):
    assert await downloads.keep(DataResult("Why?", Declined("No")), BOB) == ""


async def test_the_log_has_a_download_before_it_is_handed_out(downloads):
    made = await downloads.download(await answered(downloads), "parquet", BOB)
    records = downloads.execution.audit.records()
    async with aclosing(records) as entries:
        last = [one async for one in entries][-1]
    assert f'"rows_sha256":"{made.rows_sha256}"' in last.text
    assert '"download":"parquet"' in last.text
