"""Small inputs that the tests make themselves."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence

from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen.canvas import Canvas

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
STRICT_WORD = "http://purl.oclc.org/ooxml/wordprocessingml/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def pdf(
    *pages: Callable[[Canvas], None],
    size: tuple[float, float] = (612, 792),
    encrypt: StandardEncryption | None = None,
) -> bytes:
    """A PDF whose pages the given functions draw."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size, encrypt=encrypt)
    for draw in pages:
        canvas.setFont("Helvetica", 10)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def lines(*texts: str, left: float = 72, top: float = 720) -> Callable[[Canvas], None]:
    """A page with these lines, 12 points apart."""

    def draw(canvas: Canvas) -> None:
        for i, text in enumerate(texts):
            canvas.drawString(left, top - 12 * i, text)

    return draw


def docx(
    body: str,
    parts: Mapping[str, str | bytes] | None = None,
    relations: Sequence[tuple[str, str]] = (),
    namespace: str = WORD,
) -> bytes:
    """A Word file with this body XML (prefix w), further parts and relations (kind, target)."""
    related = "".join(
        f'<Relationship Id="r{i}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for i, (kind, target) in enumerate(relations)
    )
    everything = {
        "_rels/.rels": _relationships(
            f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        ),
        "word/_rels/document.xml.rels": _relationships(related),
        "word/document.xml": f'<w:document xmlns:w="{namespace}"><w:body>{body}</w:body></w:document>',
        **(parts or {}),
    }
    return zipped(everything)


def zipped(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip archive of these parts."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def paragraph(text: str, style: str = "") -> str:
    """A paragraph's XML."""
    properties = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{properties}<w:r><w:t>{text}</w:t></w:r></w:p>"


def table(*rows: Sequence[str]) -> str:
    """A table's XML; a cell is text or XML of its own."""
    made = ""
    for row in rows:
        cells = (c if c.startswith("<") else paragraph(c) for c in row)
        made += "<w:tr>" + "".join(f"<w:tc>{c}</w:tc>" for c in cells) + "</w:tr>"
    return f"<w:tbl>{made}</w:tbl>"


def _relationships(inside: str) -> str:
    namespace = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'<Relationships xmlns="{namespace}">{inside}</Relationships>'


def workbook(
    *sheets: tuple[str, str], shared: Sequence[str] = (), attributes: str = "", styles: str = ""
) -> bytes:
    """An Excel workbook of these sheets (name, XML of the rows); attributes of every sheet."""
    listed = "".join(
        f'<sheet name="{name}" sheetId="{i}" r:id="r{i}" {attributes}/>'
        for i, (name, _) in enumerate(sheets)
    )
    related = "".join(
        f'<Relationship Id="r{i}" Type="{_OFFICE}/worksheet" Target="worksheets/s{i}.xml"/>'
        for i in range(len(sheets))
    )
    texts = "".join(f"<si><t>{text}</t></si>" for text in shared)
    parts = {
        "_rels/.rels": _relationships(
            f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        ),
        "xl/_rels/workbook.xml.rels": _relationships(related),
        "xl/workbook.xml": f'<workbook xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/sharedStrings.xml": f"<sst>{texts}</sst>",
        "xl/styles.xml": f"<styleSheet>{styles}</styleSheet>",
    }
    parts |= {
        f"xl/worksheets/s{i}.xml": f"<worksheet>{xml}</worksheet>"
        for i, (_, xml) in enumerate(sheets)
    }
    return zipped(parts)


def presentation(*slides: str, attributes: str = "") -> bytes:
    """A PowerPoint presentation of these slides (XML of the shapes); attributes of every slide."""
    listed = "".join(f'<sldId id="{256 + i}" r:id="r{i}"/>' for i in range(len(slides)))
    related = "".join(
        f'<Relationship Id="r{i}" Type="{_OFFICE}/slide" Target="slides/s{i}.xml"/>'
        for i in range(len(slides))
    )
    parts = {
        "_rels/.rels": _relationships(
            f'<Relationship Id="r" Type="{_OFFICE}/officeDocument" Target="ppt/presentation.xml"/>'
        ),
        "ppt/_rels/presentation.xml.rels": _relationships(related),
        "ppt/presentation.xml": f'<p xmlns:r="{_OFFICE}"><sldIdLst>{listed}</sldIdLst></p>',
    }
    parts |= {f"ppt/slides/s{i}.xml": f"<sld {attributes}>{x}</sld>" for i, x in enumerate(slides)}
    return zipped(parts)


def shape(text: str, kind: str = "") -> str:
    """A shape's XML with a line of text; a kind makes it a placeholder."""
    place = f'<nvSpPr><nvPr><ph type="{kind}"/></nvPr></nvSpPr>' if kind else ""
    return f"<sp>{place}<txBody><p><r><t>{text}</t></r></p></txBody></sp>"
