"""Reads PDF pages: text with table rows kept, blocks, and a box for every word.

    bytes ── open_pdf ── pdfium's words ── rows ── blocks ── Page
                            └─ nothing there? text recognition, or a second reader

pdfium is the reader because it keeps rows and words best at milliseconds a page. It says nothing
about what it could not read, so this module does: scans, unmapped fonts, lost pages, attachments
and placeholder pages become warnings or rejections.
"""

import ctypes
from dataclasses import replace

import pypdfium2.raw as pdfium_c
from pypdfium2 import PdfDocument, PdfiumError, PdfPage, PdfTextPage

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Document, Page, TextSource, pack_boxes
from assistant.ingest.extract.ocr import Recognition
from assistant.ingest.extract.pages import fold, no_text
from assistant.ingest.extract.pdf_blocks import Turn, box_words, item_heading, lay_out
from assistant.ingest.extract.pdf_findings import Findings, refuse_unread
from assistant.ingest.extract.pdf_hidden import without_hidden
from assistant.ingest.extract.pdf_judge import Verdict, judge
from assistant.ingest.extract.pdf_ocr import recognise
from assistant.ingest.extract.pdf_open import Opened, open_pdf
from assistant.ingest.extract.pdf_repair import has_unmapped_fonts, is_blank
from assistant.ingest.extract.pdf_rows import Row, read_rows, rows_as_drawn
from assistant.ingest.extract.pdf_second import SecondReader
from assistant.ingest.extract.pdf_words import PageWords, read_words
from assistant.ingest.extract.terms import Terms

_GUESSED_LETTERS = "Some fonts do not say which letters they show; parts of the text are guesses."
_BLANK = "The PDF is blank: nothing is printed on its pages, so nothing can be found in it."
_FOREIGN_SHARE = 0.3
_WORTH_TAKING = 10  # characters: fewer read from a picture or by the second reader are specks
_PRINTED_NOTES = frozenset(
    (pdfium_c.FPDF_ANNOT_WIDGET, pdfium_c.FPDF_ANNOT_FREETEXT, pdfium_c.FPDF_ANNOT_STAMP)
)


class PdfExtractor:
    """Reads PDF files.

    Args:
        terms: Bound of pages, password, text recognition.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the pages with text, blocks and word boxes.

        Raises:
            FilingRejected: `password_required`, `corrupt`, `too_large`, `no_text` (scans, unmapped
                fonts) or `not_a_document` (a placeholder page).
        """
        opened = open_pdf(data, self._terms.max_pages, self._terms.password)
        try:
            self._check_length(len(opened.pdf))
            attachments = _attachments(opened.pdf)
            reader = _PageReader(opened, self._terms.recognition)
            pages = tuple(map(reader.read, range(1, len(opened.pdf) + 1)))
        finally:
            opened.pdf.close()
        findings = reader.findings
        if not findings.characters and not opened.repaired and is_blank(opened.data):
            said = (_BLANK, *findings.warnings(attachments, damaged=False))
            return Document(pages, said, blank=True)
        refuse_unread(pages, findings, attachments, opened.repaired)
        guessed = _is_foreign(pages) and has_unmapped_fonts(opened.data)
        warnings = [*opened.warnings, *([_GUESSED_LETTERS] if guessed else [])]
        said = (*warnings, *findings.warnings(attachments, opened.repaired))
        return Document(pages, said, findings=tuple(findings.hidden))

    def _check_length(self, count: int) -> None:
        if count == 0:
            raise no_text("the PDF has no pages")
        if count > self._terms.max_pages:
            raise FilingRejected(
                Rejection.TOO_LARGE,
                f"The PDF has {count} pages, more than {self._terms.max_pages}.",
                "Split the file, or raise AEI_MAX_PAGES.",
            )


