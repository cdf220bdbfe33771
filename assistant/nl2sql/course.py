"""What is known of a question while it is answered: who was asked, what it took, what left the machine."""

import time
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from assistant.domain.answers import Destination, Route
from assistant.domain.completions import CompletionEvent, Routed, TextDelta, Usage, Waiting
from assistant.domain.queries import AskedBack, DataQuestion, DataResult, Declined, Written
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import SqlRows, SqlVerdict
from assistant.nl2sql.execute import reader_of
from assistant.nl2sql.present import present

_BUILTIN = "builtin"


@dataclass
class Reply:
    """What a model said so far."""

    text: str = ""
    route: Route | None = None
    usage: Usage | None = None

    @property
    def whole(self) -> bool:
        """Whether a language model said it to its end."""
        return bool(self.usage and not self.usage.refused and not self.usage.interrupted)

    def take(self, event: CompletionEvent) -> None:
        """Take in what the model reports."""
        match event:
            case Routed():
                self.route = event.route
            case TextDelta():
                self.text += event.text
            case Usage():
                self.usage = event
            case Waiting():
                pass


@dataclass
class Course:
    """What is known of one question while it is answered."""

    question: DataQuestion
    start: float = field(default_factory=time.perf_counter)
    attempts: int = 0
    route: Route | None = None
    model: str = ""
    cost_usd: Decimal = Decimal(0)
    given_up: list[str] = field(default_factory=list)
    left_machine: bool = False
    prompt: str = ""

    def about(self) -> dict[str, Any]:
        """Return what the audit log is told of the question."""
        known: dict[str, Any] = {"question": self.question.text}
        if self.question.earlier:
            known["earlier"] = [one.question for one in self.question.earlier]
        if self.route:
            known |= {"destination": self.route.destination.value, "model": self.model}
            known |= {"reasons": list(self.route.reasons), "cost_usd": str(self.cost_usd)}
        if self.attempts:
            known["attempt"] = self.attempts
        redacted = self.route is not None and self.route.redacted
        left = ["redacted question" if redacted else "question", "schema"]
        return {**known, "prompt": self.prompt, "left_machine": left if self.left_machine else []}

    def waiting(self, event: Waiting) -> None:
        """Note that the prompt leaves for another place, where it does."""
        self.left_machine = self.left_machine or event.sent_to is Destination.CLOUD

    def said(self, reply: Reply) -> None:
        """Take in what a model said, where, and what it took."""
        if reply.usage is None or reply.route is None:
            self.given_up.append("The model's reply had no end")
            return
        if reply.usage.interrupted:
            self.given_up.append(reply.usage.interrupted)
        self.cost_usd += reply.usage.cost_usd
        self.model = reply.usage.model
        before, there = self.route or reply.route, reply.route
        reasons = tuple(dict.fromkeys((*before.reasons, *there.reasons)))
        self.route = replace(
            before, destination=there.destination, reasons=reasons, sent_to=there.sent_to
        )
        if Destination.CLOUD in (there.destination, *there.sent_to):
            self.left_machine = True

    def builtin(self, decided: Route) -> None:
        """Note that the built-in writer is asked, and why."""
        before = self.route or decided
        given_up = self._given_up()
        reasons = (
            *before.reasons,
            *(f"{one}, so the built-in writer is asked" for one in given_up),
        )
        self.route = replace(before, destination=Destination.BUILTIN, reasons=reasons)
        self.model = _BUILTIN

    def _given_up(self) -> tuple[str, ...]:
        """Return why no model's statement is what counts, in one clause; nothing where one is."""
        said = " and ".join(one.rstrip(".") for one in dict.fromkeys(self.given_up))
        return (said,) if said else ()

    def ended(self, draft: AskedBack | Declined) -> DataResult:
        """Return the result of a question that no rows answer."""
        return DataResult(
            self.question.text,
            draft,
            attempts=self.attempts,
            route=self.route,
            model=self.model,
            cost_usd=self.cost_usd,
            seconds=time.perf_counter() - self.start,
        )

    def answered(
        self, draft: Written, verdict: SqlVerdict, rows: SqlRows, layer: SemanticLayer
    ) -> DataResult:
        """Return the result of a statement that ran."""
        told = present(verdict, rows, layer, reader_of(self.question.asked_by))
        return DataResult(
            self.question.text,
            draft,
            sql=verdict.rewritten,
            rows=rows,
            row_count=rows.read,
            rows_sha256=rows.sha256,
            units=told.units,
            explanation=told.explanation,
            chart=told.chart,
            attempts=self.attempts,
            understood=draft.understood,
            notes=tuple(f"Written without a language model: {one}." for one in self._given_up()),
            route=self.route,
            model=self.model,
            cost_usd=self.cost_usd,
            seconds=time.perf_counter() - self.start,
        )
