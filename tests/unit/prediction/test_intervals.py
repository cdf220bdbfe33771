"""Conformal intervals: what they cover, and that they know nothing of the future."""

from math import sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain.errors import NoMarketData
from assistant.prediction.intervals import coverage, interval, reaches, scores, volatility
from tests.unit.prediction.making import clustered, series_of


def test_volatility_is_the_weighted_mean_of_squared_returns():
    close = clustered(1, 60)
    squares = np.diff(np.log(close)) ** 2
    expected = float(np.mean(squares[:20]))
    for square in squares[20:]:
        expected = 0.94 * expected + 0.06 * square
    assert volatility(close)[-1] == pytest.approx(sqrt(expected), rel=1e-12)
    assert np.isnan(volatility(close)[:20]).all()


def test_the_reach_is_the_conformal_rank_of_the_known_scores():
    known = np.arange(1.0, 121.0)
    assert np.isnan(reaches(known, 1, 0.8)[:100]).all()
    assert reaches(known, 1, 0.8)[100] == 81  # rank ceil(101 * 0.8) of 100 known scores


@pytest.mark.parametrize("horizon", [1, 5, 20])
@pytest.mark.parametrize("level", [0.6, 0.8, 0.95])
def test_intervals_cover_what_they_promise_on_clustered_volatility(horizon, level):
    found = coverage(clustered(7, 6000), horizon, level)
    assert found.covered == pytest.approx(level, abs=0.02)


def test_intervals_of_calm_and_wild_years_cover_alike():
    calm, wild = np.random.default_rng(3).normal(0, (0.005, 0.04), (1500, 2)).T
    close = 100 * np.exp(np.cumsum(np.concatenate([calm, wild, calm])))
    found = coverage(close, 1, 0.8)
    assert found.covered == pytest.approx(0.8, abs=0.02)
    assert found.worst_year > 0.70


@given(st.integers(0, 99), st.integers(200, 380), st.sampled_from([1, 3, 10]))
@settings(max_examples=25, deadline=None)
def test_no_change_of_the_future_changes_an_interval(seed, now, horizon):
    close = clustered(seed, 400)
    other = close.copy()
    other[now + 1 :] *= np.linspace(1, 7, len(other) - now - 1)
    one, two = (reaches(scores(c, horizon), horizon, 0.8)[: now + 1] for c in (close, other))
    np.testing.assert_array_equal(one, two)


def test_the_interval_of_a_series_is_the_last_of_its_history_around_the_last_price():
    close = clustered(5, 800)
    made = interval(series_of(close), 5, 0.8)
    half = reaches(scores(close, 5), 5, 0.8)[-1] * volatility(close)[-1] * sqrt(5)
    assert made.low == pytest.approx(close[-1] * np.exp(-half))
    assert made.high == pytest.approx(close[-1] * np.exp(half))
    assert made.low < close[-1] < made.high


def test_a_higher_level_is_never_narrower():
    series = series_of(clustered(5, 800))
    widths = [
        made.high - made.low for made in (interval(series, 1, level) for level in (0.5, 0.8, 0.95))
    ]
    assert widths == sorted(widths)


@pytest.mark.parametrize("count", [1, 20, 119, 120])
def test_too_short_a_history_gives_no_interval_but_a_reason(count):
    with pytest.raises(NoMarketData, match="an interval needs 121"):
        interval(series_of(clustered(1, count)), 1, 0.8)
    assert interval(series_of(clustered(1, 121)), 1, 0.8).level == 0.8


def test_prices_that_never_move_give_an_interval_of_no_width_and_no_fault():
    made = interval(series_of(np.full(300, 10.0)), 1, 0.8)
    assert made.low == pytest.approx(10)
    assert made.high == pytest.approx(10)
