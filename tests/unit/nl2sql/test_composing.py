"""Composition without a database: what of a question gets into the statement, and what declines it."""

import string
from datetime import date, timedelta

import pytest
import sqlglot
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlglot import exp

from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import (
    DataQuestion,
    Declined,
    EarlierQuery,
    LinkedValue,
    Linking,
    Written,
)
from assistant.domain.semantics import ColumnMeaning, SemanticLayer, TableMeaning
from assistant.domain.sql import ReadableSchema, ReadableTable
from assistant.nl2sql.composing.composer import composer_of
from assistant.nl2sql.composing.exact import market_words
from assistant.nl2sql.composing.tokens import tokenise
from assistant.nl2sql.guard import Guard

unhurried = settings(deadline=None, max_examples=40)
MONEY, MOMENT = "numeric(18,2)", "timestamp with time zone"
TYPES = {
    **dict.fromkeys(
        ("quantity", "price", "fee", "realized_pnl", "market_cap", "cash_balance", "close", "open"),
        MONEY,
    ),
    **dict.fromkeys(("limit_price", "stop_price", "confidence", "avg_cost", "stop_loss"), MONEY),
    **dict.fromkeys(("high", "low", "volume", "feedback_score", "page_count"), "numeric(18,4)"),
    **dict.fromkeys(("created_at", "executed_at", "opened_at", "closed_at", "filed_at"), MOMENT),
    **dict.fromkeys(("last_login", "ingested_at", "updated_at", "responded_at"), MOMENT),
    **dict.fromkeys(("trade_date", "ipo_date", "period_end"), "date"),
    **dict.fromkeys(("user_id", "order_id", "trade_id", "portfolio_id", "fiscal_year"), "integer"),
    "tags": "text[]",
}
KEYS = ("user_id", "symbol", "portfolio_id")


def market():
    """The market's tables, with the columns that its exact words name."""
    tables = {}
    for name, table in market_words().tables.items():
        columns = dict.fromkeys((*table.shown, *table.columns, *KEYS))
        tables[name] = ReadableTable(name, {one: TYPES.get(one, "text") for one in columns})
    return ReadableSchema(tables)


SCHEMA = market()
COMPOSER = composer_of(SemanticLayer(), SCHEMA)
GUARD = Guard(SCHEMA, 1000)


def compose(text, *values, user=LOCAL_USER, earlier=()):
    question = DataQuestion(text, user, tuple(EarlierQuery(one) for one in earlier))
    linked = tuple(LinkedValue(said, "instruments.symbol", value) for said, value in values)
    return COMPOSER.compose(question, Linking(values=linked))


def sql_of(text, *values, **more):
    draft = compose(text, *values, **more)
    assert isinstance(draft, Written), draft
    verdict = GUARD.check(draft.sql)
    assert verdict.allowed, verdict.reason
    return draft.sql


def literals(sql):
    return [one.this for one in sqlglot.parse_one(sql, read="postgres").find_all(exp.Literal)]


@unhurried
@given(st.integers(1, 10**9))
def test_an_amount_is_in_the_statement_as_it_was_said(amount):
    assert literals(sql_of(f"trades with a fee above {amount}")) == [str(amount)]
    assert literals(sql_of(f"trades with a fee above ${amount:,}")) == [str(amount)]


@unhurried
@given(st.decimals(min_value="0.01", max_value="99.99", places=2))
def test_a_percentage_of_a_ratio_is_a_share_and_of_an_amount_is_not_understood(percent):
    said = literals(sql_of(f"predictions with confidence above {percent}%"))
    assert [float(one) for one in said] == pytest.approx([float(percent) / 100])
    assert isinstance(compose(f"trades with a fee above {percent}%"), Declined)


@unhurried
@given(st.dates(date(1990, 1, 1), date(2035, 12, 31)))
def test_a_day_is_the_day_that_was_said(day):
    after = day + timedelta(1)
    for said in (
        day.isoformat(),
        f"{day:%B} {day.day}, {day.year}",
        f"{day.day} {day:%b} {day.year}",
    ):
        assert literals(sql_of(f"orders on {said}")) == [day.isoformat(), after.isoformat()]


