"""How values of a result look to people: thousands apart, units, moments in UTC.

Units are those of `units`: USD and % stand with the number, others (shares, bps) in the column's head.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from assistant.domain.sql import SqlRows
from assistant.nl2sql.wording import is_key, name_in_words

_WITH_NUMBER = {"USD": ("$", ""), "%": ("", "%")}
_MOST_PLACES = 4  # of a number that is shown; the row itself holds all of them
_SIGNIFICANT = 6  # of a number below 1
_LONGEST = 500  # characters of a text


def head(column: str, unit: str = "") -> str:
    """Return a column's name as people write it, with the unit of its numbers."""
    return f"{name_in_words(column)} ({unit})" if unit else name_in_words(column)


def shown(value: object, column: str = "", unit: str = "") -> str:
    """Return a value as text.

    Args:
        value: As psycopg reads it.
        column: Its column; ids and years have no commas.
        unit: The unit of the column.
    """
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case int() | float() | Decimal():
            return str(value) if is_key(column) else _number(Decimal(str(value)), unit)
        case datetime():
            return _moment(value)
        case date() | time():
            return value.isoformat()
        case timedelta():
            return _duration(value)
        case _:
            return _text(value)[:_LONGEST]


def _text(value: object) -> str:
    match value:
        case str():
            return value
        case bytes() | memoryview():
            return bytes(value).hex()
        case list() | tuple():
            return ", ".join(shown(one) for one in value)
        case dict():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


def _number(value: Decimal, unit: str) -> str:
    if not value.is_finite():
        return str(value)
    before, after = _WITH_NUMBER.get(unit, ("", ""))
    sign = "-" if value < 0 else ""
    return f"{sign}{before}{_rounded(abs(value), 2 if before else 0)}{after}"


def _rounded(value: Decimal, least: int) -> str:
    places = _MOST_PLACES
    if 0 < value < 1:
        places = max(places, _SIGNIFICANT - value.adjusted() - 1)
    whole, _, rest = f"{value:,.{min(places, 20)}f}".partition(".")
    rest = rest.rstrip("0")
    if rest or least:
        rest = rest.ljust(least, "0")
    return f"{whole}.{rest}" if rest else whole


def _moment(value: datetime) -> str:
    if value.tzinfo is None:
        return value.isoformat(sep=" ", timespec="seconds")
    utc = value.astimezone(UTC)
    if utc.time() == time():
        return utc.date().isoformat()
    return f"{utc.replace(tzinfo=None).isoformat(sep=' ', timespec='seconds')} UTC"


def _duration(value: timedelta) -> str:
    sign = "-" if value < timedelta() else ""
    whole = abs(value)
    clock = str(timedelta(seconds=whole.seconds))
    days = f"{whole.days} day{'' if whole.days == 1 else 's'}"
    if not whole.days:
        return f"{sign}{clock}"
    return f"{sign}{days}" if not whole.seconds else f"{sign}{days} {clock}"


def table(rows: SqlRows, units: Mapping[str, str]) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return the heads and the cells of a result as text."""
    named = [(column, units.get(column, "")) for column in rows.columns]
    cells = [
        tuple(shown(value, *one) for value, one in zip(row, named, strict=True))
        for row in rows.rows
    ]
    return tuple(head(*one) for one in named), cells
