"""What a database says of itself: tables, columns, comments, limited values, keys, who sees which rows."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from assistant.domain.sql import ReadableSchema, ReadableTable, Reference

_COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
       has_column_privilege(%(role)s, c.oid, a.attnum, 'select'),
       coalesce(obj_description(c.oid, 'pg_class'), ''),
       coalesce(col_description(c.oid, a.attnum), ''),
       array(select e.enumlabel::text from pg_enum e where e.enumtypid = a.atttypid
             order by e.enumsortorder),
       c.relrowsecurity
from pg_class c join pg_attribute a on a.attrelid = c.oid
where c.relnamespace = %(schema)s::regnamespace and c.relkind in ('r', 'p', 'v', 'm')
  and not c.relispartition and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
"""
_CONSTRAINTS = """
select c.relname, k.contype::text, pg_get_constraintdef(k.oid),
       array(select a.attname::text from unnest(k.conkey) with ordinality as u (n, i)
             join pg_attribute a on a.attrelid = k.conrelid and a.attnum = u.n order by u.i),
       coalesce((select o.relname from pg_class o where o.oid = k.confrelid
                 and o.relnamespace = c.relnamespace), ''),
       array(select a.attname::text from unnest(k.confkey) with ordinality as u (n, i)
             join pg_attribute a on a.attrelid = k.confrelid and a.attnum = u.n order by u.i)
from pg_constraint k join pg_class c on c.oid = k.conrelid
where c.relnamespace = %(schema)s::regnamespace and k.contype in ('p', 'f', 'c')
  and not c.relispartition
order by c.relname, k.conname
"""
_ONE_OF = re.compile(r"CHECK \(+(?:\w+)\)?(?:::\w+)? = (?:ANY \(+ARRAY\[(.*)\]|('.*))", re.DOTALL)
_QUOTED = re.compile(r"'((?:[^']|'')*)'")


async def read_schema(
    connection: AsyncConnection[TupleRow], role: str, schema: str
) -> ReadableSchema:
    """Return what a role may read of a schema, and what the database says of that.

    Partitions are left out: their table stands for them. What is hidden is named only as hidden.
    """
    values = {"role": role, "schema": schema}
    columns = await (await connection.execute(_COLUMNS, values)).fetchall()
    constraints = await (await connection.execute(_CONSTRAINTS, values)).fetchall()
    tables = _tables(columns, constraints)
    return ReadableSchema(tables, schema, tuple(_references(constraints, tables)))


def _tables(
    columns: Iterable[tuple[Any, ...]], constraints: Iterable[tuple[Any, ...]]
) -> Mapping[str, ReadableTable]:
    of: dict[str, list[tuple[Any, ...]]] = {}
    for row in columns:
        of.setdefault(row[0], []).append(row[1:])
    limits, keys = (
        _choices(constraints),
        {t: key for t, kind, _, key, *_ in constraints if kind == "p"},
    )
    tables = {}
    for name, rows in of.items():
        readable = {column: row for column, *row in rows if row[1]}
        if not readable:
            continue
        enumerated = {column: tuple(row[4]) for column, row in readable.items() if row[4]}
        checked = {
            one: found for (t, one), found in limits.items() if t == name and one in readable
        }
        tables[name] = ReadableTable(
            name,
            {column: row[0] for column, row in readable.items()},
            frozenset(column for column, *_ in rows if column not in readable),
            rows[0][3],
            {column: row[3] for column, row in readable.items() if row[3]},
            enumerated | checked,
            tuple(one for one in keys.get(name, ()) if one in readable),
            rows[0][6],
        )
    return tables


def _choices(constraints: Iterable[tuple[Any, ...]]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the values that one column alone is limited to by a CHECK."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for table, kind, text, columns, *_ in constraints:
        said = _ONE_OF.match(text) if kind == "c" and len(columns) == 1 else None
        if said:
            values = _QUOTED.findall(said[1] or said[2])
            found[table, columns[0]] = tuple(one.replace("''", "'") for one in values)
    return found


def _references(
    constraints: Iterable[tuple[Any, ...]], tables: Mapping[str, ReadableTable]
) -> Iterable[Reference]:
    for table, kind, _, columns, other, other_columns in constraints:
        if kind != "f" or table not in tables or other not in tables:
            continue
        seen = set(columns) <= set(tables[table].columns)
        if seen and set(other_columns) <= set(tables[other].columns):
            yield Reference(table, tuple(columns), other, tuple(other_columns))
