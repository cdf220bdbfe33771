"""The pool: time limits, units of work, and what it says when the database is not as it should be."""

import anyio
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from assistant.domain.errors import ServiceFailed, ServiceUnavailable, StatementTimeout
from assistant.storage.postgres import GivenServer, PoolLimits, Postgres

pytestmark = pytest.mark.anyio

QUICK = PoolLimits(size=2, statement_timeout_s=0.2, lock_timeout_s=0.1, connect_timeout_s=0.5)


@pytest.fixture
async def table(postgres: Postgres) -> None:
    async with postgres.connection() as connection:
        await connection.execute("create table note (text text unique)")


async def notes(postgres: Postgres) -> list[str]:
    async with postgres.connection() as connection:
        rows = await connection.execute("select text from note order by text")
        return [row[0] for row in await rows.fetchall()]


async def write(postgres: Postgres, text: str) -> None:
    async with postgres.connection() as connection:
        await connection.execute("insert into note values (%s)", (text,))


async def test_a_query_is_answered(postgres: Postgres) -> None:
    await postgres.ping()


async def test_every_connection_has_its_limits(database: GivenServer) -> None:
    limits = PoolLimits(statement_timeout_s=7, lock_timeout_s=3, idle_in_transaction_s=9)
    async with Postgres.open(database, limits) as postgres, postgres.connection() as connection:
        found = {}
        for name in (
            "statement_timeout",
            "lock_timeout",
            "idle_in_transaction_session_timeout",
            "application_name",
        ):
            row = await (await connection.execute("select current_setting(%s)", (name,))).fetchone()
            assert row is not None
            found[name] = row[0]
    assert found == {
        "statement_timeout": "7s",
        "lock_timeout": "3s",
        "idle_in_transaction_session_timeout": "9s",
        "application_name": "aei",
    }


async def test_vectors_come_back_as_vectors(postgres: Postgres) -> None:
    async with postgres.connection() as connection:
        row = await (await connection.execute("select '[1,2,3]'::halfvec(3)")).fetchone()
    assert row is not None
    assert row[0].to_list() == [1.0, 2.0, 3.0]


async def test_a_long_statement_is_a_statement_timeout(database: GivenServer) -> None:
    async with Postgres.open(database, QUICK) as postgres:
        with pytest.raises(StatementTimeout, match=r"longer than 0\.2 s"):
            async with postgres.connection() as connection:
                await connection.execute("select pg_sleep(5)")
        await postgres.ping()


async def test_a_long_wait_for_a_lock_is_a_statement_timeout(
    database: GivenServer, postgres: Postgres, table: None
) -> None:
    async with Postgres.open(database, QUICK) as hasty, postgres.connection() as holder:
        await holder.execute("lock table note in access exclusive mode")
        with pytest.raises(StatementTimeout, match="waited too long"):
            await notes(hasty)


async def test_a_pool_with_no_connection_left_says_so(database: GivenServer) -> None:
    async with (
        Postgres.open(database, QUICK) as postgres,
        postgres.connection(),
        postgres.connection(),
    ):
        with pytest.raises(ServiceUnavailable, match=r"No database connection within 0\.5 s"):
            await postgres.ping()


async def test_a_reading_returns_the_rows_of_each_statement(postgres: Postgres) -> None:
    statement = "select n from generate_series(1, %(most)s) as n"
    assert await postgres.read((statement, {"most": 2}), ("select 'x'", {})) == [
        [(1,), (2,)],
        [("x",)],
    ]


async def test_a_reading_cannot_write(postgres: Postgres, table: None) -> None:
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        await postgres.read(("insert into note values ('slipped')", {}))
    assert await notes(postgres) == []


async def test_a_reading_in_a_unit_of_work_sees_what_the_unit_wrote(
    postgres: Postgres, table: None
) -> None:
    async with postgres.begin():
        await write(postgres, "mine")
        assert await postgres.read(("select text from note", {})) == [[("mine",)]]


