"""A backtest against calculations made in another way, costs included."""

import csv
from dataclasses import replace
from datetime import UTC, datetime
from math import floor, nan

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.bootstrap.market import open_market
from assistant.domain.errors import InvalidRequest
from assistant.domain.market import Frequency
from assistant.prediction.backtest import Costs, backtest
from assistant.settings import Settings
from tests.unit.prediction.making import clustered, series_of

COSTS = Costs(commission=0.001, slippage=0.0005)
FREE = Costs(0, 0)


def crossing(close, fast=20, slow=50):
    """Return 1 where the fast average is above the slow one, by plain sums."""
    return [
        float(
            i >= slow - 1
            and sum(close[i - fast + 1 : i + 1]) / fast > sum(close[i - slow + 1 : i + 1]) / slow
        )
        for i in range(len(close))
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("symbol", ["AAPL", "MSFT", "QQQ"])
async def test_a_crossing_of_averages_on_real_prices_is_reproduced_by_hand(eval_dir, symbol):
    market = open_market(Settings(_env_file=None, market_data=eval_dir / "prices"))
    series = await market.bars(symbol, Frequency.DAY, datetime(2020, 12, 12, tzinfo=UTC))
    with (eval_dir / "prices" / "daily_mit" / f"{symbol}.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["Close"] not in {"null", ""}]
    factors = [float(row["Adj Close"]) / float(row["Close"]) for row in rows]
    opens = [float(r["Open"]) * f / factors[-1] for r, f in zip(rows, factors, strict=True)]
    closes = [float(r["Close"]) * f / factors[-1] for r, f in zip(rows, factors, strict=True)]
    signal = crossing(closes)

    cash, shares, curve, fees = 100_000.0, 0, [100_000.0], 0.0
    for today in range(1, len(rows)):
        yesterday = signal[today - 1]
        if yesterday and not shares and not (today > 1 and signal[today - 2]):
            ask = opens[today] * 1.0005
            shares = floor(cash / (ask * 1.001))
            cash -= shares * ask * 1.001
            fees += shares * (opens[today] * 0.0005 + ask * 0.001)
        elif not yesterday and shares:
            bid = opens[today] * 0.9995
            cash += shares * bid * 0.999
            fees += shares * (opens[today] * 0.0005 + bid * 0.001)
            shares = 0
        curve.append(cash + shares * closes[today])

    made = backtest(series, crossing(list(series.close)), 100_000, COSTS)
    assert len(made.trades) > 20
    np.testing.assert_allclose(made.equity, curve, rtol=1e-9)
    assert made.paid == pytest.approx(fees, rel=1e-9)
    assert made.total_return == pytest.approx(curve[-1] / 100_000 - 1, rel=1e-9)


def test_with_parts_of_shares_the_end_is_the_product_of_what_each_trade_multiplied():
    close = clustered(3, 600)
    series = series_of(close)
    targets = crossing(close, 5, 20)
    made = backtest(series, targets, 1000, COSTS, whole=False)
    worth, held = 1000.0, None
    for today in range(1, 600):
        if targets[today - 1] and held is None:
            held = series.open[today] * 1.0005 * 1.001
        elif not targets[today - 1] and held is not None:
            worth *= series.open[today] * 0.9995 * 0.999 / held
            held = None
    worth *= series.close[-1] / held if held else 1
    assert made.equity[-1] == pytest.approx(worth, rel=1e-9)
    assert sum(t.profit for t in made.trades) == pytest.approx(worth - 1000, rel=1e-9)


@given(
    st.integers(0, 40),
    st.lists(st.sampled_from([-1.0, -0.5, 0.0, 0.3, 1.0]), min_size=80, max_size=80),
    st.booleans(),
    st.sampled_from([150, 10_000]),
)
@settings(max_examples=80, deadline=None)
def test_what_the_trades_made_is_what_the_account_gained(seed, targets, whole, capital):
    made = backtest(series_of(clustered(seed, 80)), targets, capital, COSTS, whole)
    assert sum(t.profit for t in made.trades) == pytest.approx(made.equity[-1] - capital, abs=1e-6)
    assert all(later.left is None or later.left >= later.entered for later in made.trades)


@given(st.integers(0, 40), st.lists(st.sampled_from([0.0, 1.0]), min_size=80, max_size=80))
@settings(max_examples=40, deadline=None)
def test_costs_never_help_and_cash_never_runs_out(seed, targets):
    series = series_of(clustered(seed, 80))
    free, dear = (backtest(series, targets, 10_000, c, whole=False) for c in (FREE, COSTS))
    assert dear.equity[-1] <= free.equity[-1] + 1e-6
    assert (free.paid, dear.equity.min() > 0) == (0, True)


@given(st.integers(0, 40), st.integers(2, 79))
@settings(max_examples=30, deadline=None)
def test_no_change_of_the_future_changes_the_past_of_an_account(seed, now):
    close = clustered(seed, 80)
    targets = crossing(close, 3, 7)
    other = close.copy()
    other[now:] *= 2
    changed = [*targets[:now], *([1.0] * (80 - now))]
    one = backtest(series_of(close), targets, 1000, COSTS)
    two = backtest(series_of(other), changed, 1000, COSTS)
    np.testing.assert_array_equal(one.equity[:now], two.equity[:now])


def test_a_decision_is_filled_at_the_next_open_and_not_at_its_own_close():
    series = series_of([100.0, 110.0, 121.0])
    opens = type(series.open)("d", [100.0, 105.0, 120.0])
    made = backtest(replace(series, open=opens), [1, 1, 1], 1000, FREE, whole=False)
    assert list(made.equity) == pytest.approx([1000, 1000 * 110 / 105, 1000 * 121 / 105])


def test_being_always_invested_without_costs_is_buy_and_hold():
    series = series_of(clustered(2, 300))
    made = backtest(series, np.ones(300), 1000, FREE, whole=False)
    assert made.total_return == pytest.approx(series.close[-1] / series.open[1] - 1)
    assert len(made.trades) == 1
    assert made.trades[0].left is None


def test_a_short_earns_what_the_price_loses():
    series = series_of([100.0, 100.0, 90.0, 90.0])
    made = backtest(series, [-1, -1, 0, 0], 1000, FREE)
    assert (made.equity[-1], made.trades[0].shares) == (1100, -10)


def test_an_account_ruined_by_a_short_holds_nothing_more():
    series = series_of([100.0, 100.0, 250.0, 250.0, 200.0, 150.0])
    made = backtest(series, [-1, -1, -0.5, -0.5, -1, -1], 1000, FREE)
    assert len(made.trades) == 1
    assert list(made.equity[3:]) == [-500, -500, -500]


def test_drawdown_and_sharpe_follow_from_the_curve():
    series = series_of([100.0, 100.0, 120.0, 60.0, 90.0])
    made = backtest(series, np.ones(5), 1000, FREE, whole=False)
    assert made.worst_drawdown == pytest.approx(0.5)
    returns = np.diff(made.equity) / made.equity[:-1]
    assert made.sharpe == pytest.approx(returns.mean() / returns.std(ddof=1) * 252**0.5)
    assert backtest(series, np.zeros(5), 1000).sharpe == 0


@pytest.mark.parametrize(
    ("targets", "capital"),
    [([1.0], 1000), ([1.0, 2.0], 1000), ([nan, 0.0], 1000), ([1.0, 1.0], 0), ([1.0, 1.0], nan)],
)
def test_what_cannot_be_walked_through_is_refused(targets, capital):
    with pytest.raises(InvalidRequest):
        backtest(series_of([100.0, 101.0]), targets, capital)
