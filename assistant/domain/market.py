"""Prices: bars, their frequency, what they are adjusted for, and a series as it was known at a time.

Columns are arrays of one length, so that ten thousand bars are six arrays and not ten thousand objects.
"""

from array import array
from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum

from assistant.domain.filings import Vector


class Frequency(StrEnum):
    """How long a bar is."""

    MINUTE = "1min"
    FIVE_MINUTES = "5min"
    HOUR = "1h"
    DAY = "1d"

    @property
    def seconds(self) -> int:
        """Return its length (s); of a day the calendar day, not the session."""
        return _SECONDS[self]

    @property
    def bars_a_session(self) -> int:
        """Return how many bars a whole session in New York has (390 minutes); the last may be short."""
        return 1 if self is Frequency.DAY else -(-_SESSION_SECONDS // self.seconds)

    @property
    def bars_a_year(self) -> int:
        """Return how many bars a year of 252 sessions has."""
        return 252 * self.bars_a_session


_SESSION_SECONDS = 390 * 60
_SECONDS = {
    Frequency.MINUTE: 60,
    Frequency.FIVE_MINUTES: 300,
    Frequency.HOUR: 3600,
    Frequency.DAY: 86_400,
}


class Adjustment(StrEnum):
    """What prices are adjusted for, as it was known at the last bar."""

    NONE = "none"
    SPLITS = "splits"
    ALL = "splits_and_dividends"


@dataclass(frozen=True, slots=True)
class Bar:
    """Prices of one stretch of time, in the currency of the listing; `end` is when it was complete."""

    end: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class BarSeries:
    """Bars of one symbol, oldest first; nothing in it was known only after `as_of`.

    Args:
        symbol: The ticker.
        frequency: How long a bar is.
        ends: When each bar was complete, in seconds since 1970 (UTC), rising.
        open: Prices, in the currency of the listing, as are `high`, `low` and `close`.
        high: See `open`.
        low: See `open`.
        close: See `open`.
        volume: Shares, adjusted for splits as the prices are.
        as_of: The moment that was asked for.
        adjustment: What the prices are adjusted for.
        source: Who has them.
        sample: True of generated prices, which are of no company.
        notes: Sentences on what is odd about the data: gaps, halts, stale prices, rows left out.
    """

    symbol: str
    frequency: Frequency
    ends: "array[int]"
    open: Vector
    high: Vector
    low: Vector
    close: Vector
    volume: Vector
    as_of: datetime
    adjustment: Adjustment
    source: str
    sample: bool = False
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def last(self) -> Bar:
        """Return the newest bar; raises `IndexError` where there is none."""
        return self.bar(-1)

    def bar(self, index: int) -> Bar:
        """Return one bar by its place."""
        return Bar(
            datetime.fromtimestamp(self.ends[index], UTC),
            self.open[index],
            self.high[index],
            self.low[index],
            self.close[index],
            self.volume[index],
        )

    def until(self, moment: datetime) -> "BarSeries":
        """Return the bars that were complete at `moment`, their prices as they stand here.

        Prices keep the adjustment of this series' last bar; what is made of the result must not
        depend on their level, only on ratios.
        """
        return self.first(bisect_right(self.ends, int(moment.timestamp())))

    def first(self, count: int) -> "BarSeries":
        """Return the oldest `count` bars; see `until` on their prices."""
        cut = self._cut(slice(0, count))
        return replace(cut, as_of=cut.last.end) if 0 < count < len(self) else cut

    def newest(self, count: int) -> "BarSeries":
        """Return the newest `count` bars."""
        return self._cut(slice(max(0, len(self) - count), None))

    def _cut(self, part: slice) -> "BarSeries":
        return replace(
            self,
            ends=self.ends[part],
            open=self.open[part],
            high=self.high[part],
            low=self.low[part],
            close=self.close[part],
            volume=self.volume[part],
        )
