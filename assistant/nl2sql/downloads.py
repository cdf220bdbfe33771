"""The rows of a result as a file: run again with the rights of who asked, written as they are read.

    id ──> KeptResult ──> guard, EXPLAIN, stream ── batches ──> file ── audit log ──> Download

No more than a batch is in memory. The file is handed out only when the audit log has the number and
the hash of its rows; a run that fails leaves no file.
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from assistant.audit import RowsDigest
from assistant.domain.downloads import Download, KeptResult
from assistant.domain.errors import AssistantError, DiskFull, NotFound, QueueFull
from assistant.domain.people import Principal
from assistant.domain.queries import DataResult, Written
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import SqlBatch
from assistant.exporting.rows import KINDS, RowColumn, RowFile, known_kind, open_rows
from assistant.nl2sql.execute import Execution
from assistant.nl2sql.units import Units
from assistant.nl2sql.wording import is_key
from assistant.ports import KeptResults

_T = TypeVar("_T")
_KEPT = timedelta(days=30)
_AT_ONCE, _WAITING = 2, 8  # files that are written, and that wait for it


@dataclass(frozen=True)
class Downloads:
    """Writes results to files.

    Args:
        execution: Runs statements, with the limits that files have.
        results: What can be downloaded.
        layer: What tables and columns mean.
        folder: Where files are written; made when one is.
        room: Raises `DiskFull` where there is no room for so many bytes more.
    """

    execution: Execution
    results: KeptResults
    layer: SemanticLayer
    folder: Path
    room: Callable[[int], None]
    _turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))
    _waiting: set[object] = field(default_factory=set)

    async def keep(self, result: DataResult, asked_by: Principal) -> str:
        """Return the id under which a result's rows can be downloaded; empty where they cannot.

        An answer does not fail because its files cannot be had.
        """
        if not isinstance(result.draft, Written) or not result.sql:
            return ""
        until = datetime.now(UTC) + _KEPT
        kept = KeptResult(result.question, result.draft.sql, asked_by, result.rows_sha256, until)
        with suppress(AssistantError):
            return await self.results.keep(kept)
        return ""

    async def download(self, id: str, kind: str, asked_by: Principal) -> Download:
        """Write the rows of a result to a file of a kind.

        Raises:
            InvalidRequest: There is no such kind, or the statement cannot be run any more.
            NotFound: There is no such result, or another person asked for it.
            QueueFull: Too many files are being written.
            DiskFull: There is no room for the file.
            ServiceFailed: The database or the audit log gave no usable answer.
        """
        known_kind(kind)
        kept = await self.results.get(id)
        if kept.asked_by.id != asked_by.id:
            raise NotFound("There is no such result", "A result belongs to who asked for it.")
        return await self.write(kept, kind)

    async def write(self, kept: KeptResult, kind: str) -> Download:
        """Write the rows of a statement to a file; the same errors as `download`."""
        async with self._turn():
            self.room(0)
            with _new_file(self.folder, known_kind(kind)) as path:
                return await self._written(kept, kind, path)

    async def _written(self, kept: KeptResult, kind: str, path: Path) -> Download:
        digest, file = RowsDigest(), None
        about: Mapping[str, Any] = {"download": kind, "question": kept.question}
        rows = self.execution.stream(kept.statement, kept.asked_by, about)
        try:
            async with aclosing(rows) as batches:
                async for batch in batches:
                    if file is None:
                        file = await _in_thread(open_rows, kind, path, self._columns(kept, batch))
                    digest.add(batch.rows)
                    self.room(0)
                    await _in_thread(file.add, batch.rows)
        except BaseException:
            await _abandon(file)
            raise
        if file is not None:
            await _in_thread(file.close, _about(kept, digest))
        more = digest.rows >= self.execution.limits.rows
        same = digest.sha256 == kept.rows_sha256 if kept.rows_sha256 else None
        return Download(path, kind, KINDS[kind], digest.rows, digest.sha256, more, same)

    def _columns(self, kept: KeptResult, batch: SqlBatch) -> list[RowColumn]:
        units = Units(self.layer).of_result(kept.statement, batch.columns)
        return [
            RowColumn(name, shown, units.get(name, ""), counts=not is_key(name))
            for name, shown in zip(batch.columns, batch.types, strict=True)
        ]

    @asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Wait until fewer files are being written."""
        if len(self._waiting) >= _WAITING:
            raise QueueFull("Too many files are being written", "Try again in a minute.")
        me = object()
        self._waiting.add(me)
        try:
            async with self._turns:
                yield
        finally:
            self._waiting.discard(me)


@contextmanager
def _new_file(folder: Path, kind: str) -> Iterator[Path]:
    """Make a file that only this user can read; it goes when what is done with it fails."""
    made: Path | None = None
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        number, name = tempfile.mkstemp(f".{kind}", dir=folder)
        os.close(number)
        yield (made := Path(name))
    except BaseException as error:
        if made is not None:
            made.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise DiskFull(
                f"The file could not be written: {error.strerror}", "Free some disk space."
            ) from error
        raise


async def _in_thread(work: Callable[..., _T], *args: object) -> _T:
    """Do work in a thread; who is cancelled waits for its end, because two may not write one file."""
    task = asyncio.ensure_future(asyncio.to_thread(work, *args))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


async def _abandon(file: RowFile | None) -> None:
    """Close a file that will not be handed out."""
    if file is not None:
        with suppress(AssistantError, OSError):
            await _in_thread(file.close, {})


def _about(kept: KeptResult, digest: RowsDigest) -> dict[str, str]:
    return {
        "Question": kept.question,
        "Statement": kept.statement,
        "Read by": kept.asked_by.id,
        "Read at": datetime.now(UTC).isoformat(timespec="seconds"),
        "Rows": str(digest.rows),
        "SHA-256 of the rows": digest.sha256,
    }
