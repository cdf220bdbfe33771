"""What one turn reports while it runs. Chat, REST, CLI and evaluation all read this one stream."""

from dataclasses import dataclass

from assistant.domain.answers import Answer, Clarification, Evidence, Query
from assistant.domain.completions import Routed, TextDelta, Waiting
from assistant.domain.errors import AssistantError
from assistant.domain.queries import Drafted, Failed, Linked


@dataclass(frozen=True, slots=True)
class Understood:
    """The question was read as this query."""

    query: Query


@dataclass(frozen=True, slots=True)
class Clarify:
    """The question can be read in several ways: the user is asked back, and nothing is searched."""

    clarification: Clarification


@dataclass(frozen=True, slots=True)
class ToolStarted:
    """A tool began to run. `argument` is what it was called with, where an agent called it."""

    tool: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class ToolFinished:
    """A tool returned; `seconds` is how long it took.

    `result` is what it gave besides evidence: the outcome of a sum.
    """

    tool: str
    evidence: tuple[Evidence, ...]
    seconds: float
    argument: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class ToolFailed:
    """A tool gave no usable answer; the turn goes on with what the others found."""

    tool: str
    error: AssistantError
    argument: str = ""

    @property
    def message(self) -> str:
        """What happened."""
        return self.error.message

    @property
    def hint(self) -> str:
        """What the user should do next."""
        return self.error.hint


ToolEvent = ToolStarted | ToolFinished | ToolFailed
DataStep = Linked | Drafted | Failed
"""What is told on the way from a question to the rows of the database."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The last event of every turn that succeeds."""

    answer: Answer


TurnEvent = Understood | Clarify | ToolEvent | DataStep | Waiting | Routed | TextDelta | Answered
