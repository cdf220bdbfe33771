"""What language models cost: prices, budgets, charges, and what is counted of them.

    Quote ── reserved ──> Charge ── settled ──> Tally, one a day, person, model and destination

Money is `Decimal` in US dollars throughout: exact, as providers bill it.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from assistant.domain.answers import Answer, Choice, Clarification, Destination, Question
from assistant.domain.people import Principal, Role


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs: USD per token of the prompt and of the completion."""

    prompt_usd: Decimal
    completion_usd: Decimal

    def of(self, prompt_tokens: int, completion_tokens: int) -> Decimal:
        """Return what so many tokens cost in USD, exactly."""
        return prompt_tokens * self.prompt_usd + completion_tokens * self.completion_usd


@dataclass(frozen=True, slots=True)
class Quote:
    """What an answer of a cloud model would cost, before anything is sent.

    Args:
        model: The model as its provider names it.
        prompt_tokens: The length of the prompt, estimated rather too long.
        usual_usd: With an answer of the usual length.
        most_usd: With an answer as long as it may be.
        known: Whether the model's own price is known; otherwise the highest known one was used.
    """

    model: str
    prompt_tokens: int
    usual_usd: Decimal
    most_usd: Decimal
    known: bool = True


@dataclass(frozen=True, slots=True)
class Budget:
    """What cloud models may cost in a day (UTC): everybody's, one person's, or one role's.

    Args:
        usd: The amount.
        who: The person (id) whose spending counts; empty: anybody's.
        role: The role whose spending counts; None: any.
    """

    usd: Decimal
    who: str = ""
    role: Role | None = None

    @property
    def whose(self) -> str:
        """Whose it is, in words."""
        if self.who:
            return self.who
        return f"the role {self.role.value}" if self.role else "everybody"


@dataclass(frozen=True, slots=True)
class Charge:
    """One request to a cloud model, as the ledger keeps it.

    `estimated` when the provider did not say what it cost.
    """

    model: str
    prompt_tokens: int
    completion_tokens: int
    cost_usd: Decimal
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """One answer that somebody got. Of a cloud model the tokens stand in its charges."""

    asked_by: Principal
    destination: Destination
    model: str
    prompt_tokens: int = 0
    completion_tokens: int = 0

    @classmethod
    def of(cls, asked_by: Principal, answer: Answer) -> "Made":
        """Return what is counted of an answer."""
        made = cls(asked_by, answer.route.destination, answer.model)
        if answer.cached:  # no model was asked, wherever it was made then
            made = cls(asked_by, Destination.BUILTIN, "answer cache")
        if made.destination is Destination.CLOUD:
            return made
        return replace(
            made, prompt_tokens=answer.prompt_tokens, completion_tokens=answer.completion_tokens
        )


@dataclass(frozen=True, slots=True)
class Tally:
    """What is counted of one day, person, model and destination.

    Args:
        day: In UTC.
        answers: Answers that people got.
        prompt_tokens: What the model read; of the built-in answerer, what a model would have read.
        cost_usd: What was billed.
        held_usd: What running requests could still cost.
    """

    day: date
    who: str
    role: str
    model: str
    destination: Destination
    answers: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    held_usd: Decimal = Decimal(0)


def cost_question(said: str, question: Question, text: str) -> Clarification:
    """Return the question back that asks whether a dear answer is wanted.

    Args:
        said: What it would cost, in words.
        question: What was asked.
        text: Its stand-alone form.
    """
    return Clarification(
        said,
        (
            Choice("Ask the cloud model", text, question.scope, question.model, confirmed=True),
            Choice("Use the local model", text, question.scope, Destination.LOCAL),
        ),
    )
