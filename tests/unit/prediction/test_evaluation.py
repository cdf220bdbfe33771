"""What is called skill: planted signals are found, chance and foresight are not."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from assistant.domain.errors import NoMarketData
from assistant.domain.predictions import Skill
from assistant.prediction.direction import base_rate, fit_direction
from assistant.prediction.evaluation import (
    Folds,
    Forecasts,
    assess,
    calibration_error,
    cut,
    diebold_mariano,
    evaluate,
    looks_ahead,
    lower_bound,
    walk_forward,
)
from assistant.prediction.features import FeatureTable, features
from tests.unit.prediction.making import clustered, series_of

FOLDS = Folds(test=250, train=1500, first=750)


def planted(seed, count=2500, share=0.65):
    """Return prices that go on in their direction with this probability."""
    rng = np.random.default_rng(seed)
    stays = rng.random(count) < share
    sign = np.cumprod(np.where(stays, 1, -1))
    return 100 * np.exp(np.cumsum(sign * rng.gamma(4, 0.002, count)))


def test_a_planted_signal_of_65_percent_is_found_and_its_probabilities_are_careful():
    forecasts, skill = evaluate(series_of(planted(1)), 1, folds=FOLDS)
    assert skill.claimed
    assert skill.accuracy == pytest.approx(0.65, abs=0.03)
    assert skill.brier_skill > 0.05
    assert skill.sentence.startswith("Better than always-up")
    assert list(forecasts.place) == list(range(60 + FOLDS.first, 2499))
    said_up = forecasts.probability[forecasts.probability > 0.55]
    assert 0.57 < said_up.mean() < 0.68  # rather too careful than too sure


@pytest.mark.parametrize("seed", [1, 2])
def test_a_coin_is_not_called_skill_and_costs_no_brier_score(seed):
    _, skill = evaluate(series_of(clustered(seed, 2500)), 1, folds=FOLDS)
    assert not skill.claimed
    assert skill.brier <= skill.brier_base + 0.001
    assert skill.sentence.startswith("No skill over always-up")


def test_shuffled_outcomes_are_not_called_skill():
    close = planted(1)
    table = features(series_of(close))
    ups = np.diff(close) > 0
    use = np.isfinite(table.values[:-1]).all(axis=1)
    shuffled = np.random.default_rng(5).permutation(ups[use])
    skill = assess(walk_forward(table.values[:-1][use], shuffled, 1, FOLDS), 1)
    assert not skill.claimed
    assert skill.brier <= skill.brier_base + 0.001


def centred(series):
    """Return features with one average that looks two bars ahead, as a careless notebook has it."""
    table = features(series)
    close = np.array(series.close)
    mean = np.convolve(close, np.ones(5) / 5, "same")
    return FeatureTable(
        (*table.names, "centred"), np.column_stack([table.values, close / mean - 1])
    )


def test_a_centred_average_fakes_accuracy_and_is_not_called_skill():
    _, skill = evaluate(series_of(clustered(1, 2000)), 1, centred, FOLDS)
    assert skill.accuracy > 0.6
    assert not skill.claimed
    assert skill.sentence == "No skill is claimed: a feature holds the future."


def test_our_own_features_do_not_look_ahead():
    assert not looks_ahead(series_of(clustered(2, 400)), features)
    assert looks_ahead(series_of(clustered(2, 400)), centred)


def test_a_normalisation_over_the_whole_history_looks_ahead_too():
    def scaled(series):
        values = features(series).values
        return FeatureTable(("x",), (values[:, :1] - np.nanmean(values[:, 0])) * 100)

    assert looks_ahead(series_of(clustered(2, 400)), scaled)


def test_a_market_that_only_falls_gives_no_skill_for_saying_down():
    rng = np.random.default_rng(4)
    ups = rng.random(3000) < 0.35
    skill = assess(walk_forward(rng.normal(size=(3000, 3)), ups, 1, FOLDS), 1)
    assert skill.lower_bound > 0  # easily better than always-up
    assert not skill.claimed


@given(st.integers(10, 3000), st.integers(1, 30), st.integers(1, 300), st.integers(0, 30))
@settings(max_examples=100, deadline=None)
def test_no_outcome_of_a_training_row_reaches_the_test_or_its_embargo(count, horizon, test, gap):
    folds = Folds(test=test, train=400, first=200, embargo=gap)
    covered = []
    for train, tested in cut(count, horizon, folds):
        assert train.stop - 1 + horizon + gap <= tested.start
        assert 0 <= train.start < train.stop
        covered += range(tested.start, tested.stop)
    assert covered == sorted(set(covered))
    assert covered == [] or covered[-1] == count - 1


@given(st.integers(600, 900), st.integers(0, 9))
@settings(max_examples=4, deadline=None)
def test_no_change_of_the_future_changes_a_forecast_of_the_model(now, seed):
    close = clustered(seed, 950)
    other = close.copy()
    other[now + 1 :] *= 3
    said = []
    for prices in (close, other):
        rows = features(series_of(prices)).values[61 : now + 1]
        ups = np.diff(prices[61 : now + 1]) > 0
        said.append(fit_direction(rows[:-1], ups, 1).probability(rows[-1:]))
    np.testing.assert_array_equal(*said)


def test_a_model_without_trust_says_the_base_rate():
    rows = np.random.default_rng(1).normal(size=(800, 4))
    ups = np.random.default_rng(2).random(800) < 0.55
    model = fit_direction(rows, ups, 1)
    assert model.trust == 0
    assert set(model.probability(rows)) == {base_rate(ups, 1)}


@pytest.mark.parametrize("ups", [np.ones(900, bool), np.zeros(900, bool), np.ones(3, bool)])
def test_outcomes_of_one_kind_or_too_few_give_the_base_rate(ups):
    rows = np.random.default_rng(1).normal(size=(len(ups), 4))
    assert set(fit_direction(rows, ups, 1).probability(rows)) == {base_rate(ups, 1)}


def test_a_base_rate_of_few_or_overlapping_outcomes_is_drawn_to_one_half():
    ups = np.arange(1000) % 5 > 0
    assert base_rate(ups, 1) == pytest.approx((800 + 25) / 1050)
    assert base_rate(ups, 100) == pytest.approx((8 + 25) / 60)
    assert base_rate(ups[:0], 1) == 0.5


def test_too_short_a_history_is_said():
    with pytest.raises(NoMarketData, match="too few to measure"):
        evaluate(series_of(clustered(1, 300)), 1)


def test_calibration_error_is_the_mean_distance_over_bins():
    probability = np.repeat([0.3, 0.6], 500)
    up = np.concatenate([np.arange(500) < 200, np.arange(500) < 300])  # 40 % and 60 %
    assert calibration_error(probability, up) == pytest.approx(0.05)


def test_the_bootstrap_bound_is_near_the_normal_one_where_nothing_depends():
    gain = np.random.default_rng(1).normal(0.1, 1, 4000)
    expected = gain.mean() - 1.645 * gain.std() / np.sqrt(4000)
    assert lower_bound(gain, 1) == pytest.approx(expected, abs=0.005)


def test_the_bootstrap_bound_is_lower_where_neighbours_overlap():
    steps = np.random.default_rng(2).normal(0.1, 1, 4020)
    overlapping = np.convolve(steps, np.ones(20) / 20, "valid")
    naive = overlapping.mean() - 1.645 * overlapping.std() / np.sqrt(len(overlapping))
    assert lower_bound(overlapping, 20) < naive - 0.01


def test_diebold_mariano_of_one_step_is_the_t_test_of_the_difference():
    rng = np.random.default_rng(3)
    ours, theirs = rng.random((2, 200))
    expected = stats.ttest_1samp(theirs - ours, 0, alternative="greater").pvalue
    assert diebold_mariano(ours, theirs, 1) == pytest.approx(expected, rel=1e-6)
    assert diebold_mariano(ours, ours, 1) == 1


SKILL = Skill(1000, 0.24, 0.25, 0.01, 0.56, 0.52, 0.02, 0.001)


@pytest.mark.parametrize(
    "worse",
    [{"lower_bound": 0.0}, {"brier": 0.25}, {"better_p": 0.05}, {"looks_ahead": True}],
)
def test_skill_is_claimed_only_where_every_measure_says_so(worse):
    assert SKILL.claimed
    assert not replace(SKILL, **worse).claimed


def test_forecasts_of_several_symbols_are_scored_as_one():
    half = Forecasts(np.arange(10), np.full(10, 0.6), np.full(10, 0.5), np.arange(10) < 6)
    skill = assess(Forecasts.joined([half, half]), 1)
    assert (skill.n, skill.always_up) == (20, 0.6)
    assert skill.brier == pytest.approx(0.24)
