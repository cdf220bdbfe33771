"""Answers comparisons by computing every cell, and hands everything else on. Itself a chat model.

A table of figures is arithmetic over rows, so no language model writes it: whatever the model
behind, the cells are the same, each with its rows. Where no cell is found the model behind answers.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from assistant.domain.answers import Destination, Evidence, Route
from assistant.domain.comparisons import Comparison
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Routed,
    TextDelta,
    Usage,
)
from assistant.ports import ChatModel

MODEL = "builtin"
_REASON = "a comparison is computed from the rows of the filings, without a language model"

Comparer = Callable[[Comparison, Sequence[Evidence]], Sequence[str]]
"""From a comparison and its evidence to the paragraphs of an answer, none when no cell is found."""


@dataclass(frozen=True)
class ComparingModel:
    """Implements `ports.ChatModel`."""

    model: ChatModel
    comparer: Comparer

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield the table and the rows it stands on, a paragraph a piece, or what the model says."""
        comparison = request.comparison
        paragraphs = self.comparer(comparison, request.evidence) if comparison else ()
        if not paragraphs:
            async with aclosing(self.model.stream(request)) as reply:
                async for event in reply:
                    yield event
            return
        yield Routed(Route(Destination.BUILTIN, (_REASON,)))
        for number, paragraph in enumerate(paragraphs):
            yield TextDelta(("\n\n" if number else "") + paragraph)
        yield Usage(MODEL)
