"""Dropped files on the page: one list with a line a file, updated in place, then a summary.

Reading goes on beside the conversation; a question that came with the files waits for them.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path

import chainlit as cl

from assistant.chat.render import error_markdown, file_name, outcome_markdown
from assistant.chat.sessions import server
from assistant.chat.upload import forget
from assistant.domain.errors import AssistantError
from assistant.domain.ingestion import IngestOutcome, IngestStatus, Stage, Upload
from assistant.domain.people import LOCAL_USER

_REDRAW_S = 0.25
_LONGEST_LIST = 40  # lines; a longer list shows the files in work, the refused and the counts
_WORDS = {Stage.WAITING: "waiting", Stage.READING: "reading", Stage.INDEXING: "indexing"}


def attached(message: cl.Message) -> Iterator[Upload]:
    """Yield the message's files, read one by one as there is room for them."""
    for element in message.elements or []:
        path = Path(element.path or "")
        if path.is_file():
            name = element.name or ""
            data = path.read_bytes()
            forget(path)
            yield Upload(name, data, path=name)


async def ingest(names: Sequence[str], uploads: Iterator[Upload]) -> list[IngestOutcome]:
    """Read files into the store, showing where each one stands.

    Args:
        names: The names of the files, in order.
        uploads: The files, in the same order.
    """
    board = Board([Line(name) for name in names])
    message = cl.Message(content=board.markdown())
    await message.send()
    painter = asyncio.create_task(_repaint(board, message))
    try:
        await _run(board, uploads)
    except AssistantError as error:
        board.note = error_markdown(error)
    except asyncio.CancelledError:
        board.note = "*Stopped.* Files marked ✓ are in the store."
        raise
    finally:
        painter.cancel()
        board.finished = True
        message.content = board.markdown()
        await message.send()
    return board.outcomes


async def _run(board: "Board", uploads: Iterator[Upload]) -> None:
    batch = server().app.ingest.ingest(uploads, board.enter, LOCAL_USER.id)
    async with aclosing(batch) as outcomes:
        async for outcome in outcomes:
            board.end(outcome)


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
    stage: Stage = Stage.WAITING
    outcome: IngestOutcome | None = None

    def markdown(self) -> str:
        """Return the line as the list shows it."""
        if self.outcome is not None:
            return outcome_markdown(self.outcome)
        word = _WORDS.get(self.stage, "indexing")
        return f"{'○' if self.stage is Stage.WAITING else '◐'} **{file_name(self.name)}**: {word}…"


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

    def enter(self, position: int, stage: Stage) -> None:
        """Note that a file entered a stage."""
        self.lines[position].stage = stage
        self.changed = True

    def end(self, outcome: IngestOutcome) -> None:
        """Note how a file ended."""
        waiting = (one for one in self.lines if one.name == outcome.path and not one.outcome)
        if line := next(waiting, None):
            line.outcome = outcome
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
        return line.stage in {Stage.READING, Stage.INDEXING}
    return line.outcome.status is IngestStatus.REJECTED


def _files(count: int) -> str:
    return "1 file" if count == 1 else f"{count} files"
