"""PostgreSQL's types as Arrow's: what Parquet files and data frames are typed by.

A `numeric` with places keeps them; one without (sums and averages have none) is a double in a file,
whose type stands before its last row is read. JSON is text, `timestamptz` is in UTC.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

_PLAIN: Mapping[str, pa.DataType] = {
    "bool": pa.bool_(),
    "bytea": pa.binary(),
    "date": pa.date32(),
    "float4": pa.float32(),
    "float8": pa.float64(),
    "int2": pa.int16(),
    "int4": pa.int32(),
    "int8": pa.int64(),
    "interval": pa.duration("us"),
    "numeric": pa.float64(),
    "time": pa.time64("us"),
    "timestamp": pa.timestamp("us"),
    "timestamptz": pa.timestamp("us", tz="UTC"),
}
_NUMERIC = re.compile(r"numeric\((\d+),(-?\d+)\)$")
_MOST_DIGITS = 38


def arrow_type(shown: str) -> pa.DataType:
    """Return the Arrow type of a column; text where there is none of its own."""
    if shown.endswith("[]"):
        return pa.list_(arrow_type(shown.removesuffix("[]")))
    if found := _NUMERIC.match(shown):
        digits, places = int(found[1]), int(found[2])
        return pa.decimal128(digits, places) if digits <= _MOST_DIGITS else pa.float64()
    return _PLAIN.get(re.sub(r"\(.*\)", "", shown), pa.string())


def array(values: Sequence[object], kind: pa.DataType) -> pa.Array:
    """Return a column of values as psycopg reads them; what is not a number becomes null."""
    return pa.array([_as(value, kind) for value in values], kind)


def _as(value: object, kind: pa.DataType) -> Any:  # noqa: ANN401 -- whatever Arrow takes
    if value is None:
        return None
    if pa.types.is_list(kind):
        return [_as(one, kind.value_type) for one in value] if isinstance(value, list) else None
    for is_kind, made in _MADE:
        if is_kind(kind):
            return made(value)
    return value


def _decimal(value: object) -> object:
    return value if isinstance(value, Decimal) and value.is_finite() else None


def _text(value: object) -> str:
    plain = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return plain.encode("utf-8", "replace").decode()


def _moment(value: object) -> object:
    known = isinstance(value, datetime) and value.tzinfo is not None
    return value.astimezone(UTC) if known and isinstance(value, datetime) else value


_MADE: tuple[tuple[Callable[[pa.DataType], bool], Callable[[Any], Any]], ...] = (
    (pa.types.is_decimal, _decimal),
    (pa.types.is_floating, float),
    (pa.types.is_string, _text),
    (pa.types.is_binary, bytes),
    (pa.types.is_timestamp, _moment),
)
