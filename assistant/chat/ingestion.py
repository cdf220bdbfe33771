"""Dropped files on the page: one list with a line a file, updated in place, then a summary.

A zip archive's line gives way to a line for each file in it. Each file becomes a durable job of the queue, so it is read even where the page, or this server, goes
away. Reading goes on beside the conversation; a question that came with the files waits for
them.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import aclosing, suppress
from pathlib import Path

import chainlit as cl

from assistant.chat.board import Board, Line
from assistant.chat.render import error_markdown
from assistant.chat.sessions import server
from assistant.chat.upload import forget
from assistant.domain.errors import AssistantError
from assistant.domain.ingestion import IngestOutcome
from assistant.domain.jobs import Arrival
from assistant.domain.people import LOCAL_USER
from assistant.sources.mapped import mapped

_REDRAW_S = 0.25
_LOOK_S = 0.3
_LONELY_S = 20.0  # a worker has started by then, where there is one
_NO_WORKER = "Nothing reads them: no worker runs. Start one with `aei worker`."


def attached(message: cl.Message) -> Iterator[Arrival]:
    """Yield the message's files, opened one by one as they are taken in."""
    for element in message.elements or []:
        path = Path(element.path or "")
        if path.is_file():
            name = element.name or ""
            with path.open("rb") as file:
                data = mapped(file)
            forget(path)  # what is mapped stays
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


async def _take_in(board: Board, arrivals: Iterator[Arrival]) -> None:
    jobs = server().app.jobs
    for line in list(board.lines):
        arrival = await asyncio.to_thread(next, arrivals, None)
        if arrival is None:
            return
        at = line
        async with aclosing(jobs.hand_in(arrival, LOCAL_USER.id)) as taken:
            async for job in taken:
                at = board.place(job, at)


async def _follow(board: Board, taking: asyncio.Task[None]) -> None:
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


async def _cancel_open(board: Board) -> None:
    for job_id in board.waiting:
        with suppress(AssistantError):
            await server().app.jobs.queue.cancel(job_id)


async def _repaint(board: Board, message: cl.Message) -> None:
    while True:
        await asyncio.sleep(_REDRAW_S)
        if board.changed:
            board.changed = False
            message.content = board.markdown()
            await message.update()
