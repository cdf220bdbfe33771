"""A queue in front of a model, with a place that the user sees. Itself a chat model.

    question ── a slot is free ──> model        ── none is ──> "2 questions are before yours"
             ── the queue is full ──> ModelBusy, and the next model of the chain answers

A server with one model answers one question after the other; without a queue of ours the others wait
with nothing to show. Users take turns: whoever asked ten questions waits behind whoever asked one.
The counts are of this process.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field

from assistant.domain.completions import CompletionEvent, CompletionRequest, Waiting
from assistant.domain.errors import ModelBusy
from assistant.ports import ChatModel


@dataclass(eq=False)
class Ticket:
    """A question in the queue, or with a slot. `moved` is set whenever its place may have changed.

    Everybody's first question has an earlier `turn` than anybody's second.
    """

    user: str
    turn: int
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    served: bool = False


@dataclass
class Slots:
    """So many questions at once, the others in a fair order.

    Args:
        at_once: Questions served at once.
        per_user: Of one user.
        waiting: Questions that may wait; one more is turned away.
    """

    at_once: int
    per_user: int
    waiting: int
    _serving: Counter[str] = field(default_factory=Counter)
    _queue: list[Ticket] = field(default_factory=list)
    _turn: int = 0
    _next_turns: dict[str, int] = field(default_factory=dict)

    @property
    def queued(self) -> int:
        """How many questions wait."""
        return len(self._queue)

    def enter(self, user: str) -> Ticket:
        """Take a slot, or a place in the queue.

        Raises:
            ModelBusy: The queue is full.
        """
        ticket = Ticket(user, max(self._turn, self._next_turns.get(user, 0)))
        self._queue.append(ticket)
        self._queue.sort(key=lambda queued: queued.turn)
        self._serve()
        if not ticket.served and len(self._queue) > self.waiting:
            self._queue.remove(ticket)
            raise ModelBusy(
                f"{self.waiting} questions wait for it already", "Ask again in a minute."
            )
        self._next_turns[user] = ticket.turn + 1
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Give the slot or the place back."""
        if ticket.served:
            self._serving -= Counter([ticket.user])
        else:
            self._queue.remove(ticket)
        self._serve()

    def before(self, ticket: Ticket) -> int:
        """Return how many questions are served before this one of the queue."""
        return self._queue.index(ticket)

    def _serve(self) -> None:
        """Hand free slots out, and tell everybody who waits to look at their place."""
        for ticket in list(self._queue):
            allowed = self._serving[ticket.user] < self.per_user
            if allowed and self._serving.total() < self.at_once:
                self._serving[ticket.user] += 1
                self._queue.remove(ticket)
                ticket.served = True
                self._turn = max(self._turn, ticket.turn)
                ticket.moved.set()
        self._next_turns = {u: turn for u, turn in self._next_turns.items() if turn > self._turn}
        for ticket in self._queue:
            ticket.moved.set()


@dataclass(frozen=True)
class QueuedModel:
    """Asks a model when a slot is free. Implements `ports.ChatModel`."""

    model: ChatModel
    slots: Slots

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield the place while it changes, then what the model says; raises `ModelBusy`."""
        ticket = self.slots.enter(request.asked_by.id)
        try:
            said = ""
            while not ticket.served:
                ticket.moved.clear()
                if (place := _place(self.slots.before(ticket))) != said:
                    said = place
                    yield Waiting(place)
                await ticket.moved.wait()
            async with aclosing(self.model.stream(request)) as reply:
                async for event in reply:
                    yield event
        finally:
            self.slots.leave(ticket)


def _place(before: int) -> str:
    if not before:
        return "your question is next"
    return "1 question is before yours" if before == 1 else f"{before} questions are before yours"
