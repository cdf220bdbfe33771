"""OpenRouter on a loopback port: its stream of events, its errors, its bill, and its faults.

    with openrouter_server() as server:
        server.replies.append(Reply(text="Apple grew."))        # the next completion
        server.answer = lambda body: Reply(...)                  # every one after those
        ... server.asked, server.connections, server.billed, server.cancelled

What a reply says is a parameter; what is not said is as OpenRouter does it: comments while it is
busy, a chunk a piece, a last chunk with the usage that repeats the reason to finish, `[DONE]`.
"""

import json
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "sk-or-v1-test-0123456789abcdef"
MODEL = "anthropic/claude-sonnet-4.5"
COMMENT = b": OPENROUTER PROCESSING\n\n"
_POLL_S = 0.02
_LONGEST_S = 60  # no fault holds a thread longer


@dataclass(frozen=True)
class Reply:
    """What a completion gets: with a `status` of 400 and more an error, else a stream.

    Args:
        text: What is said, in one piece or several.
        tool_calls: Calls of tools, `(name, arguments)`, after the text.
        model: The model that answers; empty: the one that was asked for.
        finish: Why it ends; None: no chunk says so.
        usage: The usage of the last chunk; "right": as counted; None: there is none.
        done: Whether `[DONE]` ends it.
        comments: Comments before the first piece, `comment_s` apart.
        wait_s: How long nothing is sent before the head; after the head it is `first_s`.
        stall_after: After so many pieces it stands still for `stall_s` seconds,
            with comments where `stall_comments`.
        cut_after: After so many pieces the connection ends; `reset`: with a reset.
        error_after: After so many pieces an event of `error` ends it.
        malformed_after: After so many pieces comes a line that is no JSON.
        raw: Sent instead of all of that, a block after the other.
        status: The HTTP status; `error` is its body, `headers` stand above.
    """

    text: str | tuple[str, ...] = ("Apple", " grew.")
    tool_calls: tuple[tuple[str, dict], ...] = ()
    model: str = ""
    finish: str | None = "stop"
    usage: dict | str | None = "right"
    done: bool = True
    comments: int = 1
    comment_s: float = 0
    wait_s: float = 0
    first_s: float = 0
    stall_after: int | None = None
    stall_s: float = _LONGEST_S
    stall_comments: bool = False
    cut_after: int | None = None
    reset: bool = False
    error_after: int | None = None
    malformed_after: int | None = None
    error: dict | None = None
    raw: Iterator[bytes] | None = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def pieces(self) -> tuple[str, ...]:
        return (self.text,) if isinstance(self.text, str) else self.text


def failing(status: int, message: str = "", headers: dict | None = None, **metadata) -> Reply:
    """An error before anything was said, as OpenRouter words it."""
    error = {"code": status, "message": message or f"error {status}"}
    if metadata:
        error["metadata"] = metadata
    return Reply(status=status, error=error, headers=headers or {})


IN_FLIGHT = failing(
    402,
    "This request would exceed your available credits given your requests in flight.",
    {"Retry-After": "1"},
    reason="in_flight_budget_exhausted",
    limit_source="openrouter_in_flight_budget",
)
NO_CREDITS = failing(402, "Insufficient credits.", limit_source="openrouter_credits")
TOO_HEAVY = failing(
    402,
    "This request requires more credits, or fewer max_tokens.",
    reason="weight_exceeds_budget",
    limit_source="openrouter_credits",
)
KEY_LIMIT = failing(402, "Key limit exceeded.", limit_source="openrouter_key_limit")
REVOKED = failing(401, "User not found.")
FLAGGED = failing(403, "The input was flagged.", reasons=["violence"], flagged_input="...")
TOO_LONG = failing(
    400, "This endpoint's maximum context length is 200000 tokens. However, you requested 300000."
)
NO_PROVIDER = failing(503, "No available model provider meets your routing requirements.")


@dataclass(frozen=True)
class Asked:
    """A request as it arrived: when, what for, its headers in lower case, its bytes."""

    at: float
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict:
        return json.loads(self.body)


