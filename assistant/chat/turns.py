"""One turn on the page: events become steps, deltas a streamed message, failures sentences.

Stop leaves what was shown and says so. The finished answer is sent whole, because a socket that
drops for a moment loses the tokens sent meanwhile; `resend` does the same after a reconnect.
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime

import chainlit as cl

from assistant.chat.asking_back import chip_message, choice_actions, elsewhere
from assistant.chat.data import show_rows
from assistant.chat.picking import wished
from assistant.chat.render import (
    answer_markdown,
    call_markdown,
    call_title,
    error_markdown,
    route_markdown,
    route_title,
)
from assistant.chat.render_data import route_of_rows, step_markdown, step_title
from assistant.chat.safe_markdown import SafeStream
from assistant.chat.sessions import adopt_current_task, server
from assistant.domain.answers import (
    Answer,
    Destination,
    EarlierTurn,
    Question,
    Route,
    Source,
    ToolCall,
)
from assistant.domain.completions import Routed, TextDelta, Waiting
from assistant.domain.errors import AssistantError
from assistant.domain.events import (
    Answered,
    Clarify,
    DataStep,
    ToolEvent,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnEvent,
    Understood,
)
from assistant.domain.people import LOCAL_USER
from assistant.domain.queries import Drafted, Failed, Linked, Written
from assistant.exporting.answers import exported
from assistant.tools.query_database import NAME as QUERY_DATABASE

STOPPED = "*Stopped.*"
_TURN_VIEW = "turn_view"
_HISTORY = "history"
_KEPT = 20  # turns of a session that follow-ups look back on
_EXPORTS = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def answer(
    text: str,
    documents: Sequence[str] = (),
    model: Destination | None = None,
    confirmed: bool = False,
    allowed: tuple[ToolCall, ...] = (),
    source: Source | None = None,
) -> None:
    """Answer one question on the page, to its end, to Stop, or to a sentence that says why not.

    Args:
        text: The question.
        documents: The filings that may answer (names or ids); none means all.
        model: The destination that is wished for.
        confirmed: Whether the user agreed to what a cloud model may cost.
        allowed: Calls of an agent that have effects outside and that the user allowed.
        source: What is to answer; None leaves it to the router.
    """
    adopt_current_task()
    view = TurnView()
    cl.user_session.set(_TURN_VIEW, view)
    try:
        scope = await server().app.scope(documents)
        today, history = datetime.now(UTC).date(), _history(text)
        question = Question(
            text,
            LOCAL_USER,
            today,
            scope,
            conversation_id=cl.context.session.thread_id,
            history=history,
            model=model or wished(),
            confirmed=confirmed,
            allowed=allowed,
            source=source,
        )
        async with aclosing(server().app.assistant.ask(question)) as events:
            async for event in events:
                await view.show(event)
        _remember(text, view.sql)
    except asyncio.CancelledError:
        await view.stop()
        raise
    except AssistantError as error:
        await view.fail(error)


def _history(text: str) -> tuple[EarlierTurn, ...]:
    """Return the session's turns before this one, and keep this one for the next."""
    known: tuple[EarlierTurn, ...] = cl.user_session.get(_HISTORY) or ()
    cl.user_session.set(_HISTORY, (*known, EarlierTurn(text))[-_KEPT:])
    return known


def _remember(text: str, sql: str) -> None:
    """Keep the statement that answered the latest turn: the next may refine it."""
    known: tuple[EarlierTurn, ...] = cl.user_session.get(_HISTORY) or ()
    if sql and known and known[-1].text == text:
        cl.user_session.set(_HISTORY, (*known[:-1], EarlierTurn(text, sql)))


async def resend() -> None:
    """Send the latest turn again, whole, to a page that was away for a moment."""
    view = cl.user_session.get(_TURN_VIEW)
    if isinstance(view, TurnView):
        await view.resend()


async def say(markdown: str, actions: list[cl.Action] | None = None) -> cl.Message:
    """Send a message of our own."""
    message = cl.Message(content=markdown, actions=actions)
    await message.send()
    return message


