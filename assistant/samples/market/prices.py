"""Daily and one-minute bars: each symbol follows the market by its beta, and itself for the rest."""

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from random import Random

from assistant.domain.trading import MarketRows
from assistant.samples.market.listing import Listed, listed, trading_days

_YEAR = 252  # trading days
_QUARTER = 63
_MARKET = 0.008  # daily volatility of the market
_MINUTES = 390
_OPENS = time(13, 30, tzinfo=UTC)
_INTRADAY_DAYS, _INTRADAY_TAG = 5, "mega_cap"


@dataclass(frozen=True, slots=True)
class Bar:
    """What a symbol did on a day, in USD and shares."""

    open: float
    high: float
    low: float
    close: float
    volume: int


@dataclass(frozen=True)
class Prices:
    """Bars by symbol, one for each of `trading_days()`."""

    bars: dict[str, tuple[Bar, ...]]

    @classmethod
    def made(cls) -> "Prices":
        """Make every bar."""
        random = Random(41)  # noqa: S311 -- a sample, no secret
        market = [random.gauss(0, _MARKET) for _ in trading_days()]
        return cls({one.symbol: tuple(_bars(random, one, market)) for one in listed()})

    @property
    def last(self) -> dict[str, float]:
        """The last close of each symbol, in USD."""
        return {symbol: bars[-1].close for symbol, bars in self.bars.items()}

    def daily(self) -> MarketRows:
        """Return the rows of `prices_daily`."""
        columns = ("symbol", "trade_date", "open", "high", "low", "close", "adj_close", "volume")
        rows = [
            (one.symbol, day, bar.open, bar.high, bar.low, bar.close, adjusted, bar.volume)
            for one in listed()
            for day, bar, adjusted in zip(
                trading_days(), self.bars[one.symbol], self._adjusted(one), strict=True
            )
        ]
        return MarketRows(columns, rows)

    def intraday(self) -> MarketRows:
        """Return the rows of `prices_intraday`: the last days of the largest companies."""
        random = Random(42)  # noqa: S311
        rows = [
            (one.symbol, *minute)
            for one in listed()
            if _INTRADAY_TAG in one.tags
            for day, bar in zip(
                trading_days()[-_INTRADAY_DAYS:],
                self.bars[one.symbol][-_INTRADAY_DAYS:],
                strict=True,
            )
            for minute in _minutes(random, day, bar)
        ]
        return MarketRows(("symbol", "bar_at", "open", "high", "low", "close", "volume"), rows)

    def _adjusted(self, one: Listed) -> list[float]:
        """Return closes less the dividends that were paid after them, four a year."""
        bars = self.bars[one.symbol]
        paid = one.dividend / 400
        return [
            round(bar.close * (1 - paid) ** ((len(bars) - 1 - place) // _QUARTER), 4)
            for place, bar in enumerate(bars)
        ]


def rounded(price: float) -> float:
    """Return a price at its tick: a cent, of small prices a hundredth of that."""
    return round(price, 2 if price >= 1 else 4)


def _bars(random: Random, one: Listed, market: list[float]) -> list[Bar]:
    own = math.sqrt(max((one.volatility / 100) ** 2 - (one.beta * _MARKET) ** 2, 4e-5))
    drift = math.log1p(one.drift / 100) / _YEAR
    close, bars = one.price, list[Bar]()
    for moved in market:
        opened = rounded(close * math.exp(random.gauss(0, own / 3)))
        close = rounded(close * math.exp(drift + one.beta * moved + random.gauss(0, own)))
        high = rounded(max(opened, close) * (1 + abs(random.gauss(0, own / 3))))
        low = rounded(min(opened, close) * (1 - abs(random.gauss(0, own / 3))))
        traded = one.shares * 1e9 * 0.004 * math.exp(random.gauss(0, 0.3) + 20 * abs(moved))
        bars.append(Bar(opened, high, low, close, int(traded)))
    return bars


def _minutes(random: Random, day: date, bar: Bar) -> list[tuple[object, ...]]:
    """Return a day's minutes: from its open to its close, between its low and its high."""
    steps = [random.gauss(0, 1) for _ in range(_MINUTES)]
    walked, total = 0.0, sum(steps)
    width = (bar.high - bar.low) / 40
    rows, before = list[tuple[object, ...]](), bar.open
    for place, step in enumerate(steps, 1):
        walked += step
        share = place / _MINUTES
        bridge = bar.open + (bar.close - bar.open) * share + width * (walked - total * share)
        close = rounded(min(max(bridge, bar.low), bar.high))
        high = rounded(min(max(before, close) + width * abs(random.gauss(0, 0.4)), bar.high))
        low = rounded(max(min(before, close) - width * abs(random.gauss(0, 0.4)), bar.low))
        begins = datetime.combine(day, _OPENS) + timedelta(minutes=place - 1)
        volume = int(bar.volume / _MINUTES * (0.5 + random.random()))
        rows.append((begins, before, high, low, close, volume))
        before = close
    return rows
