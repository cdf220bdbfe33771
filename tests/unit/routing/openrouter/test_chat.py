"""LangChain's chat model for agents: tools, schemas, and the same refusal before every request."""

import subprocess
import sys
from decimal import Decimal

import openai
import pytest
from pydantic import BaseModel

from assistant.domain.answers import Destination, Route
from assistant.domain.errors import EgressForbidden, ModelMissing, ServiceUnavailable
from assistant.domain.filings import Sensitivity
from tests.servers import openrouter as fake
from tests.servers.openrouter import KEY, MODEL, Reply
from tests.unit.routing.openrouter.conftest import PATIENCE

pytestmark = pytest.mark.anyio
CLOUD = Route(Destination.CLOUD, ())
SEARCH = {
    "name": "search_filings",
    "description": "Search.",
    "parameters": {"type": "object", "properties": {"query": {"type": "string"}}},
}


class Growth(BaseModel):
    """How a figure grew."""

    company: str
    percent: float


@pytest.fixture
async def chat(model):
    return await model.chat_model(CLOUD, lambda: Sensitivity.PUBLIC)


async def test_a_tool_call_arrives_whole_with_what_it_cost(chat, server):
    server.replies = [Reply("", tool_calls=(("search_filings", {"query": "revenue"}),))]
    message = await chat.bind_tools([SEARCH]).ainvoke("How did revenue grow?")
    [call] = message.tool_calls
    assert (call["name"], call["args"]) == ("search_filings", {"query": "revenue"})
    assert message.response_metadata["finish_reason"] == "tool_calls"
    assert message.response_metadata["model_name"] == MODEL
    assert Decimal(message.response_metadata["cost_usd"]) == server.billed > 0
    assert message.usage_metadata["input_tokens"] == 5
    [asked] = server.completions
    assert asked.json["tools"][0]["function"]["name"] == "search_filings"
    assert asked.json["provider"]["zdr"] is True
    assert asked.json["max_tokens"] == 1024


async def test_several_tool_calls_of_one_answer_are_kept_apart(chat, server):
    calls = (("search_filings", {"query": "a"}), ("search_filings", {"query": "b"}))
    server.replies = [Reply("", tool_calls=calls)]
    message = await chat.bind_tools([SEARCH]).ainvoke("Compare")
    assert [call["args"]["query"] for call in message.tool_calls] == ["a", "b"]


@pytest.mark.filterwarnings("ignore:Pydantic serializer")  # the client's, about its own field
@pytest.mark.parametrize("method", ["function_calling", "json_schema"])
async def test_structured_output_is_read_by_either_method(method, chat, server):
    found = {"company": "Apple", "percent": 2.5}
    if method == "function_calling":
        server.replies = [Reply("", tool_calls=(("Growth", found),))]
    else:
        server.replies = [Reply('{"company": "Apple", "percent": 2.5}')]
    asked = chat.with_structured_output(Growth, method=method)
    assert await asked.ainvoke("How did Apple grow?") == Growth(company="Apple", percent=2.5)


async def test_what_the_agent_finds_meanwhile_closes_the_door(model, server):
    labels = [Sensitivity.PUBLIC]
    chat = await model.chat_model(CLOUD, lambda: labels[-1])
    await chat.ainvoke("one")
    connections = server.connections
    labels.append(Sensitivity.RESTRICTED)
    with pytest.raises(EgressForbidden):
        await chat.ainvoke("two, with what was found")
    with pytest.raises(EgressForbidden):
        async for _ in chat.astream("two"):
            pass
    assert b"two" not in server.received
    assert server.connections == connections


async def test_without_a_route_to_the_cloud_nothing_is_sent(model, server):
    for route in (None, Route(Destination.LOCAL, ())):
        chat = await model.chat_model(route, lambda: Sensitivity.PUBLIC)
        with pytest.raises(EgressForbidden):
            await chat.ainvoke("hello")
    assert server.connections == 0


async def test_blocking_calls_send_nothing(chat, server):
    for call in (chat.invoke, lambda text: list(chat.stream(text))):
        with pytest.raises(EgressForbidden):
            call("hello")
    with pytest.raises(openai.APIConnectionError):
        chat.root_client.chat.completions.create(model=MODEL, messages=[])
    assert server.connections == 0


async def test_a_caller_cannot_take_back_the_privacy_that_is_asked_for(chat, server):
    await chat.ainvoke(
        "hello",
        extra_body={"provider": {"data_collection": "allow"}, "plugins": [{"id": "web"}]},
        user="jane",
        model="x/y",
        web_search_options={},
        extra_headers={"X-Title": "jane"},
        extra_query={"who": "jane"},
    )
    [asked] = server.completions
    assert asked.json["provider"]["data_collection"] == "deny"
    assert asked.json["model"] == MODEL
    assert set(asked.json) == {
        "model", "messages", "stream", "temperature", "max_tokens", "provider",
    }  # fmt: skip
    assert "jane" not in f"{asked.headers}{asked.path}"


async def test_a_tool_that_the_provider_would_run_is_refused(chat, server):
    for tool in ({"type": "web_search"}, {"type": "openrouter:web_search"}):
        with pytest.raises(EgressForbidden):
            await chat.bind(tools=[tool]).ainvoke("hello")
    assert server.connections == 0


async def test_errors_have_the_same_meaning_for_an_agent(opened, server):
    server.replies = [fake.REVOKED]
    async with opened(server.url) as model:
        chat = await model.chat_model(CLOUD, lambda: Sensitivity.PUBLIC)
        with pytest.raises(ModelMissing) as failed:
            await chat.ainvoke("hello")
    assert KEY not in repr(failed.value)


async def test_an_agent_waits_no_longer_either(opened, server):
    server.replies = [Reply(stall_after=0, stall_comments=True)]
    patience = type(PATIENCE)(first_s=0.5)
    async with opened(server.url, patience=patience) as model:
        chat = await model.chat_model(CLOUD, lambda: Sensitivity.PUBLIC)
        with pytest.raises(ServiceUnavailable, match="begin"):
            await chat.ainvoke("hello")


async def test_the_key_stands_in_no_description(model, chat):
    for said in (repr(model), repr(chat), str(chat), repr(chat.root_async_client.__dict__),
                 repr(chat.model_dump())):  # fmt: skip
        assert KEY not in said


def test_loading_it_turns_tracing_off_and_starting_does_not_load_it(tmp_path):
    """A tracing service that the environment names must not be sent what is asked."""
    code = (
        "import sys, assistant.cli.app, assistant.bootstrap\n"
        "loaded = {'openai', 'langchain_core', 'langchain_openai', 'ollama'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
        "import assistant.routing.providers.openrouter.chat\n"
        "from langsmith.utils import tracing_is_enabled\n"
        "assert tracing_is_enabled() is False\n"
    )
    environment = {"LANGSMITH_TRACING": "true", "LANGSMITH_API_KEY": "x", "PATH": "/usr/bin"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment, timeout=120)
