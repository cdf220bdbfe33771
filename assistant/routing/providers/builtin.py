"""The built-in answerer as a chat model: no language model, no service, nothing leaves the process.

It quotes: every statement is verbatim text of the evidence, cited by its label. What to quote is
decided by the function it is given (`rag.extractive`); this module only speaks the port.
"""

import re
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

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
_CLOSEST = 3


class Statement(Protocol):
    """Verbatim text of the evidence with this label."""

    @property
    def label(self) -> str:
        """The label of the evidence."""
        ...

    @property
    def text(self) -> str:
        """The text to state."""
        ...

    @property
    def is_row(self) -> bool:
        """Whether the text is a table row, its column heads on the line before it."""
        ...


Answerer = Callable[[str, Sequence[Evidence]], Sequence[Statement]]


@dataclass(frozen=True)
class BuiltinModel:
    """Implements `ports.ChatModel`."""

    answerer: Answerer
    reason: str = "the built-in answerer was asked for"

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield the statements as they would be read, a statement a piece."""
        yield Routed(Route(Destination.BUILTIN, (self.reason,)))
        statements = self.answerer(request.question, request.evidence)
        if not statements:
            yield TextDelta(_refusal(request.evidence))
            yield Usage(MODEL, refused=True)
            return
        for number, statement in enumerate(statements):
            yield TextDelta(("\n\n" if number else "") + _written(statement))
        yield Usage(MODEL)


def _written(statement: Statement) -> str:
    """A sentence on one line; a row as a quoted block, its cells parted by bars."""
    if not statement.is_row:
        return f"{' '.join(statement.text.split())} [{statement.label}]"
    lines = [re.sub(r"\s{2,}|\t", " | ", line.strip()) for line in statement.text.split("\n")]
    return "> " + "\n> ".join(lines) + f" [{statement.label}]"


def _refusal(evidence: Sequence[Evidence]) -> str:
    if not evidence:
        return _REFUSAL
    labels = "".join(f"[{item.label}]" for item in evidence[:_CLOSEST])
    return f"{_REFUSAL} The closest passages are these: {labels}"
