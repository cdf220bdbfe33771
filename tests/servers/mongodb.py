"""A MongoDB-protocol server for tests, and a proxy that breaks connections to it."""

import asyncio
import os
import select
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

BINARY = Path(__file__).parents[2] / ".bin" / "ferretdb"
REASON = "no MongoDB: run tests/servers/install_ferretdb.sh, or set AEI_TEST_MONGODB_URL"
_START_S = 20


def available() -> bool:
    return bool(os.environ.get("AEI_TEST_MONGODB_URL")) or BINARY.exists()


@contextmanager
def mongodb(folder: Path) -> Iterator[str]:
    """Yield the URL of the server in AEI_TEST_MONGODB_URL, or of a new FerretDB."""
    given = os.environ.get("AEI_TEST_MONGODB_URL")
    if given:
        yield given
        return
    with ferretdb(folder) as url:
        yield url


@contextmanager
def ferretdb(folder: Path) -> Iterator[str]:
    """Run FerretDB on a free loopback port with its data in `folder`; yield its URL.

    It prints the URL when it listens, and ends when its standard input is closed.
    """
    data = folder / "ferretdb"
    data.mkdir()
    log = folder / "ferretdb.log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [BINARY, data],
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={"DO_NOT_TRACK": "1"},
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            readable, _, _ = select.select([process.stdout], [], [], _START_S)
            url = process.stdout.readline().decode().strip() if readable else ""
            if not url.startswith("mongodb://127.0.0.1:"):
                raise RuntimeError(f"ferretdb did not start: {url} {log.read_text()}")
            yield url
        finally:
            process.stdin.close()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


@dataclass
class BreakingProxy:
    """Forwards to a server until, `faults_left` times, `after_bytes` were sent to it.

    Then it cuts every connection, or with `stalls` keeps them open and forwards nothing more.
    What reaches the server is cut at the byte, so it may have half of a message. With `delivers`
    the server gets the message and a moment to do it, and only its answer is lost.
    """

    url: str
    after_bytes: int = 0
    faults_left: int = 0
    stalls: bool = False
    delivers: bool = False
    sent: int = 0
    broke: asyncio.Event = field(default_factory=asyncio.Event)
    _silent: bool = False
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    def arm(
        self, after_bytes: int, *, times: int = 1, stalls: bool = False, delivers: bool = False
    ) -> None:
        self.after_bytes, self.faults_left, self.stalls = after_bytes, times, stalls
        self.delivers = delivers
        self.sent = 0

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            if self.faults_left and self.sent + len(data) > self.after_bytes:
                self._silent = True
                writer.write(data if self.delivers else data[: self.after_bytes - self.sent])
                await self._break()
                return
            self.sent += len(data)
            writer.write(data)
            await writer.drain()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            if not self._silent:
                writer.write(data)
                await writer.drain()

    async def _break(self) -> None:
        self.faults_left -= 1
        self.sent = 0
        self.broke.set()
        if self.delivers:
            await asyncio.sleep(0.3)
        if self.stalls:
            self._silent = False  # this connection is stuck; others are not
            await asyncio.Event().wait()
        for writer in list(self._open):
            writer.transport.abort()
        self._silent = False

    async def join(
        self, host: str, port: int, client: tuple[asyncio.StreamReader, asyncio.StreamWriter]
    ) -> None:
        server = await asyncio.open_connection(host, port)
        writers = {client[1], server[1]}
        self._open |= writers
        pumps = [
            asyncio.create_task(self._forward(client[0], server[1])),
            asyncio.create_task(self._answer(server[0], client[1])),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for writer in writers:
                writer.transport.abort()
            self._open -= writers


@asynccontextmanager
async def breaking_proxy(url: str) -> AsyncIterator[BreakingProxy]:
    """Run the proxy in this event loop, in front of the server of a `mongodb://` URL."""
    parts = urlsplit(url)
    host, port = parts.hostname or "127.0.0.1", parts.port or 27017
    connections: set[asyncio.Task[None]] = set()

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        connections.add(task)
        with suppress(asyncio.CancelledError):  # the block below ends it
            await proxy.join(host, port, (reader, writer))
        connections.discard(task)

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    here = server.sockets[0].getsockname()[1]
    netloc = parts.netloc.rpartition("@")
    proxy = BreakingProxy(parts._replace(netloc=f"{netloc[0]}{netloc[1]}127.0.0.1:{here}").geturl())
    try:
        yield proxy
    finally:
        server.close()
        for task in list(connections):
            task.cancel()
        await asyncio.gather(*connections, return_exceptions=True)
