"""Prices for tests of predictions."""

from array import array
from datetime import UTC, datetime

import numpy as np

from assistant.domain.market import Adjustment, BarSeries, Frequency

START = 1_577_998_800  # 2020-01-02 21:00 UTC


def clustered(seed, count, drift=0.0):
    """Return closes whose volatility comes in clusters, and whose direction is a coin."""
    rng = np.random.default_rng(seed)
    variance = 1e-4
    returns = np.empty(count)
    for day in range(count):
        returns[day] = np.sqrt(variance) * rng.standard_t(6) / np.sqrt(1.5)
        variance = 2e-6 + 0.08 * returns[day] ** 2 + 0.90 * variance
    return 100 * np.exp(np.cumsum(returns + drift))


def series_of(close, volume=None, symbol="ACME"):
    """Return a daily series with the given closes; the other columns follow from them."""
    close = np.asarray(close, dtype=float)
    before = np.concatenate((close[:1], close[:-1]))
    ends = START + 86_400 * np.arange(len(close))
    volume = np.full(len(close), 1e6) if volume is None else volume
    columns = (before, np.maximum(before, close) * 1.004, np.minimum(before, close) * 0.996, close)
    return BarSeries(
        symbol,
        Frequency.DAY,
        array("q", ends.tolist()),
        *(array("d", column.tolist()) for column in (*columns, volume)),
        as_of=datetime.fromtimestamp(int(ends[-1]), UTC),
        adjustment=Adjustment.ALL,
        source="a test",
    )