async def test_a_long_reading_is_a_statement_timeout(database: GivenServer) -> None:
    async with Postgres.open(database, QUICK) as postgres:
        with pytest.raises(StatementTimeout, match=r"longer than 0\.2 s"):
            await postgres.read(("select pg_sleep(5)", {}))
        assert await postgres.read(("select 1", {})) == [[(1,)]]


async def test_a_failed_block_writes_nothing(postgres: Postgres, table: None) -> None:
    async def fail() -> None:
        async with postgres.connection() as connection:
            await connection.execute("insert into note values ('lost')")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await notes(postgres) == []


async def test_a_unit_of_work_is_seen_whole(
    postgres: Postgres, database: GivenServer, table: None
) -> None:
    async with postgres.begin():
        await write(postgres, "first")
        async with postgres.begin():
            await write(postgres, "second")
        async with await psycopg.AsyncConnection.connect(database.url) as other:
            seen = await (await other.execute("select count(*) from note")).fetchone()
        assert seen == (0,)
    assert await notes(postgres) == ["first", "second"]


async def test_a_unit_of_work_that_raises_writes_nothing(postgres: Postgres, table: None) -> None:
    async def fail() -> None:
        async with postgres.begin():
            await write(postgres, "first")
            await write(postgres, "second")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await notes(postgres) == []


async def test_a_cancelled_unit_of_work_writes_nothing(postgres: Postgres, table: None) -> None:
    with anyio.move_on_after(0.1):
        async with postgres.begin():
            await write(postgres, "first")
            await anyio.sleep(5)
    assert await notes(postgres) == []


async def test_a_swallowed_failure_does_not_pass_as_a_commit(
    postgres: Postgres, table: None
) -> None:
    async def swallow() -> None:
        async with postgres.begin():
            await write(postgres, "once")
            with pytest.raises(psycopg.errors.UniqueViolation):
                await write(postgres, "once")

    with pytest.raises(ServiceFailed, match="nothing was written"):
        await swallow()
    assert await notes(postgres) == []


async def test_a_task_that_outlives_its_unit_gets_its_own_transaction(
    postgres: Postgres, table: None
) -> None:
    finished = anyio.Event()

    async def later() -> None:
        await finished.wait()
        await write(postgres, "afterwards")

    async with anyio.create_task_group() as tasks:
        async with postgres.begin():
            tasks.start_soon(later)
            await write(postgres, "inside")
        finished.set()
    assert await notes(postgres) == ["afterwards", "inside"]


async def test_eight_callers_share_four_connections(postgres: Postgres, table: None) -> None:
    async with anyio.create_task_group() as callers:
        for number in range(8):
            callers.start_soon(write, postgres, str(number))
    assert await notes(postgres) == [str(number) for number in range(8)]


async def test_a_cut_connection_is_replaced(postgres: Postgres, database: GivenServer) -> None:
    await postgres.ping()
    async with await psycopg.AsyncConnection.connect(database.url, autocommit=True) as other:
        await other.execute(
            "select pg_terminate_backend(pid) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid()"
        )
    await postgres.ping()


async def test_a_connection_cut_in_use_is_retryable(postgres: Postgres) -> None:
    with pytest.raises(ServiceUnavailable) as caught:
        async with postgres.connection() as connection:
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")
    assert caught.value.retryable


async def test_a_database_without_vector_says_what_to_install(empty_database: GivenServer) -> None:
    with pytest.raises(ServiceFailed, match="no extension vector") as caught:
        async with Postgres.open(empty_database):
            pass
    assert "Install the extension vector" in caught.value.hint


async def test_a_server_that_is_not_there_is_unavailable(database: GivenServer) -> None:
    gone = GivenServer(make_conninfo(database.url, host="/nowhere"))
    with pytest.raises(ServiceUnavailable, match="gave no answer"):
        async with Postgres.open(gone, QUICK):
            pass


async def test_a_wrong_url_is_named_without_its_password() -> None:
    with pytest.raises(ServiceFailed, match="connection string") as caught:
        async with Postgres.open(GivenServer("postgresql://me:secret@[broken"), QUICK):
            pass
    assert "secret" not in caught.value.message + caught.value.hint
