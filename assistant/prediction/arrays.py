"""Columns of a series as arrays of numpy, and the returns that everything is made of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.domain.market import BarSeries

Column = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """The columns of a series, each of shape (bars,); `ends` in seconds since 1970 (UTC)."""

    ends: npt.NDArray[np.int64]
    open: Column
    high: Column
    low: Column
    close: Column
    volume: Column

    @classmethod
    def of(cls, series: BarSeries) -> "Columns":
        """Return the columns of a series; nothing is copied."""
        return cls(
            np.frombuffer(series.ends, dtype=np.int64),
            np.frombuffer(series.open),
            np.frombuffer(series.high),
            np.frombuffer(series.low),
            np.frombuffer(series.close),
            np.frombuffer(series.volume),
        )


def log_returns(close: Column, horizon: int = 1) -> Column:
    """Return ln(close[t + horizon] / close[t]) at t; NaN where the outcome is not known yet."""
    ahead = np.full(len(close), np.nan)
    if len(close) > horizon:
        ahead[:-horizon] = np.log(close[horizon:] / close[:-horizon])
    return ahead
