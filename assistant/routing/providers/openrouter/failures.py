"""What OpenRouter's errors mean for us: https://openrouter.ai/docs/api-reference/errors.

An error has a code (the HTTP status, or what an event in the stream names), a message and sometimes
metadata. The same table reads both: after the head of a reply only an event can say what failed.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from assistant.domain.errors import (
    AssistantError,
    BudgetSpent,
    ContextOverflow,
    MalformedReply,
    ModelBusy,
    ModelMissing,
    ServiceFailed,
    ServiceUnavailable,
)

_SHOWN = 200  # characters of a server's message
_MILLISECONDS = 1e11  # a reset above it is no number of seconds since 1970
_LONGEST_WAIT_S = 86_400.0
_OVERFLOWS = ("context length", "context_length", "too many tokens", "prompt is too long")
_KEYS = re.compile(r"\bsk-[\w*.-]+")
_NAMED = {
    "rate_limit_exceeded": 429,
    "context_length_exceeded": 400,
    "invalid_api_key": 401,
    "insufficient_credits": 402,
    "timeout": 408,
    "server_error": 502,
    "overloaded": 503,
}


class TimedOut(ServiceUnavailable):
    """The time for an answer is over: asking the same server again would only take longer."""

    retryable = False


class TooHeavy(BudgetSpent):
    """The credits do not last for so many tokens; fewer may do."""


@dataclass(frozen=True)
class Refusal:
    """An error as the server words it.

    Args:
        code: A status, or a word.
        message: What it says.
        metadata: What it adds.
        headers: Of the reply; none for an event in a stream.
    """

    code: Any
    message: str = ""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, body: Any, status: int = 0, headers: Mapping[str, str] | None = None) -> "Refusal":  # noqa: ANN401 -- whatever the server sent
        """Return the error of a body, whatever its shape."""
        error = body.get("error", body) if isinstance(body, Mapping) else {}
        error = error if isinstance(error, Mapping) else {"message": error}
        metadata = error.get("metadata")
        return cls(
            error.get("code", status) or status,
            _shown(str(error.get("message") or "")),
            metadata if isinstance(metadata, Mapping) else {},
            headers or {},
        )

    @property
    def status(self) -> int:
        """The code as a status; that of a failed provider where it is none."""
        word = str(self.code).strip().lower()[:_SHOWN]
        number = int(word) if word.isascii() and word.isdigit() else _NAMED.get(word, 0)
        return number if 300 <= number < 600 else 502

    @property
    def said(self) -> str:
        """The message, to be added to a sentence."""
        return f": {self.message}" if self.message else ""

    @property
    def retry_after_s(self) -> float | None:
        """How long the server asks us to wait, in seconds; None where it does not say."""
        lower = {name.lower(): value for name, value in self.headers.items()}
        asked = _delay(lower.get("retry-after", ""))
        return asked if asked is not None else _until(lower.get("x-ratelimit-reset", ""))


def _shown(message: str) -> str:
    """Return a server's words fit for one line: no control characters, no key."""
    line = "".join(sign if sign.isprintable() else " " for sign in message[: 10 * _SHOWN])
    return _KEYS.sub("a key", " ".join(line.split()))[:_SHOWN]


