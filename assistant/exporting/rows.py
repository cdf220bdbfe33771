"""Writes the rows of a statement to a file, batch by batch, in memory that does not grow with them.

    RowColumn(name, type, unit) ──> open_rows(kind, path, columns) ── add(rows) … close(about)

CSV holds every value exactly, under the names of the statement. XLSX has numbers, dates and units as a
spreadsheet has them, and a second sheet that says where the rows come from. Parquet has types.

Names and texts come from users and from what models write, so none may become a formula.
"""

import csv
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from pkgutil import resolve_name
from typing import Protocol, cast

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from assistant.domain.errors import InvalidRequest
from assistant.exporting.answers import LONGEST_CELL, harmless

_SHEET_ROWS = 1_048_575  # below the head
_EXACT = 10**15  # from here on a spreadsheet's numbers lose their last digits
_FIRST_DAY = date(1900, 3, 1)  # before it spreadsheets count days wrongly
_LOOKS = {"USD": "$#,##0.00##", "%": '0.00##"%"'}
_MOMENT, _DAY, _DURATION, _WHOLE = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd", "[h]:mm:ss", "#,##0"


@dataclass(frozen=True, slots=True)
class RowColumn:
    """A column of a file: its name, its type as PostgreSQL shows it, its unit.

    `counts` is False where its whole numbers are names: ids, years.
    """

    name: str
    type: str = ""
    unit: str = ""
    counts: bool = True


class RowFile(Protocol):
    """A file that takes rows."""

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Write some rows."""

    def close(self, about: Mapping[str, str]) -> None:
        """Write what is still to be written, where the kind of file has a place for it what it is about."""


class CsvRows:
    """Implements `RowFile`. UTF-8 with a byte order mark, which spreadsheets look for."""

    def __init__(self, path: Path, columns: Sequence[RowColumn]) -> None:
        self._file = path.open("w", encoding="utf-8-sig", newline="", errors="replace")
        self._writer = csv.writer(self._file)
        self._writer.writerow([harmless(column.name) for column in columns])

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Write some rows."""
        self._writer.writerows([_cell(value) for value in row] for row in rows)

    def close(self, about: Mapping[str, str]) -> None:
        """Close the file; it has no place for `about`."""
        self._file.close()


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
        case Decimal():
            return f"{value:f}"
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return harmless(as_text(value), None)


def as_text(value: object) -> str:
    """Return a value that is no number and no moment as text: JSON for objects and arrays."""
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()  # no half of a pair of surrogates
        case bytes() | memoryview():
            return bytes(value).hex()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False, default=str)
        case _:
            return str(value)


class XlsxRows:
    """Implements `RowFile`. Rows go to the disk as they come."""

    def __init__(self, path: Path, columns: Sequence[RowColumn]) -> None:
        options = {"constant_memory": True, "tmpdir": str(path.parent)}
        safe = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
        self._book = Workbook(str(path), options | safe)
        self._sheet = self._book.add_worksheet("Result")
        self._columns = columns
        self._line = 0
        self._bold = self._book.add_format({"bold": True})
        self._looks: dict[str, Format] = {}
        self._sheet.freeze_panes(1, 0)
        for place, column in enumerate(columns):
            self._sheet.set_column(place, place, _width(column))
            self._sheet.write_string(0, place, _head(column), self._bold)

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Write some rows.

        Raises:
            InvalidRequest: There are more than a sheet holds.
        """
        for row in rows:
            self._line += 1
            if self._line > _SHEET_ROWS:
                raise InvalidRequest(
                    f"A spreadsheet holds {_SHEET_ROWS:,} rows, the result has more",
                    "Download it as CSV or Parquet, or ask for less.",
                )
            for place, value in enumerate(row):
                self._write(place, value)

    def close(self, about: Mapping[str, str]) -> None:
        """Write the sheet that says what the rows are, and pack the file."""
        if self._line and self._columns:
            self._sheet.autofilter(0, 0, self._line, len(self._columns) - 1)
        if about:
            _about(self._book.add_worksheet("About"), about, self._bold)
        self._book.close()

    def _write(self, place: int, value: object) -> None:
        sheet, line, column = self._sheet, self._line, self._columns[place]
        match value:
            case None:
                return
            case bool():
                sheet.write_boolean(line, place, value)
            case int() | float() | Decimal() if _is_exact(value):
                sheet.write_number(line, place, float(value), self._look(_number_look(column)))
            case datetime() if value.date() >= _FIRST_DAY:
                utc = value.astimezone(UTC) if value.tzinfo else value
                sheet.write_datetime(line, place, utc.replace(tzinfo=None), self._look(_MOMENT))
            case date() if not isinstance(value, datetime) and value >= _FIRST_DAY:
                sheet.write_datetime(line, place, value, self._look(_DAY))
            case timedelta() if value >= timedelta():
                sheet.write_datetime(line, place, value, self._look(_DURATION))
            case _:
                sheet.write_string(line, place, as_text(value)[:LONGEST_CELL])

    def _look(self, written: str) -> Format | None:
        if written and written not in self._looks:
            self._looks[written] = self._book.add_format({"num_format": written})
        return self._looks.get(written)


def _is_exact(value: float | Decimal) -> bool:
    return math.isfinite(value) and -_EXACT < value < _EXACT


def _number_look(column: RowColumn) -> str:
    if column.unit in _LOOKS:
        return _LOOKS[column.unit]
    return _WHOLE if column.counts and column.type.startswith("int") else ""


def _width(column: RowColumn) -> int:
    return 20 if column.type.startswith(("timestamp", "text", "json")) else 16


def _head(column: RowColumn) -> str:
    unit = "UTC" if column.type == "timestamptz" else column.unit
    return f"{column.name} ({unit})"[:LONGEST_CELL] if unit else column.name[:LONGEST_CELL]


def _about(sheet: Worksheet, about: Mapping[str, str], bold: Format) -> None:
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 110)
    for line, (name, text) in enumerate(about.items()):
        sheet.write_string(line, 0, name, bold)
        sheet.write_string(line, 1, text[:LONGEST_CELL])


KINDS: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "parquet": "application/vnd.apache.parquet",
}
"""The kinds of file that rows can be written as, and their media types."""
_WRITERS = {
    "csv": "assistant.exporting.rows:CsvRows",
    "xlsx": "assistant.exporting.rows:XlsxRows",
    "parquet": "assistant.exporting.parquet:ParquetRows",  # loaded when one is written: it is large
}


def known_kind(kind: str) -> str:
    """Return the kind of file that a name stands for.

    Raises:
        InvalidRequest: There is no such kind.
    """
    if kind not in KINDS:
        raise InvalidRequest(f"Cannot write rows as {kind!r}", f"Use one of {', '.join(KINDS)}.")
    return kind


def open_rows(kind: str, path: Path, columns: Sequence[RowColumn]) -> RowFile:
    """Begin a file.

    Raises:
        InvalidRequest: There is no such kind of file.
    """
    make = cast(
        "Callable[[Path, Sequence[RowColumn]], RowFile]", resolve_name(_WRITERS[known_kind(kind)])
    )
    return make(path, columns)
