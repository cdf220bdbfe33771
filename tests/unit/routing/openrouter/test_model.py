"""What the cloud model sends, what it yields, and what it never sends."""

import asyncio
import json
from dataclasses import replace
from decimal import Decimal

import pytest

from assistant.domain.answers import Destination, Route
from assistant.domain.completions import Message, Routed, Usage
from assistant.domain.errors import (
    BudgetSpent,
    ContextOverflow,
    EgressForbidden,
    MalformedReply,
    ModelBusy,
    ModelMissing,
    ServiceFailed,
    ServiceUnavailable,
)
from assistant.domain.filings import Sensitivity
from tests.servers import openrouter as fake
from tests.servers.openrouter import MODEL, Reply, failing, refusing_url
from tests.unit.routing.openrouter.conftest import PATIENCE, REQUEST, text_of

pytestmark = pytest.mark.anyio
CLOUD = Route(Destination.CLOUD, ())


async def test_an_answer_is_routed_told_piece_by_piece_and_billed_exactly(model, server, ask):
    server.replies = [Reply(("Apple", " grew."), usage={
        "prompt_tokens": 194, "completion_tokens": 2, "cost": 0.00095,
    })]  # fmt: skip
    events, error = await ask(model)
    assert error is None
    assert isinstance(events[0], Routed)
    assert events[0].route.destination is Destination.CLOUD
    assert [event.text for event in events[1:-1]] == ["Apple", " grew."]
    assert events[-1] == Usage(MODEL, 194, 2, Decimal("0.00095"), generation_id="gen-test-1")


async def test_the_request_asks_for_privacy_and_names_nobody(opened, server, ask):
    async with opened(server.url, fallbacks=("openai/gpt-4o",)) as model:
        await ask(model, max_tokens=321)
    [asked] = server.completions
    body = asked.json
    assert body["provider"] == {
        "data_collection": "deny", "zdr": True, "require_parameters": True,
    }  # fmt: skip
    assert body["models"] == [MODEL, "openai/gpt-4o"]
    assert (body["model"], body["max_tokens"], body["temperature"]) == (MODEL, 321, 0)
    assert body["stream"] is True
    assert set(body) == {
        "model", "models", "messages", "max_tokens", "temperature", "stream", "provider",
    }  # fmt: skip
    assert set(asked.headers) == {
        "host", "connection", "accept", "content-type", "content-length", "authorization",
        "user-agent", "accept-encoding",
    }  # fmt: skip


FORBIDDEN = [
    ("restricted text", {"sensitivity": Sensitivity.RESTRICTED}, Sensitivity.CONFIDENTIAL),
    ("restricted text, whatever the policy", {"sensitivity": Sensitivity.RESTRICTED},
     Sensitivity.RESTRICTED),
    ("confidential text", {"sensitivity": Sensitivity.CONFIDENTIAL}, Sensitivity.INTERNAL),
    ("internal text", {"sensitivity": Sensitivity.INTERNAL}, Sensitivity.PUBLIC),
    ("what no router saw", {"route": None}, Sensitivity.PUBLIC),
    ("what stays local", {"route": Route(Destination.LOCAL, ())}, Sensitivity.PUBLIC),
    ("what is built in", {"route": Route(Destination.BUILTIN, ())}, Sensitivity.PUBLIC),
]  # fmt: skip


@pytest.mark.parametrize(("what", "changed", "strictest"), FORBIDDEN, ids=[f[0] for f in FORBIDDEN])
async def test_what_must_stay_does_not_even_make_a_connection(
    what, changed, strictest, opened, server, ask
):
    async with opened(server.url, strictest=strictest) as model:
        events, error = await ask(model, **changed)
    assert events == []
    assert isinstance(error, EgressForbidden)
    assert server.connections == 0


async def test_the_policy_may_let_confidential_text_out(opened, server, ask):
    async with opened(server.url, strictest=Sensitivity.CONFIDENTIAL) as model:
        events, error = await ask(model, sensitivity=Sensitivity.CONFIDENTIAL)
    assert error is None
    assert text_of(events) == "Apple grew."


