"""The product's own market: who may see what of it, with each layer of its defence switched off in turn."""

from datetime import date
from uuid import uuid4

import anyio
import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from assistant.domain.errors import (
    AssistantError,
    InvalidRequest,
    ServiceFailed,
    ServiceUnavailable,
)
from assistant.domain.sql import RowReader, SqlLimits
from assistant.domain.trading import MarketRows, Origin
from assistant.nl2sql.guard import Guard
from assistant.samples.market import sample_market
from assistant.storage.market import TABLES, Market
from assistant.storage.migrate import migrate
from assistant.storage.postgres import GivenServer
from tests.conftest import fresh_database

pytestmark = pytest.mark.anyio
BOB, NOBODY, ALL = RowReader(42), RowReader(), RowReader(everything=True)
LIMITS = SqlLimits(seconds=20)
OWNED = (
    *("users", "portfolios", "orders", "trades", "positions"),
    *("recommendations", "recommendation_feedback"),
)
FORBIDDEN = (
    *("update trades set fee = 0", "delete from market.trades", "insert into origin values (true)"),
    *("create table market.evil (x int)", "create temporary table evil (x int)"),
    *("select password_hash from users", "select tax_id from users", "select u from users u"),
    *("select * from users", "table users", "select users from users"),
    *("select * from market.session_identity", "select * from market.origin"),
    *("select * from market.filing_record", "select * from market.public_filing"),
    *("select * from market.trades_2025q1", "select * from public.filing", "select * from page"),
    *("select count(*) from public.audit_entry", "select * from public.schema_migration"),
    *("select market.keep_trades('2000-01-01', '2001-01-01')", "select nextval('trade_number')"),
    *(
        "select set_config('role', 'none', false)",
        "select pg_sleep(1)",
        "select pg_notify('a', '')",
    ),
    *("select query_to_xml('select tax_id from users', true, true, '')", "select lo_create(0)"),
    *("select set_config('session_authorization', 'postgres', false)", "select lo_get(1)"),
    *("select pg_read_file('/etc/passwd')", "select * from pg_authid", "select * from pg_stats"),
    *("select rolname from pg_roles", "select setting from pg_settings", "copy users to stdout"),
    *(
        "select relname from pg_class",
        "select * from information_schema.tables",
        "select version()",
    ),
    *("select * from pg_stat_get_activity(null)", "select current_setting('data_directory')"),
    *("select pg_advisory_lock(1)", "select pg_terminate_backend(1)", "reset role; select 1"),
    *("select 1; delete from trades", "with x as (delete from trades returning 1) select * from x"),
    *("select audit_append('{}')", "select collections_around('a/b')"),
)


@pytest.fixture(scope="module")
async def filled(database_server, template_database):
    """A market with the sample; nobody changes its rows."""
    async with fresh_database(database_server, template_database) as server:
        market = Market(server, ours=True)
        await market.settle()
        assert await market.fill(*sample_market())
        yield market


@pytest.fixture
async def market(database):
    """An empty market of a test's own."""
    market = Market(database, ours=True)
    await market.settle()
    return market


async def rows(market, statement, reader=ALL):
    return (await market.engine().run(statement, reader, LIMITS)).rows


async def count(market, table, reader):
    [[found]] = await rows(market, f"select count(*) from {table}", reader)
    return found


async def test_what_may_be_read_is_the_markets_tables_without_what_is_secret(filled):
    schema = await filled.engine().schema()
    assert set(schema.tables) == {*TABLES, "filings", "xbrl_facts"} - {"filing_record"}
    assert schema.tables["users"].hidden == {"password_hash", "tax_id"}
    assert all(table.comment for table in schema.tables.values())


@pytest.mark.parametrize("table", OWNED)
async def test_a_user_sees_his_own_rows_nobody_none_and_who_watches_all(filled, table):
    whole = (await filled.counts())[table]
    [[own]] = await rows(filled, f"select count(*) from {table} where user_id = 42")
    assert 0 < own < whole
    assert await count(filled, table, BOB) == own
    assert await count(filled, table, NOBODY) == 0
    assert await count(filled, table, ALL) == whole


