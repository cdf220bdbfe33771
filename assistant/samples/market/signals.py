"""What models expected in the sample, what users were told of it, and what came of that."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from statistics import fmean, pstdev

from assistant.domain.trading import MarketData, MarketRows
from assistant.samples.market.accounts import moment
from assistant.samples.market.listing import LAST_DAY, Listed, listed, trading_days
from assistant.samples.market.prices import Bar, Prices, rounded

_PREDICTIONS, _RECOMMENDATIONS = 4000, 1500
_MODELS = (
    ("lstm", "1.4", 0.15),
    ("lstm", "2.1", 0.22),
    ("cnn", "1.0", 0.1),
    ("transformer", "0.9", 0.25),
    ("gradient_boosting", "3.2", 0.3),
)
"""Name, version, and how much of what comes a model sees."""
_HORIZONS = {"1h": 0, "1d": 1, "5d": 5, "20d": 20}
_FLAT = 0.003
_PAST = 21  # closes that the features look back on
_ACTIONS = {"up": "BUY", "down": "SELL", "flat": "HOLD"}
_COMMENTS = {
    1: "Wrong way, and late.",
    2: "The reasons did not convince me.",
    3: "Fair, but nothing new.",
    4: "Clear and timely.",
    5: "Exactly what I was looking for.",
}
_PREDICTED = (
    "prediction_id user_id symbol model_name model_version horizon direction price_at_prediction "
    "predicted_price actual_price confidence features created_at target_date"
)
_RECOMMENDED = (
    "recommendation_id user_id prediction_id symbol action recommended_shares recommended_price "
    "confidence risk_score reasoning user_accepted responded_at outcome_pnl outcome_return_pct "
    "feedback_score created_at"
)


@dataclass(frozen=True, slots=True)
class _Prediction:
    number: int
    user: int | None
    one: Listed
    model: str
    version: str
    horizon: str
    direction: str
    price: float
    expected: float
    actual: float | None
    confidence: float
    features: str
    at: datetime
    target: date

    def row(self) -> tuple[object, ...]:
        return (
            *(self.number, self.user, self.one.symbol, self.model, self.version, self.horizon),
            *(self.direction, self.price, self.expected, self.actual, self.confidence),
            *(self.features, self.at, self.target),
        )


def signals(prices: Prices, users: int) -> MarketData:
    """Return predictions, recommendations and what users said of them."""
    random = Random(45)  # noqa: S311 -- a sample, no secret
    when = sorted(random.randrange(_PAST, len(trading_days())) for _ in range(_PREDICTIONS))
    made = [
        _predicted(random, number, place, prices, users) for number, place in enumerate(when, 1)
    ]
    chosen = sorted(random.sample(made, _RECOMMENDATIONS), key=lambda one: one.number)
    told = [_recommended(random, number, one, users) for number, one in enumerate(chosen, 1)]
    said = [
        (number, *feedback)
        for number, feedback in enumerate((one for row in told for one in _feedback(row)), 1)
    ]
    columns = ("feedback_id", "recommendation_id", "user_id", "helpful", "comment", "created_at")
    return {
        "predictions": MarketRows(tuple(_PREDICTED.split()), [one.row() for one in made]),
        "recommendations": MarketRows(tuple(_RECOMMENDED.split()), told),
        "recommendation_feedback": MarketRows(columns, said),
    }


def _predicted(random: Random, number: int, place: int, prices: Prices, users: int) -> _Prediction:
    one = random.choice(listed())
    model, version, skill = random.choice(_MODELS)
    horizon = random.choice(list(_HORIZONS))
    bars, days = prices.bars[one.symbol], trading_days()
    before = bars[place - 1].close
    target, actual = _came(bars, place, horizon)
    noise = one.volatility / 100 * math.sqrt(max(_HORIZONS[horizon], 0.2))
    came = actual / before - 1 if actual else random.gauss(0, noise)
    expected = skill * came + random.gauss(0, noise * 0.5)
    sure = 0.5 + 0.12 * abs(expected) / noise + random.gauss(0.06, 0.05)
    direction = "flat" if abs(expected) < _FLAT else "up" if expected > 0 else "down"
    return _Prediction(
        *(number, None if random.random() < 0.4 else random.randint(1, users), one, model, version),
        *(horizon, direction, before, rounded(before * (1 + expected)), actual),
        confidence=round(min(max(sure, 0.36), 0.97), 3),
        features=_features(random, [bar.close for bar in bars[place - _PAST : place]]),
        at=moment(days[place], 12, random.randint(0, 59)),
        target=target,
    )


def _came(bars: tuple[Bar, ...], place: int, horizon: str) -> tuple[date, float | None]:
    """Return the day that a prediction is about, and the price that came; None where it is to come."""
    days, ahead = trading_days(), _HORIZONS[horizon]
    if not ahead:
        return days[place], bars[place].open
    if place + ahead - 1 < len(days):
        return days[place + ahead - 1], bars[place + ahead - 1].close
    return days[place] + timedelta(days=round(ahead * 7 / 5)), None


def _features(random: Random, closes: list[float]) -> str:
    moves = [after - before for before, after in pairwise(closes)]
    last = moves[-14:]
    up, down = sum(one for one in last if one > 0), -sum(one for one in last if one < 0)
    relative = [move / before for move, before in zip(moves, closes, strict=False)]
    told = {
        "sma_20": round(fmean(closes[-20:]), 3),
        "rsi": round(100 * up / (up + down), 1) if up + down else 50.0,
        "volatility": round(100 * pstdev(relative), 3),
        "sentiment": round(random.uniform(-1, 1), 2),
    }
    return json.dumps(told, sort_keys=True)


def _recommended(random: Random, number: int, basis: _Prediction, users: int) -> tuple[object, ...]:
    action = _ACTIONS[basis.direction]
    shares = max(1, round(random.lognormvariate(8, 0.5) / basis.price))
    at = basis.at + timedelta(minutes=5)
    accepted = random.choice((True, True, True, False, False, None))
    answered = at + timedelta(minutes=random.randint(2, 400))
    if accepted is not None and answered > moment(LAST_DAY, 21):
        accepted = None
    returned = None
    if accepted and basis.actual and action != "HOLD":
        returned = (basis.actual / basis.price - 1) * (1 if action == "BUY" else -1)
    score = _score(random, returned) if accepted is not None else None
    risk = min(0.95, max(0.05, basis.one.volatility / 5 + random.gauss(0, 0.1)))
    return (
        *(number, basis.user or random.randint(1, users), basis.number, basis.one.symbol, action),
        *(shares, basis.price, basis.confidence, round(risk, 3)),
        f"{basis.model} {basis.version} expects {basis.expected:,.2f} within {basis.horizon}",
        *(accepted, None if accepted is None else answered),
        None if returned is None else round(returned * shares * basis.price, 2),
        None if returned is None else round(returned * 100, 4),
        *(score, at),
    )


def _score(random: Random, returned: float | None) -> int | None:
    """Return how a user liked it, from 1 to 5; better when it paid."""
    if random.random() < 0.4:
        return None
    liked = 3 + (0 if returned is None else 1 if returned > 0 else -1) + random.choice((-1, 0, 1))
    return min(max(liked, 1), 5)


def _feedback(row: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    number, user, answered, score = row[0], row[1], row[11], row[14]
    if isinstance(score, int):
        yield number, user, score >= 4, _COMMENTS[score], answered
