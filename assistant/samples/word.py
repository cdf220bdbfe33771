"""Sets a sample filing as DOCX, with a real footnote.

python-docx writes no footnotes, so the part is added by hand. It also stamps the archive with
the time of writing: the parts are packed again, uncompressed (zlib's builds differ), with a fixed
time and in a fixed order, so that the same filing has the same bytes everywhere.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Inches, Pt, RGBColor

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

_STAMP = (2025, 1, 1, 0, 0, 0)
_FONT = "Georgia"
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_FOOTNOTE = re.compile(r"\[\^(\d+)\]")


def render_docx(blocks: list[Block], title: str, footnotes: Sequence[str] = ()) -> bytes:
    """Return the filing as DOCX.

    Args:
        blocks: The filing; `[^1]` in a text refers to the first footnote.
        title: The title in the file's properties.
        footnotes: The texts of the footnotes.
    """
    document = Document()
    _set_up(document, title)
    for block in blocks:
        _add(document, block)
    if footnotes:
        _add_footnotes(document, footnotes)
    out = BytesIO()
    document.save(out)
    return _packed_alike(out.getvalue())


def _set_up(document: Any, title: str) -> None:  # noqa: ANN401 -- python-docx has no types
    section = document.sections[0]
    section.page_width, section.page_height = Inches(8.5), Inches(11)
    section.left_margin = section.right_margin = Inches(1)
    section.footer.paragraphs[0].text = SAMPLE_NOTICE
    section.footer.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = _FONT, Pt(10.5)
    normal.paragraph_format.space_after = Pt(7)
    for level, size in ((1, 18), (2, 13), (3, 11.5)):
        font = document.styles[f"Heading {level}"].font
        font.name, font.size, font.color.rgb = _FONT, Pt(size), RGBColor(0x1A, 0x1A, 0x1A)
        fonts = document.styles[f"Heading {level}"].element.rPr.rFonts
        for name in list(fonts.attrib):
            del fonts.attrib[name]
        fonts.set(qn("w:ascii"), _FONT)
        fonts.set(qn("w:hAnsi"), _FONT)
    properties = document.core_properties
    properties.title, properties.author, properties.comments = title, SAMPLE_NOTICE, ""
    properties.created = properties.modified = datetime(*_STAMP)  # noqa: DTZ001 -- OPC wants naive


def _add(document: Any, block: Block) -> None:  # noqa: ANN401
    match block:
        case Heading():
            heading = document.add_heading(block.text, block.level)
            if block.level == 1:
                heading.alignment = WD_ALIGN_PARAGRAPH.CENTER
        case Paragraph():
            _add_paragraph(document, block)
        case Bullets():
            for item in block.items:
                _add_runs(document.add_paragraph(style="List Bullet"), item)
        case Table():
            _add_table(document, block)
        case PageBreak():
            document.add_page_break()


def _add_paragraph(document: Any, block: Paragraph) -> None:  # noqa: ANN401
    paragraph = document.add_paragraph()
    _add_runs(paragraph, block.text)
    if block.tone in (Tone.CENTRED, Tone.NOTICE):
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for run in paragraph.runs:
        run.italic = block.tone is Tone.NOTICE or None
        run.font.size = Pt(9) if block.tone in (Tone.SMALL, Tone.NOTICE) else None


def _add_runs(paragraph: Any, text: str) -> None:  # noqa: ANN401
    """Add text, with a reference where it has `[^n]`."""
    for i, part in enumerate(_FOOTNOTE.split(text)):
        run = paragraph.add_run("" if i % 2 else part)
        if i % 2:
            run.font.superscript = True
            reference = OxmlElement("w:footnoteReference")
            reference.set(qn("w:id"), part)
            run._r.append(reference)


def _add_table(document: Any, table: Table) -> None:  # noqa: ANN401
    caption = document.add_paragraph()
    caption.paragraph_format.keep_with_next = True
    caption.paragraph_format.space_before = Pt(8)
    caption.paragraph_format.space_after = Pt(3)
    caption.add_run(table.title).bold = True
    if table.units:
        caption.add_run(f" {table.units}").italic = True
    grid = document.add_table(rows=0, cols=1 + len(table.columns))
    grid.autofit = False
    first = 3.7 if len(table.columns) <= 2 else 2.5
    widths = [Inches(first), *[Inches((6.5 - first) / len(table.columns))] * len(table.columns)]
    heads = Row("", table.columns, RowKind.HEAD)
    for row in (heads, *table.rows):
        _add_row(grid, row, widths, heading=row is heads)
    document.add_paragraph().paragraph_format.space_after = Pt(4)


def _add_row(grid: Any, row: Row, widths: list[Any], *, heading: bool) -> None:  # noqa: ANN401
    cells = grid.add_row().cells
    figures = [("$ " if row.dollar else "") + cell_text(cell) for cell in row.cells]
    texts = [row.label, *figures] + [""] * (len(cells) - 1 - len(figures))
    for i, (cell, text) in enumerate(zip(cells, texts, strict=True)):
        cell.width = widths[i]
        paragraph = cell.paragraphs[0]
        paragraph.paragraph_format.space_after = Pt(1)
        paragraph.paragraph_format.left_indent = Pt(9 * row.indent) if i == 0 else None
        if i:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(text)
        run.font.size = Pt(8.5 if heading else 9.5)
        run.bold = row.kind is not RowKind.LINE or None
        if i and (heading or row.kind in (RowKind.TOTAL, RowKind.GRAND)):
            _rule(cell, "bottom" if heading else "top", "single")
        if i and row.kind is RowKind.GRAND:
            _rule(cell, "bottom", "double")


def _rule(cell: Any, side: str, kind: str) -> None:  # noqa: ANN401
    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    border = OxmlElement(f"w:{side}")
    for name, value in (("val", kind), ("sz", "4"), ("space", "0"), ("color", "4A4A4A")):
        border.set(qn(f"w:{name}"), value)
    borders.append(border)


def _add_footnotes(document: Any, footnotes: Sequence[str]) -> None:  # noqa: ANN401
    separators = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:r><w:{kind}/></w:r></w:p></w:footnote>'
        for number, kind in enumerate(("separator", "continuationSeparator"), start=-1)
    )
    notes = "".join(
        f'<w:footnote w:id="{number}"><w:p><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
        f'<w:footnoteRef/></w:r><w:r><w:rPr><w:sz w:val="17"/></w:rPr>'
        f'<w:t xml:space="preserve"> {escape(text)}</w:t></w:r></w:p></w:footnote>'
        for number, text in enumerate(footnotes, start=1)
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:footnotes xmlns:w="{_W}">{separators}{notes}</w:footnotes>'
    )
    part = Part(
        PackURI("/word/footnotes.xml"),
        CONTENT_TYPE.WML_FOOTNOTES,
        xml.encode(),
        document.part.package,
    )
    document.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)


def _packed_alike(data: bytes) -> bytes:
    out = BytesIO()
    with ZipFile(BytesIO(data)) as source, ZipFile(out, "w") as target:
        for name in sorted(source.namelist()):
            entry = ZipInfo(name, _STAMP)
            entry.compress_type, entry.create_system = ZIP_STORED, 3
            target.writestr(entry, source.read(name))
    return out.getvalue()
