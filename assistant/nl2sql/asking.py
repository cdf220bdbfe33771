"""From a question to rows: the one path that every face asks the database by.

    DataQuestion ── intake ──> Linking ── route ──> a model, or what is verified and known ──> Draft
                 Draft ── guard ── EXPLAIN ── run ──> DataResult
                   └── what was wrong, to the model that wrote it, twice at most

Where no model answers, or what it wrote cannot be run, the built-in writer is asked, and the route
says so. Neither is trusted: every statement goes through `Execution`, which judges, bounds and notes it.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import Protocol

import anyio

from assistant.audit import unqueried
from assistant.domain.answers import Destination
from assistant.domain.completions import (
    CompletionRequest,
    Waiting,
)
from assistant.domain.errors import (
    AssistantError,
    CostUnconfirmed,
    InvalidRequest,
    StatementTimeout,
)
from assistant.domain.queries import (
    AskedBack,
    DataEvent,
    DataQuestion,
    DataResult,
    Declined,
    Draft,
    Drafted,
    EarlierQuery,
    Failed,
    Linked,
    Linking,
    Written,
)
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import RowReader
from assistant.nl2sql.course import Course, Reply
from assistant.nl2sql.downloads import Downloads
from assistant.nl2sql.execute import Execution, reader_of
from assistant.nl2sql.generating import StatementPrompt, Told
from assistant.nl2sql.intake import taken
from assistant.nl2sql.replies import drafted
from assistant.nl2sql.reviewing import Reviewing
from assistant.nl2sql.sending import Sending
from assistant.ports import ChatModel

_REPAIRS = 2
_LONGEST = 2_000  # characters of a question
_BUILTIN = "builtin"
_NO_STATEMENT = "The reply held no SQL statement"
_NOT_RUN = "No statement that could be run was found"


class FindsLinks(Protocol):
    """Finds what of the database a question is about."""

    async def link(
        self, text: str, reader: RowReader, earlier: Sequence[EarlierQuery] = ()
    ) -> Linking:
        """Return it, as far as this reader may know of it."""


class WritesStatements(Protocol):
    """Writes a statement without a language model, from what is verified and known."""

    async def write(self, question: DataQuestion, linking: Linking) -> Draft:
        """Return it; declines what it is not sure of."""


@dataclass(frozen=True)
class DataDesk:
    """Answers questions from a database.

    Args:
        linker: Finds what a question is about.
        builtin: Writes statements without a language model.
        model: The language models, behind router, budget and fallback.
        prompt: What these are told.
        sending: Decides where a question is sent.
        execution: Judges and runs statements, and notes them.
        downloads: Writes the rows of a result to files.
        layer: What the database means.
        reviewing: Keeps what was found right, for review; None: nothing is kept.
        reconcile: Holds a result against the filings of the store; None: there are none.
    """

    linker: FindsLinks
    builtin: WritesStatements
    model: ChatModel
    prompt: StatementPrompt
    sending: Sending
    execution: Execution
    downloads: Downloads
    layer: SemanticLayer
    reviewing: Reviewing | None = None
    reconcile: Callable[[DataResult], Awaitable[DataResult]] | None = None

    async def ask(self, question: DataQuestion) -> AsyncGenerator[DataEvent, None]:
        """Answer one question, reporting as it goes, the result last. The audit log has it before.

        Raises:
            InvalidRequest: The question is empty, or too long.
            CostUnconfirmed: A cloud model would cost more than goes unasked; nothing was sent.
            ServiceFailed: The database or the audit log gave no usable answer.
        """
        course, failure = Course(question, prompt=self.prompt.version), "stopped"
        audit = self.execution.audit
        try:
            async with aclosing(self._answer(_asked(question), course)) as events:
                async for event in events:
                    if isinstance(event, DataResult) and event.rows is None:
                        outcome = "asked back" if isinstance(event.draft, AskedBack) else "declined"
                        await audit.append(unqueried(question.asked_by, outcome, course.about()))
                    failure = "" if isinstance(event, DataResult) else failure
                    yield event
        except Exception as error:
            failure = failure and getattr(error, "code", AssistantError.code)
            raise
        finally:
            if failure:  # a log that cannot be written must not hide why the question ended
                with anyio.CancelScope(shield=True), suppress(AssistantError):
                    await audit.append(unqueried(question.asked_by, failure, course.about()))

    async def _answer(
        self, question: DataQuestion, course: Course
    ) -> AsyncGenerator[DataEvent, None]:
        reader = reader_of(question.asked_by)
        if said := taken(question, reader, self.prompt.schema, self.layer):
            yield course.ended(said)
            return
        linking = await self.linker.link(question.text, reader, question.earlier)
        yield Linked(linking)
        decided, label = await self.sending.decided(question, linking)
        course.route = decided
        if decided.destination is not Destination.BUILTIN:
            told = self.prompt.told(question, linking)
            request = self.prompt.request(told, decided, label)
            async with aclosing(self._by_model(request, told, linking, course)) as events:
                async for event in events:
                    yield event
                    if isinstance(event, DataResult):
                        return
        course.builtin(decided)
        async with aclosing(self._by_builtin(question, linking, course)) as events:
            async for event in events:
                yield event

    async def _by_model(
        self,
        request: CompletionRequest,
        told: Told,
        linking: Linking,
        course: Course,
    ) -> AsyncGenerator[DataEvent, None]:
        """Let a model write; ends without a result where none answers, or nothing of it can be run."""
        why = _NO_STATEMENT
        for _ in range(_REPAIRS + 1):
            reply = Reply()
            async with aclosing(self._said(request, reply, course)) as waits:
                async for wait in waits:
                    yield wait
            if not reply.whole:
                return
            draft = drafted(reply.text)
            if isinstance(draft, AskedBack | Declined):
                yield course.ended(draft)
                return
            sql, why, result = draft.sql if draft else "", _NO_STATEMENT, None
            course.attempts += 1
            if draft:
                yield Drafted(sql, course.attempts)
                result, why = await self._ran(_understood(draft, linking), course)
            yield result or Failed(sql, course.attempts, why)
            if result:
                return
            written_by = replace(request, route=course.route)
            request = self.prompt.correction(written_by, told, sql, why)
        course.given_up.append(
            f"{course.attempts} statements could not be run, the last because: {why}"
        )

    async def _said(
        self, request: CompletionRequest, reply: Reply, course: Course
    ) -> AsyncGenerator[Waiting, None]:
        """Read a model's reply into `reply`, yielding why nothing is there yet."""
        try:
            async with aclosing(self.model.stream(request)) as events:
                async for event in events:
                    if isinstance(event, Waiting):
                        course.waiting(event)
                        yield event
                    reply.take(event)
        except CostUnconfirmed:
            raise
        except AssistantError as error:
            course.cost_usd += error.cost_usd
            course.given_up.append(error.message)
        else:
            course.said(reply)

    async def _by_builtin(
        self, question: DataQuestion, linking: Linking, course: Course
    ) -> AsyncGenerator[DataEvent, None]:
        draft = await self.builtin.write(question, linking)
        if not isinstance(draft, Written):
            yield course.ended(draft)
            return
        course.attempts += 1
        yield Drafted(draft.sql, course.attempts)
        result, why = await self._ran(draft, course)
        if result is None:
            yield Failed(draft.sql, course.attempts, why)
            result = course.ended(
                Declined(f"{_NOT_RUN}: {why}", "Ask for less, or in other words.")
            )
        yield result

    async def _ran(self, draft: Written, course: Course) -> tuple[DataResult | None, str]:
        """Run a statement; return the result, or why there is none, in words that a model may read."""
        asked = course.question
        try:
            verdict, rows = await self.execution.run(
                draft.sql, asked.asked_by, course.about(), asked.held
            )
        except (InvalidRequest, StatementTimeout) as error:
            return None, error.message
        result = course.answered(draft, verdict, rows, self.layer)
        result = replace(result, notes=(*self.execution.notes, *result.notes))
        result = replace(result, id=await self.downloads.keep(result, asked.asked_by))
        return await self.reconcile(result) if self.reconcile else result, ""


def _understood(draft: Written, linking: Linking) -> Written:
    """Return what a model wrote, with the stored values that it was told of and that it used."""
    used = (one for one in linking.values if f"'{one.value}'" in draft.sql)
    words = (f"{one.text}: {one.column} is {one.value}" for one in used if one.text != one.value)
    return replace(draft, understood=tuple(dict.fromkeys(words)))


def _asked(question: DataQuestion) -> DataQuestion:
    if not question.text.strip():
        raise InvalidRequest("The question is empty", "Ask something of the data.")
    if len(question.text) > _LONGEST:
        raise InvalidRequest(
            f"The question is longer than {_LONGEST} characters", "Ask something shorter."
        )
    return question


async def final_result(events: AsyncGenerator[DataEvent, None]) -> DataResult:
    """Read a question's events to their end and return the result."""
    async with aclosing(events):
        async for event in events:
            if isinstance(event, DataResult):
                return event
    raise AssertionError("a question ends with a result or an error")