ENDS = [
    ("key", fake.REVOKED, ModelMissing, 1),
    ("key in 403", failing(403, "Key disabled"), ModelMissing, 1),
    ("moderation", fake.FLAGGED, ServiceFailed, 1),
    ("credits", fake.NO_CREDITS, BudgetSpent, 1),
    ("key limit", fake.KEY_LIMIT, BudgetSpent, 1),
    ("too heavy twice", fake.TOO_HEAVY, BudgetSpent, 2),
    ("context", fake.TOO_LONG, ContextOverflow, 1),
    ("bad request", failing(400, "temperature must be a number"), ServiceFailed, 1),
    ("no such model", failing(404, "No endpoints found matching your data policy"),
     ModelMissing, 1),
    ("408", failing(408, "timeout", {}), ServiceUnavailable, 3),
    ("429 for long", failing(429, "slow", {"Retry-After": "3600"}), ModelBusy, 1),
    ("500", failing(500), ServiceUnavailable, 3),
    ("502", failing(502, "Provider returned error"), ServiceUnavailable, 3),
    ("503", replace(fake.NO_PROVIDER, headers={"Retry-After": "0"}), ModelBusy, 3),
    ("redirect", replace(failing(302), headers={"Location": "http://127.0.0.1:9/"}),
     MalformedReply, 1),
    ("error first", Reply(error_after=0, error={"code": "429", "message": "Rate"}), ModelBusy, 3),
    ("context in the stream", Reply(error_after=0, error={"code": 400,
     "message": "maximum context length"}), ContextOverflow, 1),
    ("nothing said", Reply((), usage={"cost": 0}), MalformedReply, 1),
    ("nothing said, nothing told", Reply((), usage=None), MalformedReply, 1),
    ("cut before text", Reply(cut_after=0), ServiceUnavailable, 3),
    ("reset before text", Reply(cut_after=0, reset=True), ServiceUnavailable, 3),
    ("malformed before text", Reply(malformed_after=0), MalformedReply, 1),
]  # fmt: skip


@pytest.mark.parametrize(("what", "reply", "kind", "tries"), ENDS, ids=[end[0] for end in ENDS])
async def test_a_failure_before_any_text_is_an_error_with_its_meaning(
    what, reply, kind, tries, model, server, ask
):
    server.answer = lambda body: reply
    events, error = await ask(model)
    assert events == []
    assert type(error) is kind, error
    assert len(server.completions) == tries
    assert fake.KEY not in f"{error}{error.hint}{error!r}"


@pytest.mark.parametrize("reply", [
    failing(429, "slow", {"Retry-After": "0"}),
    replace(fake.IN_FLIGHT, headers={"Retry-After": "0"}),
    failing(408),
    failing(502),
    Reply(error_after=0, error={"code": "server_error", "message": "x"}),
    Reply(cut_after=0),
])  # fmt: skip
async def test_what_may_pass_is_asked_again_while_nothing_was_said(reply, model, server, ask):
    server.replies = [reply]
    events, error = await ask(model)
    assert error is None
    assert text_of(events) == "Apple grew."
    assert len(server.completions) == 2


async def test_what_was_billed_for_nothing_is_known_all_the_same(model, server, ask):
    usage = {"prompt_tokens": 9, "completion_tokens": 1024, "cost": 0.0125}
    server.replies = [Reply((), finish="length", usage=usage)]
    events, error = await ask(model)
    assert error is None
    assert [type(event) for event in events] == [Routed, Usage]
    assert events[-1].cost_usd == Decimal("0.0125")


async def test_short_credits_are_tried_once_with_a_shorter_answer(model, server, ask):
    server.replies = [fake.TOO_HEAVY]
    events, _ = await ask(model, max_tokens=800)
    assert text_of(events) == "Apple grew."
    assert [asked.json["max_tokens"] for asked in server.completions] == [800, 400]


BREAKS = [
    ("cut", Reply(cut_after=1), ServiceUnavailable),
    ("reset", Reply(cut_after=1, reset=True), ServiceUnavailable),
    ("malformed", Reply(malformed_after=1), MalformedReply),
    ("error", Reply(error_after=1, error={"code": "server_error", "message": "gone"}),
     ServiceUnavailable),
    ("error without a code", Reply(error_after=1, error={"message": "gone"}), ServiceUnavailable),
]  # fmt: skip


@pytest.mark.parametrize(("what", "reply", "kind"), BREAKS, ids=[broken[0] for broken in BREAKS])
async def test_a_failure_after_text_keeps_it_and_is_not_asked_again(
    what, reply, kind, model, server, ask
):
    server.answer = lambda body: reply
    events, error = await ask(model)
    assert text_of(events) == "Apple"
    assert isinstance(error, kind)
    assert len(server.completions) == 1


async def test_nobody_listening_is_told_apart(opened, ask):
    async with opened(refusing_url()) as model:
        events, error = await ask(model)
    assert events == []
    assert isinstance(error, ServiceUnavailable)
    assert "cannot be reached" in error.message


async def test_an_answer_that_reached_its_limit_says_so(model, server, ask):
    server.replies = [Reply(finish="length")]
    events, error = await ask(model)
    assert error is None
    assert "breaks off" in events[-1].interrupted
    assert text_of(events) == "Apple grew."


@pytest.mark.parametrize("reply", [
    Reply(done=False),
    Reply(done=False, finish=None),
    Reply(usage=None),
    Reply(usage=None, finish=None),
])  # fmt: skip
async def test_a_usage_or_the_word_done_ends_an_answer(reply, model, server, ask):
    server.replies = [reply]
    events, error = await ask(model)
    assert error is None
    assert text_of(events) == "Apple grew."
    assert isinstance(events[-1], Usage)


