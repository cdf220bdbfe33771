"""Features: each agrees with its definition, and none knows the future."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain.market import Frequency
from assistant.domain.predictions import Family
from assistant.prediction.features import features
from tests.unit.prediction.making import clustered, series_of


def volumes(seed, count):
    return np.random.default_rng(seed).integers(1, 10_000, count).astype(float)


def column(series, family, name):
    table = features(series, [family])
    return table.values[:, table.names.index(name)]


@given(
    st.integers(0, 30),
    st.integers(1, 159),
    st.floats(0.2, 5),
    st.sampled_from(Family),
    st.sampled_from([Frequency.DAY, Frequency.MINUTE]),
)
@settings(max_examples=80, deadline=None)
def test_no_change_of_the_future_changes_a_feature(seed, now, change, family, frequency):
    close, volume = clustered(seed, 160), volumes(seed, 160)
    whole = replace(series_of(close, volume), frequency=frequency)
    close[now:] *= change
    volume[now:] = volume[now:][::-1] + 3
    altered = replace(series_of(close, volume), frequency=frequency)
    before = features(whole, [family]).values[:now]
    np.testing.assert_array_equal(before, features(altered, [family]).values[:now])
    np.testing.assert_array_equal(before, features(whole.first(now), [family]).values)


@given(st.floats(0.01, 500))
@settings(max_examples=20, deadline=None)
def test_features_do_not_depend_on_the_level_of_prices(factor):
    close = clustered(3, 160)
    one, other = (features(series_of(c)).values for c in (close, close * factor))
    np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)


def test_averages_agree_with_their_definition():
    close = clustered(4, 100)
    series = series_of(close)
    assert column(series, Family.SMA, "sma_20")[-1] == pytest.approx(
        close[-1] / close[-20:].mean() - 1
    )
    smooth = close[:12].mean()
    for price in close[12:]:
        smooth += 2 / 13 * (price - smooth)
    assert column(series, Family.EMA, "ema_12")[-1] == pytest.approx(close[-1] / smooth - 1)


def test_rsi_agrees_with_wilder():
    close = clustered(5, 80)
    change = np.diff(close)
    up, down = np.maximum(change, 0), np.maximum(-change, 0)
    gain, loss = up[:14].mean(), down[:14].mean()
    for rise, fall in zip(up[14:], down[14:], strict=True):
        gain, loss = (gain * 13 + rise) / 14, (loss * 13 + fall) / 14
    assert column(series_of(close), Family.RSI, "rsi_14")[-1] == pytest.approx(
        gain / (gain + loss) - 0.5
    )


def test_volatility_and_bollinger_agree_with_their_definition():
    close = clustered(6, 120)
    returns = np.diff(np.log(close))
    series = series_of(close)
    assert column(series, Family.VOLATILITY, "volatility_60")[-1] == pytest.approx(
        returns[-60:].std(), rel=1e-6
    )
    middle, spread = close[-20:].mean(), close[-20:].std()
    assert column(series, Family.BOLLINGER, "bollinger_place")[-1] == pytest.approx(
        (close[-1] - middle) / (4 * spread), rel=1e-6
    )


def test_atr_agrees_with_wilder():
    series = series_of(clustered(7, 60))
    high, low, close = (np.array(c) for c in (series.high, series.low, series.close))
    span = np.maximum.reduce(
        [high[1:] - low[1:], abs(high[1:] - close[:-1]), abs(low[1:] - close[:-1])]
    )
    mean = span[:14].mean()
    for one in span[14:]:
        mean = (mean * 13 + one) / 14
    assert column(series, Family.ATR, "atr_14")[-1] == pytest.approx(mean / close[-1])


def test_the_calendar_knows_weekday_and_weekend():
    series = series_of(clustered(8, 5))  # 2020-01-02 was a Thursday
    assert list(column(series, Family.CALENDAR, "weekday") * 4) == [3, 4, 5, 6, 0]


@pytest.mark.parametrize("close", [np.full(200, 10.0), clustered(1, 1), clustered(1, 3)])
def test_flat_and_short_series_give_no_infinity(close):
    values = features(series_of(close, np.zeros(len(close)))).values
    assert not np.isinf(values).any()
    assert values.shape[0] == len(close)


def test_of_a_long_series_only_the_first_bars_have_no_features():
    assert not np.isnan(features(series_of(clustered(9, 200))).values[61:]).any()
