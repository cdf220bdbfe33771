"""A cloud model in front of the protocol server, and what it is asked."""

from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from assistant.domain.answers import Destination, Route
from assistant.domain.completions import CompletionRequest, Message, Task, TextDelta, Waiting
from assistant.domain.errors import AssistantError
from assistant.domain.filings import Sensitivity
from assistant.routing.providers.openrouter.endpoint import Endpoint, Patience
from assistant.routing.providers.openrouter.model import OpenRouterModel
from assistant.routing.providers.openrouter.prices import PriceBook
from tests.servers.openrouter import KEY, MODEL, openrouter_server

PATIENCE = Patience(
    connect_s=5, silence_s=20, first_s=20, idle_s=20, total_s=60, again_s=2, tries=3
)
REQUEST = CompletionRequest(
    task=Task.ANSWER,
    question="How did revenue grow?",
    evidence=(),
    messages=(Message("system", "Cite."), Message("user", "[E1] Revenue grew.\n\nHow?")),
    sensitivity=Sensitivity.PUBLIC,
    route=Route(Destination.CLOUD, ("it is hard",)),
)


@pytest.fixture
def server():
    with openrouter_server() as running:
        yield running


@pytest.fixture
def opened(tmp_path):
    """Open a cloud model at an address."""

    @asynccontextmanager
    async def open_at(url, patience=PATIENCE, key=KEY, **given):
        book = PriceBook.load(tmp_path)
        made = OpenRouterModel(
            Endpoint(url, key), given.pop("model", MODEL), book, patience=patience, **given
        )
        try:
            yield made
        finally:
            await made.aclose()

    return open_at


@pytest.fixture
async def model(server, opened):
    async with opened(server.url) as made:
        yield made


@pytest.fixture
def ask():
    """Return the events of an answer, without those that only wait, and what was raised at its end."""

    async def asked(model, request=REQUEST, **changed):
        events = []
        try:
            async for event in model.stream(replace(request, **changed)):
                events.append(event)
        except AssistantError as error:
            return [e for e in events if not isinstance(e, Waiting)], error
        return [e for e in events if not isinstance(e, Waiting)], None

    return asked


def text_of(events):
    return "".join(event.text for event in events if isinstance(event, TextDelta))
