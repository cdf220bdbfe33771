"""What a rule would have earned, costs included: decided at a close, traded at the next open.

A target is the share of the account that shall be in the market (1 all of it, 0 none, -1 sold short). It
is traded when it changes, not to follow prices. A fill is worse than the open by the slippage and pays
a commission on its value. What is still held at the end is marked at the last close, not sold.

Not in it, so that results flatter who ignores them: fees for borrowed shares, margin calls, taxes, and the
move that one's own order makes. A trade is a stretch of one sign; a change of size within it belongs to it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import isfinite, sqrt, trunc

import numpy as np

from assistant.domain.errors import InvalidRequest
from assistant.domain.market import BarSeries
from assistant.prediction.arrays import Column, Columns


@dataclass(frozen=True, slots=True)
class Costs:
    """What a fill costs, as fractions: of its value, and of the price that it is worse by."""

    commission: float = 0.0005
    slippage: float = 0.0005


@dataclass(frozen=True, slots=True)
class Trade:
    """A position from its first share to its last, in money; `left` is None while it is held."""

    entered: datetime
    left: datetime | None
    shares: float
    profit: float


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """How an account went.

    Args:
        equity: Its worth at each bar's end, in money.
        trades: Oldest first; the last may still be held.
        paid: Commission and slippage in all, in money.
        bars_a_year: How many bars a year of trading has.
    """

    equity: Column
    trades: tuple[Trade, ...]
    paid: float
    bars_a_year: int

    @property
    def total_return(self) -> float:
        """Return the gain over the whole time, as a fraction."""
        return float(self.equity[-1] / self.equity[0] - 1)

    @property
    def worst_drawdown(self) -> float:
        """Return the deepest fall from a peak, as a fraction of it, 0 to 1."""
        peaks = np.maximum.accumulate(self.equity)
        return float(np.max(1 - self.equity / peaks))

    @property
    def sharpe(self) -> float:
        """Return the yearly Sharpe ratio against cash that earns nothing; 0 where nothing moved."""
        returns = np.diff(self.equity) / self.equity[:-1]
        spread = float(returns.std(ddof=1)) if len(returns) > 1 else 0.0
        return float(returns.mean()) / spread * sqrt(self.bars_a_year) if spread else 0.0


@dataclass(slots=True)
class _Account:
    """What is had while a history is walked through."""

    cash: float
    costs: Costs
    whole: bool
    shares: float = 0.0
    paid: float = 0.0

    def worth(self, price: float) -> float:
        return self.cash + self.shares * price

    def wanted(self, target: float, price: float) -> float:
        """Return the shares that a target means at an open; a purchase leaves room for its costs.

        An account that has nothing left, which a short can bring about, holds nothing more.
        """
        fill = price * (1 + self.costs.slippage) * (1 + self.costs.commission)
        shares = target * max(0.0, self.worth(price)) / (fill if target > 0 else price)
        return float(trunc(shares * (1 + _ROUNDING))) if self.whole else shares

    def trade(self, change: float, price: float) -> None:
        sign = 1 if change > 0 else -1
        fill = price * (1 + sign * self.costs.slippage)
        commission = abs(change) * fill * self.costs.commission
        self.cash -= change * fill + commission
        self.shares += change
        self.paid += abs(change) * price * self.costs.slippage + commission


def backtest(
    series: BarSeries,
    targets: Sequence[float] | Column,
    capital: float,
    costs: Costs | None = None,
    whole: bool = True,
) -> Backtest:
    """Return how an account would have gone.

    Args:
        series: Prices, oldest first.
        targets: One a bar, -1 to 1, decided at its end.
        capital: What the account begins with, in money.
        costs: Of each fill.
        whole: Whether only whole shares are traded.

    Raises:
        InvalidRequest: A target is missing or out of range, or there is no capital.
    """
    if len(targets) != len(series) or not all(isfinite(t) and abs(t) <= 1 for t in targets):
        raise InvalidRequest("A backtest needs one target from -1 to 1 for each bar")
    if not (isfinite(capital) and capital > 0 and len(series)):
        raise InvalidRequest("A backtest needs capital above zero, and bars")
    bars = Columns.of(series)
    account = _Account(capital, costs or Costs(), whole)
    equity = np.empty(len(series))
    equity[0] = capital
    trades = _Trades(series)
    for now in range(1, len(series)):
        if targets[now - 1] != (targets[now - 2] if now > 1 else 0.0):
            _follow(account, float(targets[now - 1]), float(bars.open[now]), now, trades)
        equity[now] = account.worth(float(bars.close[now]))
    trades.ended(account, float(bars.close[-1]))
    return Backtest(equity, tuple(trades.made), account.paid, series.frequency.bars_a_year)


def _follow(account: _Account, target: float, price: float, now: int, trades: "_Trades") -> None:
    """Trade to a target; through nothing when the sign turns, so that trades do not mix."""
    if account.shares and account.shares * target <= 0:
        account.trade(-account.shares, price)
        trades.left(account, now)
    change = account.wanted(target, price) - account.shares
    if change:
        if not account.shares:
            trades.entered(account, now)
        account.trade(change, price)
        if account.shares:
            trades.sized(account)
        else:
            trades.left(account, now)


class _Trades:
    """Notes the trades of a walk."""

    def __init__(self, series: BarSeries) -> None:
        self.made: list[Trade] = []
        self._series = series
        self._since: datetime | None = None
        self._cash = 0.0
        self._shares = 0.0

    def entered(self, account: _Account, now: int) -> None:
        """Note the account before its first share; a fill at an open is known by its bar's end."""
        self._since = datetime.fromtimestamp(self._series.ends[now], UTC)
        self._cash, self._shares = account.cash, 0.0

    def sized(self, account: _Account) -> None:
        """Note the largest position of the trade."""
        self._shares = max(self._shares, account.shares, key=abs)

    def left(self, account: _Account, now: int) -> None:
        """Close the trade: what it made is the difference in cash."""
        if self._since is not None:
            moment = datetime.fromtimestamp(self._series.ends[now], UTC)
            self.made.append(Trade(self._since, moment, self._shares, account.cash - self._cash))
        self._since = None

    def ended(self, account: _Account, price: float) -> None:
        """Note a trade that is still held, worth what the last close says."""
        if self._since is not None:
            profit = account.worth(price) - self._cash
            self.made.append(Trade(self._since, None, self._shares, profit))


_ROUNDING = 1e-12
