"""What the sample's portfolios hold: positions by average cost, and the cash that trading leaves."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from assistant.domain.trading import MarketRows
from assistant.samples.market.accounts import Holder

_CENT = Decimal("0.01")
_PRICE = Decimal("0.0001")
_NOTES = (None, None, None, None, "core holding", "before earnings", "trim on strength", "hedge")


@dataclass(frozen=True, slots=True)
class Fill:
    """An execution: shares at a price in USD, with the commission that it cost."""

    holder: Holder
    symbol: str
    side: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    at: datetime

    @property
    def signed(self) -> Decimal:
        """Shares bought; sold ones are negative."""
        return self.quantity if self.side == "BUY" else -self.quantity


@dataclass(slots=True)
class _Position:
    """`held` is negative of a short one; `most` is the largest it was."""

    number: int
    holder: Holder
    symbol: str
    opened: datetime
    loss: Decimal | None
    profit: Decimal | None
    note: str | None
    held: Decimal = Decimal(0)
    most: Decimal = Decimal(0)
    cost: Decimal = Decimal(0)
    closed: datetime | None = None


@dataclass
class Books:
    """All positions, and what was paid and received."""

    _open: dict[tuple[int, str], _Position] = field(default_factory=dict)
    _all: list[_Position] = field(default_factory=list)
    _flow: dict[int, Decimal] = field(default_factory=dict)
    _lowest: dict[int, Decimal] = field(default_factory=dict)

    def held(self, holder: Holder) -> list[str]:
        """Return the symbols that a portfolio holds or is short of."""
        return [symbol for number, symbol in self._open if number == holder.portfolio_id]

    def quantity(self, holder: Holder, symbol: str) -> Decimal:
        """Return the shares held; negative of a short position."""
        found = self._open.get((holder.portfolio_id, symbol))
        return found.held if found else Decimal(0)

    def book(self, fill: Fill, random: Random) -> Decimal | None:
        """Book an execution; return the profit in USD where it reduces a position."""
        self._pay(fill)
        key = (fill.holder.portfolio_id, fill.symbol)
        position = self._open.get(key)
        if position is None:
            position = self._open[key] = self._opened(fill, random)
        if position.held * fill.signed >= 0:
            _add(position, fill)
            return None
        gained = (fill.price - position.cost) * (1 if position.held > 0 else -1)
        position.held += fill.signed
        if position.held == 0:
            position.closed = fill.at
            del self._open[key]
        return (gained * fill.quantity).quantize(_CENT, ROUND_HALF_UP)

    def cash(self, holder: Holder) -> Decimal:
        """Return what is left of the deposits in USD: they covered the most that was out at once."""
        lowest = self._lowest.get(holder.portfolio_id, Decimal(0))
        deposit = (-lowest / 1000).to_integral_value() * 1000 + 1500 + 250 * (holder.user_id % 9)
        return (deposit + self._flow.get(holder.portfolio_id, Decimal(0))).quantize(_CENT)

    def positions(self) -> MarketRows:
        """Return the rows of `positions`, in the order they were opened."""
        columns = (
            "position_id user_id portfolio_id symbol position_type quantity avg_cost stop_loss "
            "take_profit opened_at closed_at notes"
        )
        rows = [
            (
                *(one.number, one.holder.user_id, one.holder.portfolio_id, one.symbol),
                "LONG" if one.most > 0 else "SHORT",
                abs(one.most if one.closed else one.held),
                *(one.cost, one.loss, one.profit, one.opened, one.closed, one.note),
            )
            for one in self._all
        ]
        return MarketRows(tuple(columns.split()), rows)

    def _opened(self, fill: Fill, random: Random) -> _Position:
        long = 1 if fill.side == "BUY" else -1
        loss = fill.price * (1 - long * Decimal("0.08")) if random.random() < 0.6 else None
        profit = fill.price * (1 + long * Decimal("0.20")) if random.random() < 0.5 else None
        position = _Position(
            *(len(self._all) + 1, fill.holder, fill.symbol, fill.at),
            loss=loss.quantize(_CENT) if loss else None,
            profit=profit.quantize(_CENT) if profit else None,
            note=random.choice(_NOTES),
        )
        self._all.append(position)
        return position

    def _pay(self, fill: Fill) -> None:
        number = fill.holder.portfolio_id
        flow = self._flow.get(number, Decimal(0)) - fill.signed * fill.price - fill.fee
        self._flow[number] = flow
        self._lowest[number] = min(self._lowest.get(number, Decimal(0)), flow)


def _add(position: _Position, fill: Fill) -> None:
    paid = position.cost * abs(position.held) + fill.price * fill.quantity
    position.held += fill.signed
    position.cost = (paid / abs(position.held)).quantize(_PRICE, ROUND_HALF_UP)
    position.most = max(position.most, position.held, key=abs)
