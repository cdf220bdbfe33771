"""What keeps a filing and what takes it away, in PostgreSQL.

A removal locks the filing's row first, so that a hold placed at the same moment is either seen or
waits and then finds nothing. The original may live in another store, so the transaction that removes
the last entry only notes that the original is to go; `settle` closes that note under the lock that
everyone who adds an original takes too.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from psycopg.rows import dict_row

from assistant.domain.errors import NotFound, OnHold, Retained
from assistant.domain.records import Removal
from assistant.storage.locks import LOCK
from assistant.storage.postgres import Connection, Postgres

_LOCKED = """
select filing.no, filing.id, placement.id as entry, placement.no as entry_no, placement.name,
       placement.file_name, collection, version, sha256, size, media_type, held_for, retain_until
from filing join placement on placement.filing_no = filing.no
where placement.id = %s for update of filing
"""
_NEEDED = """
select 1 from filing where sha256 = %(sha256)s
union all select 1 from ingest_job where sha256 = %(sha256)s and holds_original
"""
_OTHERS = "select id, name from placement where filing_no = %s and id <> %s order by no"
_COUNTS = """
select (select count(*) from page where filing_no = %(no)s) as pages,
       (select count(*) from passage where filing_no = %(no)s) as passages,
       (select count(*) from posting where filing_no = %(no)s) as words,
       (select count(*) from fact where filing_no = %(no)s) as facts,
       (select count(*) from finding where filing_no = %(no)s) as findings,
       (select count(*) from cached_answer where filings @> array[%(no)s::bigint]) as answers
"""
# The filing goes by its oldest entry; an id that was deleted never means anything again.
_PROMOTE = """
update filing set placed = placed + 1, id = oldest.id, name = oldest.name,
                  file_name = oldest.file_name
from (select * from placement where filing_no = %(no)s order by no limit 1) as oldest
where filing.no = %(no)s
"""
_OWN = "no = (select filing_no from placement where id = %(id)s)"
_HOLD = f"""
update filing set held_for = array_append(array_remove(held_for, %(reason)s), %(reason)s) where {_OWN}
"""  # noqa: S608 -- joined from constants
_RELEASE = f"""
update filing set held_for = array_remove(held_for, %(reason)s)
where {_OWN} and %(reason)s = any(held_for)
"""  # noqa: S608 -- joined from constants
_RETAIN = f"update filing set retain_until = %(until)s where {_OWN}"  # noqa: S608 -- as above
_CLAIM = """
insert into upkeep (task, ran_at) values (%(task)s, now())
on conflict (task) do update set ran_at = now() where upkeep.ran_at <= now() - %(every)s
"""


@dataclass(frozen=True)
class PostgresRecords:
    """Implements `ports.Records`."""

    postgres: Postgres

    async def remove(self, document_id: str, day: date) -> Removal:
        """Remove an entry, with the last one its content; see `ports.Records`."""
        async with self.postgres.begin(), self.postgres.connection() as connection:
            locked = await _rows(connection, _LOCKED, (document_id,))
            if not locked:
                raise _unknown(document_id)
            [row] = locked
            _refuse_kept(row, day)
            others = await _rows(connection, _OTHERS, (row["no"], row["entry"]))
            if others:
                await connection.execute("delete from placement where no = %(entry_no)s", row)
                await connection.execute(_PROMOTE, row)
                return _removal(row, tuple(other["name"] for other in others), {})
            [counts] = await _rows(connection, _COUNTS, row)
            await connection.execute("delete from filing where no = %(no)s", row)
            await connection.execute(
                "insert into removal (sha256) values (%(sha256)s) on conflict do nothing", row
            )
            return _removal(row, (), counts)

    async def hold(self, document_id: str, reason: str) -> None:
        """Keep the content of an entry until this reason is released."""
        if not await self._update(_HOLD, id=document_id, reason=reason):
            raise _unknown(document_id)

    async def release(self, document_id: str, reason: str) -> bool:
        """Take a reason back; True when there was such a hold."""
        return await self._update(_RELEASE, id=document_id, reason=reason)

    async def retain(self, document_id: str, until: date) -> None:
        """Keep the content of an entry to the end of this day."""
        if not await self._update(_RETAIN, id=document_id, until=until):
            raise _unknown(document_id)

    async def pending(self) -> list[str]:
        """Return the hashes of originals that deletions have yet to remove."""
        async with self.postgres.connection() as connection:
            rows = await _rows(connection, "select sha256 from removal order by asked_at", ())
        return [row["sha256"] for row in rows]

    async def settle(self, sha256: str) -> bool:
        """Lock an original and drop its note; False when a filing or a job needs it (again)."""
        async with self.postgres.connection() as connection:
            await connection.execute(LOCK, (sha256,))
            await connection.execute("delete from removal where sha256 = %s", (sha256,))
            found = await _rows(connection, _NEEDED, {"sha256": sha256})
        return not found

    async def claim(self, task: str, every: timedelta) -> bool:
        """Return whether a task is due, and note it as begun."""
        return await self._update(_CLAIM, task=task, every=every)

    async def _update(self, statement: str, **values: object) -> bool:
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(statement.encode(), values)
            return cursor.rowcount > 0


async def _rows(
    connection: Connection, statement: str, values: tuple[object, ...] | dict[str, Any]
) -> list[dict[str, Any]]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement.encode(), values)
        return await cursor.fetchall()


def _refuse_kept(row: dict[str, Any], day: date) -> None:
    name = row["file_name"]
    if row["held_for"]:
        raise OnHold(
            f"{name} is on legal hold ({'; '.join(row['held_for'])}) and was not deleted",
            "Release the hold first: `aei documents release`.",
        )
    if row["retain_until"] and day <= row["retain_until"]:
        raise Retained(
            f"{name} must be kept until {row['retain_until']} and was not deleted",
            "Delete it after that day; `aei documents expire` does.",
        )


def _removal(row: dict[str, Any], remaining: tuple[str, ...], counts: dict[str, int]) -> Removal:
    return Removal(
        document_id=row["entry"],
        name=row["name"],
        file_name=row["file_name"],
        collection=row["collection"],
        version=row["version"],
        sha256=row["sha256"],
        size=row["size"],
        media_type=row["media_type"],
        remaining=remaining,
        counts=counts,
    )


def _unknown(document_id: str) -> NotFound:
    return NotFound(
        f"There is no filing {document_id!r}",
        "`aei documents list` shows the filings that are there.",
    )
