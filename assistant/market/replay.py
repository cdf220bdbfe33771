"""Records served as they were known at a time: the one `MarketData` over any source of records."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from assistant.domain.errors import InvalidRequest, NoMarketData
from assistant.domain.market import Adjustment, BarSeries, Frequency
from assistant.market.calendar import Sessions
from assistant.market.recorded import Recorded, oddities, seen
from assistant.market.resampling import FINER, resampled


class Records(Protocol):
    """Where records come from: a folder, or what is at hand."""

    @property
    def name(self) -> str:
        """How the source is called in answers."""

    @property
    def sessions(self) -> Sessions:
        """When its exchange trades."""

    def symbols(self) -> Mapping[str, frozenset[Frequency]]:
        """Return what it has."""

    def read(self, symbol: str, frequency: Frequency) -> Recorded | None:
        """Return a record, None where there is none."""


class ReplayMarket:
    """A `MarketData` over records. A record is read once and kept.

    Args:
        records: Where they come from.
    """

    def __init__(self, records: Records) -> None:
        self._records = records
        self._kept: dict[tuple[str, Frequency], Recorded] = {}

    @property
    def name(self) -> str:
        """Return the name of the source."""
        return self._records.name

    async def symbols(self) -> dict[str, frozenset[Frequency]]:
        """Return each symbol with the frequencies that can be served, resampled ones too."""
        return {
            symbol: frozenset(f for f in Frequency if given & {f, *FINER[f]})
            for symbol, given in self._records.symbols().items()
        }

    async def bars(
        self,
        symbol: str,
        frequency: Frequency,
        as_of: datetime,
        adjustment: Adjustment = Adjustment.ALL,
        limit: int | None = None,
    ) -> BarSeries:
        """Return the bars that were complete at `as_of`, oldest first, with notes on them.

        Raises:
            InvalidRequest: `as_of` has no time zone.
            NoMarketData: The source has none of this symbol, frequency and time.
            MalformedReply: Its file cannot be read.
        """
        if as_of.tzinfo is None:
            raise InvalidRequest("A moment needs its time zone", "Say it in UTC.")
        record = await asyncio.to_thread(self._record, symbol, frequency)
        if record is None:
            raise NoMarketData(
                f"No {frequency} prices of {symbol}; asked: {self.name}",
                await self._hint(symbol),
            )
        series = seen(record, as_of, adjustment, limit)
        if not len(series):
            raise NoMarketData(
                f"No {frequency} prices of {symbol} before {as_of:%Y-%m-%d %H:%M %Z}; "
                f"asked: {self.name}",
                "Ask for a later time, or add older prices.",
            )
        return replace(
            series, notes=(*series.notes, *oddities(record, series, self._records.sessions))
        )

    async def _hint(self, symbol: str) -> str:
        served = (await self.symbols()).get(symbol)
        if served:
            return f"Of {symbol} there are: {', '.join(f for f in Frequency if f in served)}."
        return "AEI_MARKET_DATA names the folder that prices come from."

    def _record(self, symbol: str, frequency: Frequency) -> Recorded | None:
        key = (symbol, frequency)
        if key not in self._kept:
            record = self._records.read(symbol, frequency) or self._made(symbol, frequency)
            if record is None:
                return None
            self._kept[key] = record
        return self._kept[key]

    def _made(self, symbol: str, frequency: Frequency) -> Recorded | None:
        for finer in FINER[frequency]:
            record = self._records.read(symbol, finer)
            if record is not None:
                return resampled(record, frequency, self._records.sessions)
        return None


class HeldRecords:
    """Records that are at hand: of a sample, or of a test.

    Args:
        name: How the source is called in answers.
        sessions: When its exchange trades.
        records: One a symbol and frequency.
    """

    def __init__(self, name: str, sessions: Sessions, records: tuple[Recorded, ...]) -> None:
        self.name = name
        self.sessions = sessions
        self._records = {(record.symbol, record.frequency): record for record in records}

    def symbols(self) -> dict[str, frozenset[Frequency]]:
        """Return what there is."""
        found: dict[str, frozenset[Frequency]] = {}
        for symbol, frequency in self._records:
            found[symbol] = found.get(symbol, frozenset()) | {frequency}
        return found

    def read(self, symbol: str, frequency: Frequency) -> Recorded | None:
        """Return a record, None where there is none."""
        return self._records.get((symbol, frequency))
