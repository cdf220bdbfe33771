"""Generated prices of no company: what the product shows before it is given market data.

Returns follow a GARCH(1,1) with fat tails (Bollerslev 1986), so that volatility comes in clusters as it
does in markets; their sign is a coin with a small drift, so that nothing about direction can be learnt.
The same names and days always give the same prices.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

LAST_DAY = date(2026, 3, 20)
"""The last session of the sample."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a generated price moves: where it starts, its yearly drift and volatility, its seed."""

    start: float
    drift: float
    volatility: float
    seed: int


SAMPLES: Mapping[str, Manner] = MappingProxyType(
    {
        "SAMPLE1": Manner(40.0, 0.08, 0.22, 1),
        "SAMPLE2": Manner(120.0, 0.12, 0.38, 2),
        "SAMPLE3": Manner(15.0, 0.00, 0.55, 3),
        "SAMPLE4": Manner(250.0, 0.05, 0.16, 4),
    }
)
_YEAR = 252
_ALPHA, _BETA = 0.08, 0.90
_FREEDOM = 5


def generated(manner: Manner, days: int) -> npt.NDArray[np.float64]:
    """Return open, high, low, close and volume of so many sessions; shape (5, days)."""
    rng = np.random.default_rng(manner.seed)
    shocks = rng.standard_t(_FREEDOM, days) / np.sqrt(_FREEDOM / (_FREEDOM - 2))
    variance = np.empty(days)
    returns = np.empty(days)
    mean = manner.volatility**2 / _YEAR
    now = mean
    for day in range(days):
        variance[day] = now
        returns[day] = np.sqrt(now) * shocks[day]
        now = (1 - _ALPHA - _BETA) * mean + _ALPHA * returns[day] ** 2 + _BETA * now
    sigma = np.sqrt(variance)
    close = manner.start * np.exp(np.cumsum(returns + manner.drift / _YEAR - variance / 2))
    before = np.concatenate(([manner.start], close[:-1]))
    opening = before * np.exp(rng.normal(0, 0.3, days) * sigma)
    reach = np.abs(rng.normal(0, 0.5, (2, days))) * sigma
    high = np.maximum(opening, close) * np.exp(reach[0])
    low = np.minimum(opening, close) * np.exp(-reach[1])
    volume = np.rint(1e6 * np.exp(rng.normal(0, 0.4, days)) * (sigma / np.sqrt(mean)))
    return np.stack([*np.round([opening, high, low, close], 4), volume])
