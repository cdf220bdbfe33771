"""Bars of a source with what adjusts them, and the one way out of it: as they were at a time.

An adjustment made later rewrites old prices, so it carries the future into the past: a file's adjusted
close of 1998 holds every dividend since. Each bar therefore keeps its factor to the end of the record,
and a series is divided by the factor of its own last bar. A split or dividend after that moment is in
both and cancels.
"""

from array import array
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from assistant.domain.filings import Vector
from assistant.domain.market import Adjustment, BarSeries, Frequency
from assistant.market.calendar import Seconds, Sessions

Column = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Recorded:
    """All bars of one symbol and frequency that a source has, oldest first.

    Args:
        symbol: The ticker.
        frequency: How long a bar is.
        ends: When each bar was complete (s, UTC), rising.
        prices: Open, high, low, close; shape (4, bars).
        volume: Shares; shape (bars,).
        splits: Factor to the record's end that makes a price one after all later splits.
        dividends: The same of dividends.
        given: What the record's own prices are adjusted for already.
        known: The most that its factors can adjust for; NONE where the source knows of no actions.
        source: Who has them.
        sample: True of generated prices.
        notes: What was odd about the rows, whenever: rows left out.
    """

    symbol: str
    frequency: Frequency
    ends: Seconds
    prices: Column
    volume: Column
    splits: Column
    dividends: Column
    given: Adjustment
    source: str
    known: Adjustment = Adjustment.ALL
    sample: bool = False
    notes: tuple[str, ...] = ()

    def cut(self, keep: "slice | npt.NDArray[np.bool_]") -> "Recorded":
        """Return the record with some of its bars only."""
        return replace(
            self,
            ends=self.ends[keep],
            prices=self.prices[:, keep],
            volume=self.volume[keep],
            splits=self.splits[keep],
            dividends=self.dividends[keep],
        )


def seen(record: Recorded, as_of: datetime, adjustment: Adjustment, limit: int | None) -> BarSeries:
    """Return the bars complete at `as_of`, adjusted for what had happened by the last of them.

    Args:
        record: What the source has.
        as_of: Nothing of a later time is in the result.
        adjustment: What to adjust for; prices that a record has adjusted already stay so.
        limit: How many bars at most, the newest; None for all.
    """
    count = int(np.searchsorted(record.ends, int(as_of.timestamp()), side="right"))
    known = record.cut(slice(max(0, count - limit) if limit is not None else 0, count))
    made = _widest(record.given, min(adjustment, record.known, key=_ORDER.index))
    prices, volume = known.prices, known.volume
    if count and made is not record.given:
        splits = known.splits / known.splits[-1]
        dividends = known.dividends / known.dividends[-1] if made is Adjustment.ALL else 1.0
        prices = prices * (splits * dividends)
        volume = volume / splits
    opening, high, low, close = (_vector(column) for column in prices)
    return BarSeries(
        known.symbol,
        known.frequency,
        array("q", known.ends.tolist()),
        opening,
        high,
        low,
        close,
        _vector(volume),
        as_of,
        made,
        known.source,
        known.sample,
        known.notes,
    )


def _widest(given: Adjustment, wanted: Adjustment) -> Adjustment:
    return max(given, wanted, key=_ORDER.index)


def _vector(column: Column) -> Vector:
    return array("d", np.ascontiguousarray(column, dtype=np.float64).tobytes())


def oddities(record: Recorded, series: BarSeries, sessions: Sessions) -> tuple[str, ...]:
    """Return sentences on what a reader of a series must know, from its own bars only.

    Args:
        record: Where it came from.
        series: As it was seen.
        sessions: When its exchange trades.
    """
    if not len(series):
        return ()
    ends = np.frombuffer(series.ends, dtype=np.int64)
    checks = (
        _stale(series, sessions),
        _missing(ends, series.frequency, sessions),
        _halted(series),
        _jumped(series),
        _unadjusted(record, series),
    )
    return tuple(text for text in checks if text)


def _stale(series: BarSeries, sessions: Sessions) -> str:
    missed = sessions.closed_between(series.ends[-1], series.as_of)
    if not missed:
        return ""
    return (
        f"Stale: the last bar of {series.symbol} is of {series.last.end:%Y-%m-%d}, {missed:,} "
        f"session{'s' * (missed > 1)} before the moment asked for."
    )


def _missing(ends: Seconds, frequency: Frequency, sessions: Sessions) -> str:
    """Say how many sessions, or stretches inside sessions, have no bar."""
    places = sessions.place_of_moment(ends)
    had = np.unique(places[places >= 0])
    if not had.size:
        return ""
    days = int(had[-1] - had[0] + 1 - had.size)
    texts = [f"{days:,} session{'s' * (days > 1)} without a bar"] if days else []
    if frequency is not Frequency.DAY:
        same = places[1:] == places[:-1]
        holes = int(np.sum(same & (np.diff(ends) > 1.5 * frequency.seconds)))
        texts += [f"{holes:,} gap{'s' * (holes > 1)} inside sessions"] if holes else []
    return f"Gaps: {' and '.join(texts)}." if texts else ""


def _halted(series: BarSeries) -> str:
    """Say when nothing was traded, and when the newest prices have not moved for days."""
    volume = np.frombuffer(series.volume)
    quiet = int(np.sum(volume == 0))
    texts = [f"{quiet:,} bar{'s' * (quiet > 1)} without a trade"] if quiet else []
    close = np.frombuffer(series.close)
    still = int(np.argmax(np.append(close[::-1] != close[-1], True)))
    if still >= _STILL:
        texts.append(f"the last {still:,} closes are the same price")
    return f"Halts: {' and '.join(texts)}." if texts else ""


def _jumped(series: BarSeries) -> str:
    """Say where prices jump by a whole factor from bar to bar, as an unadjusted split does."""
    close = np.frombuffer(series.close)
    opens = np.frombuffer(series.open)
    if len(close) < 2:
        return ""
    ratio = np.maximum(close[:-1] / opens[1:], opens[1:] / close[:-1])
    whole = np.rint(ratio)
    jumps = np.flatnonzero((whole >= _JUMP) & (np.abs(ratio / whole - 1) < _NEAR))
    if not jumps.size:
        return ""
    days = ", ".join(f"{series.bar(int(i) + 1).end:%Y-%m-%d}" for i in jumps[-3:])
    return f"Prices jump by a whole factor ({days}): a split that is not adjusted for?"


def _unadjusted(record: Recorded, series: BarSeries) -> str:
    if series.adjustment is Adjustment.NONE and record.known is Adjustment.NONE:
        return f"Splits and dividends of {series.symbol} are not known: prices are as the source has them."
    if record.given is Adjustment.NONE or series.adjustment is not record.given:
        return ""
    return (
        "The source adjusted these prices for splits up to its own end; levels before a split "
        "are not what was traded that day."
    )


_ORDER = tuple(Adjustment)
_STILL = 5
_JUMP = 2
_NEAR = 0.02
