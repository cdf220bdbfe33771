"""The last door before the network, and the first behind it.

    request ── Door: our server only, our headers only, the key ──> https
    reply   <── Door: plain bytes, bounded ── Events: whole, well-formed, with an end ── https

What comes from the server meets a limit here, whatever it is: a line without an end, a bomb in a
compressed body, an error of a gigabyte. What a stream says is read by `events`.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import httpx
import msgspec

from assistant.domain.errors import EgressForbidden, MalformedReply
from assistant.routing.providers.openrouter.endpoint import Endpoint
from assistant.routing.providers.openrouter.events import Events
from assistant.routing.providers.openrouter.failures import Refusal, failure, unreachable

_SENT = frozenset({"accept", "content-type", "content-length", "host", "connection"})
_AGENT = "python"
"""Neither product nor version; some gateways refuse a request without any."""
_LONGEST_REPLY = 16 << 20
_LONGEST_ERROR = 1 << 16
_FAILED = 300
_PLAIN = "identity"
_EVENTS = "text/event-stream"
_object = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal)


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
            ("accept-encoding", _PLAIN),
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


def way_to(endpoint: Endpoint) -> httpx.AsyncBaseTransport:
    """Return what carries requests to a server: whom this machine trusts, no proxy but ours.

    Beside the authorities that ship with httpx those of the machine count: a company's own, too.
    """
    trusted = httpx.create_ssl_context(trust_env=False)
    trusted.load_default_certs()
    proxy = httpx.Proxy(endpoint.proxy) if endpoint.proxy else None
    return httpx.AsyncHTTPTransport(verify=trusted, trust_env=False, proxy=proxy)


def _checked(request: httpx.Request, reply: httpx.Response) -> httpx.AsyncByteStream:
    """Return the body of a reply, to be read within bounds."""
    body = reply.stream
    packed = reply.headers.get("content-encoding", _PLAIN).lower() != _PLAIN
    if packed or not isinstance(body, httpx.AsyncByteStream):
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
        told: Any = None
        with suppress(ValueError, RecursionError):
            told = _object.decode(reply.content)
        raise failure(Refusal.of(told, reply.status_code, dict(reply.headers)), model)
    try:
        return _object.decode(reply.content)
    except (ValueError, RecursionError):
        raise MalformedReply("OpenRouter answered with what cannot be read") from None
