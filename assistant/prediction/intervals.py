"""Where a price may be in `horizon` bars: a conformal interval around the last price.

Volatility can be forecast, direction hardly: the interval is centred on the last price and breathes with
volatility. Its score is |return| / (volatility now * sqrt(horizon)), with volatility an exponentially
weighted average (RiskMetrics 1996, decay 0.94); its reach is the quantile of the last 500 scores whose
outcome is known (split conformal: Papadopoulos et al. 2002; Lei et al. 2018), so it assumes nothing about
the shape of returns. Markets drift, so the level asked of that quantile is moved by each hit and miss
(adaptive conformal inference: Gibbs and Candès 2021).

Refused: a Gaussian interval (covers too little in the tails, too much inside) and a constant width (its
coverage over a year swings between 59 and 93 % at 80 % nominal).
"""

from bisect import bisect_left, insort
from collections import deque
from dataclasses import dataclass
from math import ceil, exp, isfinite, nan, sqrt
from statistics import NormalDist

import numpy as np
from scipy.signal import lfilter

from assistant.domain.errors import NoMarketData
from assistant.domain.market import BarSeries
from assistant.domain.predictions import Interval
from assistant.prediction.arrays import Column, Columns, log_returns

DECAY = 0.94
WINDOW = 500
FEWEST = 100
"""Fewer known outcomes than this give no interval."""
_LEARNING = 0.01
_WARM_UP = 20


def volatility(close: Column, decay: float = DECAY) -> Column:
    """Return the volatility of one bar's log return, known at each bar's end.

    Args:
        close: Prices, oldest first.
        decay: Weight of yesterday's variance; 0.94 is RiskMetrics' for daily data.

    Returns:
        Per bar, as a fraction; NaN for the first 20 bars.
    """
    sigma = np.full(len(close), np.nan)
    squares = np.diff(np.log(close)) ** 2
    if len(squares) < _WARM_UP:
        return sigma
    start = float(np.mean(squares[:_WARM_UP]))
    sigma[_WARM_UP] = start
    smooth, _ = lfilter([1 - decay], [1, -decay], squares[_WARM_UP:], zi=[decay * start])
    sigma[_WARM_UP + 1 :] = smooth
    return np.asarray(np.sqrt(np.maximum(sigma, np.finfo(float).tiny)))


def scores(close: Column, horizon: int) -> Column:
    """Return |return over `horizon`| in units of what volatility let expect; NaN where unknown."""
    return np.abs(log_returns(close, horizon)) / (volatility(close) * sqrt(horizon))


def reaches(known: Column, horizon: int, level: float) -> Column:
    """Return for each bar how far the interval made then reaches, in units of its volatility.

    Args:
        known: Scores by the bar at which the forecast was made; that of bar t is known, and used,
            from bar t + horizon on.
        horizon: Bars ahead.
        level: Share of outcomes that shall fall inside, 0 to 1.

    Returns:
        The reaches; NaN while fewer than 100 outcomes are known.
    """
    scored: list[float] = known.tolist()  # floats of Python: this loop is most of an answer's time
    reach = [nan] * len(scored)
    window: deque[float] = deque()
    ordered: list[float] = []
    asked = level
    for now in range(horizon, len(scored)):
        came = scored[now - horizon]
        if isfinite(came):
            if isfinite(reach[now - horizon]):
                asked += _LEARNING * (level - (came <= reach[now - horizon]))
            _slide(window, ordered, came)
        if len(ordered) >= FEWEST:
            rank = ceil((len(ordered) + 1) * min(max(asked, 0.01), 0.999))
            reach[now] = ordered[min(rank, len(ordered)) - 1]
    return np.array(reach)


def _slide(window: "deque[float]", ordered: list[float], score: float) -> None:
    if len(window) == WINDOW:
        del ordered[bisect_left(ordered, window.popleft())]
    window.append(score)
    insort(ordered, score)


def interval(series: BarSeries, horizon: int, level: float) -> Interval:
    """Return where the close may be `horizon` bars after the last one.

    Args:
        series: At least some 125 bars; only the newest 1,100 are looked at.
        horizon: Bars ahead.
        level: Share of outcomes that shall fall inside, 0.5 to 0.99.

    Raises:
        NoMarketData: Too few outcomes are known.
    """
    close = Columns.of(series).close[-_LOOK_BACK:]
    reach = reaches(scores(close, horizon), horizon, level)[-1]
    if not isfinite(reach):
        raise NoMarketData(
            f"{series.symbol} has {len(close)} {series.frequency} bars; an interval needs "
            f"{FEWEST + _WARM_UP + horizon}",
            "Ask for a later time, or add older prices.",
        )
    half = float(reach * volatility(close)[-1] * sqrt(horizon))
    last = float(close[-1])
    return Interval(last * exp(-half), last * exp(half), level)


_LOOK_BACK = 1100


@dataclass(frozen=True, slots=True)
class Coverage:
    """What intervals did over a history, each made without its future.

    Args:
        n: How many were made.
        covered: Share of outcomes inside, 0 to 1.
        worst_year: The least share over any 250 forecasts in a row.
        best_year: The largest.
        width_ratio: Mean width over that of the Gaussian interval of the same volatility.
    """

    n: int
    covered: float
    worst_year: float
    best_year: float
    width_ratio: float


def coverage(close: Column, horizon: int, level: float, last: int | None = None) -> Coverage:
    """Return how intervals would have done at every bar of a history.

    Args:
        close: Prices, oldest first.
        horizon: Bars ahead.
        level: Share of outcomes that shall fall inside.
        last: Count the newest so many forecasts only; None for all.

    Raises:
        NoMarketData: Fewer than 250 forecasts have a known outcome.
    """
    known = scores(close, horizon)
    reach = reaches(known, horizon, level)
    made = np.flatnonzero(np.isfinite(known) & np.isfinite(reach))[-(last or len(close)) :]
    if len(made) < _YEAR:
        raise NoMarketData(
            f"{len(made)} forecasts have a known outcome; coverage needs {_YEAR}",
            "Add older prices.",
        )
    hits = (known[made] <= reach[made]).astype(float)
    years = np.convolve(hits, np.ones(_YEAR) / _YEAR, "valid")
    scale = volatility(close)[made] * sqrt(horizon)
    gaussian = 2 * np.sinh(_gaussian_reach(level) * scale)
    return Coverage(
        len(made),
        float(hits.mean()),
        float(years.min()),
        float(years.max()),
        float(np.mean(2 * np.sinh(reach[made] * scale)) / np.mean(gaussian)),
    )


def _gaussian_reach(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


_YEAR = 250
