"""Whether two results are the same: what a statement gave, held against what the right one gives.

Numbers are equal to six digits of their size, a day is its midnight in UTC, an interval its seconds,
arrays and JSON what they hold. Names of columns don't count. Each column of the right result must be
found in the other, which may have six more; rows are in any order unless their order was asked for.
"""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import islice

_MORE_COLUMNS = 6
_MOST_WAYS = 500  # to match columns that hold the same values
_DIGITS = 9
_CLOSE = 1e-6

Row = tuple[object, ...]
Value = tuple[str, object]


def same_rows(right: Sequence[Row], given: Sequence[Row], ordered: bool = False) -> bool:
    """Return whether a result is the right one; two empty ones are."""
    if len(right) != len(given):
        return False
    if not right:
        return True
    wide, narrow = len(given[0]), len(right[0])
    if not narrow <= wide <= narrow + _MORE_COLUMNS:
        return False
    wanted = [tuple(map(_plain, row)) for row in right]
    found = [tuple(map(_plain, row)) for row in given]
    candidates = [
        [at for at in range(wide) if _close_lists(_column(wanted, one), _column(found, at))]
        for one in range(narrow)
    ]
    wanted = wanted if ordered else sorted(wanted, key=repr)
    return any(
        _close_rows(wanted, [tuple(row[at] for at in chosen) for row in found], ordered)
        for chosen in islice(_ways(candidates), _MOST_WAYS)
    )


def _ways(candidates: Sequence[Sequence[int]]) -> Iterator[tuple[int, ...]]:
    """Yield every choice of one column each, none of them twice."""
    if not candidates:
        yield ()
        return
    for before in _ways(candidates[:-1]):
        yield from ((*before, one) for one in candidates[-1] if one not in before)


def _column(rows: Sequence[tuple[Value, ...]], at: int) -> list[Value]:
    return sorted((row[at] for row in rows), key=repr)


def _close_rows(
    wanted: Sequence[tuple[Value, ...]], found: list[tuple[Value, ...]], ordered: bool
) -> bool:
    found = found if ordered else sorted(found, key=repr)
    return all(_close_lists(one, other) for one, other in zip(wanted, found, strict=True))


def _close_lists(one: Sequence[Value], other: Sequence[Value]) -> bool:
    return all(_close(a, b) for a, b in zip(one, other, strict=True))


def _close(one: Value, other: Value) -> bool:
    match one, other:
        case (("number", float() as a), ("number", float() as b)):
            return abs(a - b) <= _CLOSE * max(1.0, abs(a), abs(b))
        case _:
            return one == other


def _plain(value: object) -> Value:
    """Return a value by its kind, in a form that compares."""
    match value:
        case None:
            return "nothing", None
        case bool():
            return "bool", value
        case int() | float() | Decimal():
            return "number", float(f"{float(value):.{_DIGITS}g}") or 0.0
        case timedelta():
            return "number", float(f"{value.total_seconds():.{_DIGITS}g}") or 0.0
        case datetime():
            moment = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
            return "moment", moment.isoformat()
        case date():
            return "moment", datetime(value.year, value.month, value.day, tzinfo=UTC).isoformat()
        case list() | dict() | tuple():
            return "json", json.dumps(value, sort_keys=True, default=str)
        case _:
            return "text", str(value).strip()
