"""Text recognition, with the real program; skipped where it is not installed."""

import io

import pypdfium2
import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Document, TextSource, unpack_boxes
from assistant.ingest.extract.ocr import Picture, Recognition, is_installed
from assistant.ingest.extract.pdf import PdfExtractor
from assistant.ingest.extract.terms import Terms
from tests.unit.ingest.extract.making import lines, pdf

needs_tesseract = pytest.mark.skipif(
    not is_installed(), reason="the program tesseract is not installed"
)
WORDS = ("The company earned", "Net sales  $ 3,642  $ 3,507", "Cost of sales  2,980  2,862")


def scanned(*texts: str) -> bytes:
    """A PDF whose page is a picture of these lines."""
    with pypdfium2.PdfDocument(pdf(lines(*texts))) as written:
        picture = written[0].render(scale=3).to_pil()
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")

    def draw(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(buffer), 0, 0, 612, 792)

    return pdf(draw, lines("A second page that can be read as it is, without any help"))


def read(data: bytes, seconds: float = 60) -> Document:
    return PdfExtractor(Terms(10, recognition=Recognition("eng", seconds))).extract(data)


@needs_tesseract
def test_a_picture_of_a_page_is_read_and_said() -> None:
    document = read(scanned(*WORDS))
    first, second = document.pages
    assert "The company earned" in first.text
    assert "3,642" in first.text
    assert (first.source, second.source) == (TextSource.OCR, TextSource.TEXT)
    assert document.warnings == ("Page 1: read by text recognition (OCR); check figures.",)


@needs_tesseract
def test_a_word_read_from_a_picture_has_its_box_where_it_is_printed() -> None:
    first, *_ = read(scanned(*WORDS)).pages
    at = first.text.index("company")
    (box,) = (b for b in unpack_boxes(first.boxes) if b.start == at)
    assert box.left == pytest.approx(91, abs=3)
    assert box.bottom == pytest.approx(719, abs=4)


@needs_tesseract
def test_a_page_whose_time_is_up_is_named_as_unread() -> None:
    document = read(scanned(*WORDS), seconds=0)
    assert document.pages[0].source is TextSource.NONE
    assert document.warnings == (
        "Page 1 holds only images; their text was not read.",
        "The time for text recognition was up before all pages were read.",
    )


@needs_tesseract
def test_specks_are_no_text() -> None:
    specks = bytes(255 if (x * 7919) % 97 else 0 for x in range(200 * 200))
    assert Recognition("eng", 30).read(Picture(200, 200, specks)) == []


@needs_tesseract
def test_a_language_that_is_not_installed_leaves_the_page_unread() -> None:
    assert Recognition("xxx", 30).read(Picture(10, 10, bytes(100))) == []


def test_without_text_recognition_a_scan_is_refused() -> None:
    with pypdfium2.PdfDocument(scanned(*WORDS)) as both:
        both.del_page(1)
        buffer = io.BytesIO()
        both.save(buffer)
    with pytest.raises(FilingRejected) as refused:
        PdfExtractor(Terms(10)).extract(buffer.getvalue())
    assert refused.value.rejection is Rejection.NO_TEXT
