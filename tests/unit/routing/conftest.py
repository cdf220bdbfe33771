"""The router as it ships, loaded once, and a way to ask it."""

from datetime import date

import pytest

from assistant.domain.answers import EarlierTurn, Question
from assistant.domain.filings import Sensitivity
from assistant.domain.people import LOCAL_USER
from assistant.encoders.embedded import EmbeddedEmbedder
from assistant.routing.policy import Policy
from assistant.routing.router import Router

DAY = date(2026, 11, 20)


@pytest.fixture(scope="session")
def embedder():
    return EmbeddedEmbedder.load()


@pytest.fixture(scope="session")
def router(embedder):
    return Router.load(embedder, Policy())


@pytest.fixture(scope="session")
def routed(router):
    """Route a text after earlier messages, with passages of a label."""

    async def ask(text, *previous, label=Sensitivity.PUBLIC, by=router):
        asked = Question(text, LOCAL_USER, DAY, history=tuple(map(EarlierTurn, previous)))
        reading = await by.read(asked)
        return by.decide(reading, asked, label)

    return ask
