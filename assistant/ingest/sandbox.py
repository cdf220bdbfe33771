"""Keeps the processes that read files: a crash, a hang or a bomb costs one child and one file.

Children start when files come, read several files each, and end when nothing was read for a while,
so that an idle service holds none. A child that is late, dead or talks nonsense is killed and
replaced. Python's own process pools are not used: they import the caller's main module again in
every child (the whole chat), and they unpickle what a child sends.
"""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field

import msgspec

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.ingestion import Prepared, Progress, Stage, Upload
from assistant.ingest.reader_protocol import EMBEDDING, LENGTH, Options, Reply, Request

_LARGEST_REPLY = 1 << 30
_ABORTED = {-signal.SIGABRT, -signal.SIGTRAP, -signal.SIGILL}
_MODULE = "assistant.ingest.reader_process"


@dataclass
class Sandbox:
    """Reads uploads in child processes. Implements `ports.FilingReader`.

    Args:
        options: How children are set up.
        size: How many files are read at once.
        timeout_s: Seconds a file may take.
        idle_s: Seconds after the last file until the children end.
    """

    options: Options
    size: int
    timeout_s: float
    idle_s: float = 20.0
    _idle: list[Process] = field(default_factory=list)
    _busy: set[Process] = field(default_factory=set)
    _slots: asyncio.Semaphore = field(init=False)
    _ending: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.size)

    async def warm(self) -> None:
        """Start the children now: they load their libraries while the caller still prepares."""
        while len(self._idle) + len(self._busy) < self.size:
            self._idle.append(await self._start())

    async def read(self, upload: Upload, told: Progress | None = None) -> Prepared:
        """Return the prepared filing.

        Raises:
            FilingRejected: The file cannot be read, took too long, or ended its reader.
        """
        asked = Request(upload.file_name, upload.data, upload.password)
        request = msgspec.msgpack.encode(asked)
        async with self._slots:
            try:
                reply = await self._ask(upload.file_name, request, told)
            except _Killed:  # by the system, for want of memory; others may have taken it
                with _as_rejection(upload.file_name):
                    reply = await self._ask(upload.file_name, request, told)
        return reply.prepared()

    async def _ask(self, file_name: str, request: bytes, told: Progress | None) -> Reply:
        async with self._child() as child:
            try:
                async with asyncio.timeout(self.timeout_s):
                    body = await _exchange(child, request, told)
                return await asyncio.to_thread(msgspec.msgpack.decode, body, type=Reply)
            except TimeoutError as error:
                raise self._late(file_name) from error
            except (OSError, EOFError, msgspec.MsgspecError) as error:
                with suppress(TimeoutError):
                    await asyncio.wait_for(child.wait(), timeout=1)
                raise self._crashed(child.returncode, file_name) from error

    def _late(self, file_name: str) -> FilingRejected:
        return FilingRejected(
            Rejection.TIMEOUT,
            f"{file_name} was not read within {self.timeout_s:g} s",
            "Split the file, or raise AEI_READ_TIMEOUT_S.",
        )

    def _crashed(self, status: int | None, file_name: str) -> Exception:
        """Say why a child ended; readers that cannot get memory abort, they do not raise."""
        if status == -signal.SIGKILL:
            return _Killed()
        if status == -signal.SIGXCPU:
            return self._late(file_name)
        if status in _ABORTED:
            return _without_memory(file_name)
        return FilingRejected(
            Rejection.CORRUPT,
            f"{file_name} made its reader crash",
            "Open it in the program it comes from and save it again.",
        )

    async def close(self) -> None:
        """End all children, busy ones too."""
        if self._ending:
            self._ending.cancel()
        children = [*self._idle, *self._busy]
        self._idle.clear()
        for child in children:
            await _end(child)

    @asynccontextmanager
    async def _child(self) -> AsyncIterator[Process]:
        """Lend a child; it comes back only when the exchange went well."""
        if self._ending:
            self._ending.cancel()
        child = self._living() or await self._start()
        self._busy.add(child)
        try:
            yield child
        except BaseException:
            await _end(child)
            raise
        else:
            self._idle.append(child)
        finally:
            self._busy.discard(child)
            if self._ending:  # of a neighbour that came back just before
                self._ending.cancel()
            loop = asyncio.get_running_loop()
            self._ending = loop.call_later(self.idle_s, self._end_idle)

    def _living(self) -> Process | None:
        while self._idle:
            child = self._idle.pop()
            if child.returncode is None:
                return child
        return None

    async def _start(self) -> Process:
        options = msgspec.json.encode(self.options).decode()
        return await asyncio.create_subprocess_exec(
            sys.executable, "-m", _MODULE, options, stdin=PIPE, stdout=PIPE
        )

    def _end_idle(self) -> None:
        """Let idle children end by themselves: their stdin closes."""
        for child in self._idle:
            if child.stdin:
                child.stdin.close()
        self._idle.clear()


class _Killed(Exception):
    """A child was killed from outside."""


async def _exchange(child: Process, request: bytes, told: Progress | None) -> bytes:
    if child.stdin is None or child.stdout is None:
        raise EOFError
    child.stdin.write(LENGTH.pack(len(request)))
    child.stdin.write(request)
    await child.stdin.drain()
    while (head := await child.stdout.readexactly(LENGTH.size)) == EMBEDDING:
        if told:
            told(Stage.EMBEDDING)
    (size,) = LENGTH.unpack(head)
    if size > _LARGEST_REPLY:
        raise EOFError
    return await child.stdout.readexactly(size)


@contextmanager
def _as_rejection(file_name: str) -> Iterator[None]:
    """Refuse a file whose reader was killed for the second time."""
    try:
        yield
    except _Killed as error:
        raise _without_memory(file_name) from error


def _without_memory(file_name: str) -> FilingRejected:
    return FilingRejected(
        Rejection.TOO_LARGE,
        f"{file_name} made its reader give up, most likely for want of memory",
        "Split the file, or raise AEI_READ_MEMORY_MB.",
    )


async def _end(child: Process) -> None:
    """Kill and reap; not by `Process.kill`, whose poll takes the exit status from the loop."""
    if child.returncode is None:
        with suppress(ProcessLookupError):
            os.kill(child.pid, signal.SIGKILL)
    await child.wait()
