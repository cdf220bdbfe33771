"""The database's desk as the running product has it: opened when it is first asked.

It needs nothing at start: the database may be down, and its examples are read when they are needed.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.domain.downloads import Download
from assistant.domain.people import Principal
from assistant.domain.queries import DataEvent, DataQuestion, Linking
from assistant.domain.readers import reader_of
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import SqlRows, SqlVerdict
from assistant.tools.judging import Proposes
from assistant.tools.reconciling import Runs

if TYPE_CHECKING:
    from assistant.nl2sql.asking import DataDesk


@dataclass
class DatabaseDesk:
    """Asks, checks, links and runs over one database.

    Args:
        opening: Opens it; what fails is tried again with the next question.
    """

    opening: Callable[[], Awaitable["DataDesk"]]
    _desk: "DataDesk | None" = None
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def ask(self, question: DataQuestion) -> AsyncGenerator[DataEvent, None]:
        """Answer one question, the result last; see `DataDesk.ask`."""
        async with aclosing((await self.opened()).ask(question)) as events:
            async for event in events:
                yield event

    async def check(self, sql: str) -> SqlVerdict:
        """Return the guard's verdict on a statement."""
        return (await self.opened()).execution.guard.check(sql)

    async def run(self, sql: str, asked_by: Principal) -> tuple[SqlVerdict, SqlRows]:
        """Run a statement with this person's rights; see `Execution.run`."""
        return await (await self.opened()).execution.run(sql, asked_by)

    async def proposals(self) -> Proposes | None:
        """Return where a verified example can be proposed; None: nowhere."""
        return (await self.opened()).reviewing

    def runs(self) -> Runs | None:
        """Return `run` where the desk is open; None where nobody has asked the database yet."""
        return self.run if self._desk else None

    async def download(self, id: str, kind: str, asked_by: Principal) -> Download:
        """Write the rows of an answer to a file; see `Downloads.download`."""
        return await (await self.opened()).downloads.download(id, kind, asked_by)

    async def layer(self) -> SemanticLayer:
        """Return what the database means."""
        return (await self.opened()).layer

    async def link(self, text: str, asked_by: Principal) -> Linking:
        """Return what of the database a question is about, as far as this person may know of it."""
        return await (await self.opened()).linker.link(text, reader_of(asked_by))

    async def opened(self) -> "DataDesk":
        """Return the open desk.

        Raises:
            ServiceFailed: The database does not answer, or is not what it has to be.
        """
        async with self._lock:
            if self._desk is None:
                self._desk = await self.opening()
            return self._desk