@unhurried
@given(st.integers(1990, 2035), st.integers(1, 4))
def test_a_quarter_begins_and_ends_where_it_does(year, quarter):
    first, last = literals(sql_of(f"number of orders in Q{quarter} {year}"))
    assert first == date(year, 3 * quarter - 2, 1).isoformat()
    assert date.fromisoformat(last) == (
        date(year + 1, 1, 1) if quarter == 4 else date(year, 3 * quarter + 1, 1)
    )


@unhurried
@given(st.text(string.ascii_uppercase, min_size=2, max_size=5))
@example("AT")
@example("OF")
def test_a_ticker_is_in_the_statement_unchanged(ticker):
    draft = compose(f"trades in {ticker} this week", (ticker, ticker))
    assert isinstance(draft, Declined) or literals(draft.sql)[0] == ticker


@unhurried
@given(st.text(string.printable, max_size=60))
def test_what_is_quoted_never_becomes_sql(text):
    said = text.replace('"', "")
    draft = compose(f'orders from "{said}" clients')
    if isinstance(draft, Written):
        assert GUARD.check(draft.sql).allowed
        assert ";" not in draft.sql


@unhurried
@given(st.text(max_size=80))
def test_any_text_is_answered_or_declined(text):
    draft = compose(text)
    assert not isinstance(draft, Written) or GUARD.check(draft.sql).allowed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("cancelled orders", "rejected orders"),
        ("orders this week", "orders last week"),
        ("top 5 users by realized pnl", "bottom 5 users by realized pnl"),
        ("top 5 users by realized pnl", "top 6 users by realized pnl"),
        ("orders above 100 shares", "orders of at least 100 shares"),
        ("orders above 100 shares", "orders below 100 shares"),
        ("trades at a loss", "trades at a profit"),
        ("trades with a loss above 100", "trades with a profit above 100"),
        ("users who traded", "users who never traded"),
        ("active users", "inactive users"),
        ("verified users", "users that are not verified"),
        ("users by country", "users by segment"),
        ("average fee", "median fee"),
        ("total fees in 2024", "total fees in 2025"),
        ("fees by month", "fees by quarter"),
        ("open positions", "closed positions"),
        ("long positions", "short positions"),
        ("orders since 2025-01-01", "orders before 2025-01-01"),
        ("5th percentile of fee", "95th percentile of fee"),
        ("orders without a limit price", "orders with a limit price"),
    ],
)
def test_one_word_less_or_other_makes_another_statement(one, other):
    assert sql_of(one) != sql_of(other)


@pytest.mark.parametrize(
    "text",
    [
        "trades in Boeing",
        "trades by astrological sign",
        "the nicest orders",
        "clients who only trade crypto",
        "trades with zero fee",
        "trades without profit",
        "biggest trade ever",
        "orders of more than $10000",
        "US trades",
        "IT trades",
        "failed orders",
        "trades by value",
        "filings in 2025",
        "closed positions in 2025",
        "latest order per user",
        "average number of trades per user",
        "total price of trades",
        "how many beginners trade",
        "orders or trades",
        "orders, trades",
        "users with fees",
        "not orders",
        "trades in February",
        "average page count of filings per year",
        "fees above 10 or below 5",
        "share of orders",
        "",
        "?",
    ],
)
def test_what_is_not_understood_whole_is_declined(text):
    assert isinstance(compose(text), Declined)


def test_what_is_declined_is_named():
    draft = compose("trades that smell fishy")
    assert '"smell"' in draft.reason
    assert '"fishy"' in draft.reason
    assert draft.hint


def test_ones_own_rows_are_left_to_the_database_and_are_nobodys_for_who_sees_everything():
    trader = Principal("42", Role.ANALYST)
    assert sql_of("my open orders", user=trader) == sql_of("open orders")
    assert "your own rows" in compose("my open orders", user=trader).understood
    assert isinstance(compose("my open orders"), Declined)


def test_rows_of_another_user_are_declined_for_a_user_and_given_to_who_sees_everything():
    trader = Principal("42", Role.ANALYST)
    assert isinstance(compose("trades of user 7", user=trader), Declined)
    assert literals(sql_of("trades of user 42", user=trader)) == ["42"]
    assert literals(sql_of("trades of user 7")) == ["7"]


