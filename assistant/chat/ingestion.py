"""Dropped files on the page: one list with a line a file, updated in place, then a summary.

Each file becomes a durable job of the queue, so it is read even where the page, or this server, goes
away. Reading goes on beside the conversation; a question that came with the files waits for
them.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import chainlit as cl

from assistant.chat.render import error_markdown, file_name, outcome_markdown
from assistant.chat.sessions import server
from assistant.chat.upload import forget
from assistant.domain.errors import AssistantError
from assistant.domain.ingestion import IngestOutcome, IngestStatus
from assistant.domain.jobs import Arrival, Job, JobState
from assistant.domain.people import LOCAL_USER

_REDRAW_S = 0.25
_LOOK_S = 0.3
_LONELY_S = 20.0  # a worker has started by then, where there is one
_LONGEST_LIST = 40  # lines; a longer list shows the files in work, the refused and the counts
_NO_WORKER = "Nothing reads them: no worker runs. Start one with `aei worker`."


def attached(message: cl.Message) -> Iterator[Arrival]:
    """Yield the message's files, read one by one as they are taken in."""
    for element in message.elements or []:
        path = Path(element.path or "")
        if path.is_file():
            name = element.name or ""
            data = path.read_bytes()
            forget(path)
            yield Arrival(name, data, name)


async def ingest(names: Sequence[str], arrivals: Iterator[Arrival]) -> list[IngestOutcome]:
    """Take files in and wait until they are read, showing where each one stands.

    Args:
        names: The names of the files, in order.
        arrivals: The files, in the same order.
    """
    board = Board([Line(name) for name in names])
    message = cl.Message(content=board.markdown())
    await message.send()
    painter = asyncio.create_task(_repaint(board, message))
    taking = asyncio.create_task(_take_in(board, arrivals))
    try:
        await _follow(board, taking)
        await taking
    except AssistantError as error:
        board.note = error_markdown(error)
    except asyncio.CancelledError:
        taking.cancel()
        board.note = "*Stopped.* Files marked ✓ are in the store."
        await _cancel_open(board)
        raise
    finally:
        painter.cancel()
        board.finished = True
        message.content = board.markdown()
        await message.send()
    return board.outcomes


async def _take_in(board: "Board", arrivals: Iterator[Arrival]) -> None:
    jobs = server().app.jobs
    for line in board.lines:
        arrival = await asyncio.to_thread(next, arrivals, None)
        if arrival is None:
            return
        line.job = await jobs.submit(arrival, LOCAL_USER.id)
        board.changed = True


async def _follow(board: "Board", taking: asyncio.Task[None]) -> None:
    """Look at the jobs until all files are taken in and read."""
    jobs, loop = server().app.jobs, asyncio.get_running_loop()
    lonely = loop.time() + _LONELY_S
    while (waiting := board.waiting) or not taking.done():
        found = await jobs.queue.several(waiting)
        board.see(found, await jobs.outcomes(found))
        if loop.time() > lonely:
            lonely += _LONELY_S
            alone = not board.begun and not (await jobs.queue.health()).workers
            board.note = _NO_WORKER if alone else ""
        elif board.begun:
            board.note = ""
        await asyncio.sleep(_LOOK_S)


async def _cancel_open(board: "Board") -> None:
    for job_id in board.waiting:
        with suppress(AssistantError):
            await server().app.jobs.queue.cancel(job_id)


async def _repaint(board: "Board", message: cl.Message) -> None:
    while True:
        await asyncio.sleep(_REDRAW_S)
        if board.changed:
            board.changed = False
            message.content = board.markdown()
            await message.update()


@dataclass
class Line:
    """A file and where it stands."""

    name: str
    job: Job | None = None
    outcome: IngestOutcome | None = None

    def markdown(self) -> str:
        """Return the line as the list shows it."""
        if self.outcome is not None:
            return outcome_markdown(self.outcome)
        if self.job is None or self.job.state is JobState.QUEUED:
            tried = self.job is not None and self.job.attempts > 0
            return (
                f"○ **{file_name(self.name)}**: {'waiting to try again' if tried else 'waiting'}…"
            )
        return f"◐ **{file_name(self.name)}**: {self.job.state.value}…"


@dataclass
class Board:
    """The list of a batch."""

    lines: list[Line]
    note: str = ""
    finished: bool = False
    changed: bool = False

    @property
    def outcomes(self) -> list[IngestOutcome]:
        """How each finished file ended."""
        return [line.outcome for line in self.lines if line.outcome]

    @property
    def waiting(self) -> list[str]:
        """The jobs that are not over."""
        return [line.job.id for line in self.lines if line.job and not line.outcome]

    @property
    def begun(self) -> bool:
        """Whether a worker has taken any of the files."""
        return any(line.job and line.job.attempts for line in self.lines)

    def see(self, jobs: Sequence[Job], outcomes: Sequence[IngestOutcome | None]) -> None:
        """Note where jobs stand, and how those that are over ended."""
        lines = {line.job.id: line for line in self.lines if line.job}
        for job, outcome in zip(jobs, outcomes, strict=True):
            lines[job.id].job, lines[job.id].outcome = job, outcome
        self.changed = True

    def markdown(self) -> str:
        """Return the headline, the lines and a note."""
        lines = self.lines if len(self.lines) <= _LONGEST_LIST else self._short()
        parts = [self._headline(), "\n".join(line.markdown() for line in lines), self.note]
        return "\n\n".join(part for part in parts if part)

    def _short(self) -> list[Line]:
        telling = [one for one in self.lines if _tells(one)]
        return telling[:_LONGEST_LIST]

    def _headline(self) -> str:
        total, done = len(self.lines), len(self.outcomes)
        if not self.finished:
            return f"Reading {_files(total)}: {done} done"
        counts = [
            (IngestStatus.INDEXED, "added"),
            (IngestStatus.DUPLICATE, "already there"),
            (IngestStatus.REJECTED, "refused"),
        ]
        found = ((sum(o.status is status for o in self.outcomes), word) for status, word in counts)
        told = ", ".join(f"{n} {word}" for n, word in found if n)
        return f"**{_files(total)}: {told or 'none read'}.**"


def _tells(line: Line) -> bool:
    if line.outcome is None:
        return line.job is not None and line.job.state is not JobState.QUEUED
    return line.outcome.status is IngestStatus.REJECTED


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
