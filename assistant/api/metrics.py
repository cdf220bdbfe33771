"""`/metrics`: what this process did, counted for Prometheus. Counts and seconds only, no text, no users.

Queues and breakers are read when the page is asked for; questions are counted as they end.
"""

from collections.abc import Iterable
from functools import partial

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)

from assistant.domain.answers import Answer
from assistant.routing.breaker import Breaker, BreakerState
from assistant.routing.chain import Link
from assistant.routing.limits import Slots

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300)
_STATES = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}


class Metrics:
    """Implements `ports.Observer`."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self, links: Iterable[Link] = ()) -> None:
        registry = self._registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._questions = Counter(
            "aei_questions", "Questions, by how they ended and where they were answered.",
            ("outcome", "destination"), registry=registry,
        )  # fmt: skip
        self._seconds = Histogram(
            "aei_answer_seconds", "Seconds from a question to the end of its answer.",
            ("destination",), buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._stages = Histogram(
            "aei_stage_seconds", "Seconds that a stage of an answer took.",
            ("stage",), buckets=_SECONDS, registry=registry,
        )  # fmt: skip
        self._cost = Counter("aei_cost_usd", "What answers cost, in US dollars.", registry=registry)
        self._watch(links)

    def ended(self, answer: Answer | None, failure: str, seconds: float) -> None:
        """Count a question that ended."""
        if answer is None:
            self._questions.labels(failure, "").inc()
            return
        destination = answer.route.destination.value
        self._questions.labels(_outcome(answer), destination).inc()
        self._seconds.labels(destination).observe(seconds)
        for stage, taken in answer.timings.items():
            self._stages.labels(stage).observe(taken)
        self._cost.inc(float(answer.cost_usd))

    def text(self) -> bytes:
        """Return the page."""
        return generate_latest(self._registry)

    def _watch(self, links: Iterable[Link]) -> None:
        waiting = Gauge(
            "aei_model_waiting", "Questions that wait for a model.", ("model",),
            registry=self._registry,
        )  # fmt: skip
        state = Gauge(
            "aei_model_breaker", "0: asked, 1: asked once to see, 2: left alone for now.",
            ("model",), registry=self._registry,
        )  # fmt: skip
        for link in links:
            place = link.destination.value
            if slots := link.slots:
                waiting.labels(place).set_function(partial(_queued, slots))
            if breaker := link.breaker:
                state.labels(place).set_function(partial(_state, breaker))


def _queued(slots: Slots) -> float:
    return slots.queued


def _state(breaker: Breaker) -> float:
    return _STATES[breaker.state]


def _outcome(answer: Answer) -> str:
    told = {
        "asked_back": answer.clarification is not None,
        "unavailable": answer.unavailable,
        "refused": answer.refused,
        "interrupted": bool(answer.interrupted),
        "cached": answer.cached,
    }
    return next((name for name, true in told.items() if true), "answered")
