"""When an exchange trades: sessions, early closes, holidays (library: exchange-calendars).

A daily bar is complete at the close of its session, 13:00 in New York on a day before a holiday; a
bar stamped with a date alone says nothing of that.
"""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import exchange_calendars
import numpy as np
import numpy.typing as npt

from assistant.domain.errors import InvalidRequest

Seconds = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]
FIRST = date(1962, 1, 2)
_NOON = time(12)
_NONE = timedelta()


class Sessions:
    """The sessions of one exchange, as days in its own time and as UTC seconds.

    Args:
        name: The exchange's code (ISO 10383), as exchange-calendars knows it: "XNYS".

    Raises:
        InvalidRequest: There is no such calendar.
    """

    def __init__(self, name: str) -> None:
        try:
            calendar = exchange_calendars.get_calendar(name, start=FIRST.isoformat())
        except exchange_calendars.errors.InvalidCalendarName:
            raise InvalidRequest(
                f"There is no exchange calendar {name!r}",
                "Name an exchange by its ISO code, such as XNYS or XLON.",
            ) from None
        self.zone: ZoneInfo = ZoneInfo(str(calendar.tz))
        self.days: Days = calendar.sessions.to_numpy().astype("datetime64[D]")
        self.opens: Seconds = _seconds(calendar.opens)
        self.closes: Seconds = _seconds(calendar.closes)

    def place(self, days: Days) -> npt.NDArray[np.intp]:
        """Return the place of each day among the sessions, -1 where it is none."""
        wanted = days.astype("datetime64[D]")
        found = np.minimum(np.searchsorted(self.days, wanted), len(self.days) - 1)
        return np.where(self.days[found] == wanted, found, -1)

    def place_of_moment(self, ends: Seconds) -> npt.NDArray[np.intp]:
        """Return the session in which each bar ended (after its open, to its close), or -1."""
        found = np.searchsorted(self.closes, ends)
        inside = found < len(self.closes)
        found = np.minimum(found, len(self.closes) - 1)
        return np.where(inside & (self.opens[found] < ends), found, -1)

    def closed_between(self, after: int, until: datetime) -> int:
        """Return how many sessions closed after one moment (s) and not after another."""
        upper = np.searchsorted(self.closes, int(until.timestamp()), side="right")
        return int(upper - np.searchsorted(self.closes, after, side="right"))

    def utc(self, local: npt.NDArray[np.datetime64]) -> Seconds:
        """Return UTC seconds of times in the exchange's own time, by the offset of their day."""
        return local.astype("datetime64[s]").astype(np.int64) - self._offsets(local)

    def local(self, utc: npt.NDArray[np.datetime64]) -> npt.NDArray[np.datetime64]:
        """Return UTC times in the exchange's own time, by the offset of their day."""
        shift = self._offsets(utc).astype("timedelta64[s]")
        return np.asarray(utc.astype("datetime64[s]") + shift)

    def _offsets(self, moments: npt.NDArray[np.datetime64]) -> Seconds:
        days, where = np.unique(moments.astype("datetime64[D]"), return_inverse=True)
        offsets = [
            int((datetime.combine(day, _NOON, self.zone).utcoffset() or _NONE).total_seconds())
            for day in days.astype(object)
        ]
        return np.array(offsets, dtype=np.int64)[where]


@lru_cache(maxsize=8)
def sessions(name: str) -> Sessions:
    """Return an exchange's sessions; making them takes a quarter of a second, once."""
    return Sessions(name)


def _seconds(moments: Any) -> Seconds:  # noqa: ANN401 -- a Series of pandas, which has no types
    naive = moments.dt.tz_convert(None).to_numpy()
    return np.asarray(naive.astype("datetime64[s]").astype(np.int64))
