"""One prediction from bars to a signal: nothing is said that was not measured."""

from dataclasses import replace

import numpy as np
import pytest

from assistant.domain.errors import NoMarketData
from assistant.domain.market import Frequency
from assistant.domain.predictions import (
    Architecture,
    Direction,
    Horizon,
    ModelPreferences,
    PredictionRequest,
    Segment,
    Side,
    TradeSignal,
)
from assistant.prediction.evaluation import Folds
from assistant.prediction.forecasting import predict, train
from assistant.prediction.risk import Account
from tests.unit.prediction.making import clustered, series_of
from tests.unit.prediction.test_evaluation import planted

FOLDS = Folds(test=250, train=1500, first=750)
REQUEST = PredictionRequest(Segment.QUANT, ("ACME",), Frequency.DAY, Horizon(sessions=1))
ACCOUNT = Account(100_000, 0.02)


@pytest.fixture(scope="module")
def coin():
    series = series_of(clustered(1, 1500))
    return series, train(series, REQUEST, FOLDS)


@pytest.fixture(scope="module")
def signal():
    series = series_of(planted(1))
    return series, train(series, REQUEST, FOLDS)


def test_without_skill_the_price_is_the_naive_one_and_the_signal_hold(coin):
    series, trained = coin
    made = predict(series, REQUEST, trained, ACCOUNT)
    assert made.predicted_price == made.last_price == series.last.close
    assert (made.signal, made.direction) == (TradeSignal.HOLD, Direction.FLAT)
    assert made.reason.startswith("No skill over always-up")
    assert made.as_of == series.last.end
    assert any(warning.startswith("Low confidence") for warning in made.warnings)
    assert made.warnings[-1] == "Not investment advice."


def moments(signal):
    """Return a day of which the model says up, and one of which it says down."""
    series, trained = signal
    ups = {}
    for count in range(len(series) - 40, len(series)):
        made = predict(series.first(count), REQUEST, trained, ACCOUNT)
        ups[made.predicted_price > made.last_price] = (series.first(count), made)
    return ups[True], ups[False]


def test_with_skill_the_price_moves_and_a_position_is_entered_or_left(signal):
    (_, rising), (series, falling) = moments(signal)
    assert (rising.signal, rising.direction) == (TradeSignal.ENTER, Direction.LONG)
    assert (falling.signal, falling.direction) == (TradeSignal.EXIT, Direction.SHORT)
    assert rising.interval.low < rising.predicted_price < rising.interval.high
    assert rising.confidence > 0.55
    sold = predict(series, replace(REQUEST, side=Side.SHORT), signal[1], ACCOUNT)
    assert (sold.signal, sold.direction) == (TradeSignal.ENTER, Direction.SHORT)


def test_a_price_is_moved_only_where_moved_prices_were_closer(signal):
    (series, rising), _ = moments(signal)
    assert signal[1].error_ratio < 1
    worse = predict(series, REQUEST, replace(signal[1], error_ratio=1.0), ACCOUNT)
    assert worse.predicted_price == worse.last_price != rising.predicted_price


def test_the_error_ratio_of_a_coin_is_near_one(coin):
    assert coin[1].error_ratio == pytest.approx(1, abs=0.02)


def test_the_figures_of_risk_follow_from_entry_stop_and_target(signal):
    (series, _), _ = moments(signal)
    close = series.last.close
    asked = replace(REQUEST, entry_price=close, stop_loss=close * 0.99)
    made = predict(series, asked, signal[1], ACCOUNT)
    risk = made.risk
    assert risk.shares > 0
    assert risk.max_loss == pytest.approx(risk.shares * close * 0.01)
    assert risk.max_loss <= 2000
    assert risk.target == made.interval.high
    assert risk.risk_reward_ratio == pytest.approx((risk.target - close) / (close * 0.01))
    assert risk.conditional_value_at_risk >= risk.value_at_risk > 0


def test_an_entry_beyond_the_reach_of_the_interval_is_not_sized_and_says_so(coin):
    series, trained = coin
    far = series.last.close * 2
    made = predict(series, replace(REQUEST, entry_price=far, stop_loss=1.0), trained, ACCOUNT)
    assert made.risk is None
    assert made.warnings[0].startswith("No position is sized: A long trade entered at")


def test_without_an_account_nothing_is_sized(coin):
    made = predict(*(coin[0], REQUEST, coin[1]))
    assert made.risk is None
    assert "the size of the account is not known" in made.warnings[0]


def test_what_was_wished_and_is_not_there_is_said(coin):
    series, trained = coin
    wish = replace(
        REQUEST,
        sentiment_enabled=True,
        model_preferences=ModelPreferences(Architecture.LSTM),
    )
    noted = replace(series, notes=("Stale: a note.",))
    warnings = predict(noted, wish, trained, ACCOUNT).warnings
    assert "There is no LSTM yet: boosted trees were asked instead." in warnings
    assert "Sentiment of filings is not looked at yet." in warnings
    assert "Stale: a note." in warnings


def test_intervals_that_do_not_hold_what_they_promise_are_said(coin):
    series, trained = coin
    off = replace(trained, coverage=replace(trained.coverage, covered=0.72, n=1100))
    warnings = predict(series, REQUEST, off, ACCOUNT).warnings
    assert "Intervals of 80% covered 72% of 1,100 past outcomes." in warnings
    assert not any("past outcomes" in w for w in predict(series, REQUEST, trained).warnings)
    swings = replace(trained, coverage=replace(trained.coverage, worst_year=0.52))
    expected = "Intervals of 80% covered as few as 52% of 250 outcomes in a row."
    assert expected in predict(series, REQUEST, swings).warnings
    unknown = predict(series, REQUEST, replace(trained, coverage=None)).warnings
    assert "The history is too short to say what such intervals cover." in unknown


def test_probabilities_that_did_not_hold_are_said(coin):
    series, trained = coin
    off = replace(trained, skill=replace(trained.skill, calibration_error=0.161))
    expected = "Probabilities were 16 points off the frequencies that came, on average."
    assert expected in predict(series, REQUEST, off).warnings


def test_no_change_of_the_future_changes_a_prediction(signal):
    series, trained = signal
    close = np.array(series.close)
    close[2000:] *= 1.7
    altered = series_of(close)
    made = predict(series.first(2000), REQUEST, trained, ACCOUNT)
    assert made == predict(altered.first(2000), REQUEST, trained, ACCOUNT)


def test_a_model_trained_on_the_past_does_not_depend_on_what_came_later():
    close = planted(2, 1400)
    other = close.copy()
    other[1300:] = other[1300:][::-1]
    one, two = (train(series_of(c).first(1300), REQUEST, FOLDS) for c in (close, other))
    assert one.skill == two.skill
    made = (predict(series_of(close).first(1300), REQUEST, t) for t in (one, two))
    assert next(made) == next(made)


def test_too_short_a_history_is_said():
    short = series_of(clustered(1, 400))
    with pytest.raises(NoMarketData, match="too few to measure"):
        train(short, REQUEST)


def test_a_last_bar_without_features_is_said(coin):
    with pytest.raises(NoMarketData, match="its features need more"):
        predict(coin[0].first(40), REQUEST, coin[1])
