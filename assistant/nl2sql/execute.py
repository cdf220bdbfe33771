"""Runs a statement: judged, set to the data's day, bound to who asks, bounded, noted in the audit log."""

from dataclasses import dataclass, replace
from datetime import date

from assistant.audit import queried
from assistant.domain.errors import AssistantError, UnsafeSql
from assistant.domain.people import Principal, Role
from assistant.domain.sql import RowReader, SqlLimits, SqlRows, SqlVerdict
from assistant.nl2sql.clock import at
from assistant.nl2sql.guard import Guard
from assistant.ports import AuditLog, SqlEngine

_WATCH_OVER_ALL = {Role.COMPLIANCE, Role.ADMIN}


@dataclass(frozen=True)
class Execution:
    """Runs statements over one database; `today` is the day of its data, where that is not the real one."""

    guard: Guard
    engine: SqlEngine
    audit: AuditLog
    limits: SqlLimits
    today: date | None = None

    async def run(self, sql: str, asked_by: Principal) -> tuple[SqlVerdict, SqlRows]:
        """Run a statement and return what ran and its rows. The audit log has it before.

        Raises:
            UnsafeSql: The guard refuses it.
            InvalidRequest: PostgreSQL does.
            StatementTimeout: It took longer than its time.
            ServiceFailed: The database or the audit log gave no usable answer.
        """
        verdict = self.guard.check(sql)
        if not verdict.allowed:
            await self.audit.append(queried(asked_by, verdict, None, f"refused: {verdict.refusal}"))
            raise UnsafeSql(
                f"The statement is not run: {verdict.reason}",
                "Only one SELECT of the tables and columns that may be read; see docs/security.md.",
            )
        ran = at(verdict.rewritten, self.today, self.guard.schema) if self.today else ""
        verdict = replace(verdict, ran=ran or verdict.rewritten)
        try:
            rows = await self.engine.run(verdict.ran, reader_of(asked_by), self.limits)
        except AssistantError as error:
            await self.audit.append(queried(asked_by, verdict, None, f"failed: {error.code}"))
            raise
        await self.audit.append(queried(asked_by, verdict, rows, ""))
        return verdict, rows


def reader_of(principal: Principal) -> RowReader:
    """Return whose rows a principal sees: his own, by number; all, for who watches over them."""
    if principal.role in _WATCH_OVER_ALL:
        return RowReader(everything=True)
    return RowReader(int(principal.id)) if principal.id.isdecimal() else RowReader()