def test_what_goes_on_takes_the_place_of_what_was_said_before():
    before = ["total fees in 2025"]
    assert sql_of("and in 2024?", earlier=before) == sql_of("total fees in 2024")
    assert sql_of("by month", earlier=before) == sql_of("total fees in 2025 by month")
    assert sql_of("cancelled orders", earlier=before) == sql_of("cancelled orders")
    assert isinstance(compose("and why?", earlier=before), Declined)


def test_a_misspelt_word_is_read_and_a_name_is_never_corrected():
    assert sql_of("how meny orders in feburary 2026") == sql_of("how many orders in february 2026")
    assert isinstance(compose("trades of Traders"), Declined)
    assert isinstance(compose("orders of boeing"), Declined)


def test_understood_says_every_condition():
    told = " | ".join(compose("cancelled orders above 100 shares last week").understood)
    assert "orders.status is cancelled" in told
    assert "above 100" in told
    assert "last week" in told


def test_another_database_is_composed_over_with_its_own_words():
    schema = ReadableSchema(
        {"parcels": ReadableTable("parcels", {"parcel_id": "integer", "weight": "numeric(9,2)"})}
    )
    layer = SemanticLayer(
        {"parcels": TableMeaning(synonyms=("shipment",), columns={"weight": ColumnMeaning()})}
    )
    composer = composer_of(layer, schema)
    draft = composer.compose(DataQuestion("average weight of shipments", LOCAL_USER), Linking())
    assert draft.sql == "SELECT AVG(parcels.weight) AS average_weight FROM parcels"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("P&L of Apple's 10-Ks", ["p&l", "of", "apple", "10-k"]),
        ("realised losses", ["realized", "loss"]),
        ("BTC-USD and BRK.B", ["btc-usd", "and", "brk.b"]),
        ("US companies told us", ["usa", "company", "told", "us"]),
    ],
)
def test_words_have_one_spelling(text, words):
    assert [token.word for token in tokenise(text)] == words


@pytest.mark.parametrize(
    ("text", "number", "unit"),
    [
        ("$1,000", 1000, "$"),
        ("1k", 1000, ""),
        ("2.5m", 2_500_000, ""),
        ("a thousand dollars", 1000, "$"),
        ("twenty five", 25, ""),
        ("three percent", 3, "%"),
        ("two hundred", 200, ""),
    ],
)
def test_numbers_are_numbers_however_they_are_written(text, number, unit):
    (token,) = [one for one in tokenise(text) if one.number is not None]
    assert (token.number, token.unit) == (number, unit)


def test_the_losers_among_sums_are_the_groups_whose_sum_is_a_loss():
    asked = ("total profit per symbol in 2025", "only the losers")
    wanted = "HAVING SUM(trades.realized_pnl) < 0"
    assert wanted in sql_of(asked[1], earlier=asked[:1])
    assert wanted in sql_of("only for the last 30 days", earlier=asked)
    of_rows = sql_of("only the losers", earlier=["trades of this week"])
    assert "trades.realized_pnl < 0" in of_rows
    assert "HAVING" not in of_rows


def test_a_column_of_true_and_false_that_is_named_is_asked_to_be_true():
    columns = {"rating_id": "integer", "user_accepted": "boolean"}
    schema = ReadableSchema({"ratings": ReadableTable("ratings", columns)})
    layer = SemanticLayer({"ratings": TableMeaning("", shown=("rating_id",))})
    question = DataQuestion("ratings that users accepted", LOCAL_USER)
    draft = composer_of(layer, schema).compose(question, Linking())
    assert isinstance(draft, Written)
    assert draft.sql.endswith("WHERE ratings.user_accepted")


@pytest.mark.parametrize(
    "text",
    [
        "portfolio value by strategy",  # "value" is a strategy too
        "value of the portfolios",
        "all trades but those with a fee above 5",  # not: and those
        "symbols that nobody traded this month",  # not: trades without a time
        "sell orders above 500 shares at the NASDAQ",  # a venue is of trades, and orders are asked for
    ],
)
def test_words_that_fit_by_accident_are_not_answered(text):
    assert isinstance(compose(text), Declined)
