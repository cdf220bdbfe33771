"""What is asked of a local model stays on this machine, whatever the daemon, a name or a variable says."""

import re

import anyio
import pytest
from langchain_core.messages import HumanMessage
from langchain_core.tools import tool
from pydantic import BaseModel

from assistant.domain.errors import ContextOverflow, EgressForbidden, ServiceUnavailable
from tests.servers.ollama import MODEL, Held, Manner, Ollama, running
from tests.unit.routing.test_ollama import asking, collect_from, events, model, until_it_fails

pytestmark = pytest.mark.anyio
SECRET = "the unpublished offer for Contoso"
ELSEWHERE = "https://ollama.com:443"


@pytest.fixture
def server():
    with running(Ollama(models={MODEL: Held(loaded=8192)})) as ollama:
        yield ollama


@pytest.mark.parametrize(
    "url",
    [
        "http://ollama.com:11434",
        "http://10.0.0.7:11434",
        "http://0.0.0.0:11434",
        "http://127.0.0.1.evil.example:11434",
        "http://127.0.0.1@evil.example:11434",
        "http://localhost.evil.example:11434",
        "http://[2001:db8::1]:11434",
        "https://gpu.example",
        "http:///api",
        "gpu.example:11434",
    ],
)
async def test_a_server_that_is_not_on_this_machine_is_not_even_called(url):
    _, error = await until_it_fails(url, asking(SECRET))
    assert isinstance(error, EgressForbidden)
    assert "AEI_OLLAMA_ALLOWED_HOSTS" in error.hint


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "http://localhost:9", "http://[::1]:9"])
async def test_loopback_is_this_machine(url):
    _, error = await until_it_fails(url)
    assert isinstance(error, ServiceUnavailable)


async def test_a_host_that_is_listed_is_called():
    _, error = await until_it_fails("http://gpu.invalid:9", allowed=("GPU.invalid",))
    assert isinstance(error, ServiceUnavailable)


@pytest.mark.parametrize(
    "name",
    ["gpt-oss:120b-cloud", "kimi-k2:cloud", "Kimi-K2:CLOUD", "mine-cloud", "mine-cloud:latest"],
)
async def test_a_model_that_is_named_like_one_from_the_internet_is_refused(name):
    with running(Ollama(models={name: Held(loaded=8192)})) as server:
        async with model(server.url, name=name) as local:
            with pytest.raises(EgressForbidden):
                [event async for event in local.stream(asking(SECRET))]
    assert SECRET.encode() not in server.received


@pytest.mark.parametrize("name", ["cloudy:7b", "cloud-llama:8b", "nimbus:cloudless"])
async def test_a_model_that_only_sounds_like_it_is_asked(name):
    with running(Ollama(models={name: Held(loaded=8192)})) as server:
        async with model(server.url, name=name) as local:
            assert [event async for event in local.stream(asking())]


async def test_a_model_behind_the_daemon_that_somebody_else_serves_is_refused(server):
    server.models = {MODEL: Held(loaded=8192, remote_host=ELSEWHERE)}
    _, error = await until_it_fails(server.url, asking(SECRET))
    assert isinstance(error, EgressForbidden)
    assert ELSEWHERE in error.message
    assert SECRET.encode() not in server.received


async def test_a_model_that_was_exchanged_since_the_last_question_is_found_out(server):
    async with model(server.url, remembered_s=3600) as local:
        [event async for event in local.stream(asking())]
        server.models = {MODEL: Held(loaded=8192, remote_host=ELSEWHERE)}
        with pytest.raises(EgressForbidden):
            [event async for event in local.stream(asking(SECRET))]
    assert SECRET.encode() not in server.received


async def test_a_reply_that_somebody_else_wrote_is_not_shown_and_nothing_is_asked_again(server):
    server.manner = Manner(remote_host=ELSEWHERE)
    async with model(server.url, remembered_s=0) as local:
        for _ in range(3):
            with pytest.raises(EgressForbidden):
                [event async for event in local.stream(asking())]
    assert len(server.chats) == 1


