"""Writes the table of an answer as CSV or XLSX, every figure with the place it stands on.

    Answer.table + citations ── CSV: four columns a figure, as written, value, unit, source
                             └─ XLSX: the table as numbers, and a sheet that names each source

Names and quotes come from filings, which anyone may have written. A spreadsheet takes a text that
begins with a sign for a formula, so in CSV such a text is led by an apostrophe; in XLSX texts are
written as texts.
"""

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from io import BytesIO, StringIO

from xlsxwriter import Workbook

from assistant.domain.answers import Answer, Citation
from assistant.domain.comparisons import Table, TableCell
from assistant.domain.errors import InvalidRequest

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_FIGURE = re.compile(r"-\$?\d[\d,]*(?:\.\d+)?(?:%| thousand| million| billion)?")
LONGEST_CELL = 32_000
"""Characters of a cell; spreadsheets hold 32,767."""
_MONEY, _PERCENT, _NUMBER = "$#,##0.##", "0.0#%", "#,##0.##"
_SOURCE_HEADS = ("Column", "As written", "Value", "Unit", "Citation", "Document", "Page", "Quote")


def exported(answer: Answer, kind: str) -> bytes:
    """Return the table of an answer as a file.

    Args:
        answer: An answer with a table.
        kind: "csv" or "xlsx".

    Raises:
        InvalidRequest: The kind is another, or the answer has no table.
    """
    writer = KINDS.get(kind)
    if writer is None:
        raise InvalidRequest(f"Cannot export as {kind!r}", "Use .csv or .xlsx.")
    if answer.table is None:
        raise InvalidRequest(
            "The answer has no table to export",
            "Ask for a figure of several companies or periods.",
        )
    return writer(answer.table, {citation.n: citation for citation in answer.citations})


def _csv(table: Table, cited: Mapping[int, Citation]) -> bytes:
    """Return one line a row. A byte order mark tells spreadsheets that it is UTF-8."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    kinds = ("", " value", " unit", " source")
    heads = [f"{column}{kind}" for column in table.columns for kind in kinds]
    writer.writerow(map(harmless, [table.corner, *heads]))
    for row in table.rows:
        cells = (text for cell in row.cells for text in _csv_cells(cell, cited))
        writer.writerow([harmless(row.name), *cells])
    return out.getvalue().encode("utf-8-sig")


def _csv_cells(cell: TableCell, cited: Mapping[int, Citation]) -> Iterator[str]:
    yield harmless(cell.text)
    yield "" if cell.value is None else f"{cell.value:f}"
    yield harmless(cell.unit)
    places = (_source(cited[n]) for n in cell.citations if n in cited)
    yield harmless("; ".join(places))


def harmless(text: str, longest: int | None = LONGEST_CELL) -> str:
    """Return a text that no spreadsheet takes for a formula; a plain negative figure is none."""
    text = text[:longest]
    risky = text.lstrip(" ").startswith(_STARTS_FORMULA) and not _FIGURE.fullmatch(text)
    return f"'{text}" if risky else text


def _source(citation: Citation) -> str:
    quote = " ".join(citation.quote.split())
    return f'{citation.locator.document}, page {citation.locator.page}: "{quote}"'


def _xlsx(table: Table, cited: Mapping[int, Citation]) -> bytes:
    out = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with Workbook(out, options) as book:
        _figures_sheet(book, table)
        _sources_sheet(book, table, cited)
    return out.getvalue()


def _figures_sheet(book: Workbook, table: Table) -> None:
    sheet = book.add_worksheet("Comparison")
    bold = book.add_format({"bold": True})
    formats = {
        unit: book.add_format({"num_format": written, "align": "right"})
        for unit, written in (("$", _MONEY), ("%", _PERCENT), ("", _NUMBER))
    }
    for place, head in enumerate([table.corner, *table.columns]):
        sheet.write_string(0, place, head[:LONGEST_CELL], bold)
    for line, row in enumerate(table.rows, start=1):
        sheet.write_string(line, 0, row.name[:LONGEST_CELL])
        for place, cell in enumerate(row.cells, start=1):
            if cell.value is None:
                sheet.write_string(line, place, cell.text[:LONGEST_CELL])
            else:
                look = formats.get(cell.unit, formats[""])
                sheet.write_number(line, place, _as_number(cell.value, cell.unit), look)
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, len(table.columns), 18)
    sheet.freeze_panes(1, 1)


def _as_number(value: Decimal, unit: str) -> float:
    return float(value / 100 if unit == "%" else value)


def _sources_sheet(book: Workbook, table: Table, cited: Mapping[int, Citation]) -> None:
    sheet = book.add_worksheet("Sources")
    bold = book.add_format({"bold": True})
    for place, head in enumerate([table.corner, *_SOURCE_HEADS]):
        sheet.write_string(0, place, head[:LONGEST_CELL], bold)
    for line, texts in enumerate(_sources(table, cited), start=1):
        for place, text in enumerate(texts):
            sheet.write_string(line, place, text[:LONGEST_CELL])
    sheet.set_column(0, 0, 36)
    sheet.set_column(len(_SOURCE_HEADS), len(_SOURCE_HEADS), 100)
    sheet.freeze_panes(1, 0)


def _sources(table: Table, cited: Mapping[int, Citation]) -> Iterator[Sequence[str]]:
    """Yield a line for each citation of each cell; one without places for a cell without any."""
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=True):
            value = "" if cell.value is None else f"{cell.value:f}"
            stated = [row.name, column, cell.text, value, cell.unit]
            known = [cited[n] for n in cell.citations if n in cited]
            if not known:
                yield [*stated, "", "", "", ""]
            for one in known:
                place = one.locator
                yield [*stated, str(one.n), place.document, str(place.page), one.quote]


KINDS: Mapping[str, Callable[[Table, Mapping[int, Citation]], bytes]] = {
    "csv": _csv,
    "xlsx": _xlsx,
}
"""The kinds of file that a table can be written as."""
