"""Models over the port that say what a test tells them, and requests to ask them."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field

from assistant.domain.answers import Destination, Evidence, Route
from assistant.domain.completions import (
    CompletionRequest,
    Routed,
    Task,
    TextDelta,
    Usage,
)
from assistant.domain.filings import Locator, Sensitivity
from assistant.domain.people import LOCAL_USER, Principal, Role

HANG = "hang"
EVIDENCE = Evidence(
    "Net sales were $310 million.", Locator("f", "Marlowe 10-K", 1, "", 0, 28), label="E1001"
)


@dataclass
class ScriptedModel:
    """Says its script: events, texts, an error to raise, or `HANG`. Remembers who asked and left."""

    destination: Destination
    script: list = field(default_factory=list)
    asked: list = field(default_factory=list)
    closed: int = 0
    hanging: asyncio.Event = field(default_factory=asyncio.Event)

    async def stream(self, request):
        self.asked.append(request)
        try:
            for step in self.script:
                if isinstance(step, Exception):
                    raise step
                if step is HANG:
                    self.hanging.set()
                    await asyncio.sleep(3600)
                else:
                    yield step
        finally:
            self.closed += 1


def saying(destination, *texts, model="scripted"):
    said = [
        TextDelta(text) if isinstance(text, str) and text is not HANG else text for text in texts
    ]
    return ScriptedModel(destination, [Routed(Route(destination, ())), *said, Usage(model)])


def failing(destination, error):
    return ScriptedModel(destination, [error])


def request(decided=None, *, sensitivity=Sensitivity.PUBLIC, evidence=(EVIDENCE,), user="ann"):
    route = Route(decided, ("because",)) if decided else None
    by = Principal(user, Role.ANALYST) if user else LOCAL_USER
    return CompletionRequest(
        Task.ANSWER, "What were net sales?", evidence, (), sensitivity, route=route, asked_by=by
    )


async def events(model, asked):
    async with aclosing(model.stream(asked)) as reply:
        return [event async for event in reply]
