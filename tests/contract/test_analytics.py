"""What stands behind the guard: each layer holds with the guard switched off."""

from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest

from assistant.domain.errors import AssistantError, InvalidRequest, ServiceFailed, StatementTimeout
from assistant.domain.sql import RowReader, SqlLimits
from assistant.storage.analytics import AnalyticsDatabase
from assistant.storage.postgres import GivenServer
from tests.servers import trading

pytestmark = pytest.mark.anyio
BOB, ADA, NOBODY, ALL = RowReader(42), RowReader(7), RowReader(), RowReader(everything=True)
LIMITS = SqlLimits(seconds=20, rows=5000)


@pytest.fixture
async def role(empty_database):
    name = f"reader_{uuid4().hex[:8]}"
    trading.make(empty_database.url, name)
    yield name
    trading.drop_role(empty_database.url, name)


@pytest.fixture
async def database(empty_database, role):
    return AnalyticsDatabase(empty_database, role)


async def test_the_schema_holds_what_the_role_may_read_and_names_what_it_may_not(database):
    schema = await database.schema()
    assert set(schema.tables) == {"users", "trades", "filings"}
    assert list(schema.tables["users"].columns) == ["user_id", "username"]
    assert schema.tables["users"].hidden == {"tax_id"}
    assert schema.tables["trades"].columns["price"] == "numeric(12,4)"


@pytest.mark.parametrize(("reader", "count"), [(BOB, 1500), (ADA, 1500), (NOBODY, 0), (ALL, 3000)])
async def test_a_reader_sees_his_own_rows_only(database, reader, count):
    found = await database.run("select count(*) from trades", reader, LIMITS)
    assert found.rows == ((count,),)


async def test_rows_come_with_their_types_and_say_when_there_are_more(database):
    few = SqlLimits(seconds=20, rows=3)
    found = await database.run("select trade_id, price from trades order by 1", ALL, few)
    assert found.columns == ("trade_id", "price")
    assert found.rows == ((1, Decimal("1.5")), (2, Decimal("3.0")), (3, Decimal("4.5")))
    assert found.truncated


async def test_a_percent_sign_is_a_letter(database):
    found = await database.run("select count(*) from trades where symbol like '%1'", ALL, LIMITS)
    assert found.rows == ((600,),)


@pytest.mark.parametrize(
    "statement",
    [
        "update trades set price = 0",
        "with x as (delete from trades returning 1) select * from x",
        "create table evil (x int)",
        "select token from secrets",
        "select tax_id from users",
        "select fire()",
        "select 1; delete from trades",
        "select 1; commit; delete from trades",
        "select lo_create(0)",
        "select pg_read_file('/etc/passwd')",
        "select * from ops.session_identity",
    ],
)
async def test_without_the_guard_nothing_is_written_and_nothing_hidden_is_read(
    database, empty_database, statement
):
    with pytest.raises(AssistantError):
        await database.run(statement, BOB, LIMITS)
    with psycopg.connect(empty_database.url) as connection:
        whole = connection.execute("select count(*), min(price) from trades").fetchone()
    assert whole == (3000, Decimal("1.5"))


async def test_a_statement_cannot_become_somebody_else(database):
    widened = (
        "select count(*) from trades, "
        "(select set_config('app.user_id', '7', false), set_config('app.scope', 'all', false)) as s"
    )
    try:
        rows = (await database.run(widened, BOB, LIMITS)).rows
    except InvalidRequest:
        return
    assert rows == ((1500,),)


async def test_the_next_statement_knows_nothing_of_the_reader_before(database, empty_database):
    await database.run("select 1", ALL, LIMITS)
    assert (await database.run("select count(*) from trades", NOBODY, LIMITS)).rows == ((0,),)
    with psycopg.connect(empty_database.url) as connection:
        assert connection.execute("select count(*) from ops.session_identity").fetchone() == (0,)


async def test_a_statement_that_takes_too_long_is_cancelled(database):
    with pytest.raises(StatementTimeout, match="longer than"):
        await database.run("select pg_sleep(30)", ALL, SqlLimits(seconds=0.3))


async def test_a_statement_that_would_cost_too_much_does_not_begin(database):
    joined = "select count(*) from trades a, trades b, trades c"
    with pytest.raises(InvalidRequest, match="far too long"):
        await database.run(joined, ALL, SqlLimits(seconds=20, cost=1000))


