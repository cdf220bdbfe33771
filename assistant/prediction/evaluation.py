"""Whether a forecast of direction is better than none, measured so that it cannot flatter itself.

- Folds walk forward; rows whose outcome reaches into the test, and an embargo before it, are left out
  of training (López de Prado 2018, ch. 7).
- Features are made again from the past alone, at twelve moments, and must come out the same: one centred
  average fakes 70 %.
- Beside the model stand the base rate known at the time and always-up.
- Skill is claimed where the block bootstrap's lower bound of accuracy over always-up is above 0 (Künsch
  1989), the Brier score is below the base rate's, and by more than chance (Diebold and Mariano 1995,
  corrected for small samples by Harvey, Leybourne and Newbold 1997).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy import stats

from assistant.domain.errors import NoMarketData
from assistant.domain.market import BarSeries
from assistant.domain.predictions import Skill
from assistant.prediction.arrays import Column, Columns, log_returns
from assistant.prediction.direction import DirectionModel, Outcomes, fit_direction
from assistant.prediction.features import FeatureTable, features

Fit = Callable[[Column, Outcomes, int], DirectionModel]
Build = Callable[[BarSeries], FeatureTable]

_BINS = 10
_DRAWS = 2000
_PROBES = 12


@dataclass(frozen=True, slots=True)
class Folds:
    """How a history is cut: rows of a test, rows before it that are learnt from, and the gap.

    `first` rows are only learnt from; `embargo` rows before a test are never learnt from, beside
    those whose outcome is of the test's time.
    """

    test: int = 250
    train: int = 2500
    first: int = 500
    embargo: int = 5


@dataclass(frozen=True, slots=True, eq=False)
class Forecasts:
    """Forecasts made without their future: probability of up, base rate then, and what came.

    `place` is where each was made: a row, or a bar of the series where a series was evaluated.
    """

    place: npt.NDArray[np.intp]
    probability: Column
    base: Column
    up: Outcomes

    @classmethod
    def joined(cls, parts: "list[Forecasts]") -> "Forecasts":
        """Return the forecasts of several, one after the other."""
        return cls(
            np.concatenate([part.place for part in parts]),
            np.concatenate([part.probability for part in parts]),
            np.concatenate([part.base for part in parts]),
            np.concatenate([part.up for part in parts]),
        )


def cut(count: int, horizon: int, folds: Folds) -> Iterator[tuple[slice, slice]]:
    """Yield (training rows, test rows) of a history; tests follow each other to the end."""
    for start in range(folds.first, count, folds.test):
        known = start - horizon - folds.embargo + 1
        if known > 0:
            yield (
                slice(max(0, known - folds.train), known),
                slice(start, min(start + folds.test, count)),
            )


def walk_forward(
    rows: Column, ups: Outcomes, horizon: int, folds: Folds | None = None, fit: Fit = fit_direction
) -> Forecasts:
    """Return the forecasts of every test row, by models that knew only what was before.

    Args:
        rows: Features, oldest first, one row a bar; shape (bars, features).
        ups: Whether the price was higher `horizon` bars later.
        horizon: Bars ahead.
        folds: How the history is cut.
        fit: Makes a model from rows and outcomes.

    Raises:
        NoMarketData: The history has no test row.
    """
    made = []
    for train, test in cut(len(ups), horizon, folds or Folds()):
        model = fit(rows[train], ups[train], horizon)
        probability = model.probability(rows[test])
        place = np.arange(test.start, test.stop)
        made.append(Forecasts(place, probability, np.full(len(place), model.base), ups[test]))
    if not made:
        raise NoMarketData(
            f"{len(ups)} bars are too few to measure a forecast on", "Add older prices."
        )
    return Forecasts.joined(made)


def evaluate(
    series: BarSeries, horizon: int, build: Build = features, folds: Folds | None = None
) -> tuple[Forecasts, Skill]:
    """Return the forecasts of a history, and the skill that they show.

    Args:
        series: Prices, oldest first.
        horizon: Bars ahead.
        build: Makes the features; it is held to look back only.
        folds: How the history is cut.

    Raises:
        NoMarketData: The history is too short.
    """
    table = build(series)
    returns = log_returns(Columns.of(series).close, horizon)
    use = np.isfinite(returns) & np.isfinite(table.values).all(axis=1)
    made = walk_forward(table.values[use], returns[use] > 0, horizon, folds)
    forecasts = replace(made, place=np.flatnonzero(use)[made.place])
    return forecasts, assess(forecasts, horizon, looks_ahead(series, build))


def looks_ahead(series: BarSeries, build: Build) -> bool:
    """Return whether features of a bar change when the bars after it are taken away."""
    whole = build(series).values
    for count in np.linspace(len(series) // 3, len(series) - 1, _PROBES).astype(int):
        if count < 1:
            continue
        then = build(series.first(int(count))).values[-1]
        if not np.allclose(then, whole[count - 1], rtol=1e-6, atol=1e-9, equal_nan=True):
            return True
    return False


def assess(forecasts: Forecasts, horizon: int, ahead: bool = False, seed: int = 0) -> Skill:
    """Return the measured skill of forecasts.

    Args:
        forecasts: Made without their future, in order of time.
        horizon: Bars ahead; neighbouring outcomes overlap by it.
        ahead: Whether a feature was seen to hold the future.
        seed: Makes the bootstrap repeatable.
    """
    up = forecasts.up.astype(float)
    losses = (forecasts.probability - up) ** 2
    base_losses = (forecasts.base - up) ** 2
    right = (forecasts.probability >= 0.5) == forecasts.up
    return Skill(
        n=len(up),
        brier=float(losses.mean()),
        brier_base=float(base_losses.mean()),
        calibration_error=calibration_error(forecasts.probability, forecasts.up),
        accuracy=float(right.mean()),
        always_up=float(up.mean()),
        lower_bound=lower_bound(right.astype(float) - up, horizon, seed),
        better_p=diebold_mariano(losses, base_losses, horizon),
        looks_ahead=ahead,
    )


def calibration_error(probability: Column, up: Outcomes) -> float:
    """Return the mean distance of probability and frequency over ten bins of equal size (0 to 1).

    Equal probabilities stay in one bin (Naeini et al. 2015).
    """
    edges = np.unique(np.quantile(probability, np.linspace(0, 1, _BINS + 1)[1:-1]))
    places = np.digitize(probability, edges)
    off = 0.0
    for place in np.unique(places):
        inside = places == place
        off += abs(float(probability[inside].sum() - up[inside].sum()))
    return off / len(up)


def lower_bound(gain: Column, horizon: int, seed: int = 0, level: float = 0.95) -> float:
    """Return what the mean of a series exceeds with 95 % confidence, by circular block bootstrap.

    Args:
        gain: What is averaged, in order of time.
        horizon: Overlap of neighbours; blocks are at least twice as long.
        seed: Makes the draws repeatable.
        level: One-sided confidence.
    """
    count = len(gain)
    block = min(count, max(2 * horizon, round(count ** (1 / 3))))
    rounds = -(-count // block)
    sums = np.cumsum(np.concatenate(([0.0], gain, gain[:block])))
    blocks = (sums[block:] - sums[:-block])[:count] / block
    starts = np.random.default_rng(seed).integers(0, count, (_DRAWS, rounds))
    return float(np.quantile(blocks[starts].mean(axis=1), 1 - level))


def diebold_mariano(losses: Column, others: Column, horizon: int) -> float:
    """Return the p-value of "the losses are no smaller than the others", one-sided.

    Args:
        losses: Of the forecast that may be better, in order of time.
        others: Of the one it is compared with.
        horizon: Bars ahead; autocovariances up to horizon - 1 count.
    """
    gain = others - losses
    count = len(gain)
    spread = gain - gain.mean()
    variance = float(spread @ spread) / count
    for lag in range(1, min(horizon, count)):
        variance += 2 * (1 - lag / horizon) * float(spread[lag:] @ spread[:-lag]) / count
    if variance <= 0:
        return 1.0
    small = (count + 1 - 2 * horizon + horizon * (horizon - 1) / count) / count
    statistic = float(gain.mean()) / np.sqrt(variance / count) * np.sqrt(max(small, 0.0))
    return float(stats.t.sf(statistic, count - 1))
