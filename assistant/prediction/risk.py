"""How much to trade, and what can be lost: arithmetic on given numbers, nothing is forecast here.

The number of shares is the largest whole one that keeps every limit: the loss at the stop within the
capital at risk, the value within cash, exposure and the volatility target, and no more than half of what
Kelly (1956) would stake. A limit that leaves no share is named. Kelly's probability is that of the
direction, not of reaching the target before the stop, which nobody measured: one more reason for the half.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import floor, isfinite

import numpy as np

from assistant.domain.errors import InvalidRequest
from assistant.domain.predictions import Direction, Side, Skill, TradeSignal
from assistant.prediction.arrays import Column

KELLY_SHARE = 0.5
"""Of Kelly's stake: the full one is optimal only where the probability is exactly known."""
FEWEST_DAYS = 250


@dataclass(frozen=True, slots=True)
class Account:
    """What may be risked, in the currency of the listing.

    Args:
        capital: Size of the account.
        at_risk: Share of it that may be lost at the stop, above 0 to 1.
        cash: What can be spent; None: all of the capital.
        exposure: Share of the capital that one position may be worth.
        held: Value of the position that is there already; it counts against the exposure.
        volatility_target: Yearly volatility that the position may bring to the account.
    """

    capital: float
    at_risk: float
    cash: float | None = None
    exposure: float = 0.25
    held: float = 0.0
    volatility_target: float = 0.10


@dataclass(frozen=True, slots=True)
class Plan:
    """A trade as it is meant; prices in the currency of the listing.

    `probability` is that of the direction of `side`, `volatility` yearly, as a fraction.
    """

    side: Side
    entry: float
    stop: float
    target: float
    probability: float
    volatility: float


@dataclass(frozen=True, slots=True)
class Size:
    """How many shares, what is lost if the stop is hit, and which limit decided."""

    shares: int
    value: float
    max_loss: float
    risk_reward_ratio: float
    limited_by: str


def size(plan: Plan, account: Account) -> Size:
    """Return the position of a plan within every limit.

    Raises:
        InvalidRequest: The stop or the target is on the wrong side of the entry, or a number is missing.
    """
    _checked(account)
    loss, gain = _distances(plan)
    ratio = gain / loss
    limits = _limits(plan, account, loss, ratio)
    decisive = min(limits, key=limits.__getitem__)
    shares = max(0, floor(limits[decisive] + _ROUNDING))
    # a quotient rounded up may lie one share too high
    while shares and any(
        shares * unit > most * (1 + _ROUNDING) for unit, most in _bounds(plan, account, loss)
    ):
        shares -= 1
    return Size(shares, shares * plan.entry, shares * loss, ratio, decisive)


def _checked(account: Account) -> None:
    money = (account.capital, account.at_risk, account.exposure, account.held)
    limits = (account.cash or 0.0, account.volatility_target)
    if not all(isfinite(number) and number >= 0 for number in (*money, *limits)):
        raise InvalidRequest("An account's capital, cash and limits are numbers not below zero")


def _distances(plan: Plan) -> tuple[float, float]:
    numbers = (plan.entry, plan.stop, plan.target, plan.volatility)
    if not all(isfinite(number) and number > 0 for number in numbers):
        raise InvalidRequest("A trade needs an entry, a stop, a target and a volatility above zero")
    if not 0 <= plan.probability <= 1:
        raise InvalidRequest(f"A probability lies between 0 and 1, not at {plan.probability:g}")
    sign = 1 if plan.side is Side.LONG else -1
    loss, gain = sign * (plan.entry - plan.stop), sign * (plan.target - plan.entry)
    if loss <= 0 or gain <= 0:
        raise InvalidRequest(
            f"A {plan.side} trade entered at {plan.entry:g} cannot have its stop at {plan.stop:g} "
            f"and its target at {plan.target:g}",
            "The stop lies on the losing side of the entry, the target on the other.",
        )
    return loss, gain


