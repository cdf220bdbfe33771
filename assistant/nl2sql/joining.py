"""How the tables of a database belong together: which refer to which, and by which columns."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.domain.semantics import Join, SemanticLayer
from assistant.domain.sql import ReadableSchema, Reference

_COLUMN = re.compile(r"\b(\w+)\.(\w+)\b")


@dataclass(frozen=True)
class Joins:
    """The joins and foreign keys of a database."""

    joins: tuple[Join, ...]
    references: tuple[Reference, ...]

    @classmethod
    def of(cls, layer: SemanticLayer, schema: ReadableSchema) -> "Joins":
        """Return how the tables of a completed layer belong together.

        A join by the key of a table counts as a foreign key: of views the database knows none.
        """
        known = {(one.table, one.other) for one in schema.references}
        told = (one for join in layer.joins for one in _by_key(join, schema))
        new = tuple(one for one in told if (one.table, one.other) not in known)
        return cls(layer.joins, (*schema.references, *new))

    def refers(self, table: str, other: str) -> bool:
        """Whether rows of a table name a row of another one."""
        return (table, other) in self._direct

    def referring(self, column: str) -> Collection[str]:
        """Return the tables with a key that is a value of this `table.column`."""
        return self._referring.get(column, {}).keys()

    def key_in(self, table: str, column: str) -> str:
        """Return the column of a table that holds values of a `table.column`: its key for that."""
        home, _, name = column.partition(".")
        return name if home == table else self._referring.get(column, {}).get(table, "")

    def columns(self, tables: Sequence[str]) -> tuple[str, ...]:
        """Return the columns that join some tables, as `table.column`."""
        among = set(tables)
        found = [
            f"{table}.{column}"
            for join in self.joins
            if {join.left, join.right} <= among and join.left != join.right
            for table, column in _COLUMN.findall(join.on)
        ]
        return tuple(dict.fromkeys(found))

    def connected(self, tables: Sequence[str], most: int) -> tuple[str, ...]:
        """Return the tables, with one in between where that is what joins two of them."""
        found = list(tables)
        for at, table in enumerate(tables):
            near = self._near.get(table, set())
            if at == 0 or near & set(tables[:at]) or len(found) >= most:
                continue
            between = [
                one for one in self._near if one in near and self._near[one] & set(tables[:at])
            ]
            if between and not set(between) & set(found):
                found.append(between[0])
        return tuple(found)

    @cached_property
    def _direct(self) -> set[tuple[str, str]]:
        return {(one.table, one.other) for one in self.references}

    @cached_property
    def _near(self) -> Mapping[str, set[str]]:
        near: dict[str, set[str]] = {}
        for join in self.joins:
            near.setdefault(join.left, set()).add(join.right)
            near.setdefault(join.right, set()).add(join.left)
        return near

    @cached_property
    def _referring(self) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for one in self.references:
            for column, other in zip(one.columns, one.other_columns, strict=True):
                found.setdefault(f"{one.other}.{other}", {})[one.table] = column
        return found


def _by_key(join: Join, schema: ReadableSchema) -> Iterable[Reference]:
    pairs = _COLUMN.findall(join.on)
    if join.on.count("=") != 1 or len(pairs) != 2:
        return
    for (table, column), (other, key) in (pairs, pairs[::-1]):
        if schema.tables[other].key == (key,):
            yield Reference(table, (column,), other, (key,))
