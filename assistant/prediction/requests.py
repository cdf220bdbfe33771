"""Reads a request for a prediction, and says everything that is wrong with it at once.

Each field is read by itself, so that one wrong field hides no other; rules across fields then look at
those that could be read. A rule is a function; the tuples below are the policy.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import time
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import ErrorDetails

from assistant.domain.errors import InvalidPrediction
from assistant.domain.market import Frequency
from assistant.domain.predictions import (
    Architecture,
    Family,
    Horizon,
    ModelPreferences,
    PredictionRequest,
    Segment,
    Side,
    Violation,
    Window,
)

MOST_STOCKS = 50
MOST_BARS = 390
"""Bars ahead that a forecast may reach: a session of minutes."""
_OPEN, _CLOSE = time(9, 30), time(16, 0)
_SYMBOL = re.compile(r"[A-Z][A-Z0-9]*(?:[.\-][A-Z0-9]+)?\Z")
_HORIZON = re.compile(r"([1-9][0-9]{0,3})(min|h|d)\Z")
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]\Z")


def _symbol(text: str) -> str:
    if len(text) > 10 or not _SYMBOL.match(text.upper()):
        raise ValueError("a ticker is 1 to 10 letters and digits, as F, AAPL or BRK.B")
    return text.upper()


def _horizon(text: str) -> Horizon:
    found = _HORIZON.match(text)
    if not found:
        raise ValueError("a horizon is a number and min, h or d, as 30min, 1h or 5d")
    count = int(found[1])
    if found[2] == "d":
        return Horizon(sessions=count)
    return Horizon(minutes=count * (60 if found[2] == "h" else 1))


def _clock(text: str) -> time:
    if not _CLOCK.match(text):
        raise ValueError("a time is HH:MM, as 10:00")
    moment = time.fromisoformat(text)
    if not _OPEN <= moment <= _CLOSE:
        raise ValueError("lies within the session, 09:30 to 16:00")
    return moment


def _distinct(values: list[Any]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        raise ValueError("each may be named once")
    return tuple(values)


def _family(value: object) -> object:
    """Let a family be written in any case."""
    return _FAMILIES.get(value.casefold(), value) if isinstance(value, str) else value


_FAMILIES = {family.value.casefold(): family.value for family in Family}

Text = Annotated[str, Field(strict=True)]
Symbols = Annotated[
    list[Annotated[Text, AfterValidator(_symbol)]],
    Field(min_length=1, max_length=MOST_STOCKS),
    AfterValidator(_distinct),
]
Families = Annotated[
    list[Annotated[Family, BeforeValidator(_family)]],
    Field(min_length=1),
    AfterValidator(_distinct),
]
Clock = Annotated[Text, AfterValidator(_clock)]
Price = Annotated[float, Field(strict=True, gt=0, le=10_000_000, allow_inf_nan=False)]
Money = Annotated[float, Field(strict=True, gt=0, le=1e13, allow_inf_nan=False)]


class _Window(BaseModel):
    model_config = ConfigDict(extra="forbid")
    start: Clock | None = None
    end: Clock | None = None


class _Preferences(BaseModel):
    model_config = ConfigDict(extra="forbid")
    architecture: Architecture = Architecture.AUTO
    epochs: Annotated[int, Field(strict=True, ge=1, le=500)] = 20


_KINDS: Mapping[str, Any] = MappingProxyType(
    {
        "user_segment": Segment,
        "stocks": Symbols,
        "data_frequency": Frequency,
        "prediction_horizon": Annotated[Text, AfterValidator(_horizon)],
        "confidence_level": Annotated[
            float, Field(strict=True, ge=0.5, le=0.99, allow_inf_nan=False)
        ],
        "entry_window": _Window | None,
        "exit_window": _Window | None,
        "entry_price": Price | None,
        "stop_loss": Price | None,
        "capital_at_risk": Annotated[float, Field(strict=True, gt=0, le=0.5, allow_inf_nan=False)],
        "features": Families,
        "sentiment_enabled": Annotated[bool, Field(strict=True)],
        "model_preferences": _Preferences,
        "capital": Money | None,
        "side": Side,
    }
)
_REQUIRED = ("user_segment", "stocks", "data_frequency", "prediction_horizon")
_FIELDS = {name: TypeAdapter[Any](kind) for name, kind in _KINDS.items()}

Served = Mapping[str, Collection[Frequency]]
Values = Mapping[str, Any]


def read_request(raw: object, served: Served | None = None) -> PredictionRequest:
    """Return the request.

    Args:
        raw: As JSON has it.
        served: Symbols that there are prices of, with their frequencies; None: not looked at.

    Raises:
        InvalidPrediction: With every violation, in the order of the contract's fields.
    """
    if not isinstance(raw, dict):
        raise InvalidPrediction((Violation("", raw, "a request is an object of fields"),))
    values: dict[str, Any] = {}
    broken = [*_fields(raw, values)]
    for rule in _RULES:
        broken += rule(values)
    broken += _unserved(values, raw, served) if served is not None else ()
    if broken:
        order = [*_FIELDS]
        broken.sort(key=lambda v: order.index(head) if (head := _head(v.path)) in order else 99)
        raise InvalidPrediction(tuple(broken))
    return _made(values)


def _head(path: str) -> str:
    return path.partition(".")[0].partition("[")[0]


def _fields(raw: dict[Any, Any], values: dict[str, Any]) -> Iterator[Violation]:
    for name in raw:
        if name not in _FIELDS:
            yield Violation(str(name), raw[name], "there is no such field")
    for name, adapter in _FIELDS.items():
        if name not in raw:
            if name in _REQUIRED:
                yield Violation(name, None, "is needed")
            continue
        try:
            values[name] = adapter.validate_python(raw[name])
        except ValidationError as error:
            for fault in error.errors(include_url=False):
                yield Violation(_path(name, fault["loc"]), fault["input"], _said(fault))


def _path(name: str, places: tuple[int | str, ...]) -> str:
    parts = (f"[{p}]" if isinstance(p, int) else f".{p}" for p in places)
    return name + "".join(parts)


def _said(fault: ErrorDetails) -> str:
    if fault["type"] in {"model_type", "dict_type"}:
        return "is an object of fields"
    text = fault["msg"].removeprefix("Value error, ")
    return text[:1].lower() + text[1:]


def _made(values: Values) -> PredictionRequest:
    given = {name: value for name, value in values.items() if value is not None}
    for name in ("entry_window", "exit_window"):
        if name in given:
            given[name] = Window(given[name].start, given[name].end)
    if "model_preferences" in given:
        wanted = given["model_preferences"]
        given["model_preferences"] = ModelPreferences(wanted.architecture, wanted.epochs)
    return PredictionRequest(**given)


def _stop_side(values: Values) -> Iterator[Violation]:
    entry, stop = values.get("entry_price"), values.get("stop_loss")
    side = values.get("side", Side.LONG)
    if entry is None or stop is None:
        return
    if (side is Side.LONG and stop >= entry) or (side is Side.SHORT and stop <= entry):
        where = "below" if side is Side.LONG else "above"
        yield Violation(
            "stop_loss", stop, f"the stop of a {side} trade lies {where} its entry ({entry:g})"
        )


def _far_stop(values: Values) -> Iterator[Violation]:
    entry, stop = values.get("entry_price"), values.get("stop_loss")
    if entry is not None and stop is not None and abs(entry - stop) >= entry:
        yield Violation("stop_loss", stop, f"the stop lies closer than the whole entry ({entry:g})")


def _entry_order(values: Values) -> Iterator[Violation]:
    yield from _order("entry_window", values)


def _exit_order(values: Values) -> Iterator[Violation]:
    yield from _order("exit_window", values)


def _order(name: str, values: Values) -> Iterator[Violation]:
    window = values.get(name)
    if window is None:
        return
    if window.start is None and window.end is None:
        yield Violation(name, {}, "a window has a start, an end, or both")
    if window.start and window.end and window.end <= window.start:
        yield Violation(
            f"{name}.end", f"{window.end:%H:%M}", f"ends after it begins ({window.start:%H:%M})"
        )


def _exit_after_entry(values: Values) -> Iterator[Violation]:
    entry, leave = values.get("entry_window"), values.get("exit_window")
    horizon = values.get("prediction_horizon")
    if entry is None or leave is None or (horizon is not None and horizon.sessions):
        return  # over sessions, the exit is of a later day
    last = entry.end or entry.start
    if last and leave.end and leave.end <= last:
        yield Violation(
            "exit_window.end", f"{leave.end:%H:%M}", f"the exit ends after the entry ({last:%H:%M})"
        )
    if entry.start and leave.start and leave.start < entry.start:
        yield Violation(
            "exit_window.start",
            f"{leave.start:%H:%M}",
            f"the exit begins no earlier than the entry ({entry.start:%H:%M})",
        )


def _horizon_fits(values: Values) -> Iterator[Violation]:
    horizon, frequency = values.get("prediction_horizon"), values.get("data_frequency")
    if horizon is None or frequency is None:
        return
    said = f"{horizon.sessions}d" if horizon.sessions else f"{horizon.minutes}min"
    bars = horizon.bars(frequency)
    if not bars:
        yield Violation("prediction_horizon", said, f"is a whole number of bars of {frequency}")
    elif bars > MOST_BARS:
        yield Violation(
            "prediction_horizon",
            said,
            f"reaches at most {MOST_BARS} bars of {frequency} ahead; take longer bars",
        )


def _unserved(values: Values, raw: dict[Any, Any], served: Served) -> Iterator[Violation]:
    """Look up every symbol that is one, also beside others that are none."""
    frequency = values.get("data_frequency")
    asked = raw.get("stocks")
    for place, text in enumerate(asked[:MOST_STOCKS] if isinstance(asked, list) else ()):
        try:
            symbol = _symbol(text) if isinstance(text, str) else ""
        except ValueError:
            continue
        if symbol and symbol not in served:
            yield Violation(f"stocks[{place}]", text, "there are no prices of it")
        elif symbol and frequency is not None and frequency not in served[symbol]:
            had = ", ".join(f for f in Frequency if f in served[symbol])
            yield Violation("data_frequency", frequency.value, f"of {symbol} there are: {had}")


_RULES: tuple[Callable[[Values], Iterator[Violation]], ...] = (
    _horizon_fits,
    _entry_order,
    _exit_order,
    _exit_after_entry,
    _stop_side,
    _far_stop,
)
