"""Finds what in the database does not agree with itself; foreign keys forbid most of it.

What they forbid can still be there: after a restore with triggers off, a repair by hand, a damaged
index. Every statement reads whole tables, so none of them has the time limit of a question.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier

from assistant.domain.records import Uneven
from assistant.storage.postgres import Postgres

_TABLES = ("page", "passage", "posting", "fact", "finding", "placement")
_COUNTS = """
select filing.id, filing.name, page_count, passage_count, coalesce(pages.n, 0) as pages,
       coalesce(passages.n, 0) as passages, coalesce(passages.lost, 0) as lost,
       word_count > 0 as worded,
       exists (select from posting where filing_no = filing.no and field = 'text') as indexed
from filing
left join (select filing_no, count(*) as n from page group by filing_no) as pages
       on pages.filing_no = filing.no
left join (
    select passage.filing_no, count(*) as n, count(*) filter (where page.number is null) as lost
    from passage left join page on page.filing_no = passage.filing_no and number = passage.page
    group by passage.filing_no
) as passages on passages.filing_no = filing.no
order by filing.no
"""
_UNPLACED = """
select id from filing where not exists (select from placement where filing_no = filing.no)
"""
_PLACE = """
with lost as (update filing set placed = placed + 1 where id = any(%s) returning *)
insert into placement (id, filing_no, name, file_name, series, sensitivity, added_by, added_at)
select id, no, name, file_name, id, sensitivity, added_by, added_at from lost
"""
# Bytes that were handed in are originals of filings to come.
_ORIGINALS = """
select sha256, id, size from filing
union all
select distinct on (sha256) sha256, id, size from ingest_job
where holds_original and sha256 not in (select sha256 from filing)
"""
_STRAYS = SQL(
    "select count(*) as n from {table} where not exists (select from filing where no = filing_no)"
)
_DROP = SQL("delete from {table} where not exists (select from filing where no = filing_no)")


@dataclass(frozen=True)
class PostgresInspector:
    """Implements `ports.Inspector`."""

    postgres: Postgres

    async def uneven(self) -> list[Uneven]:
        """Return the filings that hold other pages, passages or words than they should."""
        found = [(row, _what(row)) for row in await self._rows(_COUNTS)]
        return [Uneven(row["id"], row["name"], what) for row, what in found if what]

    async def strays(self) -> dict[str, int]:
        """Return how many rows belong to no filing, by what they hold, where there are any."""
        counts = {}
        for table in _TABLES:
            [row] = await self._rows(_STRAYS.format(table=Identifier(table)).as_string())
            counts[table] = row["n"]
        return {table: count for table, count in counts.items() if count}

    async def drop_strays(self) -> None:
        """Remove the rows that belong to no filing."""
        async with self.postgres.begin(), self.postgres.connection() as connection:
            for table in _TABLES:
                await connection.execute(_DROP.format(table=Identifier(table)))

    async def unplaced(self) -> list[str]:
        """Return the ids of filings without an entry."""
        return [row["id"] for row in await self._rows(_UNPLACED)]

    async def place_again(self, filings: Sequence[str]) -> None:
        """Give each filing the entry that its own name makes."""
        async with self.postgres.connection() as connection:
            await connection.execute(_PLACE, (list(filings),))

    async def originals(self) -> dict[str, tuple[str, int]]:
        """Return what the catalogue needs: hash -> filing and size in bytes."""
        return {row["sha256"]: (row["id"], row["size"]) for row in await self._rows(_ORIGINALS)}

    async def _rows(self, statement: str) -> list[dict[str, Any]]:
        async with (
            self.postgres.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute("set local statement_timeout = 0")
            await cursor.execute(statement.encode())
            return await cursor.fetchall()


def _what(row: dict[str, Any]) -> str:
    """Return what is uneven about a filing; empty when nothing is."""
    told = []
    for what, wanted in (("pages", row["page_count"]), ("passages", row["passage_count"])):
        if row[what] != wanted:
            told.append(f"{row[what]} of {wanted} {what}")
    if row["lost"]:
        told.append(f"{row['lost']} passages of pages that are not there")
    if row["worded"] != row["indexed"]:
        told.append("no index of its words" if row["worded"] else "words nobody counted")
    return ", ".join(told)
