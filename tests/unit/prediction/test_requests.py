"""Requests for predictions: every violation at once, each with its path, its value and the rule."""

import json
from datetime import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain.errors import InvalidPrediction
from assistant.domain.market import Frequency
from assistant.domain.predictions import (
    Architecture,
    Family,
    Horizon,
    ModelPreferences,
    PredictionRequest,
    Segment,
    Window,
)
from assistant.prediction.requests import read_request

SERVED = {"ACME": set(Frequency), "BRK.B": {Frequency.DAY}, "F": set(Frequency)}
GOOD = {
    "user_segment": "short_term_trader",
    "stocks": ["ACME", "F"],
    "data_frequency": "5min",
    "prediction_horizon": "1h",
    "confidence_level": 0.7,
    "entry_window": {"start": "10:00", "end": "11:30"},
    "exit_window": {"end": "14:00"},
    "entry_price": 50.5,
    "stop_loss": 49,
    "capital_at_risk": 0.02,
    "features": ["SMA", "EMA", "macd", "volatility"],
    "sentiment_enabled": True,
    "model_preferences": {"architecture": "LSTM", "epochs": 20},
}
GONE = object()


def with_(**changes):
    merged = GOOD | changes
    return {name: value for name, value in merged.items() if value is not GONE}


def violations(raw, served=SERVED):
    with pytest.raises(InvalidPrediction) as caught:
        read_request(raw, served)
    return caught.value.violations


def test_the_thirteen_fields_become_a_request():
    assert read_request(GOOD, SERVED) == PredictionRequest(
        Segment.SHORT_TERM_TRADER,
        ("ACME", "F"),
        Frequency.FIVE_MINUTES,
        Horizon(minutes=60),
        0.7,
        Window(time(10), time(11, 30)),
        Window(None, time(14)),
        50.5,
        49,
        0.02,
        (Family.SMA, Family.EMA, Family.MACD, Family.VOLATILITY),
        True,
        ModelPreferences(Architecture.LSTM, 20),
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"stocks": ["f"]},
        {"stocks": ["BRK.B"], "data_frequency": "1d", "prediction_horizon": "5d"},
        {"entry_price": GONE, "stop_loss": 60},
        {"entry_price": 50, "stop_loss": 55, "side": "short"},
        {"prediction_horizon": "1d", "exit_window": {"end": "09:45"}},
        {"entry_window": GONE, "exit_window": None},
        {"capital": 100_000},
        {"features": GONE, "confidence_level": GONE, "model_preferences": {}},
    ],
)
def test_what_is_unusual_but_right_is_accepted(changes):
    read_request(with_(**changes), SERVED)


CASES = [
    ("user_segment", "", "user_segment"),
    ("user_segment", "day_trader", "user_segment"),
    ("user_segment", None, "user_segment"),
    ("user_segment", 7, "user_segment"),
    ("user_segment", GONE, "user_segment"),
    ("stocks", GONE, "stocks"),
    ("stocks", [], "stocks"),
    ("stocks", "ACME", "stocks"),
    ("stocks", None, "stocks"),
    ("stocks", [""], "stocks[0]"),
    ("stocks", ["AC ME"], "stocks[0]"),
    ("stocks", ["ACME", 5], "stocks[1]"),
    ("stocks", ["ACME", "acme"], "stocks"),
    ("stocks", ["ACME", "NOSUCH"], "stocks[1]"),
    ("stocks", ["../ACME"], "stocks[0]"),
    ("stocks", ["ACME\n"], "stocks[0]"),
    ("stocks", ["ABCDEFGHIJKL"], "stocks[0]"),
    ("stocks", ["BRK.B"], "data_frequency"),
    ("stocks", ["'; drop table bars; --"], "stocks[0]"),
    ("stocks", ["F"] * 51, "stocks"),
    ("data_frequency", GONE, "data_frequency"),
    ("data_frequency", "2min", "data_frequency"),
    ("data_frequency", "1D", "data_frequency"),
    ("data_frequency", 60, "data_frequency"),
    ("data_frequency", "1d", "prediction_horizon"),
    ("prediction_horizon", GONE, "prediction_horizon"),
    ("prediction_horizon", "", "prediction_horizon"),
    ("prediction_horizon", "soon", "prediction_horizon"),
    ("prediction_horizon", "0d", "prediction_horizon"),
    ("prediction_horizon", "-1d", "prediction_horizon"),
    ("prediction_horizon", "1.5h", "prediction_horizon"),
    ("prediction_horizon", 1, "prediction_horizon"),
    ("prediction_horizon", "7min", "prediction_horizon"),
    ("prediction_horizon", "900d", "prediction_horizon"),
    ("prediction_horizon", "1h\n", "prediction_horizon"),
    ("confidence_level", 0, "confidence_level"),
    ("confidence_level", 1, "confidence_level"),
    ("confidence_level", 70, "confidence_level"),
    ("confidence_level", "0.7", "confidence_level"),
    ("confidence_level", True, "confidence_level"),
    ("confidence_level", float("nan"), "confidence_level"),
    ("confidence_level", None, "confidence_level"),
    ("entry_window", "10:00", "entry_window"),
    ("entry_window", {}, "entry_window"),
    ("entry_window", {"start": "25:00"}, "entry_window.start"),
    ("entry_window", {"start": "10"}, "entry_window.start"),
    ("entry_window", {"start": "10:00", "end": "10:00"}, "entry_window.end"),
    ("entry_window", {"start": "11:00", "end": "10:00"}, "entry_window.end"),
    ("entry_window", {"start": "08:00", "end": "10:00"}, "entry_window.start"),
    ("entry_window", {"from": "10:00"}, "entry_window.from"),
    ("exit_window", {"end": "17:30"}, "exit_window.end"),
    ("exit_window", {"end": "11:00"}, "exit_window.end"),
    ("exit_window", {"start": "09:35", "end": "15:00"}, "exit_window.start"),
    ("exit_window", {"end": 14}, "exit_window.end"),
    ("exit_window", [], "exit_window"),
    ("entry_price", 0, "entry_price"),
    ("entry_price", -5, "entry_price"),
    ("entry_price", "50", "entry_price"),
    ("entry_price", float("inf"), "entry_price"),
    ("entry_price", 49, "stop_loss"),
    ("stop_loss", 0, "stop_loss"),
    ("stop_loss", -1, "stop_loss"),
    ("stop_loss", 50.5, "stop_loss"),
    ("stop_loss", 60, "stop_loss"),
    ("stop_loss", [49], "stop_loss"),
    ("side", "short", "stop_loss"),
    ("side", "sideways", "side"),
    ("capital_at_risk", 0, "capital_at_risk"),
    ("capital_at_risk", -0.02, "capital_at_risk"),
    ("capital_at_risk", 2, "capital_at_risk"),
    ("capital_at_risk", "2%", "capital_at_risk"),
    ("capital_at_risk", float("nan"), "capital_at_risk"),
    ("features", [], "features"),
    ("features", ["SMA", "sma"], "features"),
    ("features", ["SMA", "astrology"], "features[1]"),
    ("features", "SMA", "features"),
    ("features", [1], "features[0]"),
    ("sentiment_enabled", "yes", "sentiment_enabled"),
    ("sentiment_enabled", 1, "sentiment_enabled"),
    ("sentiment_enabled", None, "sentiment_enabled"),
    ("model_preferences", "LSTM", "model_preferences"),
    ("model_preferences", {"architecture": "GPT"}, "model_preferences.architecture"),
    ("model_preferences", {"epochs": 0}, "model_preferences.epochs"),
    ("model_preferences", {"epochs": 2.5}, "model_preferences.epochs"),
    ("model_preferences", {"epochs": 10**9}, "model_preferences.epochs"),
    ("model_preferences", {"layers": 3}, "model_preferences.layers"),
    ("capital", 0, "capital"),
    ("capital", "much", "capital"),
    ("leverage", 10, "leverage"),
]


