"""The sample market: the same every time, and its figures hang together."""

import json
import subprocess
import sys
from collections import defaultdict
from datetime import date, datetime, time
from decimal import Decimal

import pytest

from assistant.samples.market import TODAY, sample_market
from assistant.samples.market.listing import trading_days

_HASH = """
import hashlib
from assistant.samples.market import sample_market
print(hashlib.sha256(repr(sample_market()).encode()).hexdigest())
"""


@pytest.fixture(scope="module")
def tables():
    data, _ = sample_market()
    return {
        name: [dict(zip(rows.columns, row, strict=True)) for row in rows.rows]
        for name, rows in data.items()
    }


def test_it_is_the_same_in_every_process():
    hashes = {
        subprocess.run(
            [sys.executable, "-c", _HASH],
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(hashes) == 1


def test_it_is_as_large_as_promised_and_ends_on_a_trading_day(tables):
    counts = {name: len(rows) for name, rows in tables.items()}
    assert (counts["users"], counts["instruments"], counts["orders"]) == (60, 43, 6000)
    assert counts["prices_daily"] == counts["instruments"] * len(trading_days())
    assert trading_days()[-1] == TODAY == max(row["trade_date"] for row in tables["prices_daily"])
    moments = [
        value
        for rows in tables.values()
        for row in rows
        for value in row.values()
        if isinstance(value, datetime)
    ]
    assert max(moments).date() == TODAY


def test_the_last_week_has_trades_with_profit_and_with_loss(tables):
    week = [row for row in tables["trades"] if row["executed_at"].date() >= date(2026, 6, 22)]
    gains = [row["realized_pnl"] for row in week if row["realized_pnl"] is not None]
    assert min(gains) < 0
    assert max(gains) > 1000


def test_trades_lie_within_the_range_of_their_day_and_the_limit_of_their_order(tables):
    bars = {(row["symbol"], row["trade_date"]): row for row in tables["prices_daily"]}
    orders = {row["order_id"]: row for row in tables["orders"]}
    for trade in tables["trades"]:
        bar = bars[trade["symbol"], trade["executed_at"].date()]
        price, order = float(trade["price"]), orders[trade["order_id"]]
        assert bar["low"] <= price <= bar["high"]
        assert time(13, 30) <= trade["executed_at"].time() <= time(21)
        assert trade["executed_at"] >= order["created_at"]
        if order["limit_price"] and order["side"] == "BUY":
            assert price <= order["limit_price"]
        elif order["limit_price"]:
            assert price >= order["limit_price"]


def test_an_order_is_filled_by_its_trades(tables):
    filled = defaultdict(Decimal)
    for trade in tables["trades"]:
        filled[trade["order_id"]] += trade["quantity"]
    for order in tables["orders"]:
        assert filled[order["order_id"]] == order["filled_quantity"] <= order["quantity"]
        assert (order["status"] == "filled") == (order["filled_quantity"] == order["quantity"])
        assert (order["status"] == "rejected") == (order["reject_reason"] is not None)


def test_positions_and_profit_follow_from_the_trades_by_average_cost(tables):
    held, cost = defaultdict(Decimal), defaultdict(Decimal)
    for trade in tables["trades"]:
        key = trade["portfolio_id"], trade["symbol"]
        signed = trade["quantity"] * (1 if trade["side"] == "BUY" else -1)
        if held[key] * signed >= 0:
            assert trade["realized_pnl"] is None
            paid = cost[key] * abs(held[key]) + trade["price"] * trade["quantity"]
            cost[key] = paid / abs(held[key] + signed)
        else:
            gained = (trade["price"] - cost[key]) * trade["quantity"] * (1 if held[key] > 0 else -1)
            assert abs(trade["realized_pnl"] - gained) < 1
        held[key] += signed
    still = {key: quantity for key, quantity in held.items() if quantity}
    told = {
        (row["portfolio_id"], row["symbol"]): row["quantity"]
        * (1 if row["position_type"] == "LONG" else -1)
        for row in tables["positions"]
        if row["closed_at"] is None
    }
    assert told == still
    assert min(row["cash_balance"] for row in tables["portfolios"]) >= 0


def test_minutes_make_up_their_day(tables):
    days = defaultdict(list)
    for row in tables["prices_intraday"]:
        days[row["symbol"], row["bar_at"].date()].append(row)
    bars = {(row["symbol"], row["trade_date"]): row for row in tables["prices_daily"]}
    assert len(days) > 20
    for key, minutes in days.items():
        bar = bars[key]
        assert len(minutes) == 390
        assert (minutes[0]["open"], minutes[-1]["close"]) == (bar["open"], bar["close"])
        assert bar["low"] <= min(row["low"] for row in minutes)
        assert bar["high"] >= max(row["high"] for row in minutes)


def test_what_came_of_a_prediction_is_the_price_that_came(tables):
    bars = {(row["symbol"], row["trade_date"]): row for row in tables["prices_daily"]}
    known = [row for row in tables["predictions"] if row["actual_price"] is not None]
    assert len(known) > 3500
    for row in known:
        bar = bars[row["symbol"], row["target_date"]]
        assert row["actual_price"] == bar["open" if row["horizon"] == "1h" else "close"]
    assert all(row["target_date"] > TODAY for row in tables["predictions"] if row not in known)


def test_a_years_revenue_is_the_sum_of_its_quarters_as_far_as_they_are_filed(tables):
    reported = {
        (row["symbol"], row["fiscal_year"], row["fiscal_period"]): json.loads(row["metrics"])
        for row in tables["filing_record"]
    }
    for (symbol, year, period), metrics in reported.items():
        if period == "FY":
            filed = [reported[symbol, year, f"Q{number}"]["revenue"] for number in (1, 2, 3)]
            assert sum(filed) < metrics["revenue"] < 1.5 * sum(filed)
            assert metrics["net_income"] < metrics["revenue"] < metrics["total_assets"] * 4
