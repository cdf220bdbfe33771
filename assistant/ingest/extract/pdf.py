"""Reads PDF pages: text with table rows kept, blocks, and a box for every word.

    bytes ── pdfium (or, damaged: pypdf rebuilds, then pdfium) ── words ── rows ── blocks ── Page

pdfium is the reader because it keeps rows and words best at milliseconds a page. It says nothing
about what it could not read, so this module does: scans, unmapped fonts, lost pages, attachments
and placeholder pages become warnings or rejections.
"""

import ctypes
import re
from dataclasses import dataclass, field

import pypdfium2.raw as pdfium_c
from pypdfium2 import PdfDocument, PdfiumError, PdfPage, PdfTextPage

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Document, Page, pack_boxes
from assistant.domain.findings import Finding
from assistant.ingest.extract.pages import fold, name_pages, no_text
from assistant.ingest.extract.pdf_blocks import Turn, box_words, item_heading, lay_out
from assistant.ingest.extract.pdf_hidden import without_hidden
from assistant.ingest.extract.pdf_repair import (
    announced_pages,
    has_unmapped_fonts,
    mend,
    password_required,
    repair,
)
from assistant.ingest.extract.pdf_rows import Row, read_rows, rows_as_drawn
from assistant.ingest.extract.pdf_words import PageWords, read_words

_SPARSE = 40  # characters: fewer beside an image make the page a scan
_IMAGE_SHARE = 0.2  # of the page's area, from which an image may hold the page's text
_GARBAGE_SHARE = 0.2
_CUT_OFF = "The PDF is cut off: its end is missing, and pages may be too."
_GUESSED_LETTERS = "Some fonts do not say which letters they show; parts of the text are guesses."
_FOREIGN_SHARE = 0.3
_PLACEHOLDER = re.compile(
    r"please wait\W.{0,40}if this message is not eventually replaced"
    r"|this (?:pdf )?document requires (?:a newer version of )?adobe reader",
    re.IGNORECASE,
)
_RIGHTS_WRAPPER = re.compile(
    r"does not support opening files protected|protected by microsoft (?:office|information)",
    re.IGNORECASE,
)


@dataclass(slots=True)
class _Findings:
    """What the pages' reading showed, by page number."""

    scans: list[int] = field(default_factory=list)
    garbled: list[int] = field(default_factory=list)
    failed: list[int] = field(default_factory=list)
    blank: list[int] = field(default_factory=list)
    hidden: list[Finding] = field(default_factory=list)
    characters: int = 0
    section: str = ""


class PdfExtractor:
    """Reads PDF files.

    Args:
        max_pages: A file with more pages is refused with `too_large`.
    """

    def __init__(self, max_pages: int) -> None:
        self._max_pages = max_pages

    def extract(self, data: bytes) -> Document:
        """Return the pages with text, blocks and word boxes.

        Raises:
            FilingRejected: `password_required`, `corrupt`, `too_large`, `no_text` (scans, unmapped
                fonts) or `not_a_document` (a placeholder page).
        """
        pdf, warnings = self._open(data)
        try:
            count = len(pdf)
            if count == 0:
                raise no_text("the PDF has no pages")
            if count > self._max_pages:
                raise FilingRejected(
                    Rejection.TOO_LARGE,
                    f"The PDF has {count} pages, more than {self._max_pages}.",
                    "Split the file, or raise AEI_MAX_PAGES.",
                )
            attachments = _attachments(pdf)
            findings = _Findings()
            pages = tuple(_read_page(pdf, number, findings) for number in range(1, count + 1))
        finally:
            pdf.close()
        _refuse_unread(pages, findings, attachments)
        if warnings and findings.blank:
            warnings.append(f"{_pages(findings.blank).capitalize()} came out empty.")
        if _is_foreign(pages) and has_unmapped_fonts(data):
            warnings.append(_GUESSED_LETTERS)
        said = (*warnings, *_warnings(findings, attachments))
        return Document(pages, said, findings=tuple(findings.hidden))

    def _open(self, data: bytes) -> tuple[PdfDocument, list[str]]:
        """Open the file, mending a damaged one; the warnings say what is missing."""
        try:
            pdf = PdfDocument(data)
        except PdfiumError as error:
            if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
                raise password_required() from None
        else:
            if len(pdf) or not announced_pages(data):
                return pdf, [] if _has_end(data) else [_CUT_OFF]
            pdf.close()
        if not _has_end(data) and (pdf := _reopen(mend(data))):
            return pdf, [_CUT_OFF]
        repaired = repair(data, self._max_pages)
        if repaired is None or not (pdf := _reopen(repaired.data)):
            raise _corrupt()
        said = "The PDF is damaged and was repaired"
        if repaired.lost:
            said += f"; {_pages(repaired.lost)} could not be rescued"
        return pdf, [f"{said}; check figures against the original."]