@dataclass
class TurnView:
    """What one turn has shown so far."""

    message: cl.Message = field(default_factory=lambda: cl.Message(content=""))
    chip: cl.Message | None = None
    steps: list[cl.Step] = field(default_factory=list)
    beside: list[cl.Message] = field(default_factory=list)
    sql: str = ""
    _safe: SafeStream = field(default_factory=SafeStream)
    _query: str = ""
    _running: bool = True
    _answering: cl.Step | None = None
    _routed_at: cl.Step | None = None
    _calls: list[tuple[ToolEvent, cl.Step]] = field(default_factory=list)

    async def show(self, event: TurnEvent) -> None:
        """Show one event."""
        match event:
            case Understood():
                self._query = event.query.text
                self.chip = await chip_message(event.query)
            case Clarify():
                await self._end_waiting("Asks you first")
                self.message.actions = choice_actions(event.clarification.choices)
            case ToolStarted() | ToolFinished() | ToolFailed() | Linked() | Drafted() | Failed():
                await self._show_step(event)
            case Waiting():
                await self._wait(event.text)
            case Routed():
                await self._routed(event.route)
            case TextDelta():
                await self._show_text(event.text)
            case Answered():
                await self._answered(event.answer)

    async def stop(self) -> None:
        """Say that the turn was stopped, below what was shown."""
        for step in self.steps:
            if step.end is None:
                await self._finish(step, step.name, "Stopped.")
        await self._close_with(STOPPED)

    async def fail(self, error: AssistantError) -> None:
        """Say what went wrong and what to do, below what was shown."""
        await self._close_with(error_markdown(error))

    async def resend(self) -> None:
        """Send everything again; the page replaces what it has by id and adds what it missed."""
        if self.chip:
            await cl.context.emitter.send_step(self.chip.to_dict())
        for step in self.steps:
            await cl.context.emitter.send_step(step.to_dict())
        if self.message.content:
            await cl.context.emitter.send_step(self.message.to_dict())
        for message in self.beside:
            await cl.context.emitter.send_step(message.to_dict())
        if self._running:
            await cl.context.emitter.task_start()

    async def _close_with(self, last: str) -> None:
        self._running = False
        shown = self.message.content.strip()
        self.message.content = f"{shown}\n\n{last}" if shown else last
        await self.message.send()

    async def _answered(self, given: Answer) -> None:
        self._running = False
        if given.data and isinstance(given.data.draft, Written):
            self.sql = given.data.sql
            self.beside = await show_rows(self.message, given, given.data)
            return
        if self._routed_at and given.refused and not given.unavailable:
            await self._finish(self._routed_at, "Found no answer", self._routed_at.output)
        self.message.content = answer_markdown(given)
        self.message.actions = [*(self.message.actions or []), *elsewhere(given, self._query)]
        await self.message.send()
        for file in _downloads(given):
            await file.send(for_id=self.message.id)

    async def _wait(self, why: str) -> None:
        """Show why nothing is there yet, on the step of the answer."""
        if self._answering is None:
            self._answering = await self._begin_step("Answering")
        self._answering.name = why[:1].upper() + why[1:]
        await self._answering.update()

    async def _end_waiting(self, name: str) -> None:
        if self._answering:
            await self._finish(self._answering, name, "")
            self._answering = None

    async def _routed(self, route: Route) -> None:
        self._safe = SafeStream(verbatim=route.destination is Destination.BUILTIN)
        step = self._answering or await self._begin_step("Answering")
        self._answering, self._routed_at = None, step
        told = route_title(route), route_markdown(route)
        await self._finish(step, *(route_of_rows(route) if self._of_database else told))

    async def _show_step(self, event: ToolEvent | DataStep) -> None:
        match event:
            case Linked() | Drafted() | Failed():
                await self._show_data(event)
            case ToolStarted():
                self._calls.append((event, await self._begin_step(call_title(event))))
            case ToolFinished():
                output = call_markdown(event, self._query)
                await self._finish(self._step_of(event), call_title(event), output)
            case ToolFailed():
                step, why = self._step_of(event), error_markdown(event.error)
                await self._finish(step, call_title(event), why, is_error=True)

    async def _show_text(self, text: str) -> None:
        if not self._of_database:  # its rows are shown at once, as a table
            await self.message.stream_token(self._safe.feed(text))

    async def _show_data(self, event: DataStep) -> None:
        step = await self._begin_step(step_title(event))
        output, failed = step_markdown(event), isinstance(event, Failed)
        await self._finish(step, step.name, output, is_error=failed)

    @property
    def _of_database(self) -> bool:
        return any(call.tool == QUERY_DATABASE for call, _ in self._calls)

    def _step_of(self, ended: ToolFinished | ToolFailed) -> cl.Step:
        """Return the step of the call that ended: several may run at once."""
        same = (ended.tool, ended.argument)
        return next(
            step
            for call, step in self._calls
            if (call.tool, call.argument) == same and step.end is None
        )

    async def _begin_step(self, name: str) -> cl.Step:
        step = cl.Step(name=name, type="tool", show_input=False, parent_id=self.message.parent_id)
        step.start = _now()
        self.steps.append(step)
        await step.send()
        return step

    async def _finish(
        self, step: cl.Step, name: str, output: str, *, is_error: bool = False
    ) -> None:
        step.name, step.output, step.end, step.is_error = name, output, _now(), is_error
        await step.update()


def _downloads(given: Answer) -> list[cl.File]:
    """Return the table of an answer as files to take away."""
    if given.table is None:
        return []
    return [
        cl.File(name=f"comparison.{kind}", content=exported(given, kind), mime=mime)
        for kind, mime in _EXPORTS.items()
    ]


def _now() -> str:
    return datetime.now(UTC).replace(tzinfo=None).isoformat() + "Z"
