"""Ollama on a loopback port: its models, its stream of JSON lines, its refusals, and its faults.

Shapes, statuses and texts are those of Ollama's own source and of the recordings in the evaluation
data; `tests/contract/test_ollama.py` holds this server and a real one to the same words.
"""

import hashlib
import json
import re
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MODEL = "qwen3:8b"
OVERFLOW = "the input length exceeds the context length"
BUSY = "server busy, please try again.  maximum pending requests exceeded"
RUNNER = "an error was encountered while running the model"
_TOKENS = re.compile(r"\d|[^\W\d_]{1,5}|[^\w\s]|_")
_STEP_S = 0.02
_CREATED = "2026-11-20T10:00:00.123456789Z"


@dataclass(frozen=True)
class Manner:
    """How a chat is answered. Everything not given is as it should be.

    Args:
        pieces: The text of the reply, a line each; None asks the server's `reply`.
        thinking: What the model thinks aloud, in the field of its own.
        tool_calls: Calls of tools, each (name, arguments), in a line that is not the last.
        status: Another status than 200, with `error` as its body's error.
        error: See `status`.
        retry_after: The header of that name, beside the status.
        location: Where a redirect leads to.
        load_s: How long loading takes, when the model is not loaded.
        first_token_s: How long after that nothing is said.
        pace_s: Between two lines.
        hang_up: Close the connection without an answer.
        stall_after: Say no more after so many lines, and keep the connection.
        cut_after: Close the connection after so many lines.
        end_after: End the reply after so many lines, as if it were whole, without the last one.
        malformed_after: Then send a line that is no JSON.
        strange_after: Then send a line that is JSON and no reply.
        error_after: Then send a line with an error, as a runner that crashed does.
        prompt_count: Count the prompt as so many tokens.
        reply_count: Count the reply as so many tokens.
        uncounted: Leave both counts out.
        named: Another model's name in the reply.
        remote_host: Say that somebody else answered, from line `remote_from` on.
        remote_from: See `remote_host`.
        window: Read no more than the last so many tokens, whatever was asked, and say nothing.
        done_reason: Why it ended: stop or length.
    """

    pieces: tuple[str, ...] | None = None
    thinking: str = ""
    tool_calls: tuple[tuple[str, dict], ...] = ()
    status: int = 200
    error: str = ""
    retry_after: str = ""
    location: str = ""
    load_s: float = 0
    first_token_s: float = 0
    pace_s: float = 0
    hang_up: bool = False
    stall_after: int | None = None
    cut_after: int | None = None
    end_after: int | None = None
    malformed_after: int | None = None
    strange_after: int | None = None
    error_after: int | None = None
    prompt_count: int | None = None
    reply_count: int | None = None
    uncounted: bool = False
    named: str = ""
    remote_host: str = ""
    remote_from: int = 0
    window: int | None = None
    done_reason: str = "stop"


@dataclass
class Asked:
    """One request as it arrived, and how it ended: done, cancelled (by the client), or failed."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    ended: str = ""

    @property
    def json(self) -> dict:
        return json.loads(self.body or b"{}")


@dataclass
class Held:
    """A model on the server; with a remote host it is served from the internet.

    Args:
        context: The longest it knows.
        loaded: How many tokens of context it is loaded with; 0: it is not.
        remote_host: Where it is really run.
        tools: Whether it can call tools.
    """

    context: int = 40_960
    loaded: int = 0
    remote_host: str = ""
    tools: bool = True


def count_tokens(text: str) -> int:
    """Count as this server's tokenizer does: digits alone, words in pieces of five letters."""
    return len(_TOKENS.findall(text))


def words(text: str) -> tuple[str, ...]:
    """Cut a text into pieces as a model would write it."""
    return tuple(re.findall(r"\s*\S+|\s+$", text))


@dataclass
class Ollama:
    """What the server holds, how it behaves, and what it was asked.

    `next` are the manners of the next chats with messages, one each; after that `manner` is used.
    `load` is the manner of loading by empty messages. `reply` writes the text from the request.
    """

    models: dict[str, Held] = field(default_factory=lambda: {MODEL: Held()})
    reply: Callable[[dict], str] = lambda _: "Revenue rose by 8 %."
    manner: Manner = Manner()
    next: list[Manner] = field(default_factory=list)
    load: Manner = Manner()
    version: str = "0.13.0"
    parallel: int = 1
    max_queue: int = 512
    asked: list[Asked] = field(default_factory=list)
    url: str = ""
    waiting: int = 0
    _turns: threading.Condition = field(default_factory=threading.Condition)
    _running: int = 0

    @property
    def chats(self) -> list[Asked]:
        """The requests that held messages."""
        return [one for one in self.asked if one.path == "/api/chat" and one.json.get("messages")]

    @property
    def loads(self) -> list[Asked]:
        """The requests to load a model."""
        return [
            one for one in self.asked if one.path == "/api/chat" and not one.json.get("messages")
        ]

    @property
    def received(self) -> bytes:
        """Every byte of every body."""
        return b"\n".join(one.body for one in self.asked)

    @contextmanager
    def turn(self) -> Iterator[bool]:
        """Wait for one of the `parallel` places; False when too many wait already."""
        with self._turns:
            free = self._running < self.parallel or self.waiting < self.max_queue
            if free:
                self.waiting += 1
                self._turns.wait_for(lambda: self._running < self.parallel)
                self.waiting -= 1
                self._running += 1
        try:
            yield free
        finally:
            with self._turns:
                self._running -= free
                self._turns.notify_all()


