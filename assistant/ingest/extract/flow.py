"""Running text with tables, built from a reader's events. HTML and DOCX share it.

    write · line_break · end_block · begin_table/row/cell · end_table   ── Part ...

There is no recursion, so nesting costs nothing and is never cut off. A table inside a cell ends
the outer table's lines so far: both stay in reading order, and a page laid out with tables reads
as the paragraphs it shows.
"""

import re
from dataclasses import dataclass, field

from assistant.domain.filings import BlockKind
from assistant.ingest.extract.pages import ITEM, STATEMENT, Part, clean, fold, is_figure, join_cells

_HEADING_CHARACTERS = 150
_PROSE_CHARACTERS = 400  # in one cell, with line ends: a layout, not a table
_BULLETS = frozenset("•●▪■◦·*o-—") | {"\u2013", "\uf0b7"}
_NUMBERED = re.compile(r"\(?[0-9a-zA-Z]{1,4}[.)]|\([0-9a-zA-Z]{1,4}\)")


@dataclass(slots=True)
class _Table:
    rows: list[list[str]] = field(default_factory=list)
    bold: list[bool] = field(default_factory=list)
    row: list[str] = field(default_factory=list)
    in_row: bool = False


@dataclass(slots=True)
class Flow:
    """Collects parts. `keeps_space` leaves white space as it is (HTML's `pre`)."""

    parts: list[Part] = field(default_factory=list)
    keeps_space: bool = False
    _buffer: list[str] = field(default_factory=list)
    _bold: int = 0
    _plain: int = 0
    _tables: list[_Table] = field(default_factory=list)

    def write(self, text: str, bold: bool = False) -> None:
        """Add text to the current paragraph or cell."""
        self._buffer.append(text)
        letters = len(text) - text.count(" ") if not text.isspace() else 0
        if bold:
            self._bold += letters
        else:
            self._plain += letters

    def line_break(self) -> None:
        """End the line, not the paragraph."""
        self._buffer.append("\n" if self.keeps_space else "\v")

    def end_block(self, level: int | None = None, centred: bool = False) -> None:
        """End the paragraph; `level` makes it a heading. Inside a cell it ends a line."""
        if self._tables and self._tables[-1].in_row:
            if self._buffer and self._buffer[-1] != "\v":
                self._buffer.append("\v")
            return
        text, bold = self._take()
        if text:
            self.parts.append(_paragraph(text, level, bold, centred))

    def begin_table(self) -> None:
        """Begin a table; inside a cell of another, the outer one's lines so far end."""
        if self._tables:
            self._end_cell()
            self._end_row()
            self._emit(self._tables[-1])
        else:
            self.end_block()
        self._tables.append(_Table())

    def begin_row(self) -> None:
        """Begin a row, ending the one before."""
        if self._tables:
            self._end_cell()
            self._end_row()

    def begin_cell(self) -> None:
        """Begin a cell, ending the one before."""
        if self._tables:
            self._end_cell()
            self._tables[-1].in_row = True

    def end_table(self) -> None:
        """End the innermost table."""
        if self._tables:
            self._end_cell()
            self._end_row()
            self._emit(self._tables.pop())

    def finish(self) -> list[Part]:
        """End whatever is open and return all parts."""
        while self._tables:
            self.end_table()
        self.end_block()
        return self.parts

    def _take(self) -> tuple[str, bool]:
        text = clean(
            "".join(self._buffer).replace("\v", "\n") if self.keeps_space else _lines(self._buffer)
        )
        bold = self._bold > 9 * self._plain
        self._buffer.clear()
        self._bold = self._plain = 0
        return text, bold

    def _end_cell(self) -> None:
        table = self._tables[-1]
        text, bold = self._take()
        if not table.in_row and text:
            self.parts.append(_paragraph(text, None, bold, centred=False))
        elif text:
            table.row.append(text)
            if len(table.row) == 1:
                table.bold[len(table.rows) :] = [bold]

    def _end_row(self) -> None:
        table = self._tables[-1]
        if table.row:
            if any(len(c) > _PROSE_CHARACTERS and "\n" in c for c in table.row):
                self._emit(table)
                self.parts.extend(
                    _paragraph(line, None, bold=False, centred=False)
                    for cell in table.row
                    for line in cell.split("\n")
                )
            else:
                table.rows.append(table.row)
            table.row = []
        table.in_row = False

    def _emit(self, table: _Table) -> None:
        if not table.rows:
            return
        if _is_table(table.rows):
            lines = "\n".join(join_cells(row) for row in table.rows)
            self.parts.append(Part(BlockKind.TABLE, lines))
        else:
            for row, bold in zip(table.rows, table.bold, strict=False):
                self.parts.append(_paragraph(join_cells(row), None, bold, centred=False))
        table.rows, table.bold = [], []


def _lines(buffer: list[str]) -> str:
    lines = (fold(line) for line in "".join(buffer).split("\v"))
    return "\n".join(line for line in lines if line)


def _is_table(rows: list[list[str]]) -> bool:
    """Say whether rows carry a table's content, not the layout of a list or a heading."""
    if len(rows) < 2:
        return any(sum(map(is_figure, row)) > 1 for row in rows)
    wide = [row for row in rows if len(row) > 1]
    if any(is_figure(cell) for row in wide for cell in row[1:]):
        return True
    listed = sum(1 for row in wide if row[0] in _BULLETS or _NUMBERED.fullmatch(row[0]))
    return len(wide) > 1 and listed * 2 < len(wide)


def _paragraph(text: str, level: int | None, bold: bool, centred: bool) -> Part:
    """Return a paragraph, or the heading that a filing shows as a bold or Item line."""
    if level is not None:
        return Part(BlockKind.HEADING, text, level)
    if len(text) > _HEADING_CHARACTERS or not any(map(str.isalpha, text)):
        return Part(BlockKind.PARAGRAPH, text)
    if (item := ITEM.match(text)) and (bold or centred or text[: item.end()].isupper()):
        return Part(BlockKind.HEADING, text, 1 if item.group().strip()[:1] in "Pp" else 2)
    shown = bold or (text.isupper() and len(text) > 3 and centred)
    if shown and not text.endswith((",", ";", ".")):
        return Part(BlockKind.HEADING, text, 3 if STATEMENT.match(text) else 0)
    return Part(BlockKind.PARAGRAPH, text)