@pytest.mark.parametrize(("name", "value", "path"), CASES)
def test_a_violation_names_its_path_and_its_rule(name, value, path):
    found = violations(with_(**{name: value}))
    assert {v.path for v in found} == {path}
    assert all(v.rule for v in found)


def test_a_violation_holds_the_value_that_was_given():
    (only,) = violations(with_(model_preferences={"architecture": "LSTM", "epochs": 0}))
    assert (only.path, only.value) == ("model_preferences.epochs", 0)
    (only,) = violations(with_(stocks=["ACME", "NoSuch"]))
    assert (only.value, only.rule) == ("NoSuch", "there are no prices of it")


def test_every_violation_is_said_at_once_in_the_order_of_the_contract():
    found = violations(
        {
            "leverage": 3,
            "model_preferences": {"architecture": "GPT", "epochs": 0},
            "stop_loss": 60,
            "entry_price": 50,
            "stocks": ["ACME", "NOSUCH"],
            "data_frequency": "1d",
            "prediction_horizon": "1h",
            "exit_window": {"end": "20:00"},
        }
    )
    assert [v.path for v in found] == [
        "user_segment",
        "stocks[1]",
        "prediction_horizon",
        "exit_window.end",
        "stop_loss",
        "model_preferences.architecture",
        "model_preferences.epochs",
        "leverage",
    ]


@pytest.mark.parametrize(
    ("changes", "paths"),
    [
        (
            {"stocks": ["AC ME", "NOSUCH", 7, "BRK.B"]},
            ["stocks[0]", "stocks[2]", "stocks[1]", "data_frequency"],
        ),
        (
            {"entry_window": {"start": "25:00", "end": "20:00", "at": 1}},
            ["entry_window.start", "entry_window.end", "entry_window.at"],
        ),
        (
            {"confidence_level": 7, "entry_price": 48, "features": ["x", "y"]},
            ["confidence_level", "stop_loss", "features[0]", "features[1]"],
        ),
    ],
)
def test_one_fault_hides_no_other_beside_it(changes, paths):
    assert [v.path for v in violations(with_(**changes))] == paths


@pytest.mark.parametrize("raw", [None, [], "x", 3])
def test_what_is_no_object_is_refused_whole(raw):
    (only,) = violations(raw)
    assert (only.path, only.rule) == ("", "a request is an object of fields")


def test_without_a_market_at_hand_symbols_are_not_looked_up():
    assert read_request(with_(stocks=["ANY"])).stocks == ("ANY",)


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "capital", "side"]), json_values, min_size=1))
@settings(max_examples=150, deadline=None)
def test_no_json_at_all_breaks_the_reader(changes):
    raw = json.loads(json.dumps(GOOD | changes))
    try:
        made = read_request(raw, SERVED)
    except InvalidPrediction as refused:
        made = refused.violations
    assert made
