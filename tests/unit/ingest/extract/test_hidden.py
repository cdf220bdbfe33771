"""What a reader of the file does not see is found, named and not on its pages; the rest stays."""

import io

import pytest
from PIL import Image
from pypdfium2 import PdfDocument
from reportlab.lib.utils import ImageReader

from assistant.ingest.extract.docx import DocxExtractor
from assistant.ingest.extract.html import HtmlExtractor
from assistant.ingest.extract.pdf import PdfExtractor
from assistant.ingest.extract.terms import Terms
from tests.unit.ingest.extract.making import docx, paragraph, pdf

SEEN = "Net sales were 412 million dollars in fiscal 2024."
LIE = "Net sales were 999 billion dollars in fiscal 2024."
SCANNED = "Net sales were 412 million in 2024"
TERMS = Terms(50)


def read(extractor, data):
    document = extractor(TERMS).extract(data)
    text = "\n".join(page.text for page in document.pages)
    return text, {finding.rule for finding in document.findings}


def white(canvas):
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(72, 600, LIE)


def pale(canvas):
    canvas.setFillColorRGB(0.95, 0.95, 0.95)
    canvas.drawString(72, 600, LIE)


def clear(canvas):
    canvas.setFillAlpha(0.02)
    canvas.drawString(72, 600, LIE)


def invisible(canvas):
    text = canvas.beginText(72, 600)
    text.setTextRenderMode(3)
    text.textLine(LIE)
    canvas.drawText(text)


def tiny(canvas):
    canvas.setFont("Helvetica", 0.8)
    canvas.drawString(72, 600, LIE)


def away(canvas):
    canvas.drawString(700, 600, LIE)


def dark_on_dark(canvas):
    canvas.setFillColorRGB(0.1, 0.1, 0.3)
    canvas.rect(60, 580, 480, 60, stroke=0, fill=1)
    canvas.drawString(72, 600, LIE)


def under_a_picture(canvas):
    canvas.drawString(72, 600, LIE)
    picture = ImageReader(Image.new("RGB", (200, 40), (240, 240, 240)))
    canvas.drawImage(picture, 60, 580, 480, 60)


