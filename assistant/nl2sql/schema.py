"""What a database says of itself, and a sample of the values in it; asked once, and again after a while.

Values are sampled as somebody who owns no rows, so that what is remembered for everybody is what everybody
may see. Rows that belong to users are sampled as the user who asks, and remembered for that user only.
"""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from assistant.domain.errors import InvalidRequest, StatementTimeout
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import ReadableSchema, ReadableTable, RowReader, SqlLimits
from assistant.nl2sql.semantics import completed
from assistant.ports import SqlEngine

_log = logging.getLogger(__name__)
_ROWS = 50_000  # of a table, that are looked at
_MOST_VALUES = 5_000  # of a column; one that has more is no list to link to
_LONGEST = 80  # characters of a value
_MOST_READERS = 256
_AT_ONCE = 3  # samples; each takes two connections
_NOBODY = RowReader()
_LIMITS = SqlLimits(seconds=5, rows=100_000)
_TEXT = ("text", "character", "varchar", "bpchar", "citext", "name")
_SECRET = ("password", "secret", "hash", "token", "email", "gridfs")

Values = Mapping[str, tuple[str, ...]]
"""Stored values by `table.column`; of a JSON column its keys and texts, of an array its elements."""


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a database.

    Args:
        schema: What may be read of it.
        layer: What that means.
        values: Sampled values that everybody may see.
        names: What people call the values of a column: by `table.column`, name -> value.
    """

    schema: ReadableSchema
    layer: SemanticLayer
    values: Values
    names: Mapping[str, Mapping[str, str]]


@dataclass
class _Kept:
    survey: tuple[float, Survey] | None = None
    own: OrderedDict[RowReader, tuple[float, Values]] = field(default_factory=OrderedDict)
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(_AT_ONCE))


@dataclass(frozen=True)
class Surveyor:
    """Asks a database for what it is, and remembers it for a while.

    Args:
        engine: The database.
        layer: What is known of its meaning.
        keep_s: How long what was found is believed, in seconds.
        limits: What one sampling statement may take.
        clock: Seconds that only rise.
    """

    engine: SqlEngine
    layer: SemanticLayer
    keep_s: float = 600
    limits: SqlLimits = _LIMITS
    clock: Callable[[], float] = time.monotonic
    _kept: _Kept = field(default_factory=_Kept, init=False, repr=False, compare=False)

    async def survey(self) -> Survey:
        """Return what everybody may know of the database.

        Raises:
            ServiceFailed: It does not answer, or has no role that reads.
        """
        async with self._kept.lock:
            kept = self._kept.survey
            if kept is None or self.clock() - kept[0] > self.keep_s:
                kept = self.clock(), await self._look()
                self._kept.survey = kept
            return kept[1]

    async def own_values(self, reader: RowReader) -> Values:
        """Return values of rows that belong to users, as this reader sees them.

        Raises:
            ServiceFailed: The database does not answer.
        """
        if reader == _NOBODY:
            return {}
        survey = await self.survey()
        owned = [one for one in survey.schema.tables.values() if _owned(one, survey.layer)]
        kept = self._kept.own.get(reader)
        if kept is None or self.clock() - kept[0] > self.keep_s:
            kept = self.clock(), await self._sample(owned, reader)
            self._kept.own[reader] = kept
            while len(self._kept.own) > _MOST_READERS:
                self._kept.own.popitem(last=False)
        self._kept.own.move_to_end(reader)
        return kept[1]

    async def _look(self) -> Survey:
        schema = await self.engine.schema()
        layer = completed(self.layer, schema)
        tables = list(schema.tables.values())
        values, names = await asyncio.gather(self._sample(tables, _NOBODY), self._names(layer))
        return Survey(schema, layer, values, names)

    async def _sample(self, tables: Iterable[ReadableTable], reader: RowReader) -> Values:
        statements = [one for one in map(_sampling, tables) if one]
        found = await asyncio.gather(*(self._rows(one, reader) for one in statements))
        values: dict[str, list[str]] = {}
        for column, value in (row for rows in found for row in rows):
            values.setdefault(str(column), []).append(str(value))
        return {
            column: tuple(sorted(some))
            for column, some in values.items()
            if len(some) <= _MOST_VALUES
        }

    async def _names(self, layer: SemanticLayer) -> Mapping[str, Mapping[str, str]]:
        found: dict[str, Mapping[str, str]] = {}
        for table, meaning in layer.tables.items():
            for column, one in meaning.columns.items():
                if one.named_by:
                    pair = f"{_quoted(one.named_by)}::text, {_quoted(column)}::text"
                    statement = f"select {pair} from {_quoted(table)} limit {_MOST_VALUES}"  # noqa: S608
                    rows = await self._rows(statement, _NOBODY)
                    found[f"{table}.{column}"] = {str(name): str(value) for name, value in rows}
        return found

    async def _rows(self, statement: str, reader: RowReader) -> tuple[tuple[object, ...], ...]:
        try:
            async with self._kept.slots:
                return (await self.engine.run(statement, reader, self.limits)).rows
        except (InvalidRequest, StatementTimeout) as error:  # names are linked without them
            _log.warning("Values of the analytics database are not sampled: %s", error.message)
            return ()


def _owned(table: ReadableTable, layer: SemanticLayer) -> bool:
    return table.owned or bool(layer.tables[table.name].owner)


def _sampling(table: ReadableTable) -> str:
    """Return the statement that gives a table's distinct values, empty where there is none to ask."""
    parts = [
        _distinct(table.name, column, expression)
        for column, kind in table.columns.items()
        if (expression := _expression(column, kind, table))
    ]
    return " union all ".join(parts)


def _expression(column: str, kind: str, table: ReadableTable) -> str:
    name = _quoted(column)
    if column in table.choices or any(word in column for word in _SECRET):
        return ""
    if kind.endswith("[]"):
        return f"unnest({name})::text" if kind.startswith(_TEXT) else ""
    if kind in ("json", "jsonb"):
        parts = f"{kind}_each_text(case when {kind}_typeof({name}) = 'object' then {name} end)"
        return f"unnest(array[({parts}).key, ({parts}).value])"
    return f"{name}::text" if kind.startswith(_TEXT) else ""


def _distinct(table: str, column: str, expression: str) -> str:
    label = f"{table}.{column}".replace("'", "''")
    rows = f"select {_quoted(column)} from {_quoted(table)} limit {_ROWS}"  # noqa: S608 -- quoted
    values = f"select {expression} as v from ({rows}) as r"  # noqa: S608
    return (
        f"(select '{label}', v from (select distinct v from ({values}) as e "  # noqa: S608
        f"where v is not null and length(v) between 1 and {_LONGEST} limit {_MOST_VALUES + 1}) as d)"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
