"""The worker that `aei serve` runs beside itself, in a process of its own.

Reading results and writing passages is work for the processor; in the serving process it would hold
up every answer. It takes few files on at once, so that answers find a processor free. The worker ends
when its standard input closes, so it never outlives its server, however that one ends. One that dies
is started again.
"""

import asyncio
import logging
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_log = logging.getLogger(__name__)
_COMMAND = ("-m", "assistant", "worker", "--with-parent", "--concurrency")
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 1.0, 30.0
_HEALTHY_S = 60.0
_GRACE_S = 8.0


@asynccontextmanager
async def background_worker(wanted: bool, concurrency: int) -> AsyncIterator[None]:
    """Keep a worker running, where one is wanted, until the block is left.

    Args:
        wanted: Whether there is to be one.
        concurrency: How many files it takes on at once.
    """
    if not wanted:
        yield
        return
    keeper = asyncio.create_task(_keep(concurrency))
    try:
        yield
    finally:
        keeper.cancel()
        with suppress(asyncio.CancelledError):
            await keeper


async def _keep(concurrency: int) -> None:
    loop = asyncio.get_running_loop()
    pause = _FIRST_PAUSE_S
    while True:
        started = loop.time()
        code = await _run_once(concurrency)
        pause = _FIRST_PAUSE_S if loop.time() - started > _HEALTHY_S else pause
        _log.warning("The background worker ended (%s); it starts again in %.0f s", code, pause)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)


async def _run_once(concurrency: int) -> int:
    worker = await asyncio.create_subprocess_exec(
        sys.executable, *_COMMAND, str(concurrency), stdin=PIPE, stdout=DEVNULL
    )
    try:
        return await worker.wait()
    except asyncio.CancelledError:
        await _end(worker)
        raise


async def _end(worker: Process) -> None:
    """Let the worker put its jobs back; end it where that takes long."""
    with suppress(ProcessLookupError):
        worker.send_signal(signal.SIGTERM)
    with suppress(TimeoutError):
        await asyncio.wait_for(worker.wait(), _GRACE_S)
        return
    with suppress(ProcessLookupError):
        worker.kill()
    await worker.wait()
