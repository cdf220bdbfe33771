"""The test server and a real Ollama keep the same words, and our model lives with both.

The real one is there where `tests/servers/install_ollama.sh` could build it; its model has random
weights, so nothing is asked of what it writes.
"""

import contextlib
import json

import anyio
import httpx
import pytest

from assistant.domain.completions import Routed, TextDelta, Usage, Waiting
from assistant.domain.errors import ContextOverflow, EgressForbidden, ModelMissing
from tests.servers.ollama import Held, Ollama, running
from tests.servers.real_ollama import BINARY, REASON, real_ollama
from tests.servers.tiny_model import CONTEXT
from tests.unit.routing.test_ollama import asking, model, passage

pytestmark = pytest.mark.anyio
NAME = "tiny:test"
OPTIONS = {"num_ctx": 1024, "num_predict": 8, "temperature": 0}


@pytest.fixture(scope="module", params=["fake", "real"])
def url(request, tmp_path_factory):
    if request.param == "real":
        if not BINARY.is_file():
            pytest.skip(REASON)
        with real_ollama(tmp_path_factory.mktemp("ollama"), NAME) as address:
            yield address
        return
    with running(
        Ollama(models={NAME: Held(context=CONTEXT, tools=False)}, reply=lambda _: "word " * 20)
    ) as fake:
        yield fake.url


@pytest.fixture
def client(url):
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as opened:
        yield opened
        unload(opened)


def unload(client):
    client.post("/api/chat", json={"model": NAME, "messages": [], "keep_alive": 0})


def chat(client, text="What was revenue?", **more):
    body = {"model": NAME, "messages": [{"role": "user", "content": text}], "options": OPTIONS}
    return client.post("/api/chat", json=body | more)


def lines(reply):
    return [json.loads(line) for line in reply.text.splitlines()]


def loaded(client):
    return [item["name"] for item in client.get("/api/ps").json()["models"]]


def test_it_says_its_version(client):
    assert client.get("/api/version").json()["version"]


def test_it_lists_a_model_with_what_tells_it_from_others(client):
    [item] = client.get("/api/tags").json()["models"]
    assert item["name"] == item["model"] == NAME
    assert len(item["digest"]) == 64
    assert item["size"] > 0
    assert not item.get("remote_host")


def test_it_shows_the_longest_context_a_model_knows(client):
    info = client.post("/api/show", json={"model": NAME}).json()["model_info"]
    assert [value for key, value in info.items() if key.endswith(".context_length")] == [CONTEXT]


def test_a_model_without_tools_does_not_list_them_and_refuses_them(client):
    assert "tools" not in client.post("/api/show", json={"model": NAME}).json()["capabilities"]
    tool = {"name": "search", "parameters": {"type": "object", "properties": {}}}
    reply = chat(client, tools=[{"type": "function", "function": tool}])
    assert reply.status_code == 400
    assert reply.json() == {"error": f"registry.ollama.ai/library/{NAME} does not support tools"}


def test_empty_messages_load_a_model_and_no_time_to_live_unloads_it(client):
    assert loaded(client) == []
    body = {"model": NAME, "messages": [], "options": OPTIONS, "stream": False}
    said = client.post("/api/chat", json=body).json()
    assert (said["done"], said["done_reason"]) == (True, "load")
    [item] = client.get("/api/ps").json()["models"]
    assert item["name"] == NAME
    assert item["context_length"] == 1024
    said = client.post("/api/chat", json={**body, "keep_alive": 0}).json()
    assert said["done_reason"] == "unload"
    gone(client)


def gone(client):
    """Wait until nothing is loaded: the real one ends its runner a moment later."""
    for _ in range(200):
        if not loaded(client):
            return
        anyio.run(anyio.sleep, 0.05)
    raise AssertionError("still loaded")


def test_a_reply_is_a_line_of_json_a_piece_and_a_last_one_with_counts(client):
    reply = chat(client)
    *pieces, last = lines(reply)
    assert reply.headers["content-type"] == "application/x-ndjson"
    assert pieces
    for piece in pieces:
        assert piece["model"] == NAME
        assert piece["message"]["role"] == "assistant"
        assert piece["message"]["content"]
        assert piece["done"] is False
    assert last["done"] is True
    assert last["done_reason"] in {"stop", "length"}
    assert last["prompt_eval_count"] > 5
    assert last["eval_count"] > 0


