"""Reads Excel workbooks: every sheet as a section, its rows as a table.

    zip ── workbook, shared texts, number formats ── rows, one at a time ── tables ── pages

Values are those the file stores: formulas are never computed, macros and links never opened. What
a person would not see (hidden sheets, rows, columns) is read too, and a warning says so. Rows are
streamed: a sheet of a million rows takes no more memory than its page of text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lxml import etree

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import BlockKind, Document
from assistant.ingest.extract.drawing import drawn_parts
from assistant.ingest.extract.ooxml import attribute, child, local
from assistant.ingest.extract.package import Package
from assistant.ingest.extract.pages import Part, fold, no_text, paginate
from assistant.ingest.extract.tabular import table_parts
from assistant.ingest.extract.terms import Terms

_CELL = re.compile(r"([A-Z]{1,3})(\d+)")
_DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
_PERCENT_FORMATS = frozenset((9, 10))
_QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.')
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 -- a spreadsheet's days have no time zone
_DAY_ZERO_1904 = datetime(1904, 1, 1)  # noqa: DTZ001 -- as above
_LAST_DAY = 2_958_465  # 31 December 9999
_MOST_CELLS = 5_000_000
_MOST_COLUMNS = 16_384


class XlsxExtractor:
    """Reads Excel workbooks (.xlsx, .xlsm).

    Args:
        terms: A workbook with more pages of text than their bound is refused with `too_large`.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the sheets as pages, in the workbook's order.

        Raises:
            FilingRejected: `corrupt`, `too_large` or `no_text`.
        """
        package = Package(data)
        main, root = package.main("xl/workbook.xml")
        book = _Book.of(package, main, root)
        targets = package.targets(main)
        parts: list[Part] = []
        for sheet in root.iter("{*}sheet"):
            name = attribute(sheet, "name") or "Sheet"
            state = attribute(sheet, "state") or "visible"
            path = targets.get(attribute(sheet, "id") or "", "")
            read = list(_sheet(package, path, name, book))
            if read:
                book.hidden_sheets += [name] if state != "visible" else []
                parts += [Part(BlockKind.HEADING, fold(name), 1), *read]
        if not any(part.kind is not BlockKind.HEADING for part in parts):
            raise no_text("its sheets are empty")
        return Document(paginate(parts, self._terms.max_pages), tuple(book.warnings()))


@dataclass
class _Book:
    """What all sheets share, and what is to be said of them."""

    texts: list[str]
    formats: list[str]  # of a cell's style: "date", "percent" or ""
    day_zero: datetime
    cells: int = 0
    uncomputed: int = 0
    hidden_sheets: list[str] = field(default_factory=list)
    hidden_lines: list[str] = field(default_factory=list)
    charts: int = 0

    @classmethod
    def of(cls, package: Package, main: str, root: etree._Element) -> "_Book":
        related = package.related(main)
        shared = related.get("sharedStrings", ["xl/sharedStrings.xml"])[0]
        styles = package.attempt(related.get("styles", ["xl/styles.xml"])[0])
        properties = child(root, "workbookPr")
        since = attribute(properties, "date1904") if properties is not None else None
        return cls(
            [_text(item) for item in package.stream(shared, "si")],
            _formats(styles),
            _DAY_ZERO_1904 if since in ("1", "true") else _DAY_ZERO,
        )

    def warnings(self) -> Iterator[str]:
        """Yield what a reader of the text must know."""
        if self.hidden_sheets:
            yield f"Hidden sheets were read too: {', '.join(self.hidden_sheets[:10])}."
        if self.hidden_lines:
            yield f"Hidden rows or columns were read too: {'; '.join(self.hidden_lines[:10])}."
        if self.uncomputed:
            yield f"{self.uncomputed} formula(s) have no stored result and were not computed."
        if self.charts:
            yield f"{self.charts} sheet(s) are charts only; their pictures were not read."

    def count(self, cells: int) -> None:
        """Count cells that were read.

        Raises:
            FilingRejected: `too_large`.
        """
        self.cells += cells
        if self.cells > _MOST_CELLS:
            raise FilingRejected(
                Rejection.TOO_LARGE,
                f"The workbook has more than {_MOST_CELLS:,} cells.",
                "Split it, or save the sheets that matter as a workbook of their own.",
            )


def _sheet(package: Package, path: str, name: str, book: _Book) -> Iterator[Part]:
    if "chartsheet" in path:
        book.charts += 1
        return
    yield from table_parts(_rows(package, path, name, book))
    related = package.related(path)
    notes = [note for part in related.get("comments", ()) for note in _comments(package, part)]
    boxes = [box for part in related.get("drawing", ()) for box in _boxes(package, part)]
    if notes:
        yield Part(BlockKind.PARAGRAPH, "Comments: " + "\n".join(notes))
    yield from (Part(BlockKind.PARAGRAPH, box) for box in boxes)
    for part in related.get("drawing", ()):
        yield from drawn_parts(package, package.related(part))


def _rows(package: Package, path: str, name: str, book: _Book) -> Iterator[list[str]]:
    """Yield the rows of a sheet, an empty one where rows are left out."""
    last = hidden = 0
    for row in package.stream(path, "row"):
        number = int(row.get("r") or last + 1) if (row.get("r") or "0").isdigit() else last + 1
        if number > last + 1:
            yield []
        cells = _cells(row, book)
        hidden += row.get("hidden") in ("1", "true") and any(cells)
        yield cells
        last = number
    columns = sum(1 for c in package.stream(path, "col") if c.get("hidden") in ("1", "true"))
    if hidden or columns:
        said = [f"{hidden} row(s)"] * bool(hidden) + [f"{columns} column range(s)"] * bool(columns)
        book.hidden_lines.append(f"{name}: {' and '.join(said)}")


def _cells(row: etree._Element, book: _Book) -> list[str]:
    cells: list[str] = []
    book.count(len(row))
    for cell in row:
        if local(cell) != "c":
            continue
        place = _CELL.match(cell.get("r") or "")
        column = _column(place[1]) if place else len(cells)
        if column >= _MOST_COLUMNS:
            continue
        cells += [""] * (column - len(cells))
        cells[column:] = [_value(cell, book)]
    return cells


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def _value(cell: etree._Element, book: _Book) -> str:
    kind, stored = cell.get("t") or "n", child(cell, "v")
    if kind == "inlineStr":
        inside = child(cell, "is")
        return _text(inside) if inside is not None else ""
    written = (stored.text or "") if stored is not None else ""
    if not written:
        book.uncomputed += child(cell, "f") is not None
        return ""
    if kind == "s":
        at = int(written) if written.isdigit() else -1
        return book.texts[at] if 0 <= at < len(book.texts) else ""
    if kind == "b":
        return "TRUE" if written == "1" else "FALSE"
    return _number(written, cell.get("s") or "0", book) if kind == "n" else written


def _number(written: str, style: str, book: _Book) -> str:
    """Return a number as it is stored: a date by its day, a share in percent."""
    try:
        number = float(written)
    except ValueError:
        return written
    at = int(style) if style.isdigit() else 0
    shown = book.formats[at] if at < len(book.formats) else ""
    if shown == "date" and 0 <= number <= _LAST_DAY:
        day = book.day_zero + timedelta(days=number)
        return f"{day:%Y-%m-%d}" if number == int(number) else f"{day:%Y-%m-%d %H:%M}"
    if shown == "percent":
        return f"{number * 100:.10g}%"
    return f"{number:.15g}" if abs(number) < 1e15 else written


def _formats(styles: etree._Element | None) -> list[str]:
    """Return what each cell style shows: "date", "percent" or nothing special."""
    if styles is None:
        return []
    written = {
        attribute(one, "numFmtId"): attribute(one, "formatCode") or ""
        for one in styles.iter("{*}numFmt")
    }
    cells = child(styles, "cellXfs")
    return [
        _format(attribute(one, "numFmtId") or "0", written)
        for one in (cells if cells is not None else ())
    ]


def _format(identity: str, written: dict[str | None, str]) -> str:
    code = _QUOTED.sub("", written.get(identity, "")).lower()
    number = int(identity) if identity.isdigit() else 0
    if "%" in code or (not code and number in _PERCENT_FORMATS):
        return "percent"
    if not code:
        return "date" if number in _DATE_FORMATS else ""
    dated = any(letter in code for letter in "ymdh") and "general" not in code
    return "date" if dated and not any(sign in code for sign in "0#?") else ""


def _text(element: etree._Element) -> str:
    """Return the text of a shared or inline string, without the reading aids of Japanese."""
    return "".join(t.text or "" for t in element.iter("{*}t") if _parent_name(t) != "rPh")


def _parent_name(element: etree._Element) -> str:
    parent = element.getparent()
    return local(parent) if parent is not None else ""


def _comments(package: Package, path: str) -> Iterator[str]:
    for comment in package.stream(path, "comment"):
        if text := fold(_text(comment)):
            yield f"[{comment.get('ref') or '?'}] {text}"


def _boxes(package: Package, path: str) -> Iterator[str]:
    """Yield the text of the shapes that lie over a sheet."""
    for body in package.stream(path, "txBody"):
        if text := fold(" ".join(t.text or "" for t in body.iter("{*}t"))):
            yield text
