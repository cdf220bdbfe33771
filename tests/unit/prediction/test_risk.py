"""The arithmetic of risk: nothing exceeds its limit, and every figure follows from the others."""

from dataclasses import replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.errors import InvalidRequest
from assistant.domain.predictions import Direction, Side, Skill, TradeSignal
from assistant.prediction.risk import Account, Plan, decide, kelly_share, size, tail_loss

PLAN = Plan(Side.LONG, 100.0, 95.0, 110.0, 0.6, 0.3)
ACCOUNT = Account(100_000.0, 0.01, exposure=1.0, volatility_target=1.0)
GOOD = Skill(1000, 0.24, 0.25, 0.01, 0.56, 0.52, 0.02, 0.001)


@st.composite
def plans(draw):
    entry = draw(st.floats(0.5, 5000))
    away = st.floats(0.001, 0.9)
    side = draw(st.sampled_from(Side))
    sign = 1 if side is Side.LONG else -1
    return Plan(
        side,
        entry,
        entry * (1 - sign * draw(away)),
        entry * (1 + sign * draw(away)),
        draw(st.floats(0, 1)),
        draw(st.floats(0.01, 3)),
    )


accounts = st.builds(
    Account,
    st.floats(0, 1e8),
    st.floats(0.0001, 1),
    st.none() | st.floats(0, 1e8),
    st.floats(0, 1),
    st.floats(0, 1e6),
    st.floats(0, 1),
)


@given(plans(), accounts)
def test_no_limit_is_ever_exceeded(plan, account):
    made = size(plan, account)
    cash = account.capital if account.cash is None else account.cash
    slack = 1 + 1e-6
    assert made.shares == int(made.shares) >= 0
    if not made.shares:
        return
    assert made.shares * plan.entry <= cash * slack
    assert made.shares * plan.entry + account.held <= account.capital * account.exposure * slack
    assert made.shares * abs(plan.entry - plan.stop) <= account.capital * account.at_risk * slack
    yearly = made.shares * plan.entry * plan.volatility
    assert yearly <= account.capital * account.volatility_target * slack
    assert kelly_share(plan.probability, made.risk_reward_ratio) > 0


@given(plans(), accounts)
def test_the_loss_at_the_stop_is_the_stated_maximum(plan, account):
    made = size(plan, account)
    sign = 1 if plan.side is Side.LONG else -1
    cost, back = made.shares * plan.entry, made.shares * plan.stop
    assert sign * (cost - back) == pytest.approx(made.max_loss, rel=1e-9, abs=1e-9)


@given(plans(), accounts)
def test_one_share_more_would_break_a_limit(plan, account):
    plan = replace(plan, probability=1.0)
    made = size(plan, account)
    cash = account.capital if account.cash is None else account.cash
    more = made.shares + 1
    kelly = 0.5 * kelly_share(plan.probability, made.risk_reward_ratio)
    assert (
        more * plan.entry > cash * (1 - 1e-6)
        or more * plan.entry > (account.capital * account.exposure - account.held) * (1 - 1e-6)
        or more * abs(plan.entry - plan.stop) > account.capital * account.at_risk * (1 - 1e-6)
        or more * abs(plan.entry - plan.stop) > kelly * account.capital * (1 - 1e-6)
        or more * plan.entry * plan.volatility
        > account.capital * account.volatility_target * (1 - 1e-6)
    )


def test_reward_and_risk_come_from_entry_stop_and_target():
    made = size(Plan(Side.LONG, 185.50, 182.00, 187.25, 0.9, 0.3), ACCOUNT)
    assert made.risk_reward_ratio == pytest.approx(0.5)  # and not the 1.5 of the published example