def test_a_model_that_is_not_there_is_a_plain_404(client):
    reply = chat(client, model="nosuch")
    assert reply.status_code == 404
    assert reply.json() == {"error": "model 'nosuch' not found"}


def test_a_body_that_is_no_json_is_a_plain_400(client):
    reply = client.post("/api/chat", content=b"{", headers={"content-type": "application/json"})
    assert reply.status_code == 400
    assert list(reply.json()) == ["error"]


def test_a_prompt_that_is_too_long_is_refused_where_cutting_is_forbidden(client):
    reply = chat(client, "revenue rose and margins held " * 400, truncate=False, shift=False)
    assert reply.status_code == 400
    assert "the input length exceeds the context length" in reply.json()["error"]


def test_a_prompt_that_is_too_long_is_else_cut_in_silence(client):
    reply = chat(client, "revenue rose and margins held " * 400)
    assert reply.status_code == 200
    assert lines(reply)[-1]["prompt_eval_count"] <= 1024


def test_the_same_prompt_again_is_counted_in_full(client):
    first, again = (lines(chat(client))[-1]["prompt_eval_count"] for _ in range(2))
    assert again == first


async def told(url, request=None, **how):
    async with model(url, name=NAME, num_ctx=1024, **how) as local:
        return [event async for event in local.stream(request or asking(max_tokens=8))]


async def test_our_model_answers_from_it(url, client):
    gone(client) if loaded(client) else None
    first, routed, *pieces, usage = await told(url)
    assert first == Waiting(f"loading {NAME} ...")
    assert isinstance(routed, Routed)
    assert all(isinstance(piece, TextDelta) for piece in pieces)
    assert isinstance(usage, Usage)
    assert usage.model == NAME
    assert usage.prompt_tokens > 5
    assert 0 < usage.completion_tokens <= 8


async def test_our_model_names_what_is_missing(url):
    with pytest.raises(ModelMissing):
        async with model(url, name="nosuch:7b") as local:
            [event async for event in local.stream(asking())]


async def test_our_model_is_told_of_a_prompt_that_slipped_through_its_estimate(url):
    """The server's own limit is the second line: the guard is made to expect too little here."""
    async with model(url, name=NAME, num_ctx=1024) as local:
        local.guard.ratio = 0.05
        with pytest.raises(ContextOverflow, match="does not fit"):
            [event async for event in local.stream(asking("rose and held " * 2000, max_tokens=8))]


async def test_our_model_repacks_for_it(url):
    request = asking(evidence=[passage(n, 100) for n in range(1, 30)], max_tokens=8)
    events = await told(url, request)
    routed = next(event for event in events if isinstance(event, Routed))
    assert 0 < len(routed.evidence) < 29
    assert isinstance(events[-1], Usage)


async def test_a_reply_that_is_abandoned_frees_the_model_for_the_next(url):
    async with model(url, name=NAME, num_ctx=1024) as local:
        async with contextlib.aclosing(local.stream(asking(max_tokens=700))) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        with anyio.fail_after(60):
            assert [event async for event in local.stream(asking(max_tokens=8))]


async def test_a_model_from_the_internet_says_so_and_is_refused(url, request):
    """The real daemon is given one that points elsewhere; nothing asks that place."""
    if "fake" in request.node.name:
        with running(Ollama(models={"far:1b": Held(remote_host="https://ollama.com:443")})) as fake:
            await refused(fake.url)
        return
    body = {"model": "far:1b", "from": "gpt-oss:20b", "remote_host": "https://ollama.com"}
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=60) as client:
        made = await client.post("/api/create", json={**body, "stream": False})
        assert made.json().get("status") == "success", made.text
        try:
            await refused(url)
        finally:
            await client.request("DELETE", "/api/delete", json={"model": "far:1b"})


async def refused(url):
    async with httpx.AsyncClient(base_url=url, trust_env=False) as client:
        models = (await client.get("/api/tags")).json()["models"]
    [entry] = [item for item in models if item["name"] == "far:1b"]
    assert entry["remote_host"].startswith("https://ollama.com")
    async with model(url, name="far:1b") as local:
        with pytest.raises(EgressForbidden):
            [event async for event in local.stream(asking())]
