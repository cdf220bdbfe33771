"""The semantic layer: what a database means, read from files and completed with what it says itself.

    layer.toml, examples.toml -> read_layer() -> SemanticLayer
    SemanticLayer + ReadableSchema -> completed() -> the same with every readable table and column

A file is taken as it is or not at all: what it spells wrong is an error, never silently left out.
"""

import dataclasses
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from assistant.domain.errors import InvalidRequest
from assistant.domain.semantics import (
    ColumnMeaning,
    Example,
    Join,
    Metric,
    SemanticLayer,
    TableMeaning,
)
from assistant.domain.sql import ReadableSchema, ReadableTable, Reference

MARKET = Path(__file__).parent / "market"
_MARKET = ("layer", "metrics", "examples")
_HINT = "docs/operations.md describes the file; `aei sql learn` drafts one."
_LAYER = TypeAdapter(SemanticLayer)
_PARTS = {
    "tables": TableMeaning,
    "columns": ColumnMeaning,
    "joins": Join,
    "metrics": Metric,
    "examples": Example,
}


def read_layer(*paths: Path) -> SemanticLayer:
    """Read a semantic layer from TOML files; each may hold a part of it.

    Raises:
        InvalidRequest: A file cannot be read, or says something that a layer has no place for.
    """
    layers = [_read(path) for path in paths]
    return SemanticLayer(
        {name: table for layer in layers for name, table in layer.tables.items()},
        tuple(join for layer in layers for join in layer.joins),
        tuple(metric for layer in layers for metric in layer.metrics),
        tuple(example for layer in layers for example in layer.examples),
    )


def market_layer() -> SemanticLayer:
    """Return the layer of the product's own market schema."""
    return read_layer(*(MARKET / f"{name}.toml" for name in _MARKET))


def describes(layer: SemanticLayer, schema: ReadableSchema) -> bool:
    """Whether a database is one that a layer was written for: it has most of the layer's tables.

    A table of the same name elsewhere may mean something else.
    """
    return len(layer.tables.keys() & schema.tables.keys()) > len(layer.tables) / 2


def completed(layer: SemanticLayer, schema: ReadableSchema) -> SemanticLayer:
    """Return a layer about exactly what may be read of a database.

    Comments stand in for what the layer doesn't say, limited values and foreign keys are added, and
    what the database doesn't have (or doesn't let be read) is left out.
    """
    tables = {
        name: _table(layer.tables.get(name, TableMeaning()), table)
        for name, table in sorted(schema.tables.items(), key=lambda one: _place(one[0], layer))
    }
    known = {(join.left, join.right) for join in layer.joins}
    joins = [join for join in layer.joins if _can_join(join, schema)]
    for one in schema.references:
        if (one.table, one.other) not in known and (one.other, one.table) not in known:
            joins.append(Join(one.table, one.other, _condition(one)))
    metrics = tuple(one for one in layer.metrics if set(one.tables) <= tables.keys())
    return SemanticLayer(tables, tuple(joins), metrics, layer.examples)


def _can_join(join: Join, schema: ReadableSchema) -> bool:
    """Whether the tables of a join can be read, and every column that it names."""
    named = re.findall(r"\b(\w+)\.(\w+)\b", join.on)
    readable = {join.left, join.right} <= schema.tables.keys()
    return readable and all(
        column in schema.tables[table].columns for table, column in named if table in schema.tables
    )


def _place(table: str, layer: SemanticLayer) -> int:
    """Return where a table stands in a layer, which is the order in which tables are thought of."""
    names = list(layer.tables)
    return names.index(table) if table in names else len(names)


def _read(path: Path) -> SemanticLayer:
    try:
        found = tomllib.loads(path.read_text("utf-8"))
        _expect(found, SemanticLayer, "")
        return _LAYER.validate_python(found)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, ValueError) as error:
        said = error.errors()[0] if isinstance(error, ValidationError) else None
        where = f"{'.'.join(map(str, said['loc']))}: {said['msg']}" if said else str(error)
        raise InvalidRequest(f"The semantic layer {path} cannot be read: {where}", _HINT) from error


def _expect(found: Mapping[str, object], kind: type[object], where: str) -> None:
    """Raise ValueError for a word that the layer has no place for."""
    names = {one.name for one in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for name, inner in found.items():
        if name not in names:
            raise ValueError(f"{where}{name} is none of {', '.join(sorted(names))}")
        for label, part in _parts(inner) if name in _PARTS else ():
            _expect(part, _PARTS[name], f"{where}{name}.{label}.")


def _parts(inner: object) -> Iterable[tuple[object, Mapping[str, object]]]:
    if isinstance(inner, Mapping):
        yield from ((label, part) for label, part in inner.items() if isinstance(part, Mapping))
    elif isinstance(inner, list):
        yield from ((at, part) for at, part in enumerate(inner) if isinstance(part, Mapping))


def _table(meaning: TableMeaning, table: ReadableTable) -> TableMeaning:
    columns = {
        name: _column(meaning.columns.get(name, ColumnMeaning()), name, table)
        for name in table.columns
    }
    shown = tuple(one for one in meaning.shown if one in columns)
    owner = meaning.owner or ("user_id" if table.owned and "user_id" in columns else "")
    return replace(
        meaning,
        says=meaning.says or table.comment,
        columns=columns,
        time=meaning.time if meaning.time in columns else "",
        owner=owner if owner in columns else "",
        shown=shown,
    )


def _column(meaning: ColumnMeaning, name: str, table: ReadableTable) -> ColumnMeaning:
    choices = table.choices.get(name, ())
    values = {one.casefold().replace("_", " "): one for one in choices}
    told = {
        word: value for word, value in meaning.values.items() if not choices or value in choices
    }
    named_by = meaning.named_by if meaning.named_by in table.columns else ""
    says = meaning.says or table.comments.get(name, "")
    return replace(meaning, says=says, values=values | told, named_by=named_by)


def _condition(one: Reference) -> str:
    pairs = zip(one.columns, one.other_columns, strict=True)
    return " AND ".join(f"{one.table}.{left} = {one.other}.{right}" for left, right in pairs)
