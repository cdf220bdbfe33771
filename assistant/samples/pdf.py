"""Lays a sample filing out as a PDF: letter size, Times, running head, page numbers, outline.

Tables are drawn by hand instead of with reportlab's `Table`: figures hang their closing
parenthesis so that digits line up, dollar signs stand at the column's left edge, a total has a
rule above it and a grand total two below. `invariant=1` leaves the date and a random id out, and
pages are not compressed because zlib's builds differ: the same filing has the same bytes on every
machine.
"""

from collections.abc import Iterator
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    ListFlowable,
    ListItem,
    PageTemplate,
    Spacer,
)
from reportlab.platypus import PageBreak as NewPage
from reportlab.platypus import Paragraph as Lines

from assistant.samples.blocks import (
    SAMPLE_NOTICE,
    Block,
    Bullets,
    Heading,
    PageBreak,
    Paragraph,
    Row,
    RowKind,
    Table,
    Tone,
    cell_text,
)

_INK = HexColor("#1a1a1a")
_RULE = HexColor("#4a4a4a")
_BAND = HexColor("#eaf1f7")
_ROMAN, _BOLD, _ITALIC = "Times-Roman", "Times-Bold", "Times-Italic"
_MARGIN = 0.95 * inch
_WIDTH = LETTER[0] - 2 * _MARGIN

_BODY = ParagraphStyle(
    "body",
    fontName=_ROMAN,
    fontSize=10.2,
    leading=13.4,
    spaceAfter=7,
    alignment=TA_JUSTIFY,
    textColor=_INK,
)
_ITEM = ParagraphStyle("item", _BODY, spaceAfter=0)
_STYLES = {
    Tone.BODY: _BODY,
    Tone.CENTRED: ParagraphStyle("centred", _BODY, alignment=TA_CENTER, spaceAfter=6),
    Tone.NOTICE: ParagraphStyle(
        "notice",
        _BODY,
        fontName=_ITALIC,
        fontSize=9.4,
        leading=12,
        alignment=TA_CENTER,
        spaceBefore=10,
        spaceAfter=14,
        borderColor=_RULE,
        borderWidth=0.6,
        borderPadding=6,
        leftIndent=7,
        rightIndent=7,
    ),
    Tone.SMALL: ParagraphStyle("small", _BODY, fontSize=8.6, leading=11, spaceAfter=6),
}
_HEADINGS = {
    1: ParagraphStyle(
        "h1",
        _BODY,
        fontName=_BOLD,
        fontSize=19,
        leading=24,
        alignment=TA_CENTER,
        spaceBefore=8,
        spaceAfter=8,
        keepWithNext=1,
    ),
    2: ParagraphStyle(
        "h2",
        _BODY,
        fontName=_BOLD,
        fontSize=12.5,
        leading=16,
        spaceBefore=12,
        alignment=TA_LEFT,
        keepWithNext=1,
    ),
    3: ParagraphStyle(
        "h3", _BODY, fontName=_BOLD, fontSize=11.5, leading=15, spaceBefore=8, keepWithNext=1
    ),
    4: ParagraphStyle(
        "h4",
        _BODY,
        fontName="Times-BoldItalic",
        fontSize=10.6,
        spaceBefore=5,
        spaceAfter=4,
        alignment=TA_LEFT,
        keepWithNext=1,
    ),
}


