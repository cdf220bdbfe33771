"""Asks one model after the other until one answers. Itself a chat model.

    decided for the cloud    cloud -> local -> built-in
    decided for local                 local -> built-in          never back to the cloud
    nothing to answer from                     built-in

A model that fails before its first word was shown is left for the next, and `Routed` says why in a
sentence. After that nothing is taken back: the text stays and `Usage.interrupted` says that it
breaks off. All models together have one time limit; the built-in answerer needs none and ends every
chain, so a question always ends. The chain looks at the label of the prompt itself: what must stay
here reaches no cloud model, whatever was decided.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from assistant.domain.answers import Destination
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Routed,
    TextDelta,
    Usage,
    Waiting,
)
from assistant.domain.errors import (
    AssistantError,
    EgressForbidden,
    MalformedReply,
    ModelMissing,
    ServiceUnavailable,
)
from assistant.domain.filings import Sensitivity
from assistant.ports import ChatModel
from assistant.routing.breaker import Breaker
from assistant.routing.limits import Slots
from assistant.routing.policy import may_leave

_ORDER = (Destination.CLOUD, Destination.LOCAL, Destination.BUILTIN)
_BLANK = 4_000  # characters that a reply may begin with before a word
_OPENERS = {"A", "An", "It", "No", "Nothing", "The", "This"}


@dataclass(frozen=True, slots=True)
class Link:
    """A model of the chain.

    Args:
        destination: Where it is.
        name: What it is called.
        model: What answers; None where none is set up.
        absent: Then, why there is none.
        looked_for: Asks its server whether it has the model, and raises where it has not; None: it
            is always there.
        slots: The queue in front of it, for whoever watches.
        breaker: What leaves it alone for a while, likewise.
    """

    destination: Destination
    name: str
    model: ChatModel | None
    absent: str = ""
    looked_for: Callable[[], Awaitable[object]] | None = None
    slots: Slots | None = None
    breaker: Breaker | None = None

    async def is_there(self) -> bool:
        """Whether it can be asked now, as far as that is known without asking it."""
        if self.model is None:
            return False
        try:
            if self.looked_for:
                await self.looked_for()
        except AssistantError:
            return False
        return True


@dataclass(frozen=True)
class Chain:
    """Implements `ports.ChatModel`.

    Args:
        links: At most one a destination; the built-in answerer is one of them.
        lets_out: The strictest label that a cloud model may be given.
        limit_s: Seconds that all models together may take.
    """

    links: Sequence[Link]
    lets_out: Sensitivity = Sensitivity.PUBLIC
    limit_s: float = 300.0

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield the reply of the first model that has one.

        Raises:
            AssistantError: None has, which happens only to a request that is for one model alone.
        """
        way = _Way(time.monotonic() + self.limit_s, self.limit_s, self._why_not(request))
        links = self._links(request)
        for link in links:
            try:
                async with aclosing(way.ask(link, request)) as reply:
                    async for event in reply:
                        yield event
                return
            except AssistantError as error:
                if link is links[-1]:
                    raise
                way.given_up.append(error.message)
        raise EgressForbidden("The text may not leave this machine", "Ask a local model.")

    async def expected(self, decided: Destination) -> Destination:
        """Return where public text is answered now that is sent to `decided`, if no model fails."""
        by_place = {link.destination: link for link in self.links}
        for place in _ORDER[_ORDER.index(decided) :]:
            if place in by_place and await by_place[place].is_there():
                return place
        return Destination.BUILTIN

    def _links(self, request: CompletionRequest) -> list[Link]:
        """Return the models to ask, in order."""
        wanted = request.route.destination if request.route else Destination.BUILTIN
        allowed = _ORDER[_ORDER.index(wanted) :]
        if request.task.corrects:
            allowed = allowed[:1]
        elif request.groundless:
            allowed = _ORDER[-1:]
        if not may_leave(request.leaving, self.lets_out):
            allowed = tuple(place for place in allowed if place is not Destination.CLOUD)
        by_place = {link.destination: link for link in self.links}
        return [by_place[place] for place in allowed if place in by_place]

    def _why_not(self, request: CompletionRequest) -> list[str]:
        """Return why the model that was decided on is not even asked."""
        wanted = request.route.destination if request.route else Destination.BUILTIN
        if wanted is not Destination.BUILTIN and request.groundless:
            return ["nothing was found to answer from"]
        if wanted is Destination.CLOUD and not may_leave(request.leaving, self.lets_out):
            return [f"the prompt holds {request.leaving.value} text"]
        return []


