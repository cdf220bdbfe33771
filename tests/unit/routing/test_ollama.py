"""A local model, asked over a real socket: what is sent, what arrives, and what becomes of faults."""

import asyncio
import sys
from contextlib import aclosing, asynccontextmanager

import anyio
import pytest

from assistant.domain.answers import Destination, Evidence
from assistant.domain.completions import (
    CompletionRequest,
    Message,
    Routed,
    Task,
    TextDelta,
    Usage,
    Waiting,
    collect,
)
from assistant.domain.errors import (
    AssistantError,
    ContextOverflow,
    EgressForbidden,
    InvalidRequest,
    MalformedReply,
    ModelBusy,
    ModelMissing,
    ServiceFailed,
    ServiceUnavailable,
)
from assistant.domain.filings import Locator, Sensitivity
from assistant.routing.providers.lifetimes import Patience
from assistant.routing.providers.ollama import OllamaModel
from assistant.routing.providers.ollama_server import Local, OllamaServer
from tests.patience import until
from tests.servers.ollama import MODEL, OVERFLOW, Held, Manner, Ollama, refused_url, running

pytestmark = pytest.mark.anyio
QUICK = Patience(connect_s=2, load_s=20, first_token_s=20, idle_s=20, total_s=60)


def asking(text="What was revenue?", evidence=(), sensitivity=Sensitivity.PUBLIC, max_tokens=256):
    def rendered(given):
        shown = "\n".join(f"[{item.label}] {item.text}" for item in given)
        return Message("system", "Be brief."), Message("user", f"{shown}\n\nQuestion: {text}")

    return CompletionRequest(
        task=Task.ANSWER,
        question=text,
        evidence=tuple(evidence),
        messages=rendered(evidence),
        sensitivity=sensitivity,
        max_tokens=max_tokens,
        rendered=rendered,
    )


