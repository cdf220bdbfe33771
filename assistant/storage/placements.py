"""Names over contents: the statements that add an entry of the catalogue and read a filing's entries.

A file name in a collection is a series; other bytes under it are its next version, unless the two
covers tell of different filings: "10-K.htm" of another company or year is no new version.
"""

from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from assistant.domain.filings import Sensitivity
from assistant.domain.records import Placement
from assistant.storage.locks import LOCK
from assistant.storage.postgres import Connection

PLACEMENTS = """
cross join lateral (
    select jsonb_agg(jsonb_build_array(held.id, held.name, held.file_name, held.collection,
               held.version, newest.id, held.added_by, held.added_at) order by held.no) as placements
    from placement as held
    cross join lateral (
        select id from placement where series = held.series order by version desc limit 1
    ) as newest
    where held.filing_no = filing.no
) as entries
"""
"""Joined to `filing`: its entries, oldest first, as `placement_rows` reads them."""

_LATEST = """
select before.series, before.filing_no,
       (select max(version) from placement where series = before.series) as version
from placement as before
join filing as known on known.no = before.filing_no
join filing as own on own.no = %(filing_no)s
where before.collection = %(collection)s and before.file_name = %(file_name)s
  and own.amended = known.amended
  and case when '' in (own.cik, known.cik)
           then '' in (own.company, known.company) or lower(own.company) = lower(known.company)
           else own.cik = known.cik end
  and ('' in (own.form, known.form) or own.form = known.form)
  and coalesce(own.fiscal_year = known.fiscal_year, true)
  and coalesce(own.quarter = known.quarter, true)
  and coalesce(own.period_end = known.period_end, true)
  and coalesce(own.event = known.event, true)
order by before.no desc limit 1
"""
_ADD = """
insert into placement (id, filing_no, collection, name, file_name, series, version, sensitivity,
                       added_by)
values (%(id)s, %(filing_no)s, %(collection)s, %(name)s, %(file_name)s, %(series)s, %(version)s,
        %(sensitivity)s, %(added_by)s)
"""


async def add_placement(
    connection: Connection, filing_no: int, entry: Placement, label: Sensitivity
) -> bool:
    """Add an entry over a filing; False when this name's newest version is that filing."""
    await connection.execute(LOCK, (f"{entry.collection}\n{entry.file_name}",))
    values = {
        "id": entry.id,
        "filing_no": filing_no,
        "collection": entry.collection,
        "name": entry.name,
        "file_name": entry.file_name,
        "sensitivity": label.value,
        "added_by": entry.added_by,
    }
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_LATEST, values)
        before = await cursor.fetchone() or {"series": entry.id, "filing_no": None, "version": 0}
        if before["filing_no"] == filing_no:
            return False
        added = {"series": before["series"], "version": before["version"] + 1}
        await cursor.execute(_ADD, values | added)
    return True


def placement_rows(found: list[list[Any]] | None) -> tuple[Placement, ...]:
    """Return the entries that `PLACEMENTS` gave."""
    return tuple(
        Placement(key, name, file_name, collection, version, current, added_by, _moment(added_at))
        for key, name, file_name, collection, version, current, added_by, added_at in found or []
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def replaced_by(entries: tuple[Placement, ...]) -> str:
    """Return the id of the version that replaced the newest entry; empty when one is current."""
    if not entries or any(entry.is_current for entry in entries):
        return ""
    return entries[-1].current
