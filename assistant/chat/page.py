"""The page as it is served: nothing from outside, and a policy that says so to the browser.

Chainlit's template asks Google for a font and a CDN for formula styles, and waits for both. This
filter drops every tag that names another host from whatever HTML Chainlit answers, and allows
exactly the inline scripts that are left, by their hashes.
"""

import base64
import hashlib
import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OUTSIDE = re.compile(
    r"<(?:link|meta)\b[^>]*\"https?://[^>]*>|<script\b[^>]*\bsrc=\"https?://[^>]*>\s*</script>"
)
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


class PlainPage:
    """ASGI middleware around Chainlit's application."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve; a response in HTML is held back, cleaned, and sent with its policy."""
        if scope["type"] != "http" or "." in scope["path"].rsplit("/", 1)[-1]:  # a file, no page
            await self._app(scope, receive, send)
            return
        uncompressed = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
        page = _Page(send, Headers(scope=scope).get("host", ""))
        await self._app({**scope, "headers": uncompressed}, receive, page.send)


class _Page:
    """Holds one HTML response back until it is whole."""

    def __init__(self, send: Send, host: str) -> None:
        self._send = send
        self._host = host
        self._start: Message | None = None
        self._body = b""

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_html(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish(self._start)

    async def _finish(self, start: Message) -> None:
        html = clean(self._body.decode())
        headers = MutableHeaders(scope=start)
        headers["content-length"] = str(len(html.encode()))
        headers["content-security-policy"] = policy(html, self._host)
        headers["cache-control"] = "no-cache"
        await self._send(start)
        await self._send({"type": "http.response.body", "body": html.encode()})


def _is_html(start: Message) -> bool:
    return "text/html" in MutableHeaders(scope=start).get("content-type", "")


def clean(html: str) -> str:
    """Return the page without tags that name another host."""
    return _OUTSIDE.sub("", html)


def policy(html: str, host: str) -> str:
    """Return the content security policy that lets this page, and nothing else, run.

    Styles may be inline: the page's components set them. Sockets are named for browsers in which
    'self' does not cover them.
    """
    digests = (hashlib.sha256(s.encode()).digest() for s in _INLINE_SCRIPT.findall(html))
    scripts = " ".join(f"'sha256-{base64.b64encode(d).decode()}'" for d in digests)
    return (
        f"default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; "
        f"img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
        f"connect-src 'self' ws://{host} wss://{host}; frame-src 'self'; frame-ancestors 'none'; "
        "object-src 'none'; base-uri 'none'; form-action 'self'"
    )
