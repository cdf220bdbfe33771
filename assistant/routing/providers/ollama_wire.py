"""What Ollama's refusals and broken replies mean, as errors of ours.

Before the first byte a refusal is a status and `{"error": ...}`; after it, a line `{"error": ...}` in
a reply of status 200.
"""

import json
from collections.abc import AsyncGenerator
from typing import Any

import httpx

from assistant.domain.errors import (
    AssistantError,
    ContextOverflow,
    EgressForbidden,
    MalformedReply,
    ModelBusy,
    ModelMissing,
    ServiceFailed,
    ServiceUnavailable,
)

_START = "Start it with `ollama serve`, or use --model builtin."
_SHOWN = 200  # characters of somebody else's message
_LONGEST = 1 << 20  # bytes of a line


def failed(url: str, error: httpx.HTTPError) -> ServiceUnavailable:
    """Return what it means that no reply came, or that it stopped."""
    match error:
        case httpx.ConnectTimeout():
            return ServiceUnavailable(f"Ollama at {url} cannot be reached in time", _START)
        case httpx.ConnectError():
            return ServiceUnavailable(f"Ollama is not running at {url}", _START)
        case httpx.TimeoutException():
            return ServiceUnavailable(f"Ollama at {url} does not answer", "Restart it.")
        case _:
            return broken(url)


def broken(url: str) -> ServiceUnavailable:
    """Return what it means that a reply has no end."""
    return ServiceUnavailable(f"The reply of Ollama at {url} broke off", "Ask again.")


def refused(model: str, status: int, text: str) -> AssistantError:
    """Return what a refusal with this status means; `text` is its body."""
    said = _said(text)
    match status:
        case 404:
            return ModelMissing(
                f"Ollama does not have the model {model}: {said}",
                f"Fetch it: `ollama pull {model}`.",
            )
        case 401 | 403:
            return ModelMissing(
                f"Ollama does not let us use {model}: {said}", "Check its settings."
            )
        case 429 | 503:
            return ModelBusy(f"Ollama is busy: {said}", "Ask again in a moment.")
        case _ if _is_overflow(said):
            return _overflow(model, said)
        case _ if 300 <= status < 400:
            return EgressForbidden(
                "Ollama sends us elsewhere, and a prompt does not follow", "Check AEI_OLLAMA_URL."
            )
        case _ if status >= 500:
            return ServiceUnavailable(f"Ollama failed: {said}", "Its log says why.")
        case _:
            return ServiceFailed(
                f"Ollama refused the request ({status}): {said}", "Its log says why."
            )


def stopped(model: str, said: object) -> AssistantError:
    """Return what a line with an error in a reply means."""
    text = str(said)[:_SHOWN]
    if _is_overflow(text):
        return _overflow(model, text)
    return ServiceUnavailable(f"Ollama failed while answering: {text}", "Ask again.")


def _is_overflow(said: str) -> bool:
    return "context length" in said or "context size" in said


def _overflow(model: str, said: str) -> ContextOverflow:
    hint = "Ask a shorter question, or raise AEI_OLLAMA_NUM_CTX."
    return ContextOverflow(f"The prompt does not fit {model}: {said}", hint)


async def lines_of(reply: httpx.Response) -> AsyncGenerator[str, None]:
    """Yield the lines of a reply that are not empty. Raises `MalformedReply` when one has no end."""
    held = b""
    async for data in reply.aiter_bytes():
        *whole, held = (held + data).split(b"\n")
        for line in whole:
            if line.strip():
                yield line.decode("utf-8", "replace")
        if len(held) > _LONGEST:
            raise MalformedReply("Ollama sent a line without an end", "Update Ollama.")
    if held.strip():
        yield held.decode("utf-8", "replace")


def parsed(text: str) -> dict[str, Any]:
    """Return a JSON object. Raises `MalformedReply`."""
    try:
        item = json.loads(text)
    except ValueError:
        item = None
    if not isinstance(item, dict):
        raise MalformedReply(
            f"Ollama sent something that is no JSON object: {text[:_SHOWN]!r}", "Update Ollama."
        )
    return item


def _said(text: str) -> str:
    try:
        said = parsed(text).get("error", text)
    except MalformedReply:
        said = text
    return str(said)[:_SHOWN] or "without a reason"
