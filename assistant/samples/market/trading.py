"""Orders of the sample, day after day, and what follows from them: trades, positions, cash.

order --> trades at a price of the day --> positions, realised profit, cash
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from random import Random

from assistant.domain.trading import MarketData, MarketRows
from assistant.samples.market.accounts import Accounts, Holder, moment
from assistant.samples.market.holdings import Books, Fill
from assistant.samples.market.listing import LAST_DAY, Listed, listed, trading_days
from assistant.samples.market.prices import Bar, Prices, rounded

_ORDERS = 6000
_BUSY = {"short_term_trader": 5, "quant": 6, "portfolio_manager": 3, "long_term_investor": 1}
_LARGE = {"portfolio_manager": 8, "quant": 3}
_OPENS_S, _CLOSES_S = 14 * 3600 + 30 * 60, 20 * 3600
"""Seconds of a day (UTC) between which exchanges are open in summer and in winter."""
_STATUSES = ("filled",) * 74 + ("partially_filled",) * 6 + ("cancelled",) * 12
_REASONS = ("insufficient_funds", "market_closed", "price_band", "kyc_incomplete")
_ORDER_COLUMNS = (
    "order_id user_id portfolio_id symbol side order_type time_in_force quantity limit_price stop_price "
    "filled_quantity avg_fill_price status source reject_reason created_at updated_at"
)
_TRADE_COLUMNS = "trade_id order_id user_id portfolio_id symbol side quantity price fee realized_pnl venue executed_at"


@dataclass(frozen=True, slots=True)
class _Order:
    number: int
    holder: Holder
    one: Listed
    day: date
    bar: Bar
    side: str
    kind: str
    quantity: Decimal
    at: datetime


@dataclass
class _Desk:
    """Takes orders in turn; keeps what became of them."""

    random: Random
    books: Books = field(default_factory=Books)
    orders: list[tuple[object, ...]] = field(default_factory=list)
    trades: list[tuple[object, ...]] = field(default_factory=list)

    def take(self, order: _Order) -> None:
        """Fill an order, or not, and write down both."""
        status = self._status(order)
        filled = _filled(self.random, order.quantity, status)
        price, limit, stop = self._prices(order)
        fills = self._fills(order, filled, price)
        average = _cents(sum(q * p for q, p in fills) / filled, 4) if filled else None
        last = order.at + timedelta(seconds=self.random.randint(1, 240))
        for number, (quantity, at_price) in enumerate(fills):
            last = order.at + timedelta(seconds=2 + 40 * number + self.random.randint(0, 30))
            self._trade(order, quantity, at_price, last)
        if status in {"cancelled", "expired"}:
            last = max(last, min(moment(order.day, 20), order.at + timedelta(hours=2)))
        self.orders.append(
            (
                *(order.number, order.holder.user_id, order.holder.portfolio_id, order.one.symbol),
                *(order.side, order.kind, self._lasts(order, status), order.quantity),
                *(limit, stop, filled, average, status, self._source(order.holder)),
                self.random.choice(_REASONS) if status == "rejected" else None,
                *(order.at, last),
            )
        )

    def _status(self, order: _Order) -> str:
        if order.day > LAST_DAY - timedelta(days=12) and order.kind != "market":
            return self.random.choice((*_STATUSES, *("open",) * 40))
        rest = ("rejected",) * 4 + ("expired",) * (4 if order.kind != "market" else 0)
        return self.random.choice((*_STATUSES, *rest))

    def _prices(self, order: _Order) -> tuple[float, float | None, float | None]:
        """Return a price of the day, and the limit and the stop that it keeps to."""
        bar = order.bar
        price = rounded(bar.low + (bar.high - bar.low) * self.random.random())
        price = min(max(price, bar.low), bar.high)
        buys = 1 if order.side == "BUY" else -1
        limit = rounded(price * (1 + buys * 0.01 * self.random.random()))
        stop = rounded(price * (1 - buys * 0.01 * self.random.random()))
        return (
            price,
            limit if order.kind in {"limit", "stop_limit"} else None,
            stop if order.kind in {"stop", "stop_limit"} else None,
        )

    def _fills(self, order: _Order, filled: Decimal, price: float) -> list[tuple[Decimal, Decimal]]:
        if not filled:
            return []
        parts = self.random.choice((1, 1, 1, 2, 3)) if filled > 3 else 1
        each = _cents(filled / parts, 0 if order.one.kind != "crypto" else 4)
        sizes = [each] * (parts - 1) + [filled - each * (parts - 1)]
        return [(size, Decimal(str(price))) for size in sizes if size > 0]

    def _trade(self, order: _Order, quantity: Decimal, price: Decimal, at: datetime) -> None:
        share = Decimal("0.001") if order.one.kind == "crypto" else Decimal("0.0004")
        fee = max(Decimal("0.35"), _cents(quantity * price * share, 4))
        holder = order.holder
        pnl = self.books.book(
            Fill(holder, order.one.symbol, order.side, quantity, price, fee, at), self.random
        )
        venue = order.one.exchange
        if venue != "COINBASE" and self.random.random() < 0.3:
            venue = self.random.choice(("IEX", "ARCA"))
        self.trades.append(
            (
                *(len(self.trades) + 1, order.number, holder.user_id, holder.portfolio_id),
                *(order.one.symbol, order.side, quantity, price, fee, pnl, venue, at),
            )
        )

    def _lasts(self, order: _Order, status: str) -> str:
        if status == "open":
            return "gtc" if order.day < LAST_DAY else "day"
        return self.random.choice(("day", "day", "gtc", "ioc"))

    def _source(self, holder: Holder) -> str:
        if holder.segment == "quant":
            return self.random.choice(("algo", "algo", "api", "web"))
        return self.random.choice(("web", "web", "web", "mobile", "mobile", "api"))


def trading(people: Accounts, prices: Prices) -> MarketData:
    """Return portfolios, orders, trades and positions."""
    desk = _Desk(Random(44))  # noqa: S311 -- a sample, no secret
    for order in _orders(desk, people, prices):
        desk.take(order)
    portfolios = MarketRows(
        (
            *("portfolio_id", "user_id", "name", "strategy", "base_currency"),
            *("benchmark_symbol", "cash_balance", "is_paper", "created_at"),
        ),
        [
            (
                *(one.portfolio_id, one.user_id, one.name, one.strategy, one.currency),
                *(one.benchmark, desk.books.cash(one), one.is_paper, moment(one.since, 10)),
            )
            for one in people.holders
        ],
    )
    return {
        "portfolios": portfolios,
        "orders": MarketRows(tuple(_ORDER_COLUMNS.split()), desk.orders),
        "trades": MarketRows(tuple(_TRADE_COLUMNS.split()), desk.trades),
        "positions": desk.books.positions(),
    }


def _orders(desk: _Desk, people: Accounts, prices: Prices) -> Iterator[_Order]:
    """Yield what is wanted, in the order of time; what is sold depends on what is held by then."""
    random = desk.random
    weights = [_BUSY[one.segment] for one in people.holders]
    wanted = sorted(
        (day, holder, _second(random))
        for day, holder in (
            (random.choice(_days_of(holder)), holder.portfolio_id)
            for holder in random.choices(people.holders, weights, k=_ORDERS)
        )
    )
    places = {day: place for place, day in enumerate(trading_days())}
    market = {one.symbol: one for one in listed()}
    moments = sorted((moment(day, 0) + timedelta(seconds=s), h) for day, h, s in wanted)
    for number, (at, portfolio) in enumerate(moments, 1):
        holder = people.holders[portfolio - 1]
        symbol, side, held = _choice(random, desk.books, holder)
        one, bar = market[symbol], prices.bars[symbol][places[at.date()]]
        kind = random.choice(("market",) * 5 + ("limit",) * 4 + ("stop", "stop_limit"))
        quantity = held or _size(random, one, bar, holder.segment)
        yield _Order(number, holder, one, at.date(), bar, side, kind, quantity, at)


def _choice(random: Random, books: Books, holder: Holder) -> tuple[str, str, Decimal | None]:
    """Return a symbol, a side, and how much of it where a position is reduced."""
    held = books.held(holder)
    if held and random.random() < min(0.1 + 0.09 * len(held), 0.6):
        symbol = random.choice(held)
        quantity = books.quantity(holder, symbol)
        side = "SELL" if quantity > 0 else "BUY"
        part = abs(quantity) * random.choice((Decimal(1), Decimal(1), Decimal("0.5")))
        whole = part.to_integral_value(ROUND_FLOOR) or abs(quantity)
        return symbol, side, whole if abs(quantity) >= 1 else abs(quantity)
    symbol = random.choice((*holder.favourites, *(one.symbol for one in listed()[:7])))
    short = holder.strategy == "long_short" and random.random() < 0.35
    if books.quantity(holder, symbol) < 0 or (short and symbol not in held):
        return symbol, "SELL", None
    return symbol, "BUY", None


def _size(random: Random, one: Listed, bar: Bar, segment: str) -> Decimal:
    money = random.lognormvariate(8.3, 0.9) * _LARGE.get(segment, 1)
    if one.kind == "crypto":
        return max(_cents(Decimal(money / bar.close), 4), Decimal("0.01"))
    return max(_cents(Decimal(money / bar.close), 0), Decimal(1))


def _filled(random: Random, quantity: Decimal, status: str) -> Decimal:
    match status:
        case "filled":
            return quantity
        case "partially_filled" if quantity >= 2:
            part = quantity * random.choice((2, 5, 8)) / 10
            return max(part.to_integral_value(ROUND_FLOOR), Decimal(1))
        case "partially_filled":
            return _cents(quantity / 2, 4)
        case _:
            return Decimal(0)


def _days_of(holder: Holder) -> list[date]:
    """Return the days on which a portfolio trades; the last week comes up more often."""
    days = [day for day in trading_days() if day > holder.since]
    return days + days[-5:] * (len(days) // 60)


def _second(random: Random) -> int:
    return random.randint(_OPENS_S, _CLOSES_S - 300)


def _cents(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