@dataclass
class _Way:
    """One request on its way: until when, why models were left, who was given the prompt."""

    deadline: float
    limit_s: float
    given_up: list[str]
    sent_to: list[Destination] = field(default_factory=list)

    async def ask(
        self, link: Link, request: CompletionRequest
    ) -> AsyncGenerator[CompletionEvent, None]:
        """Yield the reply of one model; raises where it fails before its first word."""
        if link.model is None:
            raise ModelMissing(link.absent)
        opening = _Opening()
        async with aclosing(link.model.stream(request)) as reply:
            try:
                while event := await self._next(link, reply):
                    for ready in opening.take(event):
                        yield self._noted(ready, link)
            except AssistantError as error:
                if not opening.over:
                    raise
                broken = f"The answer breaks off here: {_clause(error.message)}."
                yield Usage(link.name, cost_usd=error.cost_usd, interrupted=broken)
        if not opening.over:
            raise MalformedReply(f"{link.destination.words} answered with nothing")

    async def _next(
        self, link: Link, reply: AsyncGenerator[CompletionEvent, None]
    ) -> CompletionEvent | None:
        """Return the next event, None after the last; the built-in answerer has no limit."""
        limited = link.destination is not Destination.BUILTIN
        left = max(0.0, self.deadline - time.monotonic()) if limited else None
        limit = asyncio.timeout(left)
        try:
            async with limit:
                return await anext(reply, None)
        except TimeoutError as error:
            if not limit.expired():
                raise
            late = f"{link.destination.words} was not done within {self.limit_s:g} s"
            raise ServiceUnavailable(late, "Ask again, or ask something shorter.") from error

    def _noted(self, event: CompletionEvent, link: Link) -> CompletionEvent:
        """Note who is given the prompt; return a route with the way to it."""
        match event:
            case Waiting(sent_to=Destination() as place):
                self._sent(place)
            case Routed():
                if link.destination is Destination.CLOUD:
                    self._sent(link.destination)
                reasons = (*self._because(link), *event.route.reasons)
                way = replace(event.route, reasons=reasons, sent_to=tuple(self.sent_to))
                return replace(event, route=way)
            case _:
                pass
        return event

    def _sent(self, place: Destination) -> None:
        if place not in self.sent_to:
            self.sent_to.append(place)

    def _because(self, link: Link) -> tuple[str, ...]:
        if not self.given_up:
            return ()
        left = " and ".join(_clause(said) for said in self.given_up)
        return (f"{left}, so {link.destination.words} answers",)


class _Opening:
    """Holds the route back until there is a first word: up to there another model may answer."""

    def __init__(self) -> None:
        self.over = False
        self._held: list[CompletionEvent] = []
        self._text = ""

    def take(self, event: CompletionEvent) -> list[CompletionEvent]:
        """Return what is to be passed on now."""
        if self.over or isinstance(event, Waiting):
            return [event]
        if isinstance(event, TextDelta):
            self._text += event.text
        self._held.append(event)
        if not self._text.strip():
            if len(self._text) > _BLANK:
                raise MalformedReply("The model answered with blanks only")
            return []
        self.over = True
        return self._held


def _clause(message: str) -> str:
    """Return a message as a part of a sentence."""
    first, _, rest = message.rstrip(".").partition(" ")
    return f"{first.lower() if first in _OPENERS else first} {rest}".rstrip()
