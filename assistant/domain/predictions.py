"""A request for a prediction, what is wrong with it, and what a prediction is made of.

The 13 fields are those of the contract; `capital` and `side` are optional beside them.
"""

from dataclasses import dataclass, field
from datetime import datetime, time
from enum import StrEnum

from assistant.domain.market import Frequency


class Segment(StrEnum):
    """Who asks."""

    SHORT_TERM_TRADER = "short_term_trader"
    LONG_TERM_INVESTOR = "long_term_investor"
    PORTFOLIO_MANAGER = "portfolio_manager"
    QUANT = "quant"


class Family(StrEnum):
    """A family of features."""

    SMA = "SMA"
    EMA = "EMA"
    MACD = "MACD"
    RSI = "RSI"
    VOLATILITY = "volatility"
    ATR = "ATR"
    BOLLINGER = "Bollinger"
    VOLUME = "volume"
    CALENDAR = "calendar"


class Architecture(StrEnum):
    """What model is asked for."""

    LSTM = "LSTM"
    CNN = "CNN"
    TRANSFORMER = "Transformer"
    ENSEMBLE = "ensemble"
    AUTO = "auto"


class Side(StrEnum):
    """What the user would hold: shares bought, or shares sold that he does not have."""

    LONG = "long"
    SHORT = "short"


class TradeSignal(StrEnum):
    """What to do."""

    ENTER = "Enter"
    EXIT = "Exit"
    HOLD = "Hold"


class Direction(StrEnum):
    """Where the price is expected to go; `FLAT` whenever the signal is Hold."""

    LONG = "Long"
    SHORT = "Short"
    FLAT = "Flat"


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far ahead: so many minutes of trading, or so many sessions; the other is 0."""

    minutes: int = 0
    sessions: int = 0

    def bars(self, frequency: Frequency) -> int:
        """Return how many bars that is; 0 where it is no whole number of them."""
        if frequency is Frequency.DAY:
            return self.sessions
        if self.sessions:
            return self.sessions * frequency.bars_a_session
        bars, rest = divmod(self.minutes * 60, frequency.seconds)
        return 0 if rest else bars


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of a trading day, in the exchange's own time; an end that is None is open."""

    start: time | None = None
    end: time | None = None


@dataclass(frozen=True, slots=True)
class ModelPreferences:
    """Which model, and how long it is trained (passes over the data)."""

    architecture: Architecture = Architecture.AUTO
    epochs: int = 20


@dataclass(frozen=True, slots=True)
class PredictionRequest:
    """What is to be predicted, for whom, at which risk.

    Prices are in the currency of the listing; `confidence_level` is the share of outcomes inside the
    interval; `capital_at_risk` is the share of `capital` that may be lost at the stop.
    """

    user_segment: Segment
    stocks: tuple[str, ...]
    data_frequency: Frequency
    prediction_horizon: Horizon
    confidence_level: float = 0.8
    entry_window: Window | None = None
    exit_window: Window | None = None
    entry_price: float | None = None
    stop_loss: float | None = None
    capital_at_risk: float = 0.01
    features: tuple[Family, ...] = tuple(Family)
    sentiment_enabled: bool = False
    model_preferences: ModelPreferences = field(default_factory=ModelPreferences)
    capital: float | None = None
    side: Side = Side.LONG


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong with one field: its path ("exit_window.end"), its value, the rule it breaks."""

    path: str
    value: object
    rule: str


@dataclass(frozen=True, slots=True)
class Interval:
    """Where a price may be; `level` is the share of outcomes that shall fall inside."""

    low: float
    high: float
    level: float


@dataclass(frozen=True, slots=True)
class Skill:
    """Whether forecasts of direction were better than none, each made without its future.

    Args:
        n: How many forecasts were scored.
        brier: Mean squared error of the probabilities.
        brier_base: The same of always saying the base rate known at the time.
        calibration_error: Mean distance of probability and frequency, over bins (0 to 1).
        accuracy: Share of right directions.
        always_up: Share of ups.
        lower_bound: Of accuracy over always-up, by block bootstrap (one-sided, 95 %).
        better_p: Of "no better Brier score than the base rate" (Diebold-Mariano).
        looks_ahead: True where a feature was seen to hold the future; nothing is claimed then.
    """

    n: int
    brier: float
    brier_base: float
    calibration_error: float
    accuracy: float
    always_up: float
    lower_bound: float
    better_p: float
    looks_ahead: bool = False

    @property
    def brier_skill(self) -> float:
        """Return 1 - brier / brier_base: above 0 is better than the base rate."""
        return 1 - self.brier / self.brier_base if self.brier_base else 0.0

    @property
    def claimed(self) -> bool:
        """Whether skill may be claimed."""
        better = self.lower_bound > 0 and self.brier_skill > 0 and self.better_p < _SIGNIFICANT
        return better and not self.looks_ahead

    @property
    def sentence(self) -> str:
        """Return what an answer says about it."""
        if self.looks_ahead:
            return "No skill is claimed: a feature holds the future."
        figures = (
            f"{self.accuracy:.1%} right of {self.n:,} forecasts, always-up {self.always_up:.1%}"
        )
        if not self.claimed:
            return f"No skill over always-up ({figures})."
        return (
            f"Better than always-up ({figures}, at least {self.lower_bound:.1%} more with 95 % "
            f"confidence)."
        )


_SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class RiskFigures:
    """What a position can lose and win, in the currency of the listing, above zero.

    Args:
        shares: How many, a whole number.
        stop: Where it is given up.
        target: Where it is cashed in.
        max_loss: What is lost when the stop is hit at its price.
        risk_reward_ratio: What the target wins for each unit that the stop loses.
        value_at_risk: Exceeded by 5 % of one-bar losses of the past; None with too short a past.
        conditional_value_at_risk: The mean of those losses.
        limited_by: The limit that decided on the number of shares.
    """

    shares: int
    stop: float
    target: float
    max_loss: float
    risk_reward_ratio: float
    value_at_risk: float | None
    conditional_value_at_risk: float | None
    limited_by: str


@dataclass(frozen=True, slots=True)
class Prediction:
    """What is said of one symbol, with its evidence.

    Args:
        symbol: The ticker.
        as_of: The end of the last bar it stands on.
        source: Who has the prices.
        last_price: The close of that bar.
        predicted_price: The last price, moved only where skill and a smaller error were measured.
        confidence: Calibrated probability of the likelier direction, 0.5 to 1.
        signal: What to do.
        direction: Where to; `FLAT` on Hold.
        reason: Why, in a sentence.
        interval: Where the price may be at the horizon.
        skill: What was measured of such forecasts.
        risk: Of the position that is asked about, also where the signal says not to enter it; None
            where no trade can be planned, which `warnings` explain.
        warnings: What a reader must know, notes on the data included.
    """

    symbol: str
    as_of: datetime
    source: str
    last_price: float
    predicted_price: float
    confidence: float
    signal: TradeSignal
    direction: Direction
    reason: str
    interval: Interval
    skill: Skill
    risk: RiskFigures | None
    warnings: tuple[str, ...] = ()
