"""Questions are linked to tables, columns and values; what could be several things, by the other words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain.queries import EarlierQuery
from assistant.domain.sql import RowReader
from tests.unit.nl2sql.describing import Market, linker

pytestmark = pytest.mark.anyio
SHARED = linker()
WORDS = (
    *("AAPL", "orders", "closed", "profit", "by", "sector", "my", "last", "90", "days", "IT"),
    *("price", "volume", "of", "users", "10-K", "revenue", "hit rate", "open", "short", "tagged"),
)
BOB, ADA, ALL = RowReader(42), RowReader(7), RowReader(everything=True)


async def linked(text, reader=ALL, earlier=(), **more):
    return await linker(**more).link(text, reader, tuple(map(EarlierQuery, earlier)))


def values(found):
    return {one.value for one in found.values}


@pytest.mark.parametrize(
    "text",
    ["AAPL trades", "aapl trades", "Apple's trades", "trades in apple", "Aple trades"],
)
async def test_a_company_is_known_by_ticker_name_and_near_misses_of_it(text):
    found = await linked(text)
    assert values(found) == {"AAPL"}
    assert found.values[0].column == "instruments.symbol"
    assert found.tables == ("trades",)
    assert "trades.symbol" in found.columns


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("orders in IT and ZEPH", {"IT", "ZEPH"}),
        ("how is it that all orders failed", {"rejected"}),
        ("SHOW IT ALL", set()),
        ("trades in CBF.B", {"CBF.B"}),
        ("trades of Class Beta Foods", {"CBF.B"}),
        ("trades in zeph", {"ZEPH"}),
    ],
)
async def test_a_word_of_english_is_a_ticker_only_where_it_is_written_as_one(text, value):
    assert values(await linked(text)) == value


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("price at which ZEPH closed", "prices_daily.close"),
        ("positions that were closed", "positions.closed_at"),
        ("orders with a stop price above 10", "orders.stop_price"),
        ("confidence of predictions", "predictions.confidence"),
        ("confidence of the signals", "recommendations.confidence"),
        ("when were users created", "users.created_at"),
        ("reason why an order was rejected", "orders.reject_reason"),
        ("stop loss of my holdings", "positions.stop_loss"),
    ],
)
async def test_the_other_words_tell_which_of_several_columns_is_meant(text, column):
    found = await linked(text)
    assert found.tables[0] == column.partition(".")[0]
    assert column in found.columns


async def test_a_figure_brings_its_columns_and_the_values_in_its_sql():
    found = await linked("unrealized P&L of ZEPH")
    assert {"positions.avg_cost", "prices_daily.close", "positions.closed_at"} <= set(found.columns)
    assert {"SHORT", "ZEPH"} <= values(found)
    assert {"positions", "prices_daily"} <= set(found.tables)


async def test_numbers_and_dates_are_no_values_and_a_length_of_time_is_a_period():
    found = await linked("orders above 5000 placed in the last 90 days, not on 2026-03-01")
    assert values(found) == set()
    [period] = found.periods
    assert (period.text, period.column, period.value) == (
        "last 90 days",
        "orders.created_at",
        "90",
    )


async def test_my_stock_is_about_my_trades_and_my_filing_is_about_none():
    assert (await linked("my best stock")).tables == ("trades", "instruments")
    assert (await linked("the best stock")).tables == ("instruments",)
    assert (await linked("a filing for my desk")).tables == ("filings",)


async def test_a_question_that_refers_back_takes_the_tables_of_the_one_before():
    found = await linked("only those in Apple", earlier=["list my cancelled orders"])
    assert found.tables[0] == "orders"
    assert values(found) == {"AAPL", "cancelled"}


async def test_a_new_question_forgets_the_one_before():
    found = await linked("How many filings were made?", earlier=["list my cancelled orders"])
    assert found.tables == ("filings",)


async def test_names_of_own_rows_are_known_to_their_owner_only():
    names = {42: "Moonshot", 7: "Nest Egg"}
    own = await linked("what is in my Moonshot portfolio", BOB, names=names)
    assert values(own) == {"Moonshot"}
    for stranger in (ADA, RowReader()):
        told = await linked("what is in the Moonshot portfolio", stranger, names=names)
        assert values(told) == set()


async def test_what_was_sampled_for_one_reader_is_not_used_for_another():
    shared = linker(names={42: "Moonshot", 7: "Nest Egg"})
    first = await shared.link("cash in the Moonshot portfolio", BOB)
    second = await shared.link("cash in the Moonshot portfolio", ADA)
    third = await shared.link("cash in the Moonshot portfolio", BOB)
    assert (values(first), values(second), values(third)) == ({"Moonshot"}, set(), {"Moonshot"})


async def test_values_for_everybody_are_sampled_as_nobody():
    market = linker(names={})
    await market.link("Apple trades", RowReader())
    engine = market.surveyor.engine
    assert isinstance(engine, Market)
    assert {reader for _, reader in engine.asked} == {RowReader()}


async def test_of_a_text_without_end_only_the_beginning_is_read():
    found = await linked("Apple orders " + "zzyzx qqqqq " * 100_000 + " filings")
    assert found.tables == ("orders",)


@settings(deadline=None, max_examples=60)
@given(text=st.text(max_size=300) | st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join))
async def test_no_text_breaks_the_linker_or_makes_it_name_what_is_not_there(text):
    found = await SHARED.link(text, RowReader())
    known = await SHARED.surveyor.survey()
    assert len(found.tables) <= 4
    assert set(found.tables) <= known.schema.tables.keys()
    for name in found.columns:
        table, _, column = name.partition(".")
        assert table in found.tables
        assert column in known.schema.tables[table].columns
