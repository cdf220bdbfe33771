"""Runs a statement: judged, bound to who asks, bounded, and noted in the audit log either way."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from assistant.audit import queried
from assistant.domain.errors import AssistantError, UnsafeSql
from assistant.domain.people import Principal
from assistant.domain.readers import reader_of as reader_of
from assistant.domain.sql import SqlLimits, SqlRows, SqlVerdict
from assistant.nl2sql.guard import Guard
from assistant.ports import AuditLog, SqlEngine


@dataclass(frozen=True)
class Execution:
    """Runs statements over one database."""

    guard: Guard
    engine: SqlEngine
    audit: AuditLog
    limits: SqlLimits

    async def run(
        self, sql: str, asked_by: Principal, about: Mapping[str, Any] | None = None
    ) -> tuple[SqlVerdict, SqlRows]:
        """Run a statement and return what ran and its rows. The audit log has it before.

        `about` is what the log is told of the question that it was written for.

        Raises:
            UnsafeSql: The guard refuses it.
            InvalidRequest: PostgreSQL does.
            StatementTimeout: It took longer than its time.
            ServiceFailed: The database or the audit log gave no usable answer.
        """
        verdict = self.guard.check(sql)
        if not verdict.allowed:
            await self.audit.append(
                queried(asked_by, verdict, None, f"refused: {verdict.refusal}", about)
            )
            raise UnsafeSql(
                f"The statement is not run: {verdict.reason}",
                "Only one SELECT of the tables and columns that may be read; see docs/security.md.",
            )
        try:
            rows = await self.engine.run(verdict.rewritten, reader_of(asked_by), self.limits)
        except AssistantError as error:
            await self.audit.append(
                queried(asked_by, verdict, None, f"failed: {error.code}", about)
            )
            raise
        await self.audit.append(queried(asked_by, verdict, rows, "", about))
        return verdict, rows
