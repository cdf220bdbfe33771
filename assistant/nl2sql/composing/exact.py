"""The words that are exact enough to compose statements with.

The semantic layer is generous, because it also serves linking, where a table too many does no harm. Here
a word must be able to stand for the name itself. For the market schema such words are in market.toml;
of other databases the layer's own are taken, but for those that a grammatical word is hidden in
("never logged in" is not a name of a column).
"""

import tomllib
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter

from assistant.domain.semantics import ColumnMeaning, Join, SemanticLayer, TableMeaning
from assistant.domain.sql import ReadableSchema
from assistant.nl2sql.composing.speech import SPEECH
from assistant.nl2sql.composing.tokens import words_of

_MARKET = Path(__file__).with_name("market.toml")
_MOST = 0.6


def market_words() -> SemanticLayer:
    """Return the exact words of the market schema."""
    return TypeAdapter(SemanticLayer).validate_python(tomllib.loads(_MARKET.read_text("utf-8")))


def exact(layer: SemanticLayer, schema: ReadableSchema, words: SemanticLayer) -> SemanticLayer:
    """Return a layer with exact words only.

    Args:
        layer: The layer of the database.
        schema: What may be read of it.
        words: Exact words, used for the tables that are in the database as they are described.
    """
    known = {name for name, table in words.tables.items() if _fits(name, table, schema)}
    tables = {
        name: words.tables[name] if name in known else _bare(layer.tables.get(name, TableMeaning()))
        for name in schema.tables
    }
    own = tuple(join for join in words.joins if {join.left, join.right} <= known)
    ways = {(join.left, join.right) for join in own}
    joins = tuple(
        join
        for join in layer.joins
        if (join.left, join.right) not in ways and not {join.left, join.right} <= known
    )
    names = {metric.name for metric in words.metrics}
    metrics = (
        *(one for one in words.metrics if set(one.tables) <= known),
        *(one for one in layer.metrics if not set(one.tables) <= known and one.name not in names),
    )
    return SemanticLayer(tables, (*own, *(one for one in joins if _simple(one))), metrics)


def _fits(name: str, table: TableMeaning, schema: ReadableSchema) -> bool:
    readable = schema.tables.get(name)
    there = [one for one in table.columns if readable and one in readable.columns]
    return len(there) >= _MOST * len(table.columns)


def _bare(table: TableMeaning) -> TableMeaning:
    columns = {name: _named(column) for name, column in table.columns.items()}
    return replace(table, columns=columns, synonyms=_clean(table.synonyms))


def _named(column: ColumnMeaning) -> ColumnMeaning:
    values = {phrase: value for phrase, value in column.values.items() if _clean((phrase,))}
    return replace(column, synonyms=_clean(column.synonyms), values=values)


def _clean(phrases: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in phrases if not any((word,) in SPEECH for word in words_of(one)))


def _simple(join: Join) -> bool:
    return " AND " not in join.on.upper()
