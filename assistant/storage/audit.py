"""The audit log in PostgreSQL: appended by one function, guarded by a trigger, linked by hashes.

The function takes the chain's lock, links and inserts, in one statement. In a unit of work the entry
is part of it: what was not committed was not done, and what was done is in the log. The link is
noted outside of the database only after the commit.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial

from assistant.audit import text_of
from assistant.domain.auditing import AuditEntry, AuditKind, AuditRecord
from assistant.storage.anchors import Anchors
from assistant.storage.postgres import Postgres

_PAGE = 200  # a few milliseconds of hashing between two chances for others
_APPEND = "select seq, hash from audit_append(%s)"
_READ = """
select seq, entry, previous, hash from audit_entry where seq > %s order by seq limit %s
"""
_LATEST = """
select seq, entry, previous, hash from audit_entry
where seq < coalesce(%(before)s, 9223372036854775807) and (%(kind)s::text is null or kind = %(kind)s)
order by seq desc limit %(limit)s
"""
_WHICH = "select system_identifier || '-' || current_database() from pg_control_system()"


@dataclass(slots=True)
class _Known:
    """What tells this database's log from another's; empty before it was asked."""

    log: str = ""


@dataclass(frozen=True)
class PostgresAudit:
    """Implements `ports.AuditLog`.

    Args:
        postgres: Where the log is.
        anchors: Where its links are noted outside of the database.
    """

    postgres: Postgres
    anchors: Anchors
    _known: _Known = field(default_factory=_Known, init=False, repr=False, compare=False)

    async def append(self, entry: AuditEntry) -> None:
        """Add an entry; as the last step of a unit of work, since others wait for it."""
        text = text_of(entry, datetime.now(UTC))
        await self._which()
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(_APPEND, (text,))
            seq, link = await cursor.fetchone() or (0, "")
        self.postgres.after_commit(partial(self.anchors.note, self._known.log, seq, link))

    async def records(self) -> AsyncIterator[AuditRecord]:
        """Yield the whole log, oldest first."""
        last = 0
        while page := await self._page(last):
            for record in page:
                yield record
            last = page[-1].seq

    async def latest(
        self, limit: int, before: int | None = None, kind: AuditKind | None = None
    ) -> list[AuditRecord]:
        """Return the newest entries, newest first, of one kind and before a number where given."""
        values = {"limit": limit, "before": before, "kind": kind.value if kind else None}
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(_LATEST, values)
            return [AuditRecord(*row) for row in await cursor.fetchall()]

    async def noted(self) -> dict[int, str]:
        """Return the links that this machine noted outside of the database."""
        return self.anchors.noted(await self._which())

    async def _page(self, after: int) -> list[AuditRecord]:
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(_READ, (after, _PAGE))
            return [AuditRecord(*row) for row in await cursor.fetchall()]

    async def _which(self) -> str:
        if not self._known.log:
            async with self.postgres.connection() as connection:
                cursor = await connection.execute(_WHICH)
                [name] = await cursor.fetchone() or ("",)
            self._known.log = re.sub(r"[^\w-]", "_", name)
        return self._known.log
