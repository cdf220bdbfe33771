"""Collections in PostgreSQL: rows appear as filings are placed; triggers carry labels to filings.

Whoever labels or places takes the collection first and filings after it, and one at a time labels, so
that nobody waits for somebody who waits for him.
"""

from dataclasses import dataclass

from psycopg.rows import dict_row

from assistant.domain.collections import FilingCollection
from assistant.domain.filings import Sensitivity
from assistant.storage.locks import LOCK
from assistant.storage.postgres import Postgres

_ALL = """
select name, label,
       (select strictest(array_agg(around.label)) from collection as around
        where around.name = any(collections_around(collection.name))) as effective,
       (select count(distinct filing_no) from placement where placement.collection = collection.name) as filings
from collection order by name
"""
_LABEL = """
insert into collection (name, label) values (%(name)s, %(label)s)
on conflict (name) do update set label = excluded.label
"""


@dataclass(frozen=True)
class PostgresCollections:
    """Implements `ports.Collections`."""

    postgres: Postgres

    async def all(self) -> list[FilingCollection]:
        """Return every collection, by name."""
        async with (
            self.postgres.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(_ALL)
            rows = await cursor.fetchall()
        return [
            FilingCollection(
                row["name"],
                Sensitivity(row["label"]),
                Sensitivity(row["effective"]),
                row["filings"],
            )
            for row in rows
        ]

    async def label(self, name: str, label: Sensitivity) -> None:
        """Say how far what is in a collection may travel; its filings have it at once."""
        given = {"name": name, "label": label.value}
        async with self.postgres.begin(), self.postgres.connection() as connection:
            await connection.execute(LOCK, ("collection labels",))
            await connection.execute(_LABEL, given)