def _reopen(data: bytes | None) -> PdfDocument | None:
    """Return mended bytes as a document, or None when it still does not open or has no pages."""
    if data is None:
        return None
    try:
        pdf = PdfDocument(data)
    except PdfiumError:
        return None
    if len(pdf):
        return pdf
    pdf.close()
    return None


def _is_foreign(pages: tuple[Page, ...]) -> bool:
    """Say whether the text is in another than the Latin script."""
    text = "".join(page.text for page in pages[:20])
    if text.isascii():
        return False
    foreign = sum(1 for c in text if c > "\u024f" and c.isalpha())
    return foreign > _FOREIGN_SHARE * max(len(text), 1)


def _corrupt() -> FilingRejected:
    return FilingRejected(
        Rejection.CORRUPT,
        "The PDF is damaged and cannot be opened.",
        "Fetch it again; the file may be incomplete.",
    )


def _has_end(data: bytes) -> bool:
    tail = data[-4096:]
    return b"%%EOF" in tail or b"startxref" in tail


def _read_page(pdf: PdfDocument, number: int, findings: _Findings) -> Page:
    """Return one page; a page that cannot be read is empty and noted."""
    try:
        page = pdf[number - 1]
    except PdfiumError:
        findings.failed.append(number)
        return Page(number, "")
    try:
        textpage = page.get_textpage()
        try:
            return _lay_out_page(page, textpage, number, findings)
        finally:
            textpage.close()
    except PdfiumError:
        findings.failed.append(number)
        return Page(number, "")
    finally:
        page.close()


def _lay_out_page(page: PdfPage, textpage: PdfTextPage, number: int, findings: _Findings) -> Page:
    words, hidden = without_hidden(page, textpage, read_words(textpage), number)
    findings.hidden += hidden
    width, height = page.get_size()
    _note(page, words, number, findings)
    laid_out = lay_out(_rows(words), lambda index: _is_bold(textpage, index))
    boxes = pack_boxes(box_words(laid_out.spans, _turn(page)))
    headings = item_heading(laid_out.text, laid_out.blocks)
    section = findings.section
    if headings:
        if headings[0][0] * 2 < len(laid_out.text) or not section:
            section = headings[0][1]
        findings.section = headings[-1][1]
    return Page(number, laid_out.text, section, laid_out.blocks, width, height, boxes)


def _rows(words: PageWords) -> list[Row]:
    read = rows_as_drawn if words.right_to_left else read_rows
    return read(words.words) + rows_as_drawn(words.aside)


def _note(page: PdfPage, words: PageWords, number: int, findings: _Findings) -> None:
    findings.characters += words.characters
    if words.garbage > _GARBAGE_SHARE * max(words.characters, 1) and words.garbage > 5:
        findings.garbled.append(number)
    elif words.characters < _SPARSE and _image_share(page) > _IMAGE_SHARE:
        findings.scans.append(number)
    elif not words.characters:
        findings.blank.append(number)


