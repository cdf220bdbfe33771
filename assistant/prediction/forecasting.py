"""One prediction, from bars to a signal: what was measured decides what may be said.

bars -> train: features, walk-forward skill, a model of all that is known -> Trained
bars + Trained -> predict: probability, interval, risk, signal -> Prediction

Without skill the predicted price is the last one, the naive forecast, and the signal is Hold. With skill it is
moved only where moved prices were closer to what came.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from math import exp, sqrt

import numpy as np

from assistant.domain.errors import InvalidRequest, NoMarketData
from assistant.domain.market import BarSeries
from assistant.domain.predictions import (
    Architecture,
    Family,
    Interval,
    Prediction,
    PredictionRequest,
    RiskFigures,
    Side,
    Skill,
)
from assistant.prediction.arrays import Column, Columns, log_returns
from assistant.prediction.direction import DirectionModel, fit_direction
from assistant.prediction.evaluation import Folds, Forecasts, evaluate
from assistant.prediction.features import features
from assistant.prediction.intervals import Coverage, coverage, interval, volatility
from assistant.prediction.risk import Account, Plan, Size, decide, size, tail_loss

LOW_CONFIDENCE = 0.60
_NOT_ADVICE = "Not investment advice."


@dataclass(frozen=True, slots=True)
class Trained:
    """A model of one symbol, with what was measured of it.

    Args:
        model: Fitted on every outcome known when it was trained.
        families: The features that it looks at, in their order.
        horizon: Bars ahead.
        skill: Of models like it, each tested on what came after it.
        move: Mean size of a move, in units of volatility over the horizon.
        error_ratio: Mean absolute error of the predicted prices over that of the last price, 1 where
            nothing was moved.
        coverage: What intervals did over the same history; None where it is too short to tell.
    """

    model: DirectionModel
    families: tuple[Family, ...]
    horizon: int
    skill: Skill
    move: float
    error_ratio: float
    coverage: Coverage | None


def train(series: BarSeries, request: PredictionRequest, folds: Folds | None = None) -> Trained:
    """Return a model of a symbol; takes a second for a thousand bars.

    Args:
        series: Prices, oldest first.
        request: Names features and horizon.
        folds: How the history is cut to measure skill.

    Raises:
        NoMarketData: The history is too short to measure anything.
    """
    horizon = request.prediction_horizon.bars(series.frequency)
    build = partial(features, families=request.features)
    forecasts, skill = evaluate(series, horizon, build, folds)
    close = Columns.of(series).close
    rows = build(series).values
    returns = log_returns(close, horizon)
    known = np.isfinite(returns) & np.isfinite(rows).all(axis=1)
    scale = volatility(close) * sqrt(horizon)
    moves = _moves(np.abs(returns) / scale, horizon)
    return Trained(
        fit_direction(rows[known], returns[known] > 0, horizon),
        request.features,
        horizon,
        skill,
        float(moves[-1]),
        _error_ratio(forecasts, close, scale * moves, returns),
        _coverage(close, horizon, request.confidence_level),
    )


def _moves(sizes: Column, horizon: int) -> Column:
    """Return for each bar the mean size of the moves whose end was known then; 0 before the first."""
    known = np.concatenate((np.full(horizon, np.nan), sizes))[: len(sizes)]
    count = np.cumsum(np.isfinite(known))
    return np.asarray(np.nancumsum(known) / np.maximum(count, 1))


def _error_ratio(forecasts: Forecasts, close: Column, sizes: Column, returns: Column) -> float:
    """Return the error of prices moved by what each forecast said, over that of prices left alone."""
    now, came = close[forecasts.place], np.exp(returns[forecasts.place])
    moved = np.exp(_moved(forecasts.probability, sizes[forecasts.place]))
    naive = float(np.mean(now * np.abs(came - 1)))
    return float(np.mean(now * np.abs(came - moved))) / naive if naive else 1.0


def _moved(up: Column, sizes: Column) -> Column:
    """Return the expected log return of moves of these sizes, up with these probabilities."""
    return (2 * up - 1) * sizes


def _coverage(close: Column, horizon: int, level: float) -> Coverage | None:
    try:
        return coverage(close, horizon, level)
    except NoMarketData:
        return None


def predict(
    series: BarSeries, request: PredictionRequest, trained: Trained, account: Account | None = None
) -> Prediction:
    """Return what is said of a symbol at the end of its last bar.

    Args:
        series: Prices, oldest first; of the frequency that the model was trained on.
        request: Interval level, entry, stop, side.
        trained: The model.
        account: What may be risked; None: no position is sized.

    Raises:
        NoMarketData: The last bar has no features or no interval yet.
    """
    row = features(series.newest(_LOOK_BACK), trained.families).values[-1:]
    if not np.isfinite(row).all():
        raise NoMarketData(
            f"{series.symbol} has {len(series)} bars; its features need more", "Add older prices."
        )
    up = float(trained.model.probability(row)[0])
    reach = interval(series, trained.horizon, request.confidence_level)
    sigma = float(volatility(Columns.of(series).close)[-1])
    close = series.last.close
    likely = np.array([up]), np.array([trained.move * sigma * sqrt(trained.horizon)])
    better = trained.skill.claimed and trained.error_ratio < 1
    plan = _plan(series, request, reach, up, sigma)
    risk, refused = _risk(series, plan, account)
    decision = decide(up, trained.skill, request.side, risk.shares if risk else 0)
    return Prediction(
        symbol=series.symbol,
        as_of=series.last.end,
        source=series.source,
        last_price=close,
        predicted_price=close * exp(float(_moved(*likely)[0])) if better else close,
        confidence=max(up, 1 - up),
        signal=decision.signal,
        direction=decision.direction,
        reason=decision.reason,
        interval=reach,
        skill=trained.skill,
        risk=risk,
        warnings=(*refused, *_warnings(series, request, trained, max(up, 1 - up)), _NOT_ADVICE),
    )


def _plan(
    series: BarSeries, request: PredictionRequest, reach: Interval, up: float, sigma: float
) -> Plan:
    """Return the trade that is meant: without a stop, it is where the interval ends."""
    long = request.side is Side.LONG
    return Plan(
        request.side,
        entry=request.entry_price or series.last.close,
        stop=request.stop_loss or (reach.low if long else reach.high),
        target=reach.high if long else reach.low,
        probability=up if long else 1 - up,
        volatility=sigma * sqrt(series.frequency.bars_a_year),
    )


def _risk(
    series: BarSeries, plan: Plan, account: Account | None
) -> tuple[RiskFigures | None, tuple[str, ...]]:
    if account is None:
        return None, ("No position is sized: the size of the account is not known.",)
    try:
        made = size(plan, account)
    except InvalidRequest as refusal:
        return None, (f"No position is sized: {refusal.message}.",)
    return _figures(series, plan, made), ()


def _figures(series: BarSeries, plan: Plan, made: Size) -> RiskFigures:
    returns = np.expm1(np.diff(np.log(Columns.of(series).close)))
    lost = tail_loss(returns, made.value, plan.side)
    return RiskFigures(
        made.shares,
        plan.stop,
        plan.target,
        made.max_loss,
        made.risk_reward_ratio,
        lost.value_at_risk if lost else None,
        lost.conditional if lost else None,
        made.limited_by,
    )


def _warnings(
    series: BarSeries, request: PredictionRequest, trained: Trained, confidence: float
) -> Iterator[str]:
    if confidence < LOW_CONFIDENCE:
        yield f"Low confidence: the likelier direction has a probability of {confidence:.0%}."
    yield from _uncovered(trained.coverage, request.confidence_level)
    if trained.skill.calibration_error > _OFF:
        off = trained.skill.calibration_error
        yield f"Probabilities were {100 * off:.0f} points off the frequencies that came, on average."
    if request.model_preferences.architecture not in {Architecture.AUTO, Architecture.ENSEMBLE}:
        wanted = request.model_preferences.architecture
        yield f"There is no {wanted} yet: boosted trees were asked instead."
    if request.sentiment_enabled:
        yield "Sentiment of filings is not looked at yet."
    yield from series.notes


def _uncovered(measured: Coverage | None, level: float) -> Iterator[str]:
    if measured is None:
        yield "The history is too short to say what such intervals cover."
    elif abs(measured.covered - level) > _BAND:
        yield (
            f"Intervals of {level:.0%} covered {measured.covered:.0%} of {measured.n:,} past outcomes."
        )
    elif measured.worst_year < level - _SWING:
        yield (
            f"Intervals of {level:.0%} covered as few as {measured.worst_year:.0%} of 250 outcomes "
            "in a row."
        )


_LOOK_BACK = 600
_BAND = 0.03
_SWING = 0.10
_OFF = 0.05