class _Cancelled(Exception):
    """The client closed its connection."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    ollama: Ollama
    closing: threading.Event

    def handle_error(self, request, client_address):
        pass


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each small reply waits 40 ms for its acknowledgement
    asked: Asked

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._take()
        ollama = self.server.ollama
        match self.path:
            case "/":
                self._send(200, b"Ollama is running", "text/plain; charset=utf-8")
            case "/api/version":
                self._json(200, {"version": ollama.version})
            case "/api/tags":
                self._json(200, {"models": [_tag(*item) for item in ollama.models.items()]})
            case "/api/ps":
                loaded = [(name, held) for name, held in ollama.models.items() if held.loaded]
                self._json(200, {"models": [_running(*item) for item in loaded]})
            case _:
                self._send(404, b"404 page not found", "text/plain")

    def do_POST(self):
        self._take()
        try:
            body = self.asked.json
        except ValueError as error:
            self._json(400, {"error": str(error)})
            return
        match self.path:
            case "/api/show":
                self._show(body)
            case "/api/chat":
                self._chat(body)
            case _:
                self._send(404, b"404 page not found", "text/plain")

    def _take(self):
        size = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.asked = Asked(self.command, self.path, headers, self.rfile.read(size))
        self.server.ollama.asked.append(self.asked)

    def _held(self, body):
        name = str(body.get("model", ""))
        models = self.server.ollama.models
        return models.get(name) or models.get(f"{name}:latest")

    def _show(self, body):
        held = self._held(body)
        if held is None:
            self._json(404, {"error": f"model '{body.get('model')}' not found"})
            return
        shown = {
            "details": _DETAILS,
            "model_info": {"general.architecture": "qwen3", "qwen3.context_length": held.context},
            "capabilities": ["completion", *(["tools"] if held.tools else []), "thinking"],
            "modified_at": _CREATED,
        }
        self._json(200, shown | _remote(body["model"], held))

    def _chat(self, body):
        ollama, held = self.server.ollama, self._held(body)
        if held is None:
            self._json(404, {"error": f"model '{body.get('model')}' not found"})
        elif not body.get("messages"):
            self._load(body, held)
        elif body.get("tools") and not held.tools:
            name = f"registry.ollama.ai/library/{body['model']}"
            self._json(400, {"error": f"{name} does not support tools"})
        else:
            manner = ollama.next.pop(0) if ollama.next else ollama.manner
            with ollama.turn() as free:
                if not free:
                    self._json(503, {"error": BUSY})
                    return
                try:
                    self._answer(body, held, manner)
                except (_Cancelled, OSError):
                    self.asked.ended = "cancelled"
                    self.close_connection = True

    def _load(self, body, held):
        manner = self.server.ollama.load
        try:
            if not self._refused(manner):
                unload = body.get("keep_alive") == 0
                self._loaded(body, held, manner)
                held.loaded = 0 if unload else held.loaded
                self._json(200, _last(body, "unload" if unload else "load"))
        except (_Cancelled, OSError):
            self.asked.ended = "cancelled"
            self.close_connection = True

    def _loaded(self, body, held, manner):
        given = (body.get("options") or {}).get("num_ctx")
        wanted = min(given or held.loaded or 4096, held.context)
        if held.loaded != wanted:  # another context loads the model again
            self._wait(manner.load_s)
            held.loaded = wanted

    def _refused(self, manner):
        """Answer with the manner's refusal, if it has one."""
        if manner.hang_up:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            self.asked.ended = "failed"
        elif manner.status != 200:
            headers = {"Retry-After": manner.retry_after, "Location": manner.location}
            given = {name: value for name, value in headers.items() if value}
            self._json(manner.status, {"error": manner.error or RUNNER}, given)
        else:
            return False
        return True

    def _answer(self, body, held, manner):
        if self._refused(manner):
            return
        self._loaded(body, held, manner)
        count = _count(body)
        window = min(held.loaded, manner.window or held.loaded)
        if count > window and manner.window is None and body.get("truncate") is False:
            self._json(400, {"error": OVERFLOW})
            return
        if manner.prompt_count is None:
            manner = replace(manner, prompt_count=min(count, window))
        self._wait(manner.first_token_s)
        lines = _lines(body, self.server.ollama.reply, manner)
        if body.get("stream") is False:
            self._json(200, _whole(lines))
        else:
            self._stream(lines, manner)

    def _stream(self, lines, manner):
        self.send_response(200)
        self.send_header("Content-Type", "application/x-ndjson")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for number, line in enumerate(lines):
            if self._fault(number, manner):
                return
            self._chunk(json.dumps(line).encode() + b"\n")
            self._wait(manner.pace_s)
        self._end()
        self.asked.ended = "done"

    def _fault(self, number, manner):
        """Fail as the manner wants it before line `number`; True when that ended the reply."""
        match number:
            case manner.stall_after:
                self._wait(3600)
            case manner.cut_after:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
            case manner.malformed_after:
                self._chunk(b'{"model": "qwen3:8b", "mess\n')
                self._end()
            case manner.strange_after:
                self._chunk(b'{"model": "qwen3:8b", "message": 7, "done": false}\n')
                self._end()
            case manner.error_after:
                self._chunk(json.dumps({"error": manner.error or RUNNER}).encode() + b"\n")
                self._end()
            case manner.end_after:
                self._end()
            case _:
                return False
        self.asked.ended = "failed"
        return True

    def _wait(self, seconds):
        """Let time pass, and notice when the client goes away meanwhile."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            readable, _, _ = select.select([self.connection], [], [], min(left, _STEP_S))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise _Cancelled
            if self.server.closing.is_set():
                raise _Cancelled

    def _chunk(self, data):
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
        self.wfile.flush()

    def _end(self):
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def _json(self, status, item, headers=None):
        kind = "application/json; charset=utf-8"
        self._send(status, json.dumps(item).encode(), kind, headers)

    def _send(self, status, data, kind, headers=None):
        self.asked.ended = "done" if status == 200 else "failed"
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


_DETAILS = {
    "parent_model": "",
    "format": "gguf",
    "family": "qwen3",
    "families": ["qwen3"],
    "parameter_size": "8.2B",
    "quantization_level": "Q4_K_M",
}


def _tag(name, held):
    digest = hashlib.sha256(name.encode()).hexdigest()
    entry = {"name": name, "model": name, "modified_at": _CREATED, "size": 5_200_000_000}
    return entry | {"digest": digest, "details": _DETAILS} | _remote(name, held)


def _running(name, held):
    extra = {"expires_at": "2318-01-01T00:00:00Z", "size_vram": 0, "context_length": held.loaded}
    return _tag(name, held) | extra


def _remote(name, held):
    if not held.remote_host:
        return {}
    return {"remote_model": name.removesuffix("-cloud"), "remote_host": held.remote_host}


def _count(body):
    texts = [str(message.get("content") or "") for message in body["messages"]]
    tools = [json.dumps(tool) for tool in body.get("tools") or ()]
    return sum(count_tokens(text) + 4 for text in texts + tools)


def _lines(body, reply, manner):
    """Return the lines of a reply, the last of them done."""
    pieces = words(reply(body)) if manner.pieces is None else manner.pieces
    most = (body.get("options") or {}).get("num_predict") or -1
    cut = 0 < most < len(pieces)
    pieces = pieces[:most] if cut else pieces
    messages = [{"thinking": manner.thinking, "content": ""}] if manner.thinking else []
    messages += [{"content": piece} for piece in pieces]
    if manner.tool_calls:
        messages.append({"content": "", "tool_calls": _calls(manner.tool_calls)})
    named = manner.named or body["model"]
    lines = [
        {
            "model": named,
            "created_at": _CREATED,
            "message": {"role": "assistant", **message},
            "done": False,
        }
        for message in messages
    ]
    last = _last(body, "length" if cut else manner.done_reason) | {"model": named}
    if not manner.uncounted:
        wrote = manner.reply_count if manner.reply_count is not None else len(pieces)
        last |= {"prompt_eval_count": manner.prompt_count, "eval_count": wrote}
    lines.append(last)
    for line in lines[manner.remote_from :] if manner.remote_host else ():
        line |= {"remote_host": manner.remote_host, "remote_model": body["model"]}
    return lines


def _calls(calls):
    return [
        {"id": f"call_{n}", "function": {"index": n, "name": name, "arguments": arguments}}
        for n, (name, arguments) in enumerate(calls)
    ]


def _last(body, reason):
    times = {"total_duration": 4_883_583_458, "load_duration": 1_334_875}
    return {
        "model": body["model"],
        "created_at": _CREATED,
        "message": {"role": "assistant", "content": ""},
        "done": True,
        "done_reason": reason,
        **(times if reason in {"stop", "length"} else {}),
    }


def _whole(lines):
    """Return what a reply is that was not asked for as a stream."""
    messages = [line["message"] for line in lines]
    message = {"role": "assistant", "content": "".join(m["content"] for m in messages)}
    if calls := [call for m in messages for call in m.get("tool_calls", ())]:
        message["tool_calls"] = calls
    return lines[-1] | {"message": message}


def refused_url() -> str:
    """Return an address on this machine at which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return f"http://127.0.0.1:{taken.getsockname()[1]}"


@contextmanager
def running(ollama: Ollama | None = None) -> Iterator[Ollama]:
    """Run a server until the block is left."""
    ollama = ollama or Ollama()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.ollama, server.closing = ollama, threading.Event()
    ollama.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield ollama
    finally:
        server.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