async def test_predictions_of_the_house_are_everybodys(filled):
    [[house, bobs]] = await rows(
        filled,
        "select count(*) filter (where user_id is null), count(*) filter (where user_id = 42) "
        "from predictions",
    )
    assert await count(filled, "predictions", NOBODY) == house > 0
    assert await count(filled, "predictions", BOB) == house + bobs > house


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_without_the_guard_the_role_holds(filled, statement):
    with pytest.raises(AssistantError):
        await rows(filled, statement, BOB)


@pytest.mark.parametrize("statement", FORBIDDEN)
async def test_without_the_role_the_guard_holds(filled, statement):
    guard = Guard(await filled.engine().schema())
    assert not guard.check(statement).allowed


async def test_without_row_level_security_secrets_and_writes_stay_closed(market, database):
    await market.fill(*few_rows())
    with psycopg.connect(database.url, autocommit=True) as connection:
        for table in (*OWNED, "predictions"):
            connection.execute(f"alter table market.{table} disable row level security")
    assert await count(market, "users", NOBODY) == 2  # the layer is off
    for statement in FORBIDDEN:
        with pytest.raises(AssistantError):
            await rows(market, statement, NOBODY)


async def test_a_role_that_could_write_does_not_because_the_transaction_only_reads(
    market, database
):
    await market.fill(*few_rows())
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(f"grant all on all tables in schema market to {market.reader}")
    for statement in ("update users set country = 'XX'", "delete from users"):
        with pytest.raises(InvalidRequest):
            await rows(market, statement)
    assert await count(market, "users", ALL) == 2


async def test_a_statement_cannot_become_somebody_else(filled):
    for name, value in (("app.user_id", "7"), ("app.scope", "all"), ("role", "postgres")):
        widened = f"select count(*) from trades, (select set_config('{name}', '{value}', false)) s"
        with pytest.raises(InvalidRequest):
            await rows(filled, widened, BOB)


async def test_what_the_product_itself_needs_still_works_beside_it(filled, postgres):
    async with postgres.connection() as connection:
        await connection.execute("select pg_advisory_xact_lock(1), pg_notify('nobody', '')")
    assert await migrate(filled.server) == []


async def test_filings_show_the_public_ones_of_the_catalogue_and_no_others(market, database):
    await market.fill(*few_rows())
    with psycopg.connect(database.url, autocommit=True) as connection:
        for number, label in enumerate(("public", "internal", "confidential", "restricted")):
            connection.execute(
                "insert into filing (id, name, file_name, sha256, media_type, size, page_count, "
                "passage_count, label, company, cik, form, fiscal_year, period_end) values "
                "(%s, %s, '', %s, '', 1, 3, 0, %s, 'Acme', '77', '10-K', 2025, '2025-12-31')",
                (f"doc{number}", f"Acme {label}", str(number), label),
            )
            connection.execute(
                "insert into fact (filing_no, position, concept, value, unit) "
                "select no, 1, 'us-gaap:Revenues', 7, 'USD' from filing where id = %s",
                (f"doc{number}",),
            )
    shown = "select title, symbol, fiscal_period, is_sample from filings order by filing_id"
    assert await rows(market, shown, BOB) == (
        ("ACME 10-K", "ACME", "FY", True),
        ("Acme public", "ACME", "FY", False),
    )
    facts = "select accession_no, value from xbrl_facts order by value"
    assert [tuple(map(str, row)) for row in await rows(market, facts, BOB)] == [
        ("doc0", "7"),
        ("1-25-1", "5000000"),
    ]
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("update filing set label = 'confidential'")
    assert len(await rows(market, "select 1 from filings", ALL)) == 1