@pytest.mark.parametrize(
    ("hide", "rule"),
    [
        (white, "background_colour"),
        (pale, "background_colour"),
        (clear, "transparent_text"),
        (invisible, "invisible_text"),
        (tiny, "tiny_text"),
        (away, "off_page"),
        (dark_on_dark, "background_colour"),
        (under_a_picture, "covered_text"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_hidden_words_of_a_pdf_are_found_and_left_out(hide, rule):
    def draw(canvas):
        for line in range(3):
            canvas.drawString(72, 720 - 14 * line, SEEN)
        hide(canvas)

    text, rules = read(PdfExtractor, pdf(draw))
    assert SEEN in text
    assert "999" not in text
    assert rules == {rule}


def white_on_a_bar(canvas):
    canvas.setFillColorRGB(0.1, 0.2, 0.5)
    canvas.rect(60, 690, 480, 50, stroke=0, fill=1)
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(72, 710, SEEN)


def over_a_picture(canvas):
    picture = ImageReader(Image.new("RGB", (200, 40), (200, 220, 240)))
    canvas.drawImage(picture, 60, 690, 480, 50)
    canvas.drawString(72, 710, SEEN)


def grey(canvas):
    canvas.setFillColorRGB(0.45, 0.45, 0.45)
    canvas.drawString(72, 710, SEEN)


def a_scan_with_its_text_layer(canvas):
    shown = io.BytesIO()

    def printed(inner):
        inner.setFont("Helvetica", 24)
        for line in range(16):
            inner.drawString(72, 700 - 40 * line, SCANNED)

    page = PdfDocument(pdf(printed))[0]
    page.render(scale=1).to_pil().save(shown, "PNG")
    canvas.drawImage(ImageReader(shown), 0, 0, 612, 792)
    text = canvas.beginText(72, 700)
    text.setFont("Helvetica", 24)
    text.setLeading(40)
    text.setTextRenderMode(3)
    for _ in range(16):
        text.textLine(SCANNED)
    canvas.drawText(text)


@pytest.mark.parametrize(
    "draw",
    [white_on_a_bar, over_a_picture, grey, a_scan_with_its_text_layer],
    ids=lambda d: d.__name__,
)
def test_text_that_can_be_seen_is_not_hidden(draw):
    text, rules = read(PdfExtractor, pdf(draw))
    assert "Net sales were 412" in text
    assert rules == set()


def test_a_figure_that_goes_on_in_white_is_not_read():
    def draw(canvas):
        canvas.drawString(72, 720, SEEN)
        canvas.drawString(72, 690, "Profit 12")
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(72 + canvas.stringWidth("Profit 12"), 690, "999999")

    text, rules = read(PdfExtractor, pdf(draw))
    assert "999999" not in text
    assert rules == {"background_colour"}


@pytest.mark.parametrize(
    ("tag", "rule"),
    [
        ('<p style="display:none">{}</p>', "display_none"),
        ('<p style="visibility: hidden">{}</p>', "invisible_text"),
        ('<p style="opacity:0.0">{}</p>', "transparent_text"),
        ('<p style="font-size:1px">{}</p>', "tiny_text"),
        ('<p style="color:#FFFFFF">{}</p>', "background_colour"),
        ('<p style="color: rgb(254, 254, 254)">{}</p>', "background_colour"),
        ('<p style="color:rgba(0,0,0,0)">{}</p>', "transparent_text"),
        ('<div style="background:#000080"><p style="color:navy">{}</p></div>', "background_colour"),
        ('<p style="position:absolute; left:-5000px">{}</p>', "off_page"),
        ('<p style="text-indent:-9999px">{}</p>', "off_page"),
        ('<p style="position:absolute;clip:rect(0 0 0 0)">{}</p>', "off_page"),
        ("<p hidden>{}</p>", "hidden_attribute"),
        ('<font color="white">{}</font>', "background_colour"),
        (
            '<style>.x, #y {{ display: none !important }}</style><p class="a x">{}</p>',
            "display_none",
        ),
        ('<style>.x, #y {{ display: none }}</style><p id="y">{}</p>', "display_none"),
    ],
)
def test_hidden_parts_of_a_page_are_found_and_left_out(tag, rule):
    html = f"<html><body><p>{SEEN}</p>{tag.format(LIE)}<p>End.</p></body></html>"
    text, rules = read(HtmlExtractor, html.encode())
    assert SEEN in text
    assert "End." in text
    assert "999" not in text
    assert rules == {rule}


@pytest.mark.parametrize(
    "tag",
    [
        '<table><tr style="background-color:#1f3864"><td style="color:#ffffff">{}</td></tr></table>',
        '<div style="background:url(x.png)"><p style="color:white">{}</p></div>',
        '<p style="color:#ccc;font-size:8pt">{}</p>',
        '<p style="background-color:rgba(0,0,0,0);color:rgba(0,0,0,1)">{}</p>',
        '<p style="position:relative;left:-10px;text-indent:-36pt">{}</p>',
    ],
)
def test_styled_text_that_can_be_seen_is_read(tag):
    text, rules = read(HtmlExtractor, f"<html><body>{tag.format(SEEN)}</body></html>".encode())
    assert SEEN in " ".join(text.split())
    assert rules == set()


def test_the_hidden_header_of_inline_xbrl_is_ordinary():
    header = "<ix:header><ix:hidden><ix:nonNumeric>0000042</ix:nonNumeric></ix:hidden></ix:header>"
    html = f'<html><body><div style="display:none">{header}</div><p>{SEEN}</p></body></html>'
    assert read(HtmlExtractor, html.encode()) == (SEEN, set())


STYLES = (
    '<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    '<w:style w:type="character" w:styleId="Gone"><w:name w:val="Gone"/>'
    "<w:rPr><w:vanish/></w:rPr></w:style>"
    '<w:style w:type="character" w:styleId="Child"><w:name w:val="Child"/>'
    '<w:basedOn w:val="Gone"/></w:style></w:styles>'
)


def run(properties, text):
    return f"<w:p><w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r></w:p>"


def word(body):
    return docx(body, {"word/styles.xml": STYLES}, [("styles", "styles.xml")])


@pytest.mark.parametrize(
    ("properties", "rule"),
    [
        ("<w:vanish/>", "vanished_text"),
        ('<w:rStyle w:val="Child"/>', "vanished_text"),
        ('<w:color w:val="FFFFFF"/>', "background_colour"),
        ('<w:color w:val="FDFDFD"/>', "background_colour"),
        ('<w:sz w:val="2"/>', "tiny_text"),
    ],
)
def test_hidden_runs_of_a_word_file_are_found_and_left_out(properties, rule):
    text, rules = read(DocxExtractor, word(paragraph(SEEN) + run(properties, LIE)))
    assert SEEN in text
    assert "999" not in text
    assert rules == {rule}


@pytest.mark.parametrize(
    "body",
    [
        run('<w:color w:val="FFFFFF"/><w:shd w:val="clear" w:fill="1F3864"/>', SEEN),
        run('<w:color w:val="FFFFFF"/><w:highlight w:val="darkBlue"/>', SEEN),
        run('<w:vanish w:val="0"/>', SEEN),
        run('<w:color w:val="auto"/><w:sz w:val="12"/>', SEEN),
        '<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:val="clear" w:fill="000000"/></w:tcPr>'
        + run('<w:color w:val="FFFFFF"/>', SEEN)
        + "</w:tc></w:tr></w:tbl>",
    ],
)
def test_runs_that_can_be_seen_are_read(body):
    text, rules = read(DocxExtractor, word(body))
    assert SEEN in text
    assert rules == set()