@pytest.mark.parametrize(
    ("change", "shares", "limit"),
    [
        ({}, 200, "capital at risk"),
        ({"at_risk": 0.5}, 1000, "cash"),
        ({"cash": 5_050.0}, 50, "cash"),
        ({"exposure": 0.05}, 50, "exposure"),
        ({"exposure": 0.05, "held": 4_000.0}, 10, "exposure"),
        ({"exposure": 0.05, "held": 6_000.0}, 0, "exposure"),
        ({"volatility_target": 0.03}, 100, "volatility target"),
        ({"capital": 0.0}, 0, "capital at risk"),
    ],
)
def test_the_tightest_limit_decides_and_is_named(change, shares, limit):
    made = size(PLAN, replace(ACCOUNT, **change))
    assert (made.shares, made.limited_by) == (shares, limit)


def test_a_bet_that_kelly_would_not_take_has_no_shares():
    made = size(replace(PLAN, probability=0.3), ACCOUNT)
    assert (made.shares, made.limited_by) == (0, "Kelly")
    assert kelly_share(0.6, 2) == pytest.approx(0.4)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stop": 100.0},
        {"stop": 105.0},
        {"target": 100.0},
        {"target": 90.0},
        {"side": Side.SHORT},
        {"entry": 0.0},
        {"entry": nan},
        {"stop": inf},
        {"volatility": 0.0},
        {"probability": nan},
        {"probability": 60.0},
    ],
)
def test_a_plan_that_cannot_lose_or_cannot_win_is_refused(wrong):
    with pytest.raises(InvalidRequest):
        size(replace(PLAN, **wrong), ACCOUNT)


@pytest.mark.parametrize(
    "wrong",
    [
        {"capital": nan},
        {"capital": -1.0},
        {"at_risk": inf},
        {"cash": nan},
        {"volatility_target": nan},
    ],
)
def test_an_account_that_is_none_is_refused(wrong):
    with pytest.raises(InvalidRequest):
        size(PLAN, replace(ACCOUNT, **wrong))


def test_tail_losses_are_those_of_the_worst_days():
    returns = np.linspace(-0.10, 0.10, 1000)
    lost = tail_loss(returns, 10_000, Side.LONG, 0.95)
    worst = np.sort(-returns)[::-1][:50] * 10_000
    assert lost.value_at_risk == pytest.approx(worst[-1])
    assert lost.conditional == pytest.approx(worst.mean())
    assert tail_loss(returns[:249], 10_000, Side.LONG) is None


@given(st.integers(0, 99), st.sampled_from(Side), st.floats(0.8, 0.99))
def test_the_conditional_loss_is_never_below_the_value_at_risk(seed, side, level):
    returns = np.random.default_rng(seed).standard_t(3, 300) * 0.01
    lost = tail_loss(returns, 1000, side, level)
    assert lost.conditional >= lost.value_at_risk >= 0
    beyond = np.mean((-returns if side is Side.LONG else returns) * 1000 > lost.value_at_risk)
    assert beyond <= 1 - level + 1 / 300


@pytest.mark.parametrize(
    ("up", "side", "shares", "signal", "direction"),
    [
        (0.6, Side.LONG, 10, TradeSignal.ENTER, Direction.LONG),
        (0.6, Side.SHORT, 10, TradeSignal.EXIT, Direction.LONG),
        (0.4, Side.LONG, 10, TradeSignal.EXIT, Direction.SHORT),
        (0.4, Side.SHORT, 10, TradeSignal.ENTER, Direction.SHORT),
        (0.52, Side.LONG, 10, TradeSignal.HOLD, Direction.FLAT),
        (0.6, Side.LONG, 0, TradeSignal.HOLD, Direction.FLAT),
    ],
)
def test_a_signal_follows_probability_side_and_limits(up, side, shares, signal, direction):
    made = decide(up, GOOD, side, shares)
    assert (made.signal, made.direction) == (signal, direction)


@given(st.floats(0, 1), st.sampled_from(Side), st.integers(0, 10**6))
def test_without_skill_the_signal_is_hold_and_flat(up, side, shares):
    made = decide(up, replace(GOOD, lower_bound=-0.01), side, shares)
    assert (made.signal, made.direction) == (TradeSignal.HOLD, Direction.FLAT)
    assert "No skill over always-up" in made.reason
