"""What results can be downloaded, in PostgreSQL: statements and who asked, never rows."""

import hashlib
import secrets
from dataclasses import dataclass

from assistant.domain.downloads import KeptResult
from assistant.domain.errors import NotFound
from assistant.domain.people import Principal, Role
from assistant.storage.postgres import Postgres

_BYTES = 24  # of chance in an id
_KEEP = """
insert into sql_result (key, question, statement, asked_by, role, rows_sha256, expires_at)
values (%s, %s, %s, %s, %s, %s, %s)
"""
_GET = """
select question, statement, asked_by, role, rows_sha256, expires_at from sql_result
where key = %s and expires_at > now()
"""
_FORGET = "delete from sql_result where expires_at <= now()"


@dataclass(frozen=True)
class PostgresResults:
    """Implements `ports.KeptResults`."""

    postgres: Postgres

    async def keep(self, result: KeptResult) -> str:
        """Remember a result and return its id; forget what has expired."""
        id = secrets.token_urlsafe(_BYTES)
        by = result.asked_by
        question = result.question.replace("\x00", "").encode("utf-8", "replace").decode()
        values = (_key(id), question, result.statement, by.id, by.role.value)
        async with self.postgres.connection() as connection:
            await connection.execute(_FORGET)
            await connection.execute(_KEEP, (*values, result.rows_sha256, result.expires_at))
        return id

    async def get(self, id: str) -> KeptResult:
        """Return a result. Raises `NotFound`, also when it has expired."""
        async with self.postgres.connection() as connection:
            row = await (await connection.execute(_GET, (_key(id),))).fetchone()
        if row is None:
            raise NotFound(
                "There is no such result (any more)", "Ask the question again for a new link."
            )
        question, statement, asked_by, role, rows_sha256, expires_at = row
        by = Principal(asked_by, Role(role))
        return KeptResult(question, statement, by, rows_sha256, expires_at)


def _key(id: str) -> str:
    return hashlib.sha256(id.encode("utf-8", "replace")).hexdigest()
