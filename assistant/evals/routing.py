"""Scores the router on labelled messages: what leaked comes first, then what was right.

    {"id", "text", "previous"?, "intent", "sensitive", "complexity", "expected_route"}

A leak is a sensitive message sent to the cloud. The router answers as configured.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import quantiles
from typing import TypeVar

from pydantic import BaseModel, Field, ValidationError, field_validator

from assistant.domain.answers import Destination, EarlierTurn, Question, Route
from assistant.domain.errors import InvalidRequest, NotFound
from assistant.domain.people import LOCAL_USER
from assistant.domain.routing import Complexity, Intent, Reading
from assistant.ports import Router


class Sent(BaseModel):
    """A message as it was sent."""

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    previous: tuple[str, ...] = ()

    @field_validator("previous", mode="before")
    @classmethod
    def _as_messages(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value or ()


class RoutingCase(Sent):
    """A message and what it is."""

    intent: Intent
    sensitive: bool
    complexity: Complexity
    expected_route: Destination


_S = TypeVar("_S", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class RoutingScore:
    """What the router did with a dataset.

    Args:
        metrics: Shares from 0 to 1; `leaks` is a count, times are in milliseconds.
        leaked: Ids of the sensitive messages that were sent to the cloud.
        misrouted: Ids of messages that went elsewhere than expected.
        misread: Ids of messages with another intent.
    """

    n: int
    metrics: dict[str, float]
    leaked: tuple[str, ...]
    misrouted: tuple[str, ...]
    misread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Routed:
    case: RoutingCase
    reading: Reading
    route: Route
    seconds: float

    @property
    def leak(self) -> bool:
        return self.case.sensitive and self.route.destination is Destination.CLOUD


def read_messages(path: Path, kind: type[_S]) -> list[_S]:
    """Return the messages of a dataset, in its order, each as this kind.

    Raises:
        NotFound: There is no such file.
        InvalidRequest: A line is not as above (file, line and field are named), or there is none.
    """
    try:
        lines = path.read_text("utf-8").splitlines()
    except FileNotFoundError as error:
        raise NotFound(f"There is no dataset {path}", "Name a .jsonl file of messages.") from error
    cases = [
        _read(path, number, line, kind) for number, line in enumerate(lines, 1) if line.strip()
    ]
    if not cases:
        raise InvalidRequest(f"{path} holds no messages", "One JSON object a line is expected.")
    return cases


def _read(path: Path, number: int, line: str, kind: type[_S]) -> _S:
    try:
        return kind.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the line"
        raise InvalidRequest(f"{path}, line {number}: {place}: {first['msg']}") from None


async def score_routing(router: Router, cases: Sequence[RoutingCase], day: date) -> RoutingScore:
    """Route every message, one after the other, and compare."""
    routed = [await _route(router, case, day) for case in cases]
    sensitive = [one for one in routed if one.case.sensitive]
    called = [one for one in routed if one.reading.sensitive]
    hits = sum(one.case.sensitive for one in called)
    misrouted = [r for r in routed if r.route.destination is not r.case.expected_route]
    misread = [r for r in routed if r.reading.intent is not r.case.intent]
    complexity = [r for r in routed if r.reading.complexity is r.case.complexity]
    times = [one.seconds * 1000 for one in routed]
    leaked = [one for one in routed if one.leak]
    n = len(routed)
    return RoutingScore(
        n,
        {
            "leaks": len(leaked),
            "sensitive_recall": _share(hits, len(sensitive)),
            "sensitive_precision": _share(hits, len(called)),
            "route_accuracy": _share(n - len(misrouted), n),
            "intent_accuracy": _share(n - len(misread), n),
            "complexity_accuracy": _share(len(complexity), n),
            "p50_ms": round(quantiles(times, n=100)[49], 2) if n > 1 else times[0],
            "p95_ms": round(quantiles(times, n=100)[94], 2) if n > 1 else times[0],
        },
        *(tuple(one.case.id for one in wrong) for wrong in (leaked, misrouted, misread)),
    )


async def _route(router: Router, case: RoutingCase, day: date) -> _Routed:
    history = tuple(map(EarlierTurn, case.previous))
    question = Question(case.text, LOCAL_USER, day, history=history)
    start = time.perf_counter()
    reading = await router.read(question)
    route = router.decide(reading, question)
    return _Routed(case, reading, route, time.perf_counter() - start)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0