def passage(number, words=300):
    text = f"{number} " + "revenue rose and margins held " * (words // 5)
    place = Locator("filing", "A 10-K", number, "Item 7", 0, len(text))
    return Evidence(text, place, label=f"E{1000 + number}")


@pytest.fixture
def server():
    with running(Ollama(models={MODEL: Held(loaded=8192)})) as ollama:
        yield ollama


@asynccontextmanager
async def model(url, patience=QUICK, allowed=(), **how):
    opened = OllamaServer(url, allowed, patience, remembered_s=how.pop("remembered_s", 5))
    try:
        name = how.pop("name", MODEL)
        yield OllamaModel(opened, Local(name, **{"num_ctx": 8192, **how}))
    finally:
        await opened.aclose()


async def events(url, request=None, **how):
    async with model(url, **how) as local:
        return [event async for event in local.stream(request or asking())]


async def test_an_answer_arrives_piece_by_piece_between_its_route_and_its_usage(server):
    first, *pieces, last = await events(server.url)
    assert first.route.destination is Destination.LOCAL
    assert [piece.text for piece in pieces] == ["Revenue", " rose", " by", " 8", " %."]
    [chat] = server.chats
    assert last == Usage(MODEL, prompt_tokens=19, completion_tokens=5)
    await ended(chat, "done")


async def test_the_request_pins_the_context_and_forbids_a_silent_cut(server):
    await events(server.url, asking(max_tokens=77))
    [chat] = server.chats
    assert chat.json["options"] == {"num_ctx": 8192, "num_predict": 77, "temperature": 0.0}
    assert chat.json["truncate"] is False
    assert chat.json["shift"] is False
    assert chat.json["think"] is False
    assert chat.json["keep_alive"] == "10m"
    assert [m["role"] for m in chat.json["messages"]] == ["system", "user"]


async def test_a_model_that_is_not_loaded_is_loaded_before_it_is_asked_and_the_user_is_told():
    with running(Ollama(models={MODEL: Held()})) as server:
        first, *_ = await events(server.url)
        again, *_ = await events(server.url)
    assert first == Waiting("loading qwen3:8b ...")
    assert isinstance(again, Routed)
    [load] = server.loads
    assert load.json["options"]["num_ctx"] == server.chats[0].json["options"]["num_ctx"]


FAULTS = {
    "missing model": (Manner(status=404, error="model 'qwen3:8b' not found"), ModelMissing),
    "queue full": (Manner(status=503, error="server busy, please try again."), ModelBusy),
    "out of memory": (
        Manner(status=500, error="llama runner process has terminated"),
        ServiceFailed,
    ),
    "hangs up": (Manner(hang_up=True), ServiceUnavailable),
    "redirect": (Manner(status=307, location="http://127.0.0.1:9/api/chat"), EgressForbidden),
    "first line malformed": (Manner(malformed_after=0), MalformedReply),
    "first line strange": (Manner(strange_after=0), MalformedReply),
    "first line an error": (Manner(error_after=0), ServiceUnavailable),
    "too long, said in a line": (Manner(error_after=0, error=OVERFLOW), ContextOverflow),
    "answers nothing": (Manner(pieces=()), MalformedReply),
    "only thinks": (Manner(pieces=(), thinking="Hm."), MalformedReply),
    "too long by its own count": (
        Manner(status=400, error=OVERFLOW),
        ContextOverflow,
    ),
    "somebody else answers": (Manner(remote_host="https://ollama.com:443"), EgressForbidden),
    "a cloud model answers": (Manner(named="qwen3-coder:480b-cloud"), EgressForbidden),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_failure_before_the_first_word_is_an_error_without_a_route(server, fault):
    manner, expected = FAULTS[fault]
    server.manner = manner
    seen, error = await until_it_fails(server.url)
    assert seen == []
    assert isinstance(error, expected)
    assert error.message
    assert error.hint


BROKEN = {
    "cut": (Manner(cut_after=2), ServiceUnavailable),
    "ended early": (Manner(end_after=2), ServiceUnavailable),
    "malformed line": (Manner(malformed_after=2), MalformedReply),
    "error line": (Manner(error_after=2), ServiceUnavailable),
    "cut prompt": (Manner(prompt_count=2), ContextOverflow),
    "somebody else goes on": (
        Manner(remote_host="https://ollama.com:443", remote_from=2),
        EgressForbidden,
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
async def test_a_failure_after_some_words_keeps_them_and_is_an_error(server, fault):
    manner, expected = BROKEN[fault]
    server.manner = manner
    seen, error = await until_it_fails(server.url)
    assert seen[1:3] == [TextDelta("Revenue"), TextDelta(" rose")]
    assert isinstance(error, expected)


SLOW = {
    "loading": (Patience(load_s=0.2), {"load": Manner(load_s=60)}, Held(), "not loaded within"),
    "first token": (
        Patience(first_token_s=0.2),
        {"manner": Manner(first_token_s=60)},
        Held(loaded=8192),
        "wrote nothing within",
    ),
    "idle": (
        Patience(idle_s=0.2),
        {"manner": Manner(stall_after=2)},
        Held(loaded=8192),
        "fell silent",
    ),
    "in all": (
        Patience(total_s=0.5),
        {"manner": Manner(pieces=("a ",) * 10_000, pace_s=0.02)},
        Held(loaded=8192),
        "in all",
    ),
}


@pytest.mark.parametrize("phase", SLOW)
async def test_each_phase_has_a_time_limit_and_words_of_its_own(phase):
    patience, manners, held, said = SLOW[phase]
    with running(Ollama(models={MODEL: held}, **manners)) as server:
        with pytest.raises(ServiceUnavailable, match=said) as failure:
            await events(server.url, patience=patience)
        await ended(server.asked[-1], "cancelled")
    assert "AEI_OLLAMA_" in failure.value.hint


async def until_it_fails(url, request=None, **how):
    """Return what was seen before the failure, and the failure."""
    seen = []
    try:
        async with model(url, **how) as local:
            async for event in local.stream(request or asking()):
                seen.append(event)
    except AssistantError as error:
        return seen, error
    raise AssertionError(f"no failure after {seen}")


async def ended(asked, how):
    """Wait until the server knows how a request ended."""
    await until(lambda: asked.ended)
    assert asked.ended == how


async def test_closing_the_stream_ends_the_reply_at_the_server(server):
    server.manner = Manner(pieces=("word ",) * 100_000, pace_s=0.01)
    async with model(server.url) as local:
        async with aclosing(local.stream(asking())) as stream:
            async for event in stream:
                if isinstance(event, TextDelta):
                    break
        await ended(server.chats[0], "cancelled")


async def test_a_cancelled_task_ends_the_reply_at_the_server(server):
    server.manner = Manner(first_token_s=60)
    async with model(server.url) as local:
        task = asyncio.create_task(collect(local.stream(asking())))
        await until(lambda: server.chats)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await ended(server.chats[0], "cancelled")


async def test_without_a_server_the_failure_comes_before_langchain_is_loaded():
    script = f"""
import asyncio, sys
from tests.unit.routing.test_ollama import events
try:
    asyncio.run(events({refused_url()!r}))
except Exception as error:
    print(error.code, "langchain_core" in sys.modules, "ollama" in sys.modules)
"""
    done = await anyio.run_process([sys.executable, "-c", script])
    assert done.stdout.split() == [b"service_unavailable", b"False", b"False"]


async def test_a_model_that_the_server_does_not_have_is_named_with_the_way_to_get_it():
    with running(Ollama(models={"other:1b": Held()})) as server:
        _, error = await until_it_fails(server.url)
    assert isinstance(error, ModelMissing)
    assert "ollama pull qwen3:8b" in error.hint
    assert server.chats == []


async def test_an_answer_that_ran_into_its_limit_says_so(server):
    server.manner = Manner(done_reason="length")
    *_, usage = await events(server.url, asking(max_tokens=5))
    assert usage.interrupted == "The answer reached its limit of 5 tokens."


async def test_the_answer_names_the_model_that_wrote_it(server):
    server.manner = Manner(named="mistral:7b")
    *_, usage = await events(server.url)
    assert usage.model == "mistral:7b"


async def test_what_a_model_thinks_is_never_shown(server):
    server.manner = Manner(
        pieces=("<th", "ink>The user", " wants</thi", "nk>", "\n\nRevenue", " rose."),
        thinking="I must not tell.",
    )
    reply = await collect_from(server.url)
    assert reply.text == "Revenue rose."


async def collect_from(url, request=None, **how):
    async with model(url, **how) as local:
        return await collect(local.stream(request or asking()))


async def test_evidence_that_does_not_fit_is_left_out_and_cannot_be_cited(server):
    request = asking(evidence=[passage(n) for n in range(1, 40)], max_tokens=500)
    routed, *_ = await events(server.url, request)
    kept = routed.evidence
    assert kept == request.evidence[: len(kept)]
    assert 0 < len(kept) < 39
    assert f"room for {len(kept)} of 39 passages" in routed.route.reasons[-1]
    [chat] = server.chats
    said = chat.json["messages"][-1]["content"]
    assert [item.label in said for item in request.evidence] == [
        item in kept for item in request.evidence
    ]


async def test_the_whole_evidence_stays_citable_where_all_of_it_fits(server):
    routed, *_ = await events(server.url, asking(evidence=[passage(1), passage(2)]))
    assert routed.evidence is None


async def test_a_question_that_alone_does_not_fit_is_refused_before_it_is_sent(server):
    _, error = await until_it_fails(server.url, asking("Why? " * 9000))
    assert isinstance(error, ContextOverflow)
    assert "AEI_OLLAMA_NUM_CTX" in error.hint
    assert server.chats == []


async def test_a_model_that_knows_a_shorter_context_than_the_setting_gets_no_more(server):
    server.models = {MODEL: Held(context=2048)}
    request = asking(evidence=[passage(n) for n in range(1, 40)])
    _, routed, *_ = await events(server.url, request, num_ctx=8192)
    assert 0 < len(routed.evidence) < 8
    await ended(server.chats[0], "done")


async def test_a_server_that_reads_less_than_it_says_is_found_out(server):
    server.manner = Manner(window=200)
    _, error = await until_it_fails(server.url, asking(evidence=[passage(n) for n in range(1, 9)]))
    assert isinstance(error, ContextOverflow)
    assert "read 200 tokens" in error.message


async def test_a_server_that_counts_nothing_is_believed(server):
    server.manner = Manner(uncounted=True)
    *_, usage = await events(server.url)
    assert usage == Usage(MODEL)


async def test_letters_that_no_page_and_no_database_takes_are_left_out(server):
    server.manner = Manner(pieces=("Net\0 sales \ud800rose",))
    assert (await collect_from(server.url)).text == "Net sales ?rose"


async def test_a_line_without_an_end_does_not_fill_the_memory(server):
    server.manner = Manner(pieces=("x" * (3 << 20),))
    _, error = await until_it_fails(server.url)
    assert isinstance(error, MalformedReply)


async def test_a_model_that_somebody_loaded_with_another_context_is_loaded_with_ours():
    with running(Ollama(models={MODEL: Held(loaded=4096)})) as server:
        request = asking(evidence=[passage(n) for n in range(1, 12)])
        first, routed, *_ = await events(server.url, request, num_ctx=8192)
    assert isinstance(first, Waiting)
    assert routed.evidence is None
    assert [load.json["options"]["num_ctx"] for load in server.loads] == [8192]


async def test_a_password_in_the_address_is_used_and_never_said():
    with running(Ollama(models={MODEL: Held(loaded=8192)})) as server:
        address = server.url.replace("//", "//ann:hunter2@")
        await events(address)
        assert server.chats[0].headers["authorization"].startswith("Basic ")
    _, error = await until_it_fails(address)
    assert "hunter2" not in error.message + error.hint


def test_an_address_that_is_none_is_named():
    with pytest.raises(InvalidRequest, match="Ollama"):
        OllamaServer("http://127.0.0.1:here")


async def test_questions_wait_for_their_turn_and_one_too_many_is_told_at_once():
    busy = Ollama({MODEL: Held(loaded=8192)}, max_queue=1, manner=Manner(first_token_s=3600))
    with running(busy) as server:
        async with model(server.url) as local, anyio.create_task_group() as group:
            for count in (1, 2):
                group.start_soon(collect, local.stream(asking()))
                await until(lambda count=count: len(server.chats) == count)
            await until(lambda: server.waiting == 1)
            with pytest.raises(ModelBusy, match="maximum pending requests"):
                await collect(local.stream(asking()))
            group.cancel_scope.cancel()