class _PageReader:
    """Reads the pages of one file and notes what they show."""

    def __init__(self, opened: Opened, recognition: Recognition | None) -> None:
        self._pdf = opened.pdf
        self._recognition = recognition
        self._second = SecondReader(opened.data)
        self._source = TextSource.REPAIRED if opened.repaired else TextSource.TEXT
        self.findings = Findings()

    def read(self, number: int) -> Page:
        """Return one page; a page that cannot be read is empty and noted."""
        try:
            page = _open_page(self._pdf, number)
        except PdfiumError:
            return self._by_second_reader(Page(number, ""), self.findings.failed)
        try:
            return self._read(page, number)
        except PdfiumError:
            return self._by_second_reader(Page(number, ""), self.findings.failed)
        finally:
            page.close()

    def _read(self, page: PdfPage, number: int) -> Page:
        textpage = page.get_textpage()
        try:
            words = read_words(textpage)
            verdict = judge(page, words)
            if verdict in (Verdict.SCAN, Verdict.DRAWN, Verdict.GARBLED) and self._recognition:
                seen = self._recognised(page, words, verdict)
                if seen is not None:
                    self.findings.recognised.append(number)
                    laid_out = self._lay_out(page, seen, number, lambda *box: box)
                    return replace(laid_out, source=TextSource.OCR)
            words, hidden = without_hidden(page, textpage, words, number)
            self.findings.hidden += hidden
            laid_out = self._lay_out(page, words, number, _turn(page), textpage)
        finally:
            textpage.close()
        if hidden and verdict is Verdict.SPARSE:
            return laid_out  # the second reader would bring the hidden text back
        return self._judged(laid_out, verdict, number)

    def _judged(self, page: Page, verdict: Verdict, number: int) -> Page:
        """Note what is wrong with a page's own text, if anything."""
        findings = self.findings
        match verdict:
            case Verdict.SCAN:
                findings.scans.append(number)
            case Verdict.DRAWN:
                findings.drawn.append(number)
            case Verdict.GARBLED:
                findings.garbled.append(number)
            case Verdict.SPARSE:
                return self._by_second_reader(page, findings.blank)
            case Verdict.TEXT:
                return page
        return page if page.text else replace(page, source=TextSource.NONE)

    def _by_second_reader(self, page: Page, otherwise: list[int]) -> Page:
        """Return the page with the text that pypdf finds, if that is more; else note it."""
        text = self._second.text(page.number)
        if len("".join(text.split())) < _WORTH_TAKING + 2 * len(page.text):
            if not page.text:
                otherwise.append(page.number)
            return page if page.text else replace(page, source=TextSource.NONE)
        self.findings.second.append(page.number)
        self.findings.characters += len(text)
        return replace(page, text=text, blocks=(), boxes=b"", source=TextSource.REPAIRED)

    def _recognised(self, page: PdfPage, words: PageWords, verdict: Verdict) -> PageWords | None:
        """Return what text recognition reads, where that is more than the page's own text."""
        if self._recognition is None or self._recognition.is_over:
            self.findings.late = True
            return None
        seen = recognise(page, self._recognition)
        own = 0 if verdict is Verdict.GARBLED else words.characters
        return seen if seen.characters >= _WORTH_TAKING + own else None

    def _lay_out(
        self,
        page: PdfPage,
        words: PageWords,
        number: int,
        turn: Turn,
        textpage: PdfTextPage | None = None,
    ) -> Page:
        findings = self.findings
        findings.characters += words.characters
        width, height = page.get_size()
        laid_out = lay_out(
            _rows(words), lambda index: textpage is not None and _is_bold(textpage, index)
        )
        boxes = pack_boxes(box_words(laid_out.spans, turn))
        headings = item_heading(laid_out.text, laid_out.blocks)
        section = findings.section
        if headings:
            if headings[0][0] * 2 < len(laid_out.text) or not section:
                section = headings[0][1]
            findings.section = headings[-1][1]
        text, blocks = laid_out.text, laid_out.blocks
        return Page(number, text, section, blocks, width, height, boxes, source=self._source)


def _open_page(pdf: PdfDocument, number: int) -> PdfPage:
    """Return a page whose filled-in fields, typed notes and stamps are part of its text."""
    page = pdf[number - 1]
    if _has_printed_notes(page) and pdfium_c.FPDFPage_Flatten(
        page, pdfium_c.FLAT_NORMALDISPLAY
    ) == (pdfium_c.FLATTEN_SUCCESS):
        page.close()
        page = pdf[number - 1]
    return page


def _has_printed_notes(page: PdfPage) -> bool:
    for index in range(min(pdfium_c.FPDFPage_GetAnnotCount(page), 2000)):
        note = pdfium_c.FPDFPage_GetAnnot(page, index)
        if not note:
            continue
        kind = pdfium_c.FPDFAnnot_GetSubtype(note)
        pdfium_c.FPDFPage_CloseAnnot(note)
        if kind in _PRINTED_NOTES:
            return True
    return False


def _is_foreign(pages: tuple[Page, ...]) -> bool:
    """Say whether the text is in another than the Latin script."""
    text = "".join(page.text for page in pages[:20])
    if text.isascii():
        return False
    foreign = sum(1 for c in text if c > "\u024f" and c.isalpha())
    return foreign > _FOREIGN_SHARE * max(len(text), 1)


def _rows(words: PageWords) -> list[Row]:
    read = rows_as_drawn if words.right_to_left else read_rows
    return read(words.words) + rows_as_drawn(words.aside)


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
