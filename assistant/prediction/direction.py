"""How probable it is that a price is higher in `horizon` bars: boosted trees, trusted as far as they earned.

Trees always find something. What they say beyond the base rate is therefore weighed by what it was worth
on rows that they had not seen: p = base + trust * (tree - base). The trust is the slope of outcomes on
the trees' say, shrunk by the non-negative garrote (Breiman 1995): to nothing unless it is clearly above
zero, hardly at all when it is far above. Without skill the answer is the base rate, which is calibrated.

The trees are scikit-learn's histogram gradient boosting, few and shallow: daily returns hold little.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import sqrt

import numpy as np
import numpy.typing as npt
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import ThreadpoolController

from assistant.prediction.arrays import Column

Outcomes = npt.NDArray[np.bool_]
_DOUBT = 1.645
"""Standard errors that a slope must be above zero to be trusted at all (one-sided, 95 %)."""
_PRIOR = 50
_INNER = 3
_FEWEST = 60
_TREES = 40
_LEAVES = 4
_RATE = 0.05


@dataclass(frozen=True, slots=True)
class DirectionModel:
    """A fitted model; `trust` 0 says the base rate of its training rows, whatever it is asked."""

    trees: HistGradientBoostingClassifier | None
    base: float
    trust: float

    def probability(self, rows: Column) -> Column:
        """Return the probability of up for each row of features; shape (rows,), 0 to 1."""
        if self.trees is None or not self.trust:
            return np.full(len(rows), self.base)
        with _threads().limit(limits=1, user_api="openmp"):
            said = self.trees.predict_proba(rows)[:, 1]
        return np.asarray(np.clip(self.base + self.trust * (said - self.base), 0.01, 0.99))


def fit_direction(rows: Column, ups: Outcomes, horizon: int, seed: int = 0) -> DirectionModel:
    """Return a model of the direction.

    Args:
        rows: Features, oldest first; shape (rows, features).
        ups: Whether the price was higher `horizon` bars later.
        horizon: Bars ahead; outcomes of neighbouring rows overlap by it.
        seed: Makes a fit repeatable.
    """
    base = base_rate(ups, horizon)
    if len(ups) < _FEWEST * (_INNER + 1) or ups.all() or not ups.any():
        return DirectionModel(None, base, 0.0)
    with _threads().limit(limits=1, user_api="openmp"):
        trust = _trust(rows, ups, horizon, seed)
        trees = _trees(rows, ups, seed) if trust else None
    return DirectionModel(trees, base, trust)


def base_rate(ups: Outcomes, horizon: int) -> float:
    """Return the share of ups to expect: theirs, drawn to one half as far as they are few.

    Overlapping outcomes say little more than once: a share of 0.8 among 700 hours that begin a minute
    apart is a single afternoon. The prior is worth fifty outcomes that do not overlap.

    Args:
        ups: Outcomes, whether the price was higher `horizon` bars later.
        horizon: Bars ahead; neighbours overlap by it.
    """
    apart = len(ups) / horizon
    mean = float(ups.mean()) if len(ups) else 0.5
    return (mean * apart + 0.5 * _PRIOR) / (apart + _PRIOR)


def _trees(rows: Column, ups: Outcomes, seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(
        max_iter=_TREES,
        max_leaf_nodes=_LEAVES,
        learning_rate=_RATE,
        min_samples_leaf=max(20, len(ups) // 10),
        l2_regularization=1.0,
        early_stopping=False,
        random_state=seed,
    ).fit(rows, ups)


def _trust(rows: Column, ups: Outcomes, horizon: int, seed: int) -> float:
    """Return how much of what trees say beyond the base rate came true on later rows, 0 to 1."""
    said, came = [], []
    for train, test in _inner(len(ups), horizon):
        base = base_rate(ups[train], horizon)
        if ups[train].all() or not ups[train].any():
            continue
        said.append(_trees(rows[train], ups[train], seed).predict_proba(rows[test])[:, 1] - base)
        came.append(ups[test] - base)
    beyond, outcome = np.concatenate([np.empty(0), *said]), np.concatenate([np.empty(0), *came])
    weight = float(beyond @ beyond)
    if weight < np.finfo(float).eps:
        return 0.0
    slope = float(beyond @ outcome) / weight
    if slope <= 0:
        return 0.0
    rest = (outcome - slope * beyond) * beyond
    # neighbours share most of a long horizon: n of them say as much as n / horizon
    error = sqrt(horizon * float(rest @ rest)) / weight
    return min(1.0, slope * max(0.0, 1 - (_DOUBT * error / slope) ** 2))


def _inner(count: int, horizon: int) -> Iterator[tuple[slice, slice]]:
    """Yield earlier rows to learn from, and later ones that share no outcome with them."""
    edges = np.linspace(count * 0.4, count, _INNER + 1).astype(int)
    for start, stop in pairwise(edges):
        yield slice(0, max(1, int(start) - horizon)), slice(int(start), int(stop))


@cache
def _threads() -> ThreadpoolController:
    """Return what limits threads: fits are small, and waiting for each other costs more than it saves.

    Finding the libraries takes milliseconds, so it is done once, after scikit-learn was loaded.
    """
    return ThreadpoolController()
