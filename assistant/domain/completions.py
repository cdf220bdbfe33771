"""What we say to a language model, and what it says back."""

import math
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Literal

from assistant.domain.answers import Evidence, Question, Route, strictest
from assistant.domain.comparisons import Comparison
from assistant.domain.errors import MalformedReply
from assistant.domain.filings import Sensitivity
from assistant.domain.people import LOCAL_USER, Principal
from assistant.domain.routes import Waiting as Waiting

NO_ANSWER = "NO_ANSWER"
"""What a language model begins with where the evidence does not hold the answer (prompts/rules.md)."""
_BYTES_A_TOKEN = 3
_TOKENS_A_MESSAGE = 8


class Task(StrEnum):
    """Why a completion is wanted."""

    ANSWER = "answer"
    REPAIR = "repair"
    SQL = "sql"
    FIX_SQL = "fix_sql"

    @property
    def corrects(self) -> bool:
        """Whether it corrects what one model said, which no other is asked to do."""
        return self in {Task.REPAIR, Task.FIX_SQL}

    @property
    def needs_evidence(self) -> bool:
        """Whether nothing can be said without evidence."""
        return self in {Task.ANSWER, Task.REPAIR}


@dataclass(frozen=True, slots=True)
class Message:
    """One entry of a chat transcript."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class CompletionRequest:
    """Everything a model, or a router in front of it, needs to know.

    A language model reads `messages`; the built-in answerer reads `question` and `evidence`.
    Both cite evidence by its label in square brackets: `[E1]`. Where there is a `comparison` it is
    computed cell by cell, whatever the model. `route` is what the router decided; a model behind it
    never widens it. `asked_by` is who pays for it, `conversation_id` what its placeholders belong to.
    `prompt_version` tells one wording of the templates behind `messages` from another. `asked` is
    the question as the user asked it, for an agent, which searches on its own.
    `rendered` writes `messages` anew for less evidence; whoever rewrites `messages` takes it away.
    `confirmed` when who asks agreed to what a cloud model may cost.
    """

    task: Task
    question: str
    evidence: tuple[Evidence, ...]
    messages: tuple[Message, ...]
    sensitivity: Sensitivity
    max_tokens: int = 1024
    comparison: Comparison | None = None
    route: Route | None = None
    asked_by: Principal = LOCAL_USER
    conversation_id: str = ""
    confirmed: bool = False
    prompt_version: str = ""
    asked: Question | None = None
    rendered: Callable[[Sequence[Evidence]], tuple[Message, ...]] | None = field(
        default=None, compare=False, repr=False
    )

    @property
    def groundless(self) -> bool:
        """Whether it needs evidence and has none: then no language model is asked."""
        return self.task.needs_evidence and not self.evidence

    @property
    def leaving(self) -> Sensitivity:
        """How sensitive it is as it leaves: like its evidence, where placeholders stand for the rest."""
        if self.route is not None and self.route.redacted:
            return strictest(one.sensitivity for one in self.evidence)
        return self.sensitivity

    def giving(self, evidence: tuple[Evidence, ...]) -> "CompletionRequest | None":
        """Return the request with this evidence only; None where it cannot be rendered again.

        It stays as sensitive as it was.
        """
        if self.rendered is None:
            return None
        return replace(self, evidence=evidence, messages=self.rendered(evidence))


@dataclass(frozen=True, slots=True)
class Routed:
    """Where the completion is made, and why there. Stands before the first piece of it.

    `evidence` is what the model was given, where that is not what the request holds: nothing else can
    be cited. `prompt_version` is that of its instructions, where they are not the request's.
    """

    route: Route
    evidence: tuple[Evidence, ...] | None = None
    prompt_version: str = ""


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the reply, as it arrives."""

    text: str


@dataclass(frozen=True, slots=True)
class Usage:
    """What a completion took. Ends every stream.

    `refused` is true when the model found that the evidence does not hold the answer. A reply that
    broke off after some of it was shown is `interrupted`: the sentence says why. `estimated` is true
    where the provider did not say what it took; `generation_id` is its name for the completion.
    """

    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    refused: bool = False
    interrupted: str = ""
    estimated: bool = False
    generation_id: str = ""

    def plus(self, further: "Usage") -> "Usage":
        """Return this with what one more completion of the same answer took."""
        return replace(
            self,
            prompt_tokens=self.prompt_tokens + further.prompt_tokens,
            completion_tokens=self.completion_tokens + further.completion_tokens,
            cost_usd=self.cost_usd + further.cost_usd,
        )


CompletionEvent = Waiting | Routed | TextDelta | Usage


@dataclass(frozen=True, slots=True)
class Completion:
    """A whole reply."""

    text: str
    route: Route
    usage: Usage


async def collect(stream: AsyncIterator[object]) -> Completion:
    """Read a stream of completion events, and others that are left out, to its end.

    Raises:
        MalformedReply: The stream has no route in front or no usage at its end.
    """
    parts: list[str] = []
    route: Route | None = None
    async for item in stream:
        match item:
            case Routed():
                route = item.route
            case TextDelta():
                parts.append(item.text)
            case Usage() if route is not None:
                return Completion("".join(parts), route, item)
            case _:
                pass
    raise MalformedReply("The reply ended without a route or a usage record")


def tokens_of(messages: Sequence[Message]) -> int:
    """Return how many tokens messages are, estimated rather too many."""
    return sum(text_tokens(message.content) + _TOKENS_A_MESSAGE for message in messages)


def text_tokens(text: str) -> int:
    """Return how many tokens a text is, estimated from its bytes, rather too many.

    No tokenizer of a cloud model is at hand; a dense table has more tokens a character than prose.
    """
    return math.ceil(len(text.encode("utf-8", "replace")) / _BYTES_A_TOKEN)