async def test_a_redirect_is_not_followed(server):
    with running(Ollama(models={MODEL: Held(loaded=8192)})) as elsewhere:
        server.manner = Manner(status=307, location=f"{elsewhere.url}/api/chat")
        _, error = await until_it_fails(server.url, asking(SECRET))
    assert isinstance(error, EgressForbidden)
    assert elsewhere.asked == []


async def test_proxies_and_keys_of_the_environment_are_not_used(server, monkeypatch):
    with running(Ollama(models={MODEL: Held(loaded=8192)})) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("OLLAMA_HOST", proxy.url)
        monkeypatch.setenv("OLLAMA_API_KEY", "sk-secret")
        await events(server.url)
    assert proxy.asked == []
    assert len(server.chats) == 1
    assert "authorization" not in server.chats[0].headers


async def test_tracing_that_the_environment_switches_on_sends_nothing(server, monkeypatch):
    """LangChain sends prompts and answers to a service when these are set."""
    with running(Ollama()) as collector:
        for name in ("LANGSMITH", "LANGCHAIN"):
            monkeypatch.setenv(f"{name}_TRACING", "true")
            monkeypatch.setenv(f"{name}_TRACING_V2", "true")
            monkeypatch.setenv(f"{name}_ENDPOINT", collector.url)
            monkeypatch.setenv(f"{name}_API_KEY", "sk-secret")
        langsmith_forgets()
        assert (await collect_from(server.url, asking(SECRET))).text
        await anyio.sleep(0.5)
    langsmith_forgets()
    assert collector.asked == []


def langsmith_forgets():
    """Let it read the environment again; it remembers what it read."""
    from langsmith.utils import get_env_var  # noqa: PLC0415

    get_env_var.cache_clear()


async def test_an_agent_is_held_to_the_same_model_and_context(server):
    async with model(server.url) as local:
        chat = await local.chat()
        said = await chat.ainvoke("Hello", model="kimi-k2:cloud", options={"num_ctx": 99_999})
    [asked] = server.chats
    assert said.text == "Revenue rose by 8 %."
    assert asked.json["model"] == MODEL
    assert asked.json["options"]["num_ctx"] == 8192


async def test_an_agent_is_refused_what_stream_refuses(server):
    server.models = {MODEL: Held(loaded=8192, remote_host=ELSEWHERE)}
    async with model(server.url) as local:
        chat = await local.chat()
        with pytest.raises(EgressForbidden):
            await chat.ainvoke(SECRET)
    assert SECRET.encode() not in server.received


async def test_an_agent_that_collected_too_much_is_told_before_it_is_sent(server):
    async with model(server.url) as local:
        chat = await local.chat()
        with pytest.raises(ContextOverflow):
            await chat.ainvoke([HumanMessage("a passage of text " * 3000)])
    assert server.chats == []


async def test_nothing_but_chats_goes_through_the_client(server):
    async with model(server.url) as local:
        chat = await local.chat()
        with pytest.raises(NotImplementedError):
            await chat._async_client.web_search(SECRET)
        with pytest.raises(NotImplementedError):
            chat.invoke(SECRET)
    assert not re.search(SECRET.encode(), server.received)


@tool
def search_filings(query: str) -> str:
    """Search the filings."""
    return query


async def test_tool_calls_arrive_whole(server):
    server.manner = Manner(
        pieces=(), tool_calls=(("search_filings", {"query": "revenue"}), ("search_filings", {}))
    )
    async with model(server.url) as local:
        said = await (await local.chat()).bind_tools([search_filings]).ainvoke("What was revenue?")
    assert [(call["name"], call["args"]) for call in said.tool_calls] == [
        ("search_filings", {"query": "revenue"}),
        ("search_filings", {}),
    ]
    assert server.chats[0].json["tools"][0]["function"]["name"] == "search_filings"


class Verdict(BaseModel):
    """Whether a message is sensitive."""

    sensitive: bool


async def test_a_schema_is_sent_and_its_answer_parsed(server):
    server.manner = Manner(pieces=('{"sensitive"', ": true}"))
    async with model(server.url) as local:
        chat = (await local.chat()).with_structured_output(Verdict, method="json_schema")
        assert await chat.ainvoke("Is it?") == Verdict(sensitive=True)
    assert server.chats[0].json["format"]["properties"]["sensitive"]["type"] == "boolean"