def _bounds(plan: Plan, account: Account, loss: float) -> list[tuple[float, float]]:
    """Return what one share takes of each budget in money, and the budget."""
    cash = account.capital if account.cash is None else account.cash
    return [
        (loss, account.capital * account.at_risk),
        (plan.entry, cash),
        (plan.entry, account.capital * account.exposure - account.held),
    ]


def _limits(plan: Plan, account: Account, loss: float, ratio: float) -> Mapping[str, float]:
    at_risk, cash, exposure = (most / unit for unit, most in _bounds(plan, account, loss))
    kelly = max(0.0, kelly_share(plan.probability, ratio)) * KELLY_SHARE
    return {
        "capital at risk": at_risk,
        "cash": cash,
        "exposure": exposure,
        # Kelly's stake is what is lost in the bad case, not the value of the position
        "Kelly": kelly * account.capital / loss,
        "volatility target": account.capital
        * account.volatility_target
        / (plan.volatility * plan.entry),
    }


def kelly_share(probability: float, ratio: float) -> float:
    """Return the share of capital that Kelly stakes on a bet; below 0 where it is a bad one.

    Args:
        probability: Of winning, 0 to 1.
        ratio: What is won for each unit that may be lost.
    """
    return probability - (1 - probability) / ratio


@dataclass(frozen=True, slots=True)
class TailLoss:
    """Losses of a position over one bar that history would have shown, in money, above zero.

    Args:
        value_at_risk: Exceeded in the share 1 - level of bars.
        conditional: The mean of the losses at least as large.
        level: For example 0.95.
        n: How many bars of history they stand on.
    """

    value_at_risk: float
    conditional: float
    level: float
    n: int


def tail_loss(returns: Column, value: float, side: Side, level: float = 0.95) -> TailLoss | None:
    """Return VaR and CVaR by historical simulation; None with fewer than 250 returns.

    Args:
        returns: Of one bar each, as fractions.
        value: Of the position, in money.
        side: Long loses when prices fall, short when they rise.
        level: Confidence.

    The mean of the worst share is Rockafellar and Uryasev's (2000), which is coherent.
    """
    if len(returns) < FEWEST_DAYS:
        return None
    losses = np.sort(-returns if side is Side.LONG else returns)[::-1] * value
    worst = max(1, int(np.ceil(len(losses) * (1 - level) - 1e-9)))
    return TailLoss(
        max(0.0, float(losses[worst - 1])),
        max(0.0, float(losses[:worst].mean())),
        level,
        len(losses),
    )


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, where to, and why in one sentence."""

    signal: TradeSignal
    direction: Direction
    reason: str


def decide(up: float, skill: Skill, side: Side, shares: int, least: float = 0.55) -> Decision:
    """Return the signal; without skill it is Hold, whatever the probability.

    Args:
        up: Probability of a higher price, 0 to 1.
        skill: What was measured of such probabilities.
        side: What the user would hold.
        shares: What the limits allow.
        least: Probability from which a direction is acted on.
    """
    if not skill.claimed:
        return Decision(TradeSignal.HOLD, Direction.FLAT, skill.sentence)
    toward = up if side is Side.LONG else 1 - up
    if 1 - toward >= least:
        against = Direction.SHORT if side is Side.LONG else Direction.LONG
        return Decision(
            TradeSignal.EXIT,
            against,
            f"The price goes the other way with probability {1 - toward:.0%}.",
        )
    if toward < least:
        return Decision(
            TradeSignal.HOLD, Direction.FLAT, f"No direction reaches a probability of {least:.0%}."
        )
    if not shares:
        return Decision(TradeSignal.HOLD, Direction.FLAT, "The limits leave no whole share.")
    with_it = Direction.LONG if side is Side.LONG else Direction.SHORT
    return Decision(
        TradeSignal.ENTER, with_it, f"The direction is right with probability {toward:.0%}."
    )


_ROUNDING = 1e-9
