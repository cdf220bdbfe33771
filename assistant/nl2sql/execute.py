"""Runs a statement: judged, set to the data's day, bound to who asks, bounded, noted in the audit log."""

import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import anyio

from assistant.audit import RowsDigest, queried
from assistant.domain.errors import AssistantError, UnsafeSql
from assistant.domain.people import Principal
from assistant.domain.readers import reader_of as reader_of
from assistant.domain.sql import SqlBatch, SqlLimits, SqlRows, SqlVerdict
from assistant.nl2sql.clock import at
from assistant.nl2sql.guard import Guard
from assistant.ports import AuditLog, SqlEngine


@dataclass(frozen=True)
class Execution:
    """Runs statements over one database.

    Args:
        guard: Judges them.
        engine: The database.
        audit: Has every statement, before its rows are given.
        limits: What a statement may take.
        today: The day that the data calls today; None: the real one.
        notes: Sentences on the data that belong to every result.
    """

    guard: Guard
    engine: SqlEngine
    audit: AuditLog
    limits: SqlLimits
    today: date | None = None
    notes: tuple[str, ...] = ()

    async def run(
        self,
        sql: str,
        asked_by: Principal,
        about: Mapping[str, Any] | None = None,
        held: int | None = None,
    ) -> tuple[SqlVerdict, SqlRows]:
        """Run a statement and return what ran and its rows. The audit log has it before.

        `about` is what the log is told of the question that it was written for; `held` is how many rows
        are held of those that are read, where not all.

        Raises:
            UnsafeSql: The guard refuses it.
            InvalidRequest: PostgreSQL does.
            StatementTimeout: It took longer than its time.
            ServiceFailed: The database or the audit log gave no usable answer.
        """
        verdict = await self._admitted(sql, asked_by, about)
        limits = replace(self.limits, kept=held)
        try:
            rows = await self.engine.run(verdict.ran, reader_of(asked_by), limits)
        except AssistantError as error:
            await self.audit.append(
                queried(asked_by, verdict, None, f"failed: {error.code}", about)
            )
            raise
        if verdict.bounded and rows.read >= verdict.bounded:
            rows = replace(rows, truncated=True)
        await self.audit.append(queried(asked_by, verdict, rows, "", about))
        return verdict, rows

    async def stream(
        self, sql: str, asked_by: Principal, about: Mapping[str, Any] | None = None
    ) -> AsyncGenerator[SqlBatch, None]:
        """Yield the rows of a statement, batch by batch, one batch at least.

        The audit log has their number and hash before this ends; whoever reads it to its end may
        hand the rows on. The same errors as `run`.
        """
        verdict = await self._admitted(sql, asked_by, about)
        start, digest, failure = time.perf_counter(), RowsDigest(self.limits.text_kb), "stopped"
        batch = SqlBatch((), (), ())
        try:
            rows = self.engine.stream(verdict.ran, reader_of(asked_by), self.limits)
            async with aclosing(rows) as batches:
                async for batch in batches:
                    digest.add(batch.rows)
                    yield batch
            failure = ""
        except AssistantError as error:
            failure = f"failed: {error.code}"
            raise
        finally:
            if failure:  # a log that cannot be written must not hide why the rows ended
                with anyio.CancelScope(shield=True), suppress(AssistantError):
                    await self.audit.append(queried(asked_by, verdict, None, failure, about))
        more = bool(verdict.bounded and digest.rows >= verdict.bounded)
        seconds = time.perf_counter() - start
        read = SqlRows(batch.columns, (), more, seconds, batch.types, digest.rows, digest.sha256)
        await self.audit.append(queried(asked_by, verdict, read, "", about))

    async def _admitted(
        self, sql: str, asked_by: Principal, about: Mapping[str, Any] | None
    ) -> SqlVerdict:
        verdict = self._judged(sql)
        if not verdict.allowed:
            await self.audit.append(
                queried(asked_by, verdict, None, f"refused: {verdict.refusal}", about)
            )
            raise UnsafeSql(
                f"The statement is not run: {verdict.reason}",
                "Only one SELECT of the tables and columns that may be read; see docs/security.md.",
            )
        return verdict

    def _judged(self, sql: str) -> SqlVerdict:
        """Judge a statement, and what becomes of it when it is set to the data's day."""
        verdict = self.guard.check(sql)
        if not verdict.allowed or self.today is None:
            return replace(verdict, ran=verdict.rewritten)
        ran = self.guard.check(at(verdict.rewritten, self.today, self.guard.schema))
        return replace(verdict, ran=ran.rewritten) if ran.allowed else replace(ran, sql=sql)
