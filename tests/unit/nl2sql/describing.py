"""A market to link to, without a database: our layer, a few instruments, and who sees which names."""

import re

from assistant.domain.sql import ReadableSchema, ReadableTable, Reference, SqlRows
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.schema import Surveyor
from assistant.nl2sql.semantics import market_layer

INSTRUMENTS = {
    "Zephyr Airworks Inc.": "ZEPH",
    "Italia Textiles N.V.": "IT",
    "Allied Minerals Corporation": "ALL",
    "Class Beta Foods Co.": "CBF.B",
    "Apple Inc.": "AAPL",
}
LAYER = market_layer()


def schema():
    tables = {
        name: ReadableTable(name, dict.fromkeys(meaning.columns, "text"), owned=bool(meaning.owner))
        for name, meaning in LAYER.tables.items()
    }
    keyed = {"instruments": ("symbol",), "users": ("user_id",), "orders": ("order_id",)}
    for name, key in keyed.items():
        tables[name] = ReadableTable(name, tables[name].columns, key=key, owned=tables[name].owned)
    told = [
        Reference(name, (column,), other, (column,))
        for other, (column,) in keyed.items()
        for name in tables
        if name != other and column in tables[name].columns
    ]
    return ReadableSchema(tables, references=tuple(told))


class Market:
    """Implements `ports.SqlEngine` over names in memory.

    Args:
        names: Names of portfolios by the user who owns them.
    """

    def __init__(self, names=None):
        self.names = names or {}
        self.asked = []

    async def schema(self):
        return schema()

    async def run(self, statement, reader, limits):
        self.asked.append((statement, reader))
        return SqlRows(("a", "b"), tuple(self._rows(statement, reader)), False, 0.0)

    def _rows(self, statement, reader):
        if re.match(r'select "name"::text, "symbol"', statement):
            return list(INSTRUMENTS.items())
        if "'instruments.symbol'" in statement:
            return [("instruments.symbol", one) for one in INSTRUMENTS.values()]
        if "'portfolios.name'" in statement:
            own = self.names.items()
            return [
                ("portfolios.name", name)
                for user, name in own
                if reader.everything or user == reader.user_id
            ]
        return []


def linker(**more):
    return Linker(Surveyor(Market(**more), LAYER))
