"""The last door before the network, and the first behind it.

    request ── Door: our server only, our headers only, the key ──> https
    reply   <── Door: plain bytes, bounded ── Events: whole, well-formed, with an end ── https

What comes from the server is read here once, line by line, so that nothing behind it meets a line
without an end, a reply without an end, or a bomb in a compressed body. Amounts of money become
strings here: as a float the last digit of a cost would be lost.
"""

import json
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import httpx

from assistant.domain.errors import EgressForbidden, MalformedReply, ServiceUnavailable
from assistant.routing.providers.openrouter.endpoint import Endpoint
from assistant.routing.providers.openrouter.failures import Refusal, failure, unreachable

_SENT = frozenset({"accept", "content-type", "content-length", "host", "connection"})
_AGENT = "aei"
_LONGEST_LINE = 1 << 20
_LONGEST_REPLY = 16 << 20
_LONGEST_ERROR = 1 << 16
_MOST_TOKENS = 100_000_000
_FAILED = 300
_EVENTS = "text/event-stream"


class Door(httpx.AsyncBaseTransport):
    """Lets requests to one server out, without what they need not say, and bounds what comes in.

    Args:
        endpoint: The only server that is talked to.
        inner: What carries the requests.
    """

    def __init__(self, endpoint: Endpoint, inner: httpx.AsyncBaseTransport) -> None:
        self._endpoint = endpoint
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request with the key, and return a reply whose body is checked as it is read.

        Raises:
            EgressForbidden: It is for another server.
            MalformedReply: The reply is of another kind than was asked for.
        """
        url = request.url
        if (url.scheme, url.host, url.port) != self._endpoint.origin:
            raise EgressForbidden(f"Nothing is sent to {url.host}: it is not the cloud server")
        headers = [(name, value) for name, value in request.headers.items() if name in _SENT]
        headers += [
            ("authorization", f"Bearer {self._endpoint.key}"),
            ("user-agent", _AGENT),
            ("accept-encoding", "identity"),
        ]
        sent = httpx.Request(
            request.method, url, headers=headers, stream=request.stream,
            extensions=request.extensions,
        )  # fmt: skip
        reply = await self._inner.handle_async_request(sent)
        try:
            stream = _checked(request, reply)
        except MalformedReply:
            await reply.aclose()
            raise
        return httpx.Response(
            reply.status_code, headers=reply.headers, stream=stream, extensions=reply.extensions
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


def _checked(request: httpx.Request, reply: httpx.Response) -> httpx.AsyncByteStream:
    """Return the body of a reply, to be read within bounds."""
    body = reply.stream
    if not isinstance(body, httpx.AsyncByteStream) or reply.headers.get("content-encoding"):
        raise MalformedReply("OpenRouter answered with a compressed body, which was not asked for")
    if reply.status_code >= _FAILED:
        return _Bounded(body, _LONGEST_ERROR)
    if request.method != "POST":
        return _Bounded(body, _LONGEST_REPLY)
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _EVENTS:
        raise MalformedReply(f"OpenRouter answered with {kind or 'nothing'} instead of a stream")
    return Events(_Bounded(body, _LONGEST_REPLY))


class _Bounded(httpx.AsyncByteStream):
    """The bytes of a stream, up to a limit."""

    def __init__(self, inner: httpx.AsyncByteStream, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        received = 0
        async for block in self._inner:
            received += len(block)
            if received > self._limit:
                raise MalformedReply(f"OpenRouter sent more than {self._limit >> 10} KiB")
            yield block

    async def aclose(self) -> None:
        await self._inner.aclose()


class Events(httpx.AsyncByteStream):
    """The events of a stream, each checked and on a line of its own; comments are dropped.

    Args:
        inner: The bytes as they arrive.
    """

    def __init__(self, inner: httpx.AsyncByteStream) -> None:
        self._inner = inner
        self._finished = False
        self._ended = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield an event at a time.

        Raises:
            MalformedReply: An event cannot be read.
            ServiceUnavailable: The stream stops before its end.
        """
        async for line in self._lines():
            name, _, value = line.partition(b":")
            if name == b"data":
                yield b"data: " + self._event(value.strip()) + b"\n\n"
        if not self._ended:
            raise ServiceUnavailable(
                "The connection to OpenRouter broke in the middle of an answer"
            )

    async def aclose(self) -> None:
        """Close the connection."""
        await self._inner.aclose()

    async def _lines(self) -> AsyncIterator[bytes]:
        held = bytearray()
        async for block in self._inner:
            before = len(held)
            held += block
            end = held.rfind(b"\n", before) + 1
            if end:
                whole = bytes(held[:end])
                del held[:end]
                for line in whole.splitlines():
                    yield line
            if len(held) > _LONGEST_LINE:
                raise MalformedReply("OpenRouter sent a line without an end")
        if held:
            yield bytes(held)

    def _event(self, data: bytes) -> bytes:
        if data == b"[DONE]":
            self._ended = True
            return data
        if len(data) > _LONGEST_LINE:
            raise MalformedReply("OpenRouter sent an event that is too long")
        event = read(data)
        event["usage"] = _usage(event.get("usage"))
        self._ended = self._ended or bool(event.get("error") or event["usage"])
        for choice in _choices(event):
            if self._finished:  # the chunk with the usage says it again
                choice["finish_reason"] = None
            self._finished = self._finished or bool(choice.get("finish_reason"))
        return json.dumps(event).encode()


def read(data: bytes) -> dict[str, Any]:
    """Return a JSON object, its fractions as the strings they were written as.

    Raises:
        MalformedReply: It is none.
    """
    try:
        value = json.loads(data, parse_float=str, parse_constant=_no_number)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise MalformedReply(f"OpenRouter sent what cannot be read: {data[:80]!r}")
    return value


def _no_number(word: str) -> None:
    raise ValueError(word)


def _choices(event: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the choices of an event, each a mapping with a delta.

    Raises:
        MalformedReply: They are of another shape.
    """
    choices = event.setdefault("choices", [])
    shaped = isinstance(choices, list) and all(
        isinstance(choice, dict) and isinstance(choice.get("delta"), dict) for choice in choices
    )
    if not shaped and not event.get("error"):
        raise MalformedReply("OpenRouter sent an event of another shape")
    return choices if shaped else []


def _usage(told: Any) -> dict[str, Any] | None:  # noqa: ANN401 -- whatever the server sent
    """Return what a completion took; 0 tokens and an empty cost where it is no number."""
    if not isinstance(told, dict):
        return None
    counts = {name: _count(told.get(name)) for name in ("prompt_tokens", "completion_tokens")}
    cost = told.get("cost")
    is_number = isinstance(cost, str | int) and not isinstance(cost, bool)
    return counts | {"total_tokens": sum(counts.values()), "cost": str(cost) if is_number else ""}


def _count(value: Any) -> int:  # noqa: ANN401 -- whatever the server sent
    return value if isinstance(value, int) and 0 <= value < _MOST_TOKENS else 0


async def fetch(client: httpx.AsyncClient, url: str, model: str) -> dict[str, Any]:
    """Return the JSON object at an address of the server.

    Args:
        client: Whose transport is a `Door`.
        url: Where it is.
        model: The model that a failure is about.

    Raises:
        ServiceFailed: The server does not answer, or with an error.
    """
    try:
        reply = await client.get(url)
    except httpx.HTTPError as error:
        raise unreachable(error) from error
    if reply.status_code >= _FAILED:
        with suppress(MalformedReply):
            raise failure(
                Refusal.of(read(reply.content), reply.status_code, dict(reply.headers)), model
            )
        raise failure(Refusal(reply.status_code), model)
    return read(reply.content)