async def test_a_failure_tells_names_and_no_values(database):
    with pytest.raises(InvalidRequest, match='column "nothing" does not exist'):
        await database.run("select nothing from trades", ALL, LIMITS)
    with pytest.raises(InvalidRequest) as told:
        await database.run("select username::int from users", ALL, LIMITS)
    assert "bob" not in told.value.message + told.value.hint
    assert "22P02" in told.value.message


async def test_what_postgresql_does_not_support_is_told_as_its_refusal(database):
    joined = "select count(*) from trades a full join trades b on a.price > b.price"
    with pytest.raises(InvalidRequest, match="FULL JOIN is only supported"):
        await database.run(joined, ALL, LIMITS)
    with pytest.raises(InvalidRequest, match="DISTINCT is not implemented"):
        await database.run("select count(distinct symbol) over () from trades", ALL, LIMITS)


async def test_a_database_without_the_role_says_what_to_do(empty_database):
    with pytest.raises(ServiceFailed, match="has no role nobody_made_it"):
        await AnalyticsDatabase(empty_database, "nobody_made_it").schema()


async def test_a_database_that_does_not_answer_is_unavailable():
    nowhere = AnalyticsDatabase(GivenServer("postgresql://127.0.0.1:1/none?connect_timeout=2"))
    with pytest.raises(ServiceFailed):
        await nowhere.schema()


async def test_rows_stream_in_batches_that_name_columns_and_types(database):
    every = "select trade_id, price, executed_at from trades order by 1"
    batches = [batch async for batch in database.stream(every, ALL, LIMITS)]
    assert len(batches) > 1
    assert {batch.columns for batch in batches} == {("trade_id", "price", "executed_at")}
    assert batches[0].types == ("int4", "numeric(12,4)", "timestamptz")
    rows = [row for batch in batches for row in batch.rows]
    assert [row[0] for row in rows] == list(range(1, 3001))
    assert max(len(batch.rows) for batch in batches) < 3000


async def test_a_stream_without_rows_names_its_columns(database):
    [batch] = [b async for b in database.stream("select 1 as one where false", ALL, LIMITS)]
    assert (batch.columns, batch.types, batch.rows) == (("one",), ("int4",), ())


async def test_a_stream_ends_at_its_limit(database):
    few = SqlLimits(seconds=20, rows=250)
    batches = database.stream("select trade_id from trades", ALL, few)
    assert sum([len(batch.rows) async for batch in batches]) == 250


async def test_rows_are_counted_and_hashed_beyond_those_that_are_held(database):
    every = "select trade_id, price from trades order by 1"
    held = await database.run(every, ALL, SqlLimits(seconds=20, rows=2900, kept=10))
    whole = await database.run(every, ALL, SqlLimits(seconds=20, rows=2900))
    assert (len(held.rows), held.read, held.truncated) == (10, 2900, True)
    assert held.rows == whole.rows[:10]
    assert held.sha256 == whole.sha256
    other = await database.run("select trade_id, price from trades order by 1 desc", ALL, LIMITS)
    assert other.sha256 != whole.sha256


async def test_a_result_of_few_large_rows_has_a_limit_too(database):
    large = "select repeat('x', 100000) as x from trades"
    with pytest.raises(InvalidRequest, match="larger than 2 MiB"):
        await database.run(large, ALL, SqlLimits(seconds=20, text_kb=2048))


async def test_rows_too_large_for_a_batch_are_refused_by_the_server(database):
    huge = "select repeat('x', 3000000) as x from trades"
    with pytest.raises(InvalidRequest, match="too much memory or disk"):
        await database.run(huge, ALL, SqlLimits(seconds=20, temporary_kb=10_000))


async def test_a_stream_that_is_left_leaves_nothing_running(database, empty_database):
    batches = database.stream("select trade_id from trades", ALL, LIMITS)
    await anext(batches)
    await batches.aclose()
    with psycopg.connect(empty_database.url) as connection:
        running = (
            "select count(*) from pg_stat_activity where query like 'FETCH%' and state = 'active'"
        )
        assert connection.execute(running).fetchone() == (0,)
        assert connection.execute("select count(*) from ops.session_identity").fetchone() == (0,)