def failure(refusal: Refusal, model: str) -> AssistantError:
    """Return what a refusal means.

    Args:
        refusal: What the server said.
        model: The model that was asked.
    """
    meaning = _MEANINGS.get(refusal.status) or _MEANINGS.get(refusal.status // 100, _other)
    return meaning(refusal, model)


def unreachable(error: BaseException) -> AssistantError:
    """Return what an error of the connection means."""
    match error:
        case httpx.ConnectTimeout():
            return TimedOut("OpenRouter cannot be reached: the connection took too long")
        case httpx.TimeoutException():
            return TimedOut("OpenRouter sent nothing for too long")
        case httpx.ConnectError():
            said = "OpenRouter cannot be reached"
        case _:
            said = "The connection to OpenRouter broke"
    return ServiceUnavailable(said, "Check the network, and AEI_OPENROUTER_URL.")


def _too_long(refusal: Refusal, model: str) -> AssistantError:
    if not _overflows(refusal.message):
        return _other(refusal, model)
    return ContextOverflow(f"The prompt does not fit the cloud model {model}{refusal.said}")


def _unknown_key(refusal: Refusal, model: str) -> AssistantError:
    return ModelMissing(
        f"OpenRouter does not accept the key{refusal.said}", "Check AEI_OPENROUTER_API_KEY."
    )


def _unpaid(refusal: Refusal, model: str) -> AssistantError:
    source, reason = refusal.metadata.get("limit_source"), refusal.metadata.get("reason")
    if source == "openrouter_in_flight_budget":
        return ModelBusy(
            "OpenRouter holds the credits for questions in flight",
            retry_after_s=refusal.retry_after_s,
        )
    if source == "openrouter_key_limit":
        return BudgetSpent(
            f"The limit of the OpenRouter key is used up{refusal.said}",
            "Raise it at openrouter.ai/keys, or wait for the day it is reset.",
        )
    hint = "Add some at openrouter.ai/credits."
    if reason == "weight_exceeds_budget":
        return TooHeavy(f"OpenRouter's credits do not last for this question{refusal.said}", hint)
    return BudgetSpent(f"OpenRouter's credits are used up{refusal.said}", hint)


def _forbidden(refusal: Refusal, model: str) -> AssistantError:
    if "key" in refusal.message.lower():
        return _unknown_key(refusal, model)
    return ServiceFailed(
        f"The cloud provider's moderation refused the question{refusal.said}",
        "Ask a local model, or word the question in another way.",
    )


def _not_offered(refusal: Refusal, model: str) -> AssistantError:
    return ModelMissing(
        f"OpenRouter has no provider for the cloud model {model} under our conditions{refusal.said}",
        "Check AEI_OPENROUTER_MODEL: it must be offered without data collection and with zero "
        "retention.",
    )


def _too_slow(refusal: Refusal, model: str) -> AssistantError:
    return ServiceUnavailable(f"The cloud model {model} took too long{refusal.said}")


def _too_many(refusal: Refusal, model: str) -> AssistantError:
    said = f"OpenRouter asks us to slow down{refusal.said}"
    return ModelBusy(said, retry_after_s=refusal.retry_after_s)


def _none_free(refusal: Refusal, model: str) -> AssistantError:
    said = f"No provider of the cloud model {model} is free{refusal.said}"
    return ModelBusy(said, retry_after_s=refusal.retry_after_s)


def _provider_failed(refusal: Refusal, model: str) -> AssistantError:
    return ServiceUnavailable(f"The provider of the cloud model {model} failed{refusal.said}")


def _moved(refusal: Refusal, model: str) -> AssistantError:
    return MalformedReply(
        "OpenRouter points to another address, which is not followed", "Check AEI_OPENROUTER_URL."
    )


def _other(refusal: Refusal, model: str) -> AssistantError:
    return ServiceFailed(f"OpenRouter refused the question (error {refusal.status}){refusal.said}")


_MEANINGS: dict[int, Callable[[Refusal, str], AssistantError]] = {
    3: _moved,
    5: _provider_failed,
    400: _too_long,
    401: _unknown_key,
    402: _unpaid,
    403: _forbidden,
    404: _not_offered,
    408: _too_slow,
    413: _too_long,
    422: _too_long,
    429: _too_many,
    503: _none_free,
}
"""By status, or by the first digit of one."""


def _overflows(message: str) -> bool:
    lower = message.lower()
    return any(word in lower for word in _OVERFLOWS)


def _delay(value: str) -> float | None:
    """Return the seconds of a Retry-After: a number, or a date."""
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):  # no date; a date without a zone
            return None
    return _bounded(seconds)


def _until(value: str) -> float | None:
    """Return the seconds until a reset, given in seconds or milliseconds since 1970."""
    try:
        moment = float(value)
    except ValueError:
        return None
    moment = moment / 1000 if moment > _MILLISECONDS else moment
    return _bounded(moment - datetime.now(UTC).timestamp())


def _bounded(seconds: float) -> float | None:
    if seconds != seconds:  # NaN
        return None
    return min(max(seconds, 0.0), _LONGEST_WAIT_S)
