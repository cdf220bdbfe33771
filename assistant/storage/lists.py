"""Keeps the index of meaning in step with the store: lists of near passages (IVFFlat).

Filings repeat their text from year to year, and a graph (HNSW) gets lost among near-equal vectors:
over a million passages it found 0.73 of the ten nearest, where lists find 0.98.
Near-equal vectors stand in the same list, so lists do not mind.

Lists are made for the passages that are there, as many as the square root of their number. Passages
that come later join the nearest list; nothing is lost, lists only grow longer, so they are made
anew when the store has quadrupled. A small store has no index: there all vectors are compared.
"""

import math

from psycopg import sql
from psycopg.rows import TupleRow

from assistant.storage.postgres import Connection, Postgres

LISTED_FROM = 20_000
"""Passages of the smallest store with an index; below, comparing all is as fast and exact."""

_LOCK = 0x6C69737473  # "lists"
_HELD = "select coalesce(sum(passage_count), 0)::bigint from filing"
_INDEXES = """
select relname, indisvalid, (select option_value::integer from pg_options_to_table(reloptions)
                             where option_name = 'lists') as lists
from pg_index join pg_class on pg_class.oid = indexrelid
where indrelid = 'passage'::regclass and relname ^@ 'passage_meaning_'
"""

PROBE = f"""
select set_config('ivfflat.probes', ceil(greatest(130, 4.5 * sqrt(max(lists))))::text, true)
from ({_INDEXES}) as held where indisvalid
"""  # noqa: S608 -- joined from the constants above
"""Lets the search that follows in its transaction look into so many lists: 130 of 330, 142 of 1000."""


async def tend(postgres: Postgres, listed_from: int = LISTED_FROM) -> bool:
    """Make the index anew where the store has outgrown it; return whether it was made.

    Searches and ingestion go on meanwhile. Another process that is at it is left alone; what one
    left half made is removed.
    """
    async with postgres.maintenance() as connection:
        [[mine]] = await _rows(connection, "select pg_try_advisory_lock(%s)", _LOCK)
        if not mine:
            return False
        [[held]] = await _rows(connection, _HELD)
        indexes = await _rows(connection, _INDEXES)
        valid = [(name, lists) for name, whole, lists in indexes if whole]
        broken = [name for name, whole, _ in indexes if not whole]
        lists = round(math.sqrt(held))
        outgrown = held >= listed_from and lists >= 2 * max((n for _, n in valid), default=1)
        await _drop(connection, broken)
        if outgrown:
            await connection.execute(
                sql.SQL(
                    "create index concurrently {} on passage"
                    " using ivfflat (embedding halfvec_cosine_ops) with (lists = {})"
                ).format(sql.Identifier(f"passage_meaning_{lists}"), sql.Literal(lists))
            )
            await _drop(connection, [name for name, _ in valid])
        return outgrown


async def _drop(connection: Connection, names: list[str]) -> None:
    for name in names:
        await connection.execute(
            sql.SQL("drop index concurrently if exists {}").format(sql.Identifier(name))
        )


async def _rows(connection: Connection, statement: str, *values: object) -> list[TupleRow]:
    return await (await connection.execute(statement.encode(), values or None)).fetchall()
