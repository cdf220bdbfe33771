"""Asks for an answer, and again while nothing was said: what may pass is worth a second try.

pieces up to the first text ── fails ──> wait as the server says, or with jitter ──> ask again
└─ stands ─> the rest; from here a failure is a failure
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception,
    stop_after_attempt,
    stop_before_delay,
    wait_random_exponential,
)

from assistant.domain.completions import CompletionRequest, Waiting
from assistant.domain.errors import AssistantError, BudgetSpent, MalformedReply, ModelBusy
from assistant.routing.providers.openrouter.endpoint import Patience
from assistant.routing.providers.openrouter.failures import TooHeavy
from assistant.routing.providers.openrouter.reply import Piece

if TYPE_CHECKING:
    from assistant.routing.providers.openrouter.chat import OpenRouterChat

_jitter = wait_random_exponential(multiplier=0.5, max=4)


async def ask(
    chat: "OpenRouterChat", request: CompletionRequest, patience: Patience
) -> AsyncGenerator[Waiting | Piece, None]:
    """Yield the pieces of an answer; before them, why it is asked again.

    Args:
        chat: What asks, cleared for this request.
        request: What is asked.
        patience: How often, and for how long.

    Raises:
        AssistantError: No answer, or no more of it.
    """
    tokens = request.max_tokens
    pieces, head = chat.pieces(request.messages, tokens), list[Piece]()
    async for attempt in _attempts(patience):
        with attempt:
            try:
                head = await _begun(pieces)
            except AssistantError as error:
                tokens = _lighter(error, tokens, request.max_tokens)
                pieces = chat.pieces(request.messages, tokens)
                raise
        if not head and (said := _why(attempt.retry_state)):
            yield Waiting(said)
    async with aclosing(pieces) as rest:
        for piece in head:
            yield piece
        async for piece in rest:
            yield piece


def _attempts(patience: Patience) -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception(partial(_may_pass, longest_s=patience.again_s)),
        wait=_pause,
        stop=stop_after_attempt(patience.tries) | stop_before_delay(patience.first_s),
        reraise=True,
    )


def _may_pass(error: BaseException, longest_s: float) -> bool:
    if isinstance(error, ModelBusy):
        return (error.retry_after_s or 0) <= longest_s
    return isinstance(error, TooHeavy) or (isinstance(error, AssistantError) and error.retryable)


async def _begun(pieces: AsyncGenerator[Piece, None]) -> list[Piece]:
    """Return the pieces of an answer up to the first with text.

    All of them, where none has text and they were billed all the same: that has to be known.

    Raises:
        MalformedReply: There is no text, and nothing was billed.
    """
    head: list[Piece] = []
    try:
        async for piece in pieces:
            head.append(piece)
            if piece.text:
                return head
    except BaseException:
        await pieces.aclose()
        raise
    if any(piece.is_billed for piece in head):
        return head
    raise MalformedReply("The cloud model answered with nothing")


def _lighter(error: AssistantError, tokens: int, wanted: int) -> int:
    """Return how many tokens to ask for after an error: once fewer, where the credits are short.

    Raises:
        BudgetSpent: They do not last for the fewer tokens either.
    """
    if not isinstance(error, TooHeavy):
        return tokens
    if tokens < wanted:
        raise BudgetSpent(error.message, error.hint) from error
    return max(1, tokens // 2)


def _pause(state: RetryCallState) -> float:
    """Return how long to wait before asking again: as long as the server says, or with jitter."""
    error = _failed(state)
    asked = error.retry_after_s if isinstance(error, ModelBusy) else None
    return asked if asked is not None else _jitter(state)


def _why(state: RetryCallState) -> str:
    """Return why nothing was said, where it may be asked again."""
    error = _failed(state)
    return error.message if isinstance(error, AssistantError) and error.retryable else ""


def _failed(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome else None