async def test_without_either_the_answer_was_cut(model, server, ask):
    server.replies = [Reply(usage=None, done=False)]
    _, error = await ask(model)
    assert isinstance(error, ServiceUnavailable)


@pytest.mark.parametrize("usage", [
    None,
    {"prompt_tokens": 10, "completion_tokens": 2},
    {"prompt_tokens": -5, "completion_tokens": "many", "cost": "NaN"},
    {"prompt_tokens": 10, "completion_tokens": 2, "cost": -1},
    {"prompt_tokens": 10, "completion_tokens": 2, "cost": 1e12},
    {"prompt_tokens": 10, "completion_tokens": 2, "cost": {"usd": 1}},
])  # fmt: skip
async def test_a_usage_that_is_none_is_estimated_from_the_prices(usage, model, server, ask):
    server.replies = [Reply(usage=usage)]
    events, error = await ask(model)
    assert error is None
    used = events[-1]
    assert used.estimated
    price = model.prices.price(MODEL)
    assert used.cost_usd == price.of(used.prompt_tokens, used.completion_tokens) > 0


async def test_the_model_that_really_answered_is_named_and_paid(model, server, ask):
    server.replies = [Reply(model="openai/gpt-4o")]
    events, _ = await ask(model)
    assert events[-1].model == "openai/gpt-4o"
    assert events[0].route.reasons == (f"openai/gpt-4o answered through OpenRouter for {MODEL}",)


async def test_leaving_in_the_middle_closes_the_connection(opened, server):
    server.replies = [Reply(stall_after=1)]
    async with opened(server.url) as model:
        stream = model.stream(REQUEST)
        async for event in stream:
            if isinstance(event, Routed):
                break
        await stream.aclose()
        assert await asyncio.to_thread(server.wait_for, lambda: server.cancelled == 1)


SLOW = [
    ("first", Reply(first_s=30), {"first_s": 0.5}, "begin"),
    ("first, with comments", Reply(stall_after=0, stall_comments=True), {"first_s": 0.5}, "begin"),
    ("before the head", Reply(wait_s=30), {"silence_s": 0.5}, "nothing"),
    ("idle", Reply(stall_after=1), {"idle_s": 0.5}, "nothing more"),
    ("idle, with comments", Reply(stall_after=1, stall_comments=True), {"idle_s": 0.5},
     "nothing more"),
    ("silence", Reply(stall_after=1), {"silence_s": 0.5}, "nothing"),
    ("total", Reply(stall_after=1, stall_comments=True), {"total_s": 1.5}, "longer than"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "reply", "limits", "said"), SLOW, ids=[slow[0] for slow in SLOW])
async def test_every_kind_of_waiting_has_its_limit_and_the_server_is_left(
    what, reply, limits, said, opened, server, ask
):
    server.answer = lambda body: reply
    async with opened(server.url, patience=replace(PATIENCE, **limits)) as model:
        _, error = await ask(model)
    assert isinstance(error, ServiceUnavailable)
    assert said in error.message
    assert len(server.completions) == 1
    assert await asyncio.to_thread(server.wait_for, lambda: server.cancelled == 1)


async def test_the_prompt_that_cannot_fit_is_not_sent(model, server, ask):
    model.prices.models[MODEL] = replace(model.prices.models[MODEL], context=100)
    _, error = await ask(model, max_tokens=100)
    assert isinstance(error, ContextOverflow)
    assert server.connections == 0


async def test_the_prices_are_fetched_beside_an_answer_once_a_day(model, server, ask, tmp_path):
    server.prices = {MODEL: ("0.000001", "0.000002")}
    await ask(model)
    kept = tmp_path / "openrouter-models.json"
    assert await asyncio.to_thread(server.wait_for, kept.exists)
    await ask(model)
    assert [a.path for a in server.asked].count("/api/v1/models") == 1
    assert model.prices.price(MODEL).prompt_usd == Decimal("0.000001")
    assert json.loads(kept.read_bytes())["data"][0]["id"] == MODEL


async def test_many_questions_at_once_are_kept_apart_and_what_must_stay_stays(model, server, ask):
    server.answer = lambda body: Reply(("You said ", body["messages"][0]["content"]))

    def asked(number):
        label = Sensitivity.RESTRICTED if number % 3 == 0 else Sensitivity.PUBLIC
        said = (Message("user", f"number-{number}-{label.value}"),)
        return ask(model, messages=said, sensitivity=label)

    for number, (events, error) in enumerate(await asyncio.gather(*map(asked, range(24)))):
        if number % 3:
            assert text_of(events) == f"You said number-{number}-public"
        else:
            assert isinstance(error, EgressForbidden)
    assert len(server.completions) == 16
    assert b"restricted" not in server.received
