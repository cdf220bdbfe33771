"""How the tables of a database hang together: from a row to the one row of another table that it names.

Only such joins are made: they never multiply rows, so sums and counts stay right.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

from assistant.domain.semantics import Join, SemanticLayer
from assistant.domain.sql import ReadableSchema


@dataclass(frozen=True, slots=True)
class Database:
    """What a statement may be composed of: meanings, columns with types, and ways between tables."""

    layer: SemanticLayer
    schema: ReadableSchema
    ways: Mapping[str, tuple[Join, ...]] = field(default_factory=dict)

    def has(self, table: str, column: str) -> bool:
        """Whether a table has a column."""
        return table in self.schema.tables and column in self.schema.tables[table].columns

    def type_of(self, table: str, column: str) -> str:
        """Return a column's type; empty where it is unknown."""
        return self.schema.tables[table].columns[column] if self.has(table, column) else ""

    def is_number(self, table: str, column: str) -> bool:
        """Whether a column is something that can be summed and compared in size."""
        kind = self.type_of(table, column)
        key = column.endswith("_id")
        return not key and kind.startswith(
            ("numeric", "integer", "bigint", "smallint", "double", "real")
        )

    def is_time(self, table: str, column: str) -> bool:
        """Whether a column is a day or a moment."""
        return self.type_of(table, column).startswith(("date", "timestamp"))

    def is_day(self, table: str, column: str) -> bool:
        """Whether a column holds days."""
        return self.type_of(table, column) == "date"

    def path(self, start: str, end: str) -> tuple[Join, ...] | None:
        """Return the shortest way from a table to one that its rows name; None where there is none."""
        known: dict[str, tuple[Join, ...]] = {start: ()}
        edge = [start]
        while edge and end not in known:
            edge = list(self._step(edge, known))
        return known.get(end)

    def key(self, child: str, parent: str) -> str:
        """Return the column of a table that names a row of another; empty where none does."""
        for join in self.ways.get(child, ()):
            on = parse(join.on)
            if join.right == parent and isinstance(on, exp.EQ):
                return next(one.name for one in on.find_all(exp.Column) if one.table == child)
        return ""

    def _step(self, edge: Iterable[str], known: dict[str, tuple[Join, ...]]) -> Iterable[str]:
        for table in edge:
            for join in self.ways.get(table, ()):
                if join.right not in known:
                    known[join.right] = (*known[table], join)
                    yield join.right


def database_of(layer: SemanticLayer, schema: ReadableSchema) -> Database:
    """Return what statements are composed of, over what may be read."""
    ways: dict[str, tuple[Join, ...]] = {}
    for join in layer.joins:
        if join.left in schema.tables and join.right in schema.tables:
            ways[join.left] = (*ways.get(join.left, ()), join)
    return Database(layer, schema, ways)


def parse(sql: str) -> exp.Expr:
    """Return an expression of the semantic layer as a tree."""
    return sqlglot.parse_one(sql, read="postgres")