def _image_share(page: PdfPage) -> float:
    """Return the largest image's share of the page's area; 0 when there is none."""
    width, height = page.get_size()
    largest = 0.0
    try:
        for image in page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4):
            left, bottom, right, top = image.get_bounds()
            largest = max(largest, abs((right - left) * (top - bottom)))
    except PdfiumError:
        return largest
    return largest / float(max(width * height, 1.0))


def _is_bold(textpage: PdfTextPage, index: int) -> bool:
    if pdfium_c.FPDFText_GetFontWeight(textpage, index) >= 600:
        return True
    name, flags = ctypes.create_string_buffer(128), ctypes.c_int()
    pdfium_c.FPDFText_GetFontInfo(textpage, index, name, 128, ctypes.byref(flags))
    return any(word in name.value.lower() for word in (b"bold", b"black", b"heavy"))


def _turn(page: PdfPage) -> Turn:
    """Return the way from user space to points from the displayed page's lower left corner."""
    x0, y0, x1, y1 = page.get_cropbox()
    match page.get_rotation():
        case 90:
            return lambda left, bottom, right, top: (bottom - y0, x1 - right, top - y0, x1 - left)
        case 180:
            return lambda left, bottom, right, top: (x1 - right, y1 - top, x1 - left, y1 - bottom)
        case 270:
            return lambda left, bottom, right, top: (y1 - top, left - x0, y1 - bottom, right - x0)
        case _:
            return lambda left, bottom, right, top: (left - x0, bottom - y0, right - x0, top - y0)


def _attachments(pdf: PdfDocument) -> list[str]:
    names = []
    for i in range(min(pdf.count_attachments(), 1000)):
        try:
            names.append(fold(pdf.get_attachment(i).get_name())[:80] or "unnamed")
        except PdfiumError:
            names.append("unnamed")
    return names


def _refuse_unread(pages: tuple[Page, ...], findings: _Findings, attachments: list[str]) -> None:
    """Refuse a file whose pages say nothing, or say only that the document is elsewhere."""
    if findings.garbled and len(findings.garbled) * 2 > len(pages):
        raise no_text("its fonts do not say which letters they show")
    if not findings.characters:
        if findings.failed:
            raise _corrupt()
        raise no_text("its pages hold only images" if findings.scans else "its pages are blank")
    if len(findings.scans) == len(pages):
        raise no_text("its pages hold only images")
    if len(pages) > 3:
        return
    said = fold(" ".join(page.text for page in pages))
    if _RIGHTS_WRAPPER.search(said) and len(said) < 1500:
        raise FilingRejected(
            Rejection.PASSWORD_REQUIRED,
            "The PDF is locked by rights management (IRM); its visible page is a notice.",
            "Ask its owner for an unprotected copy.",
        )
    if _PLACEHOLDER.search(said) and not attachments and len(said) < 2500:
        raise FilingRejected(
            Rejection.NOT_A_DOCUMENT,
            "The PDF is a form that only Adobe Reader can show; its page is a placeholder.",
            "Open it in Adobe Reader, print it to a PDF, and add that.",
        )


def _pages(numbers: list[int] | tuple[int, ...]) -> str:
    return f"page{'s' if len(numbers) > 1 else ''} {name_pages(numbers)}"


def _warnings(findings: _Findings, attachments: list[str]) -> list[str]:
    warnings = []
    if findings.scans:
        verb = "hold" if len(findings.scans) > 1 else "holds"
        said = _pages(findings.scans).capitalize()
        warnings.append(f"{said} {verb} only images; their text was not read.")
    if findings.garbled:
        said = _pages(findings.garbled).capitalize()
        warnings.append(f"{said}: the fonts do not say which letters they show; text is garbled.")
    if findings.failed:
        warnings.append(f"{_pages(findings.failed).capitalize()} could not be read.")
    if attachments:
        shown = ", ".join(attachments[:10]) + (", ..." if len(attachments) > 10 else "")
        warnings.append(f"{len(attachments)} embedded file(s) were not read: {shown}.")
    return warnings