class _Statement(Flowable):  # type: ignore[misc]
    """A table of figures. Never split: no sample table is taller than a page."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self._table = table
        self.spaceBefore, self.spaceAfter = 3, 9
        count = max(len(table.columns), *(len(row.cells) for row in table.rows))
        self._size = 9.6 if len(table.rows) < 40 and count < 4 else 9.0
        self._line = self._size + 4.4
        self._column = self._column_width(count)
        self._heads = [_wrapped(head, self._column - 8, self._size - 1) for head in table.columns]

    def _column_width(self, count: int) -> float:
        cells = [cell_text(cell) for row in self._table.rows for cell in row.cells]
        widest = max((stringWidth(text, _BOLD, self._size) for text in cells), default=0)
        wanted: float = max(widest + 26, 84 if count < 4 else 62)
        return float(min(wanted, _WIDTH / count * (0.62 if count < 4 else 0.78)))

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Return the size that the table takes."""
        above = 15.0 * bool(self._table.title) + 12.0 * bool(self._table.units)
        heads = max((len(lines) for lines in self._heads), default=0) * (self._size + 1.5)
        heads += 13 * bool(self._table.span) + 6 * bool(heads)
        self.height = above + heads + self._line * len(self._table.rows) + 12
        self.width = width
        return width, self.height

    def draw(self) -> None:
        """Draw title, units, column heads and rows, from the top."""
        canvas: Canvas = self.canv
        canvas.setFillColor(_INK)
        canvas.setStrokeColor(_RULE)
        top = self._draw_title(canvas, self.height)
        top = self._draw_heads(canvas, top)
        banded = False
        for row in self._table.rows:
            banded = not banded and row.kind is not RowKind.HEAD
            if banded:
                canvas.setFillColor(_BAND)
                canvas.rect(0, top - self._line, self.width, self._line, stroke=0, fill=1)
                canvas.setFillColor(_INK)
            self._draw_row(canvas, row, top - self._line + 4.2)
            top -= self._line

    def _draw_title(self, canvas: Canvas, top: float) -> float:
        if self._table.title:
            top -= 15
            canvas.setFont(_BOLD, 11)
            canvas.drawCentredString(self.width / 2, top + 4, self._table.title)
        if self._table.units:
            top -= 12
            canvas.setFont(_ITALIC, 9)
            canvas.drawCentredString(self.width / 2, top + 4, self._table.units)
        return top

    def _draw_heads(self, canvas: Canvas, top: float) -> float:
        if not self._heads:
            return top
        canvas.setFont(_BOLD, self._size - 1)
        if self._table.span:
            top -= 13
            left = self.width - self._column * len(self._heads) + 8
            canvas.drawCentredString((left + self.width) / 2, top + 3.5, self._table.span)
            canvas.setLineWidth(0.5)
            canvas.line(left, top, self.width, top)
        height = max(len(lines) for lines in self._heads) * (self._size + 1.5)
        for i, lines in enumerate(self._heads):
            right = self._right(i)
            centre = right - (self._column - 8) / 2
            for n, text in enumerate(reversed(lines)):
                canvas.drawCentredString(centre, top - height + 1 + n * (self._size + 1.5), text)
            canvas.setLineWidth(0.5)
            canvas.line(right - self._column + 8, top - height - 3, right, top - height - 3)
        return top - height - 6

    def _right(self, column: int) -> float:
        return float(self.width - self._column * (len(self._table.columns or (0,)) - 1 - column))

    def _draw_row(self, canvas: Canvas, row: Row, base: float) -> None:
        strong = row.kind is not RowKind.LINE
        canvas.setFont(_BOLD if strong else _ROMAN, self._size)
        canvas.drawString(4 + 11 * row.indent, base, row.label)
        hang = stringWidth(")", _ROMAN, self._size) + 3
        for i, cell in enumerate(row.cells):
            right, text = self._right(i), cell_text(cell)
            if row.dollar:
                canvas.drawString(right - self._column + 12, base, "$")
            if text.endswith(")") and not isinstance(cell, str):
                canvas.drawRightString(right - hang, base, text[:-1])
                canvas.drawString(right - hang, base, ")")
            elif text:
                canvas.drawRightString(right - hang, base, text)
            if row.kind in (RowKind.TOTAL, RowKind.GRAND):
                self._draw_rules(canvas, row, right, base)

    def _draw_rules(self, canvas: Canvas, row: Row, right: float, base: float) -> None:
        left = right - self._column + 10
        canvas.setLineWidth(0.6)
        canvas.line(left, base + self._line - 4.6, right, base + self._line - 4.6)
        if row.kind is RowKind.GRAND:
            canvas.line(left, base - 2.2, right, base - 2.2)
            canvas.line(left, base - 4.0, right, base - 4.0)


