"""`aei worker` and `aei jobs`: the files that wait, are being read, or ended."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Annotated

import typer
from rich.table import Column, Table

from assistant import wire
from assistant.bootstrap import App, open_app
from assistant.cli.output import JsonFlag, err, out, print_json, read_settings, run
from assistant.domain.jobs import Job, JobState
from assistant.settings import Settings

jobs = typer.Typer(help="The files that were handed in.", no_args_is_help=True)

_NICENESS = 5  # answers go before reading
_READERS_NICENESS = 3  # on top; more would starve them on a machine that others use too
_LONGEST_END_S = 20.0
JobId = Annotated[str, typer.Argument(help="A job's id.")]


def worker(
    concurrency: Annotated[
        int | None, typer.Option(help="Files at once; default: AEI_WORKER_CONCURRENCY.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="End when the queue is empty.")] = False,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", hidden=True, help="End when the starter ends.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Read the files that were handed in, until stopped; on as many machines as wanted.

    Example: aei worker --concurrency 4
    """
    settings = read_settings(as_json, worker_concurrency=concurrency)

    async def work() -> None:
        stopped = _stopping(with_parent)
        working = asyncio.create_task(_work(settings, once))
        working.add_done_callback(lambda _: stopped.set())
        await stopped.wait()
        if not working.done():  # jobs are durable: a worker that cannot end in order just ends
            asyncio.get_running_loop().call_later(_LONGEST_END_S, os._exit, 1)
            working.cancel()
        with suppress(asyncio.CancelledError):
            await working

    run(work(), as_json)


async def _work(settings: Settings, once: bool) -> None:
    os.nice(_NICENESS)
    async with open_app(settings, _READERS_NICENESS) as app:
        err.print("The worker is ready.")
        await app.worker.run(app.jobs, settings.worker_concurrency, once)


def _stopping(with_parent: bool) -> asyncio.Event:
    """Return what is set by a signal, or when the starter ends and so closes our stdin."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)

    def parent_ended() -> None:
        loop.remove_reader(sys.stdin)
        stopped.set()

    if with_parent:
        loop.add_reader(sys.stdin, parent_ended)
    return stopped


@jobs.command("list")
def list_jobs(
    state: Annotated[
        list[JobState] | None, typer.Option(help="Only these; `dead` is the dead-letter list.")
    ] = None,
    limit: Annotated[int, typer.Option("-n", min=1, max=10_000, help="How many.")] = 50,
    as_json: JsonFlag = False,
) -> None:
    """List jobs, newest first.

    Example: aei jobs list --state dead
    """
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            found = await app.jobs.queue.jobs(state or [], limit)
            rows = await _rows(app, found)
        if as_json:
            print_json({"jobs": rows})
        else:
            out.print(_table(found) if found else "There are no such jobs.")

    run(work(), as_json)


@jobs.command("show")
def show_job(job_id: JobId, as_json: JsonFlag = False) -> None:
    """Show where a job stands, how long each stage took, and how it ended.

    Example: aei jobs show 0f8c...
    """
    _one(lambda app: app.jobs.queue.get(job_id), as_json)


@jobs.command("cancel")
def cancel_job(job_id: JobId, as_json: JsonFlag = False) -> None:
    """Cancel an open job, also in the middle of its reading; `retry` takes it up again.

    Example: aei jobs cancel 0f8c...
    """
    _one(lambda app: app.jobs.queue.cancel(job_id), as_json)


@jobs.command("retry")
def retry_job(job_id: JobId, as_json: JsonFlag = False) -> None:
    """Queue a dead or cancelled job again.

    Example: aei jobs retry 0f8c...
    """
    _one(lambda app: app.jobs.queue.retry(job_id), as_json)


def _one(step: Callable[[App], Awaitable[Job]], as_json: bool) -> None:
    settings = read_settings(as_json)

    async def work() -> None:
        async with open_app(settings) as app:
            [row] = await _rows(app, [await step(app)])
        if as_json:
            print_json(row)
        for key, value in [] if as_json else row.items():
            out.print(f"{key:<12} {value}", markup=False)

    run(work(), as_json)


async def _rows(app: App, found: list[Job]) -> list[wire.Json]:
    outcomes = await app.jobs.outcomes(found)
    return [wire.job_json(job, outcome) for job, outcome in zip(found, outcomes, strict=True)]


def _table(found: list[Job]) -> Table:
    table = Table("File", "State", "Tries", "What happened", Column("Id", no_wrap=True))
    for job in found:
        why = f"{job.error.code}: {job.error.message}" if job.error else ""
        table.add_row(job.file_name, job.state.value, str(job.attempts), why, job.id)
    return table
