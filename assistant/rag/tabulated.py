"""Reads the first table of an answer back from its text: `| Company | FY2024 |`, marks in the cells.

The table is read from the text that was checked and shown, so a cell can hold no figure that the
answer does not, and tables of every model are read alike.
"""

import re
from collections.abc import Sequence

from assistant.domain.comparisons import Table, TableCell, TableRow
from assistant.rag.figures import figures

TABLE = re.compile(r"^\|[^\n]*\|[ \t]*\n\|[ \t:|-]+\|[ \t]*\n(?:\|[^\n]*\|[ \t]*(?:\n|\Z))+", re.M)
"""A Markdown table: heads, ruler, rows."""
_MARK = re.compile(r"\s*\[(\d{1,3})\]")


def first_table(text: str) -> Table | None:
    """Return the first table of an answer's text, its marks numbered; None when there is none."""
    match = TABLE.search(text)
    if match is None:
        return None
    heads, _, *rows = match.group().strip().split("\n")
    corner, *columns = _split(heads)
    found = tuple(_row(_split(row), len(columns)) for row in rows)
    return Table(corner, tuple(columns), found)


def without_table(text: str) -> str:
    """Return an answer's text without its first table."""
    return re.sub(r"\n{3,}", "\n\n", TABLE.sub("\n", text, count=1)).strip()


def _split(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def _row(cells: Sequence[str], width: int) -> TableRow:
    name, *rest = cells
    padded = [*rest, *[""] * width][:width]
    return TableRow(_MARK.sub("", name), tuple(map(_cell, padded)))


def _cell(written: str) -> TableCell:
    text = _MARK.sub("", written).strip()
    numbers = tuple(dict.fromkeys(int(n) for n in _MARK.findall(written)))
    found = list(figures(text))
    if len(found) != 1:
        return TableCell(text, citations=numbers)
    return TableCell(text, found[0].value, found[0].unit or _unit(text[found[0].end :]), numbers)


def _unit(behind: str) -> str:
    """Return the word behind a bare figure: "days", "shares"."""
    word = re.match(r"\s*([a-z]+)\s*$", behind)
    return word[1] if word else ""