@dataclass
class OpenRouter:
    """What the server holds and how it answers, and what it was asked.

    `prices` are USD per token, prompt and completion, by model; `/models` lists them. What is said
    is billed by them in `billed`, with a token for four characters, whether the client stays to its
    end or not. `cancelled` counts the completions whose client left before their end.
    """

    replies: list[Reply] = field(default_factory=list)
    answer: Callable[[dict], Reply] | None = None
    key: str = KEY
    limit: str | None = "10"
    limit_remaining: str | None = "7.5"
    prices: dict[str, tuple[str, str]] = field(
        default_factory=lambda: {MODEL: ("0.000003", "0.000015")}
    )
    models_status: int = 200
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    cancelled: int = 0
    billed: Decimal = Decimal(0)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def completions(self) -> list[Asked]:
        """The requests for a completion, in their order."""
        return [asked for asked in self.asked if asked.path.endswith("/chat/completions")]

    @property
    def received(self) -> bytes:
        """Every byte of every body that was sent here."""
        return b"".join(asked.body for asked in self.asked)

    def next(self, body: dict) -> Reply:
        with self.lock:
            if self.replies:
                return self.replies.pop(0)
        return self.answer(body) if self.answer else Reply()

    def cost(self, model: str, given: dict, said: str) -> tuple[int, int, Decimal]:
        """Return tokens of prompt and completion, and what they cost."""
        prices = self.prices.get(model, next(iter(self.prices.values())))
        prompt = sum(len(str(message.get("content"))) for message in given["messages"]) // 4
        completion = -(-len(said) // 4)
        return prompt, completion, prompt * Decimal(prices[0]) + completion * Decimal(prices[1])

    def wait_for(self, true: Callable[[], bool], patience_s: float = 20) -> bool:
        """Return whether it becomes true while the server is given time."""
        end = time.monotonic() + patience_s
        while not true() and time.monotonic() < end:
            time.sleep(_POLL_S)
        return true()


class _Left(Exception):
    """The client closed the connection."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    state: OpenRouter

    def get_request(self):
        connection = super().get_request()
        with self.state.lock:
            self.state.connections += 1
        return connection

    def handle_error(self, request, client_address):
        pass


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def do_GET(self):
        self.note(b"")
        state = self.server.state
        match self.path.rpartition("/")[2]:
            case "models":
                models = [_listed(name, prices) for name, prices in state.prices.items()]
                self.plain(state.models_status, {"data": models})
            case "key" if self.known():
                self.plain(200, {"data": _account(state)})
            case "credits" if self.known():
                self.plain(200, {"data": {"total_credits": 20.0, "total_usage": 12.5}})
            case "key" | "credits":
                self.plain(401, {"error": REVOKED.error})
            case _:
                self.plain(404, {"error": {"code": 404, "message": "Not found"}})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.note(body)
        if not self.known():
            self.plain(401, {"error": REVOKED.error})
            return
        given = json.loads(body)
        reply = self.server.state.next(given)
        try:
            self.pause(reply.wait_s)
            if reply.status >= 300:
                self.plain(reply.status, {"error": reply.error}, reply.headers)
            else:
                self.stream(reply, given)
        except (_Left, BrokenPipeError, ConnectionResetError):
            with self.server.state.lock:
                self.server.state.cancelled += 1
            self.close_connection = True

    def note(self, body):
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(time.monotonic(), self.command, self.path, headers, body)
        with self.server.state.lock:
            self.server.state.asked.append(asked)

    def known(self):
        return self.headers.get("authorization") == f"Bearer {self.server.state.key}"

    def plain(self, status, body, headers=None):
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def stream(self, reply, given):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("X-Generation-Id", "gen-test-1")
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        self.said = ""
        model, billed = reply.model or given["model"], False
        try:
            for block in reply.raw if reply.raw is not None else _blocks(reply, given, self):
                if b"[DONE]" in block:  # after it the client may look at the bill
                    billed = self.bill(model, given)
                self.send(block)
        finally:
            if not billed:
                self.bill(model, given)

    def bill(self, model, given):
        state = self.server.state
        with state.lock:
            state.billed += state.cost(model, given, self.said)[2]
        return True

    def send(self, data):
        self.left()
        self.wfile.write(data)

    def pause(self, seconds, comments=False):
        end = time.monotonic() + min(seconds, _LONGEST_S)
        while time.monotonic() < end:
            if comments:
                self.send(COMMENT)
            self.left()
            time.sleep(_POLL_S)

    def left(self):
        """Raise when the client has closed its side."""
        if select.select([self.connection], [], [], 0)[0]:
            try:
                gone = not self.connection.recv(1, socket.MSG_PEEK)
            except OSError:
                gone = True
            if gone:
                raise _Left

    def cut(self, reset):
        if reset:
            linger = b"\x01\x00\x00\x00\x00\x00\x00\x00"
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.wfile.flush()
        with suppress(OSError):
            if not reset:
                self.connection.shutdown(socket.SHUT_RDWR)
            self.connection.close()


def _blocks(reply, given, handler):
    """Yield what a reply sends, a block after the other."""
    model = reply.model or given["model"]
    handler.pause(reply.first_s)
    for _ in range(reply.comments):
        yield COMMENT
        handler.pause(reply.comment_s)
    for sent, piece in enumerate((*reply.pieces, None)):
        if sent == reply.stall_after:
            handler.pause(reply.stall_s, reply.stall_comments)
        if sent == reply.cut_after:
            handler.cut(reply.reset)
            return
        if sent == reply.error_after:
            yield _event(model, "", finish="error", error=reply.error)
            return
        if sent == reply.malformed_after:
            yield b'data: {"id":"gen-test-1","choices":[{"ind\n\n'
        if piece is not None:
            handler.said += piece
            yield _event(model, piece)
    yield from _ending(reply, given, model, handler)


def _ending(reply, given, model, handler):
    for number, (name, arguments) in enumerate(reply.tool_calls):
        yield _event(model, None, calls=_call(number, name, arguments))
    finish = "tool_calls" if reply.tool_calls and reply.finish == "stop" else reply.finish
    if finish:
        yield _event(model, "", finish=finish)
    usage = reply.usage
    if usage == "right":
        usage = _usage(*handler.server.state.cost(model, given, handler.said))
    if usage is not None:
        yield _event(model, "", finish=finish, usage=usage)
    if reply.done:
        yield b"data: [DONE]\n\n"


def _event(model, content, finish=None, usage=None, error=None, calls=None):
    delta = {"role": "assistant", "content": content}
    if calls:
        delta["tool_calls"] = calls
    choice = {"index": 0, "delta": delta, "finish_reason": finish, "native_finish_reason": finish}
    event = {"id": "gen-test-1", "object": "chat.completion.chunk", "created": 1774000000}
    event |= {"model": model, "provider": "Test", "choices": [choice]}
    if usage is not None:
        event["usage"] = usage
    if error is not None:
        event["error"] = error
    return b"data: " + json.dumps(event).encode() + b"\n\n"


def _call(number, name, arguments):
    function = {"name": name, "arguments": json.dumps(arguments)}
    return [{"index": number, "id": f"call_{number}", "type": "function", "function": function}]


def _usage(prompt, completion, cost):
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "cost": float(cost),
        "cost_details": {"upstream_inference_cost": None},
        "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 0},
    }


def _listed(name, prices):
    return {
        "id": name,
        "name": name,
        "context_length": 200_000,
        "pricing": {"prompt": prices[0], "completion": prices[1], "request": "0"},
        "supported_parameters": ["max_tokens", "temperature", "tools"],
    }


def _account(state):
    number = {name: None if value is None else float(value) for name, value in (
        ("limit", state.limit), ("limit_remaining", state.limit_remaining)
    )}  # fmt: skip
    return {"label": f"{state.key[:12]}...", "usage": 2.5, "usage_daily": 0.5} | number


@contextmanager
def openrouter_server(tls: ssl.SSLContext | None = None, **given) -> Iterator[OpenRouter]:
    """Listen on a free loopback port until the block is left; encrypted, where `tls` is given."""
    state = OpenRouter(**given)
    server = _Server(("127.0.0.1", 0), _Handler)
    server.state = state
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    state.url = f"http{'s' if tls else ''}://127.0.0.1:{server.server_port}/api/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def refusing_url() -> str:
    """An address on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return f"http://127.0.0.1:{closed.getsockname()[1]}/api/v1"
