"""What the SQL of a metric reads: its columns, and the values that it compares them with."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from assistant.domain.errors import InvalidRequest
from assistant.domain.semantics import Metric
from assistant.domain.sql import ReadableSchema


@dataclass(frozen=True, slots=True)
class Reads:
    """Columns as `table.column`, and (`table.column`, value) of strings that stand in the SQL.

    The key of a JSON column counts as a value of it.
    """

    columns: tuple[str, ...]
    values: tuple[tuple[str, str], ...]


def reads(metric: Metric, schema: ReadableSchema) -> Reads:
    """Return what a metric reads.

    Raises:
        InvalidRequest: Its SQL cannot be parsed.
    """
    try:
        trees = [
            sqlglot.parse_one(one, read="postgres") for one in (metric.sql, metric.where) if one
        ]
    except SqlglotError as error:
        raise InvalidRequest(
            f"The SQL of the metric {metric.name} cannot be parsed", "Correct the semantic layer."
        ) from error
    columns: dict[str, None] = {}
    values: dict[tuple[str, str], None] = {}
    for column in (one for tree in trees for one in tree.find_all(exp.Column)):
        name = _named(column, metric.tables, schema)
        if name:
            columns[name] = None
            values.update(((name, value), None) for value in _compared(column))
    return Reads(tuple(columns), tuple(values))


def _named(column: exp.Column, tables: Iterable[str], schema: ReadableSchema) -> str:
    for table in [column.table] if column.table in schema.tables else tables:
        if table in schema.tables and column.name in schema.tables[table].columns:
            return f"{table}.{column.name}"
    return ""


def _compared(column: exp.Column) -> Iterable[str]:
    parent = column.parent
    if isinstance(parent, exp.JSONExtract | exp.JSONExtractScalar):
        yield from (key.name for key in parent.expression.find_all(exp.JSONPathKey))
    elif isinstance(parent, exp.EQ | exp.NEQ):
        yield from (one.name for one in (parent.left, parent.right) if one.is_string)
    elif isinstance(parent, exp.In):
        yield from (one.name for one in parent.expressions if one.is_string)
    elif isinstance(parent, exp.Case):
        yield from (one.this.name for one in parent.args["ifs"] if one.this.is_string)
