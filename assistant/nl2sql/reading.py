"""What a statement reads of a database: its tables, its columns, and the strings that stand in it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from assistant.domain.errors import InvalidRequest
from assistant.domain.sql import ReadableSchema

_DATE = re.compile(r"\d{4}-\d\d")


@dataclass(frozen=True, slots=True)
class StatementReads:
    """Names as the schema has them, columns as `table.column`; strings without dates."""

    tables: frozenset[str]
    columns: frozenset[str]
    strings: frozenset[str]


def statement_reads(sql: str, schema: ReadableSchema) -> StatementReads:
    """Return what a statement names. A column without a table is that of a table beside it.

    Raises:
        InvalidRequest: It cannot be parsed.
    """
    try:
        tree = sqlglot.parse_one(sql, read="postgres")
    except SqlglotError as error:
        raise InvalidRequest("A statement of the dataset cannot be parsed", sql) from error
    aliases = {
        (table.alias or table.name): table.name
        for table in tree.find_all(exp.Table)
        if table.name in schema.tables
    }
    columns = (_named(one, aliases, schema) for one in tree.find_all(exp.Column))
    strings = (one.this for one in tree.find_all(exp.Literal) if one.is_string)
    return StatementReads(
        frozenset(aliases.values()),
        frozenset(one for one in columns if one),
        frozenset(one for one in strings if not _DATE.match(one)),
    )


def _named(column: exp.Column, aliases: dict[str, str], schema: ReadableSchema) -> str:
    for table in _beside(column, aliases):
        if column.name in schema.tables[table].columns:
            return f"{table}.{column.name}"
    return ""


def _beside(column: exp.Column, aliases: dict[str, str]) -> Iterable[str]:
    """Return the tables that a column may be of: the one that it names, or those nearest to it."""
    if column.table:
        yield from (aliases[name] for name in (column.table,) if name in aliases)
        return
    select = column.find_ancestor(exp.Select)
    near = [one.name for one in select.find_all(exp.Table)] if select else []
    yield from (one for one in near if one in aliases.values())
    yield from aliases.values()