class _Document(BaseDocTemplate):  # type: ignore[misc]
    """A letter-size document that notes on which page each heading stands."""

    def __init__(self, out: BytesIO, title: str, head: str) -> None:
        super().__init__(
            out,
            pagesize=LETTER,
            title=title,
            author=SAMPLE_NOTICE,
            invariant=1,
            pageCompression=0,
            lang="en-US",
            leftMargin=_MARGIN,
            rightMargin=_MARGIN,
        )
        self._head = head
        self.pages_of: dict[str, int] = {}
        frame = Frame(_MARGIN, 0.85 * inch, _WIDTH, LETTER[1] - 1.75 * inch, 0, 0, 0, 0)
        page = PageTemplate("page", [frame], onPage=self._draw_head, onPageEnd=self._draw_foot)
        self.addPageTemplates(page)

    def _draw_head(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        if canvas.getPageNumber() == 1:
            return
        right, line = LETTER[0] - _MARGIN, LETTER[1] - 0.66 * inch
        canvas.setFillColor(_RULE)
        canvas.setStrokeColor(_RULE)
        canvas.setFont(_ROMAN, 8)
        canvas.drawString(_MARGIN, line + 4.5, self._head)
        canvas.drawRightString(right, line + 4.5, str(canvas.getPageNumber()))
        canvas.setLineWidth(0.4)
        canvas.line(_MARGIN, line, right, line)

    def _draw_foot(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        canvas.setFillColor(_RULE)
        canvas.setFont(_ROMAN, 8)
        canvas.drawCentredString(LETTER[0] / 2, 0.55 * inch, SAMPLE_NOTICE)

    def afterFlowable(self, flowable: Any) -> None:  # noqa: ANN401, N802 -- reportlab's hook
        """Note the page of a heading and put Items into the outline."""
        text = getattr(flowable, "heading", "")
        if text and text not in self.pages_of:
            self.pages_of[text] = self.page
            self.canv.bookmarkPage(text)
            self.canv.addOutlineEntry(text, text, level=0, closed=True)


def render_pdf(blocks: list[Block], title: str, head: str) -> bytes:
    """Return the filing as PDF.

    A table without figures that has the column "Page" is the table of contents; its pages are
    filled in by laying the filing out twice.

    Args:
        blocks: The filing.
        title: The title in the file's properties.
        head: What stands at the top of every page but the first.
    """
    _, pages_of = _lay_out(blocks, title, head)
    data, _ = _lay_out([_with_pages(block, pages_of) for block in blocks], title, head)
    return data


def _with_pages(block: Block, pages_of: dict[str, int]) -> Block:
    if not isinstance(block, Table) or block.columns != ("Page",):
        return block
    rows = []
    for row in block.rows:
        start = next((p for text, p in pages_of.items() if text.startswith(row.label)), None)
        kind = RowKind.LINE if start else RowKind.HEAD
        rows.append(Row(row.label, (str(start),) if start else (), kind, indent=bool(start)))
    return Table(block.columns, tuple(rows))


def _lay_out(blocks: list[Block], title: str, head: str) -> tuple[bytes, dict[str, int]]:
    out = BytesIO()
    document = _Document(out, title, head)
    document.build([flowable for block in blocks for flowable in _flowables(block)])
    return out.getvalue(), document.pages_of


def _flowables(block: Block) -> Iterator[Flowable]:
    match block:
        case Heading():
            lines = Lines(escape(block.text), _HEADINGS[block.level])
            if block.level == 2:
                lines.heading = block.text
            yield CondPageBreak(1.1 * inch)
            yield lines
        case Paragraph():
            yield Lines(escape(block.text), _STYLES[block.tone])
        case Bullets():
            items = [ListItem(Lines(escape(item), _ITEM)) for item in block.items]
            yield ListFlowable(items, bulletType="bullet", start="•", leftIndent=16)
            yield Spacer(1, 4)
        case Table():
            yield _Statement(block)
        case PageBreak():
            yield NewPage()


def _wrapped(text: str, width: float, size: float) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if stringWidth(longer, _BOLD, size) <= width or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
