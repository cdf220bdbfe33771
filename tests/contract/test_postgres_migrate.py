"""Migrations: each once, in order, whole or not at all, by one process at a time."""

import anyio
import pytest

from assistant.domain.errors import ServiceFailed, ServiceUnavailable
from assistant.storage.migrate import Migration, bundled_migrations, migrate
from assistant.storage.postgres import GivenServer, Postgres, connect

pytestmark = pytest.mark.anyio

NOTE = Migration(1, "note", "create table note (text text); insert into note values ('one')")
MORE = Migration(2, "more", "insert into note values ('two');")
BROKEN = Migration(2, "more", "insert into note values ('two'); insert into nowhere values (1)")


async def texts(server: GivenServer) -> list[str]:
    connection = await connect(server)
    async with connection:
        rows = await connection.execute("select text from note order by text")
        return [row[0] for row in await rows.fetchall()]


async def test_the_bundled_ones_make_a_database_that_a_pool_opens(
    empty_database: GivenServer,
) -> None:
    assert await migrate(empty_database) == bundled_migrations()
    async with Postgres.open(empty_database) as postgres:
        await postgres.ping()


async def test_a_second_run_does_nothing(empty_database: GivenServer) -> None:
    assert await migrate(empty_database, [NOTE]) == [NOTE]
    assert await migrate(empty_database, [NOTE]) == []
    assert await texts(empty_database) == ["one"]


async def test_only_what_is_missing_is_applied(empty_database: GivenServer) -> None:
    await migrate(empty_database, [NOTE])
    assert await migrate(empty_database, [NOTE, MORE]) == [MORE]
    assert await texts(empty_database) == ["one", "two"]


async def test_what_was_applied_is_recorded_with_its_hash(empty_database: GivenServer) -> None:
    await migrate(empty_database, [NOTE, MORE])
    connection = await connect(empty_database)
    async with connection:
        rows = await connection.execute(
            "select number, name, sha256 from schema_migration order by number"
        )
        assert await rows.fetchall() == [
            (1, "note", NOTE.sha256),
            (2, "more", MORE.sha256),
        ]


async def test_many_at_once_apply_each_one_time(empty_database: GivenServer) -> None:
    applied: list[Migration] = []

    async def start() -> None:
        applied.extend(await migrate(empty_database, [NOTE, MORE]))

    async with anyio.create_task_group() as crowd:
        for _ in range(5):
            crowd.start_soon(start)
    assert applied == [NOTE, MORE]
    assert await texts(empty_database) == ["one", "two"]


async def test_a_broken_one_leaves_the_schema_at_the_last_whole_one(
    empty_database: GivenServer,
) -> None:
    with pytest.raises(ServiceFailed, match=r"0002_more failed: .*nowhere"):
        await migrate(empty_database, [NOTE, BROKEN])
    assert await texts(empty_database) == ["one"]
    assert await migrate(empty_database, [NOTE, MORE]) == [MORE]


async def test_a_changed_one_is_refused(empty_database: GivenServer) -> None:
    await migrate(empty_database, [NOTE])
    changed = Migration(1, "note", NOTE.sql + " -- changed")
    with pytest.raises(ServiceFailed, match=r"0001_note was applied .* other contents"):
        await migrate(empty_database, [changed])


async def test_a_database_of_a_newer_release_is_refused(empty_database: GivenServer) -> None:
    await migrate(empty_database, [NOTE, MORE])
    with pytest.raises(ServiceFailed, match="at migration 0002; this release knows up to 0001"):
        await migrate(empty_database, [NOTE])


async def test_an_extension_that_the_server_lacks_is_named(empty_database: GivenServer) -> None:
    lacking = Migration(1, "vectors", "create extension no_such_extension")
    with pytest.raises(
        ServiceFailed, match=r'0001_vectors failed: .*"no_such_extension"'
    ) as caught:
        await migrate(empty_database, [lacking])
    assert "Install the extension vector" in caught.value.hint


async def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(ServiceUnavailable, match="gave no answer"):
        await migrate(GivenServer("host=/nowhere dbname=postgres"), [NOTE])
