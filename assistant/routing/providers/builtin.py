"""The built-in answerer as a chat model: no language model, no service, nothing leaves the process.

What to quote and what to compute is decided by the function it is given (`rag.answering`), every
figure cited by the label of the evidence it stands on; this module only speaks the port.
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass

from assistant.domain.answers import Destination, Evidence, Route
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Routed,
    TextDelta,
    Usage,
)

MODEL = "builtin"
_REFUSAL = "The filings do not hold an answer to this question."
_NO_SQL = "Statements are written by a language model, or from what is verified."
_CLOSEST = 3


Answerer = Callable[[str, Sequence[Evidence]], Sequence[str]]
"""From a question and its evidence to the paragraphs of an answer, none when it is refused."""


@dataclass(frozen=True)
class BuiltinModel:
    """Implements `ports.ChatModel`."""

    answerer: Answerer

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield the answer as it would be read, a paragraph a piece."""
        yield Routed(Route(Destination.BUILTIN, ()))
        if not request.task.needs_evidence:
            yield TextDelta(_NO_SQL)
            yield Usage(MODEL, refused=True)
            return
        paragraphs = self.answerer(request.question, request.evidence)
        if not paragraphs:
            yield TextDelta(_refusal(request.evidence))
            yield Usage(MODEL, refused=True)
            return
        for number, paragraph in enumerate(paragraphs):
            yield TextDelta(("\n\n" if number else "") + paragraph)
        yield Usage(MODEL)


def _refusal(evidence: Sequence[Evidence]) -> str:
    if not evidence:
        return _REFUSAL
    labels = "".join(f"[{item.label}]" for item in evidence[:_CLOSEST])
    return f"{_REFUSAL} The closest passages are these: {labels}"
