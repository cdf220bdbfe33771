"""A relay in front of PostgreSQL that counts how often a client asks and waits for the answer.

A client of the protocol waits after three messages only: Query, Sync and Flush (PostgreSQL manual,
"Message Flow"). Everything that is sent before one of them travels with it, so their number is the
number of round trips; a Flush right after a Sync asks for nothing that the Sync has not.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

_CHUNK = 1 << 16


class Relay:
    """Counts round trips of all its connections.

    Args:
        socket: The server's Unix socket.
    """

    def __init__(self, socket: str) -> None:
        self.round_trips = 0
        self._socket = socket
        self._serving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def serve(self, folder: Path) -> AsyncIterator[None]:
        """Listen in a folder as PostgreSQL does."""
        server = await asyncio.start_unix_server(self._accept, folder / ".s.PGSQL.5432")
        async with server:
            yield
            for task in self._serving:
                task.cancel()
            await asyncio.gather(*self._serving, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await asyncio.open_unix_connection(self._socket)
        back = asyncio.create_task(_copy(answers, writer))
        try:
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await self._forward(reader, questions)
        finally:
            questions.close()
            writer.close()
            back.cancel()
            await asyncio.gather(back, return_exceptions=True)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        kind = before = b""  # the first message has none
        while True:
            head = await reader.readexactly(4)
            size = int.from_bytes(head, "big")
            writer.write(kind + head + await reader.readexactly(size - 4))
            self.round_trips += kind in (b"Q", b"S") or (kind == b"H" and before != b"S")
            before, kind = kind, await reader.readexactly(1)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(_CHUNK):
            writer.write(data)
            await writer.drain()
    writer.close()
