"""The samples of OpenRouter's protocol that lie beside the evaluation data."""

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from assistant.domain.completions import Routed, Usage
from assistant.domain.errors import (
    BudgetSpent,
    ModelBusy,
    ModelMissing,
    ServiceFailed,
    ServiceUnavailable,
)
from tests.servers.openrouter import Reply
from tests.unit.routing.openrouter.conftest import PATIENCE, text_of

pytestmark = pytest.mark.anyio
MEANINGS = {
    "402_in_flight": ModelBusy,
    "402_too_big": BudgetSpent,
    "402_key_limit": BudgetSpent,
    "429_platform": ModelBusy,
    "429_upstream": ModelBusy,
    "401": ModelMissing,
    "403_moderation": ServiceFailed,
    "502": ServiceUnavailable,
    "503_no_provider": ModelBusy,
}


@pytest.fixture(scope="session")
def protocol(eval_dir):
    folder = eval_dir / "protocol"
    if not folder.is_dir():
        pytest.skip(f"no protocol samples in {folder}")
    return folder


def sample(protocol, name):
    return Reply(raw=iter([(protocol / f"openrouter_{name}.sse").read_bytes()]))


async def test_a_whole_answer(protocol, model, server, ask):
    server.replies = [sample(protocol, "stream")]
    events, error = await ask(model)
    assert error is None
    assert isinstance(events[0], Routed)
    assert text_of(events) == "Apple grew."
    assert events[-1] == Usage(
        "anthropic/claude-sonnet-4.6", 194, 2, Decimal("0.00095"), generation_id="gen-abc123"
    )


async def test_an_error_in_the_middle(protocol, model, server, ask):
    server.replies = [sample(protocol, "midstream_error")]
    events, error = await ask(model)
    assert text_of(events) == "Ap"
    assert isinstance(error, ServiceUnavailable)
    assert "disconnected" in error.message


async def test_an_error_as_the_only_event(protocol, model, server, ask):
    server.answer = lambda body: sample(protocol, "first_event_error")
    events, error = await ask(model)
    assert events == []
    assert type(error) is ModelBusy


async def test_every_error_before_the_stream(protocol, opened, server, ask):
    recorded = json.loads((protocol / "openrouter_http_errors.json").read_bytes())
    assert set(recorded) == set(MEANINGS)
    for name, one in recorded.items():
        server.answer = lambda body, one=one: Reply(
            status=one["status"], headers=one["headers"], error=one["body"]["error"]
        )
        async with opened(server.url, patience=replace(PATIENCE, tries=1)) as model:
            _, error = await ask(model)
        assert isinstance(error, MEANINGS[name]), name
