"""What the router adds to the first token of a local and of a cloud model, paired.

Each question goes twice to the same scripted server, in turns first: through the router (reading,
policy, queue, breaker, chain, provider) and straight, with the same prompt, by a plain client whose
connection is as warm. The server is a process of its own. Evidence comes from the store of the
samples; searching for it is reported apart.
"""

import asyncio
import json
import multiprocessing
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial
from multiprocessing.connection import Connection

import httpx

from assistant.bootstrap import open_app
from assistant.domain.answers import Destination, Question
from assistant.domain.completions import CompletionEvent, CompletionRequest, Routed, TextDelta
from assistant.domain.events import ToolFinished
from assistant.domain.people import LOCAL_USER
from assistant.evals.cases import read_cases
from assistant.evals.report import this_machine, write_section
from assistant.ports import ChatModel, Router
from assistant.settings import Settings
from assistant.turn import Assistant
from benchmarks.store import DOCS, SAMPLE_CASES, fill, kept_store, parser
from tests.servers import ollama, openrouter

_QUESTIONS = 200
_WARM_UP = 5
Straight = Callable[[CompletionRequest], Awaitable[float]]
_TEXT = ("Net sales were not stated.",)


@dataclass
class Recording:
    """A model that keeps the last request it was asked. Implements `ports.ChatModel`."""

    model: ChatModel
    last: CompletionRequest | None = None

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield what the model says."""
        self.last = request
        async with aclosing(self.model.stream(request)) as reply:
            async for event in reply:
                yield event


@dataclass
class Times:
    """Seconds of each question: to the first token, and of the whole way the search alone.

    `worked` is processor time of this process that the router adds: what a busy machine leaves as
    it is.
    """

    straight: list[float] = field(default_factory=list)
    routed: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    search: list[float] = field(default_factory=list)
    worked: list[float] = field(default_factory=list)

    @property
    def added(self) -> list[float]:
        """What the router adds, pair by pair."""
        return [
            routed - straight for routed, straight in zip(self.routed, self.straight, strict=True)
        ]


def main() -> None:
    """Measure, print, and write on demand."""
    options = parser(__doc__ or "")
    options.add_argument("--questions", type=int, default=_QUESTIONS, help="questions a model")
    given = options.parse_args()
    samples = kept_store("samples")
    fill(samples, "--samples")
    texts = [case.question for case in read_cases(SAMPLE_CASES)]
    asked = [texts[n % len(texts)] for n in range(_WARM_UP + given.questions)]
    with _servers() as (local_url, cloud_url):
        settings = Settings(
            data_dir=samples,
            ollama_url=local_url,
            openrouter_url=cloud_url,
            openrouter_api_key=openrouter.KEY,
            cloud_budget_usd_per_day=Decimal(1_000_000),
            agent="off",
            _env_file=None,
        )
        measured = asyncio.run(_measure_both(settings, asked))
    report = _report(measured)
    print(report)
    if given.write:
        write_section(DOCS, "router overhead", report)


@contextmanager
def _servers() -> Iterator[tuple[str, str]]:
    """Run both servers in a process of their own; yield their addresses."""
    spawn = multiprocessing.get_context("spawn")
    here, there = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(there,))
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("stop")
        process.join()


def _serve(wire: Connection) -> None:
    held = {ollama.MODEL: ollama.Held(loaded=12_288)}
    server = ollama.Ollama(held, lambda _: _TEXT[0])
    reply = openrouter.Reply(text=_TEXT)
    with ollama.running(server), openrouter.openrouter_server(answer=lambda _: reply) as cloud:
        wire.send((server.url, cloud.url))
        wire.recv()


async def _measure_both(settings: Settings, texts: Sequence[str]) -> dict[Destination, Times]:
    async with open_app(settings) as app, AsyncExitStack() as stack:
        recording = Recording(app.assistant.model)
        assistant = replace(app.assistant, model=recording)
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=60, trust_env=False))
        straight: dict[Destination, Straight] = {
            Destination.LOCAL: lambda made: _local(client, settings, made),
            Destination.CLOUD: lambda made: _cloud(client, settings, made),
        }
        return {
            place: await _measure(assistant, recording, texts, place, ask)
            for place, ask in straight.items()
        }


async def _measure(
    assistant: Assistant,
    recording: Recording,
    texts: Sequence[str],
    place: Destination,
    straight: Straight,
) -> Times:
    times = Times()
    for number, text in enumerate(texts):
        question = Question(text, LOCAL_USER, datetime.now(UTC).date(), model=place)
        whole, search = await _asked(assistant, question)
        made = recording.last
        if made is None or not made.evidence:
            continue
        routing = partial(_routed, assistant.router, recording.model, question, made)
        direct = partial(straight, made)
        if number % 2:
            routed, direct_took = await _took(routing), await _took(direct)
        else:
            direct_took, routed = await _took(direct), await _took(routing)
        if number >= _WARM_UP:
            times.straight.append(direct_took[0])
            times.routed.append(routed[0])
            times.worked.append(routed[1] - direct_took[1])
            times.whole.append(whole)
            times.search.append(search)
    return times


async def _took(ask: Callable[[], Awaitable[float]]) -> tuple[float, float]:
    """Return the time to the first token, and the processor time of the whole question."""
    start = time.process_time()
    first = await ask()
    return first, time.process_time() - start


async def _asked(assistant: Assistant, question: Question) -> tuple[float, float]:
    """Return the time to the first text of the whole way, and that of its searching."""
    start, search, first = time.perf_counter(), 0.0, 0.0
    async with aclosing(assistant.ask(question)) as events:
        async for event in events:
            if isinstance(event, ToolFinished):
                search += event.seconds
            if isinstance(event, TextDelta) and not first:
                first = time.perf_counter() - start
    return first, search


async def _routed(
    router: Router, model: ChatModel, question: Question, made: CompletionRequest
) -> float:
    """Return the time of reading, deciding, and the chain to its first text."""
    start = time.perf_counter()
    reading = await router.read(question)
    request = replace(made, route=router.decide(reading, question, made.sensitivity))
    first = 0.0
    async with aclosing(model.stream(request)) as reply:
        async for event in reply:
            if isinstance(event, Routed) and event.route.destination is not question.model:
                raise RuntimeError(f"another model answered: {event.route.reasons}")
            if isinstance(event, TextDelta) and not first:
                first = time.perf_counter() - start
    return first


async def _local(client: httpx.AsyncClient, settings: Settings, made: CompletionRequest) -> float:
    body = {
        "model": settings.ollama_model,
        "messages": _messages(made),
        "options": {"num_ctx": settings.ollama_num_ctx, "num_predict": made.max_tokens},
        "stream": True,
    }
    return await _first(client, f"{settings.ollama_url}/api/chat", body, {}, b'"content": "N')


async def _cloud(client: httpx.AsyncClient, settings: Settings, made: CompletionRequest) -> float:
    body = {
        "model": settings.openrouter_model,
        "messages": _messages(made),
        "max_tokens": made.max_tokens,
        "stream": True,
    }
    known = {"Authorization": f"Bearer {openrouter.KEY}"}
    url = f"{settings.openrouter_url}/chat/completions"
    return await _first(client, url, body, known, b'"content": "N')


def _messages(made: CompletionRequest) -> list[dict[str, str]]:
    return [{"role": one.role, "content": one.content} for one in made.messages]


async def _first(
    client: httpx.AsyncClient,
    url: str,
    body: dict[str, object],
    headers: dict[str, str],
    mark: bytes,
) -> float:
    """Return the time until the first text of a reply is there."""
    start, first, seen = time.perf_counter(), 0.0, b""
    data = json.dumps(body).encode()
    async with client.stream("POST", url, content=data, headers=headers) as reply:
        async for piece in reply.aiter_raw():
            seen += piece
            if not first and mark in seen:
                first = time.perf_counter() - start
    if not first:
        raise RuntimeError(f"{url} said nothing: {seen[:200]!r}")
    return first


def _report(measured: dict[Destination, Times]) -> str:
    lines = [
        "## What the router adds",
        "",
        f"`python -m benchmarks.router_overhead --write`, {datetime.now(UTC).date()}, "
        f"{this_machine()}, load average {os.getloadavg()[0]:.1f}. Time to the first token in ms, from a scripted server that answers at "
        "once; questions and evidence of the samples. *Added* is the difference pair by pair: "
        "reading the question, deciding, queue, budget, breaker, chain and provider; its processor time "
        "(of the whole reply) does not grow with what else the machine does.",
        "",
        "| model | questions | straight p50 | p95 | routed p50 | p95 | added p50 | added p95 |"
        " of it processor p95 | whole way p50 | of it search p50 |",
        "|---|" + "---:|" * 10,
    ]
    for place, times in measured.items():
        cells = [
            *_quantiles(times.straight),
            *_quantiles(times.routed),
            *_quantiles(times.added),
            _quantiles(times.worked)[1],
            _quantiles(times.whole)[0],
            _quantiles(times.search)[0],
        ]
        shown = " | ".join(f"{cell:.1f}" for cell in cells)
        lines.append(f"| {place.value} | {len(times.routed)} | {shown} |")
    return "\n".join([*lines, ""])


def _quantiles(seconds: Sequence[float]) -> tuple[float, float]:
    """Return median and 95th percentile in milliseconds (nearest rank)."""
    each = sorted(seconds)
    return tuple(1000 * each[min(len(each) - 1, int(share * len(each)))] for share in (0.5, 0.95))  # type: ignore[return-value]


if __name__ == "__main__":
    main()
