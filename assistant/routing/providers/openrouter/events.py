"""The events of a streamed answer, read line by line: what is said, what it took, where it ends.

    bytes ── lines ── data: {...} ── read strictly, written anew with what we know ──> openai

Comments and unknown fields are dropped, so nothing behind meets a shape it does not expect. Of the
usage only numbers are kept, the cost as it was written: as a float its last digit would be lost.
"""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Annotated, Any, TypeVar

import httpx
import msgspec

from assistant.domain.errors import MalformedReply, ServiceUnavailable

_T = TypeVar("_T")
_LONGEST_LINE = 1 << 20
_DONE = b"[DONE]"
_NAME = re.compile(r"[\w./:@+-]{1,120}", re.ASCII)
_FINISHES = frozenset({"stop", "length", "tool_calls", "content_filter", "function_call"})
_FAILED = "error"
_NULL = msgspec.Raw(b"null")
_Count = Annotated[int, msgspec.Meta(ge=0, le=100_000_000)]


class _Function(msgspec.Struct):
    name: str | None = None
    arguments: str | None = None


class _Call(msgspec.Struct):
    index: _Count = 0
    id: str | None = None
    function: _Function = msgspec.field(default_factory=_Function)
    type: str = "function"


class _Delta(msgspec.Struct):
    role: Any = None
    content: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(msgspec.Struct):
    delta: _Delta
    finish_reason: str | None = None
    index: int = 0


class _Usage(msgspec.Struct):
    prompt_tokens: _Count = 0
    completion_tokens: _Count = 0
    cost: Decimal | None = None


class _Event(msgspec.Struct):
    id: str | None = None
    model: str | None = None
    choices: msgspec.Raw = _NULL
    usage: msgspec.Raw = _NULL
    error: msgspec.Raw = _NULL


_events = msgspec.json.Decoder(_Event)
_choices: msgspec.json.Decoder[list[_Choice] | None] = msgspec.json.Decoder(list[_Choice] | None)
_usages = msgspec.json.Decoder(_Usage)
_anything = msgspec.json.Decoder()


class Events(httpx.AsyncByteStream):
    """The events of a stream, each on a line of its own.

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
            ServiceUnavailable: The stream stops before its end: it said neither that it is done,
                nor what it took.
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
        if data == _DONE:
            self._ended = True
            return data
        if len(data) > _LONGEST_LINE:
            raise MalformedReply("OpenRouter sent an event that is too long")
        event = _read(data, _events)
        error = _read(event.error, _anything)
        if error is not None:
            self._ended = True
            return msgspec.json.encode({"error": error or "unknown"})
        choices = (_read(event.choices, _choices) or [])[:1]
        if any(choice.finish_reason == _FAILED for choice in choices):
            return msgspec.json.encode({"error": {"message": "it did not say why"}})
        for choice in choices:
            self._finish(choice)
        usage = _usage(event.usage)
        self._ended = self._ended or usage is not None
        named = {"id": _name(event.id), "model": _name(event.model)}
        said = named | {"choices": choices, "usage": usage}
        return msgspec.json.encode({"object": "chat.completion.chunk", "created": 0} | said)

    def _finish(self, choice: _Choice) -> None:
        """Keep the first reason to finish: the event with the usage says it again."""
        choice.delta.role = "assistant"
        if self._finished:
            choice.finish_reason = None
        elif choice.finish_reason and choice.finish_reason not in _FINISHES:
            choice.finish_reason = "stop"
        self._finished = self._finished or bool(choice.finish_reason)


def _read(data: bytes | msgspec.Raw, kind: msgspec.json.Decoder[_T]) -> _T:
    try:
        return kind.decode(data)
    except (ValueError, RecursionError):
        said = bytes(data)[:80]
        raise MalformedReply(f"OpenRouter sent what cannot be read: {said!r}") from None


def _name(told: str | None) -> str | None:
    """Return a name that is shown to the user; None for what is none."""
    return told if told and _NAME.fullmatch(told) else None


def _usage(told: msgspec.Raw) -> dict[str, Any] | None:
    """Return what a completion took, the cost as a string; None where nothing is told.

    A record that is no usage is told, so it ends the answer, and holds zeros.
    """
    if bytes(told) in {b"null", b"{}"}:
        return None
    try:
        usage = _usages.decode(told)
    except (ValueError, RecursionError):
        usage = _Usage()
    return {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.prompt_tokens + usage.completion_tokens,
        "cost": "" if usage.cost is None else str(usage.cost),
    }
