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

from assistant.chat.asking_back import chip_message, choice_actions
from assistant.chat.render import (
    answer_markdown,
    error_markdown,
    evidence_markdown,
    route_markdown,
    route_title,
)
from assistant.chat.safe_markdown import SafeStream, plain
from assistant.chat.sessions import adopt_current_task, server
from assistant.domain.answers import Answer, Destination, EarlierTurn, Question, Route
from assistant.domain.completions import Routed, TextDelta, Waiting
from assistant.domain.errors import AssistantError
from assistant.domain.events import (
    Answered,
    Clarify,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnEvent,
    Understood,
)
from assistant.domain.people import LOCAL_USER
from assistant.exporting import exported

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
) -> None:
    """Answer one question on the page, to its end, to Stop, or to a sentence that says why not.

    Args:
        text: The question.
        documents: The filings that may answer (names or ids); none means all.
        model: The destination that is wished for.
        confirmed: Whether the user agreed to what a cloud model may cost.
    """
    adopt_current_task()
    view = TurnView()
    cl.user_session.set(_TURN_VIEW, view)
    try:
        scope = await server().app.scope(documents)
        today, history = datetime.now(UTC).date(), _history(text)
        question = Question(
            text, LOCAL_USER, today, scope, history=history, model=model, confirmed=confirmed
        )
        async with aclosing(server().app.assistant.ask(question)) as events:
            async for event in events:
                await view.show(event)
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
    _safe: SafeStream = field(default_factory=SafeStream)
    _query: str = ""
    _running: bool = True
    _waiting: bool = False

    async def show(self, event: TurnEvent) -> None:
        """Show one event."""
        match event:
            case Understood():
                self._query = event.query.text
                self.chip = await chip_message(event.query)
            case Clarify():
                self.message.actions = choice_actions(event.clarification.choices)
            case ToolStarted() | ToolFinished() | ToolFailed():
                await self._show_tool(event)
            case Waiting():
                await self._wait(event.text)
            case Routed():
                await self._routed(event.route)
            case TextDelta():
                await self.message.stream_token(self._safe.feed(event.text))
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
        if self._running:
            await cl.context.emitter.task_start()

    async def _close_with(self, last: str) -> None:
        self._running = False
        shown = self.message.content.strip()
        self.message.content = f"{shown}\n\n{last}" if shown else last
        await self.message.send()

    async def _answered(self, given: Answer) -> None:
        self._running = False
        if given.refused and self.steps and not given.unavailable:
            await self._finish(self.steps[-1], "Found no answer", self.steps[-1].output)
        self.message.content = answer_markdown(given)
        await self.message.send()
        for file in _downloads(given):
            await file.send(for_id=self.message.id)

    async def _wait(self, why: str) -> None:
        """Show why nothing is there yet, on the step of the answer."""
        if not self._waiting:
            self._waiting = True
            await self._begin_step("Answering")
        self.steps[-1].name = why
        await self.steps[-1].update()

    async def _routed(self, route: Route) -> None:
        self._safe = SafeStream(verbatim=route.destination is Destination.BUILTIN)
        if not self._waiting:
            await self._begin_step("Answering")
        self._waiting = False
        await self._end_step(route_title(route), route_markdown(route))

    async def _show_tool(self, event: ToolStarted | ToolFinished | ToolFailed) -> None:
        match event:
            case ToolStarted():
                await self._begin_step("Searching the filings")
            case ToolFinished():
                await self._end_search(event)
            case ToolFailed():
                await self._end_step(
                    "The search failed", error_markdown(event.error), is_error=True
                )

    async def _end_search(self, event: ToolFinished) -> None:
        pages = {(e.locator.filing_id, e.locator.page) for e in event.evidence}
        found = (
            f"{len(event.evidence)} passages on {len(pages)} pages" if pages else "nothing found"
        )
        await self._end_step(
            f"Searched the filings · {found} · {event.seconds:.2f} s",
            f"Searched for: {plain(self._query)}\n\n{evidence_markdown(event.evidence)}",
        )

    async def _begin_step(self, name: str) -> None:
        step = cl.Step(name=name, type="tool", show_input=False, parent_id=self.message.parent_id)
        step.start = _now()
        self.steps.append(step)
        await step.send()

    async def _end_step(self, name: str, output: str, *, is_error: bool = False) -> None:
        open_steps = [step for step in self.steps if step.end is None]
        if open_steps:
            await self._finish(open_steps[-1], name, output, is_error=is_error)

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
