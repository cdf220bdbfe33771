"""Leaves a model that fails alone for a while, so that nobody waits for it. Itself a chat model.

    closed ── failures in a row, or one that says it will stay ──> open, for a pause
    open ── the pause is over ──> half-open: one request is the probe, others are refused
    half-open ── it answered ──> closed        ── it failed ──> open, for twice the pause

Pauses are lengthened by chance, so that processes that saw the same failure don't come back at the
same moment. What a request itself is to blame for (too long, over budget, not allowed out) says
nothing about the model and is not counted. The breakers of the field count calls, but neither a
stream that fails halfway nor a pause that grows or is named by the server.
"""

import math
import random
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.domain.completions import CompletionEvent, CompletionRequest
from assistant.domain.errors import (
    AssistantError,
    MalformedReply,
    ModelBusy,
    ModelMissing,
    ServiceUnavailable,
)
from assistant.ports import ChatModel

_FAILURES = (ServiceUnavailable, ModelMissing, MalformedReply)
_DOUBLINGS = 20


class BreakerState(StrEnum):
    """Whether requests go through."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Pauses:
    """When a breaker opens, and for how long.

    Args:
        failures: So many in a row open it.
        first_s: The first pause, in seconds; each failed probe doubles it.
        longest_s: No pause is longer, in seconds, but for `jitter`.
        jitter: The share of a pause that chance may add.
    """

    failures: int = 3
    first_s: float = 5.0
    longest_s: float = 120.0
    jitter: float = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Attempt:
    """One request that was let through, and how often the breaker had changed before it."""

    epoch: int


@dataclass
class Breaker:
    """Remembers how one model fared.

    Args:
        pauses: When it opens, and for how long.
        clock: Seconds that never go back.
        chance: A number from 0 to 1.
    """

    pauses: Pauses = Pauses()
    clock: Callable[[], float] = time.monotonic
    chance: Callable[[], float] = random.random
    _why: str = ""
    _failed: int = 0
    _reopened: int = 0
    _epoch: int = 0
    _until: float | None = None
    _probe: Attempt | None = None

    @property
    def state(self) -> BreakerState:
        """Whether requests go through now."""
        if self._until is None:
            return BreakerState.CLOSED
        return BreakerState.OPEN if self.clock() < self._until else BreakerState.HALF_OPEN

    def enter(self) -> Attempt:
        """Let a request through.

        Raises:
            ServiceUnavailable: The model is left alone for now.
        """
        state = self.state
        if state is BreakerState.OPEN or self._probe is not None:
            left = max(1, math.ceil((self._until or 0) - self.clock()))
            raise ServiceUnavailable(f"{self._why} (asked again in {left} s)")
        attempt = Attempt(self._epoch)
        if state is BreakerState.HALF_OPEN:
            self._probe = attempt
        return attempt

    def answered(self, attempt: Attempt) -> None:
        """Take in that the model answered; a request from before the last change is too old."""
        if attempt.epoch == self._epoch:
            self._epoch += self._until is not None
            self._failed, self._reopened, self._until, self._probe = 0, 0, None, None

    def failed(self, attempt: Attempt, error: AssistantError) -> None:
        """Take in that it failed; what the request itself is to blame for is no failure of it."""
        if not isinstance(error, _FAILURES):
            self.let_go(attempt)
        elif attempt.epoch == self._epoch:
            self._failed += 1
            if attempt is self._probe or self._failed >= self.pauses.failures or _stays(error):
                self._open(error)

    def let_go(self, attempt: Attempt) -> None:
        """Take in that a request ended and says nothing about the model: another may probe it."""
        if attempt is self._probe:
            self._probe = None

    def _open(self, error: AssistantError) -> None:
        doubled = self.pauses.first_s * 2 ** min(self._reopened, _DOUBLINGS)
        pause = min(max(doubled, _named_pause(error)), self.pauses.longest_s)
        self._until = self.clock() + pause * (1 + self.pauses.jitter * self.chance())
        self._why = error.message.partition(": ")[0].rstrip(".")
        self._failed, self._probe = 0, None
        self._reopened += 1
        self._epoch += 1


def _stays(error: AssistantError) -> bool:
    """Return whether trying again at once is known not to help."""
    return isinstance(error, ModelMissing) or _named_pause(error) > 0


def _named_pause(error: AssistantError) -> float:
    return (error.retry_after_s or 0.0) if isinstance(error, ModelBusy) else 0.0


@dataclass(frozen=True)
class BreakingModel:
    """Asks a model while its breaker lets it. Implements `ports.ChatModel`."""

    model: ChatModel
    breaker: Breaker = field(default_factory=Breaker)

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield what the model says; raises `ServiceUnavailable` while it is left alone."""
        attempt = self.breaker.enter()
        try:
            async with aclosing(self.model.stream(request)) as reply:
                async for event in reply:
                    yield event
            self.breaker.answered(attempt)
        except AssistantError as error:
            self.breaker.failed(attempt, error)
            raise
        finally:
            self.breaker.let_go(attempt)