async def test_a_failure_tells_nothing_of_rows_that_are_not_seen(filled, database):
    for table, column in (("trades", "user_id"), ("users", "user_id"), ("predictions", "user_id")):
        probe = f"select sum(1 / (case when {column} <> 42 then 0 else 1 end)) from {table}"
        await rows(filled, probe, BOB)
    market = Market(database)
    await market.settle()
    await market.fill(*few_rows())
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "insert into filing (id, name, file_name, sha256, media_type, size, page_count, "
            "passage_count, label, company, form) "
            "values ('d', 'hush', '', '', '', 1, 1, 0, 'restricted', 'Acme', '8-K')"
        )
    probe = "select 1 / (case when title = 'hush' then 0 else 1 end) from filings"
    assert await rows(market, probe, BOB) == ((1,),)


async def test_a_market_is_filled_once_whole_or_not_at_all(market):
    data, origin = few_rows()
    broken = {**data, "instruments": MarketRows(("symbol",), [("NOPE",)])}
    with pytest.raises(psycopg.Error):
        await market.fill(broken, origin)
    assert await market.origin() is None
    assert sum((await market.counts()).values()) == 0
    assert await market.fill(data, origin)
    assert not await market.fill(data, origin)
    assert await market.origin() == origin


async def test_several_processes_may_begin_at_once(database):
    async with anyio.create_task_group() as group:
        for _ in range(4):
            group.start_soon(begin, Market(database, ours=True))
    assert (await Market(database).counts())["users"] == 2


async def begin(market):
    await market.settle()
    await market.fill(*few_rows())


async def test_an_emptied_market_is_nobodys_sample_any_more(market):
    await market.fill(*few_rows())
    await market.clear()
    assert await market.origin() == Origin(sample=False)
    assert sum((await market.counts()).values()) == 0
    await market.forget()
    assert await market.origin() is None


async def test_own_rows_come_from_csv_files(market, tmp_path):
    (tmp_path / "instruments.csv").write_text(
        '"symbol",name,asset_class,exchange,country\nACME,"Acme, Inc.",equity,NYSE,US\n', "utf-8"
    )
    (tmp_path / "prices_daily.csv").write_text(
        "symbol,trade_date,open,high,low,close,adj_close,volume\nACME,2026-01-05,1,2,0.5,1.5,1.5,9\n",
        "utf-8",
    )
    assert await market.read(tmp_path) == {"instruments": 1, "prices_daily": 1}
    assert await rows(market, "select name, close::text from instruments join prices_daily using (symbol)") == (
        ("Acme, Inc.", "1.5000"),
    )  # fmt: skip
    assert await market.origin() == Origin(sample=False)


async def test_a_bad_csv_line_is_named_and_nothing_is_added(market, tmp_path):
    (tmp_path / "instruments.csv").write_text(
        "symbol,name,asset_class,exchange,country\nACME,Acme,equity,NYSE,US\nB,B,boat,NYSE,US\n",
        "utf-8",
    )
    with pytest.raises(InvalidRequest, match=r"instruments\.csv: .*line 3"):
        await market.read(tmp_path)
    assert (await market.counts())["instruments"] == 0
    with pytest.raises(InvalidRequest, match="none of the market's tables"):
        await market.read(tmp_path / "nothing")


async def test_trades_go_to_the_quarter_they_were_made_in(filled):
    with psycopg.connect(filled.server.url) as connection:
        parts = connection.execute(
            "select tableoid::regclass::text, count(*) from market.trades group by 1"
        ).fetchall()
    assert sum(number for _, number in parts) == (await filled.counts())["trades"]
    assert "market.trades_other" not in {name for name, _ in parts}
    assert len(parts) > 8


