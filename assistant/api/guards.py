"""What every request passes before any route sees it: pure ASGI, so WebSockets pass it too.

    Headers -> HostCheck -> OriginCheck -> BodyLimit -> routes

There is no sign-in yet, so a page of another site must not reach this server through the user's
browser. Two doors are closed: a foreign name that resolves to this machine (DNS rebinding, seen
in `Host`), and a cross-site POST or WebSocket (seen in `Origin` and `Sec-Fetch-Site`).
"""

import ipaddress
import json
import socket
from collections.abc import Iterable, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_STRICT_POLICY = "default-src 'none'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "SAMEORIGIN",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


class TooMuch(Exception):
    """A request body that is longer than the limit."""


class SecurityHeaders:
    """Adds the headers that keep a browser from guessing, framing and leaking."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, adding each header that the response does not already carry."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("content-security-policy", _STRICT_POLICY)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class HostCheck:
    """Refuses a `Host` that is neither an address nor a name of this machine.

    DNS rebinding needs a name under the attacker's control, so addresses are let through.

    Args:
        app: What to protect.
        names: Names that are ours besides `localhost` and the host name of this machine.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()) -> None:
        self._app = app
        self._names = {"localhost", socket.gethostname().lower(), *(n.lower() for n in names)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or answer 403."""
        if scope["type"] == "lifespan" or self._ours(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send)
            return
        await refuse(
            scope, receive, send, 403, "forbidden_host",
            "This server does not answer to that host name.",
            "Open it by the address that `aei serve` printed.",
        )  # fmt: skip

    def _ours(self, host: str) -> bool:
        name = _hostname(host)
        return name in self._names or _is_address(name)


class OriginCheck:
    """Refuses writes and WebSockets that a page of another origin started."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or answer 403."""
        if not _changes_state(scope) or _same_origin(Headers(scope=scope)):
            await self._app(scope, receive, send)
            return
        await refuse(
            scope, receive, send, 403, "forbidden_origin",
            "This request came from a page of another site.",
            "Use the chat page of this server, or a program that sends no Origin header.",
        )  # fmt: skip


class BodyLimit:
    """Refuses a request body that is too long, declared or streamed.

    Args:
        app: What to protect.
        limit: The longest body in bytes.
        paths: Shorter limits for single paths.
    """

    def __init__(self, app: ASGIApp, limit: int, paths: Mapping[str, int] | None = None) -> None:
        self._app = app
        self._limit = limit
        self._paths = paths or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve, or answer 413 before the body is read further."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = self._paths.get(scope["path"], self._limit)
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdigit() or int(declared) > limit:
            await _too_much(scope, receive, send, limit)
            return
        body = _Counted(receive, send, limit)
        with suppress(TooMuch):
            await self._app(scope, body.receive, body.send)
        if body.refused:
            await _too_much(scope, receive, send, limit)


class _Counted:
    """Counts a body as it is read; what the application answers to a cut one is not sent."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._left = limit
        self._started = False

    @property
    def refused(self) -> bool:
        """Whether the body was too long and nothing was answered before that was seen."""
        return self._left < 0 and not self._started

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise TooMuch
        return message

    async def send(self, message: Message) -> None:
        if not self.refused:
            self._started = True
            await self._send(message)


async def _too_much(scope: Scope, receive: Receive, send: Send, limit: int) -> None:
    await refuse(
        scope, receive, send, 413, "too_large",
        f"The upload is larger than {limit // 2**20} MiB.",
        "Send fewer files at once, or raise AEI_MAX_FILE_MB.",
    )  # fmt: skip


async def refuse(
    scope: Scope, receive: Receive, send: Send, status: int, code: str, message: str, hint: str
) -> None:
    """Answer with an error, or close a WebSocket before it is accepted.

    `detail` repeats the sentence where the chat page's upload looks for it.
    """
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": code})
        return
    error = {"code": code, "message": message, "hint": hint}
    body = json.dumps({"error": error, "detail": f"{message} {hint}"}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    if status == 413:
        headers.append((b"connection", b"close"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _changes_state(scope: Scope) -> bool:
    if scope["type"] == "http":
        return scope["method"] not in _SAFE_METHODS
    return bool(scope["type"] == "websocket")


def _same_origin(headers: Headers) -> bool:
    origin = headers.get("origin")
    if origin is not None:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    return headers.get("sec-fetch-site", "none") in {"none", "same-origin"}


def _hostname(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