async def test_an_ordinary_user_is_told_which_role_is_missing_and_goes_on_once_it_is_there(
    database_server, empty_database
):
    user, reader = f"plain_{uuid4().hex[:8]}", f"reader_{uuid4().hex[:8]}"
    with psycopg.connect(empty_database.url, autocommit=True) as connection:
        connection.execute("create extension vector")
        connection.execute(f"create role {user} login password 'plain'")
        connection.execute(f"grant all on schema public to {user}")
        connection.execute(f"grant create on database {connection.info.dbname} to {user}")
    plain = GivenServer(make_conninfo(empty_database.url, user=user, password="plain"))
    try:
        await migrate(plain)  # every other part of the product works
        market = Market(plain, reader=reader)
        with pytest.raises(ServiceUnavailable) as told:
            await market.settle()
        with psycopg.connect(empty_database.url, autocommit=True) as connection:
            connection.execute(told.value.hint.partition(": ")[2])
        await market.settle()
        await market.fill(*few_rows())
        assert await count(market, "users", RowReader(2)) == 1
        assert await count(market, "users", ALL) == 2
        for statement in ("select tax_id from users", "select * from market.session_identity"):
            with pytest.raises(InvalidRequest):
                await rows(market, statement)
    finally:
        with psycopg.connect(empty_database.url, autocommit=True) as connection:
            for role in (user, reader):
                connection.execute(f"drop owned by {role} cascade")
                connection.execute(f"drop role {role}")


async def test_a_role_of_that_name_with_more_rights_is_not_taken(database):
    reader = f"reader_{uuid4().hex[:8]}"
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(f"create role {reader} bypassrls")
        try:
            with pytest.raises(ServiceUnavailable, match="more than it should"):
                await Market(database, reader=reader).settle()
        finally:
            connection.execute(f"drop role {reader}")


async def test_a_user_who_is_no_member_of_the_role_is_told_so(empty_database):
    user, reader = f"plain_{uuid4().hex[:8]}", f"reader_{uuid4().hex[:8]}"
    with psycopg.connect(empty_database.url, autocommit=True) as connection:
        connection.execute("create extension vector")
        connection.execute(f"create role {reader} nologin")
        connection.execute(f"create role {user} login password 'plain'")
        connection.execute(f"grant all on schema public to {user}")
        connection.execute(f"grant create on database {connection.info.dbname} to {user}")
    plain = GivenServer(make_conninfo(empty_database.url, user=user, password="plain"))
    try:
        await migrate(plain)
        market = Market(plain, reader=reader)
        await market.settle()
        with pytest.raises(ServiceFailed, match="does not let its user act as") as told:
            await rows(market, "select 1")
        assert f"grant {reader}" in told.value.hint
    finally:
        with psycopg.connect(empty_database.url, autocommit=True) as connection:
            for role in (user, reader):
                connection.execute(f"drop owned by {role} cascade")
                connection.execute(f"drop role {role}")


def few_rows():
    """Two users and a company: enough to be told apart, and quick to write."""
    user = "user_id username full_name email country segment risk_tolerance experience kyc_status"
    people = [
        (*(n, name, name, "", "US", "quant", "moderate", "beginner", "verified"), date(2025, 1, 1))
        for n, name in ((1, "ada"), (2, "bob"))
    ]
    filing = (
        "filing_id symbol accession_no form_type fiscal_year fiscal_period period_end filed_at title "
        "page_count word_count metrics"
    )
    data = {
        "users": MarketRows((*user.split(), "created_at"), people),
        "instruments": MarketRows(
            ("symbol", "name", "cik", "asset_class", "exchange", "country"),
            [("ACME", "Acme, Inc.", "0000000077", "equity", "NYSE", "US")],
        ),
        "filing_record": MarketRows(
            tuple(filing.split()),
            [
                (
                    *(1, "ACME", "1-25-1", "10-K", 2025, "FY", date(2025, 12, 31)),
                    *(date(2026, 2, 1), "ACME 10-K", 9, 99, '{"revenue": 5}'),
                )
            ],
        ),
    }
    return data, Origin(sample=True, today=date(2026, 2, 2))
