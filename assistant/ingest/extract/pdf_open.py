"""Opens a PDF, whatever state it is in: locked, cut off, damaged, or whole.

    bytes ── pdfium ── password: qpdf decrypts
                    └─ damaged: rescued objects, qpdf, pypdf, the first that pdfium then opens

What was missing is said in words that a reader can act on.
"""

from dataclasses import dataclass
from typing import NamedTuple

import pypdfium2.raw as pdfium_c
from pypdfium2 import PdfDocument, PdfiumError

from assistant.domain.errors import FilingRejected, Rejection
from assistant.ingest.extract.pdf_repair import announced_pages, decrypt, rebuild, repair
from assistant.ingest.extract.pdf_rescue import rescue
from assistant.ingest.extract.refusals import password_required

_CUT_OFF = "The PDF is cut off: its end is missing, and pages may be too."


@dataclass(frozen=True, slots=True)
class Opened:
    """An open document, the bytes it was opened from, and what was lost on the way."""

    pdf: PdfDocument
    data: bytes
    warnings: tuple[str, ...] = ()

    @property
    def repaired(self) -> bool:
        """Whether the file was damaged."""
        return bool(self.warnings)


class _Attempt(NamedTuple):
    """Bytes to try next, and what to tell when they open."""

    data: bytes
    warning: str


def open_pdf(data: bytes, max_pages: int, password: str = "") -> Opened:
    """Return the document, opened.

    Args:
        data: The file's bytes.
        max_pages: A damaged file that announces more pages is refused before it is repaired.
        password: Opens a locked file; ignored by others.

    Raises:
        FilingRejected: `password_required`, `corrupt`, or `too_large`.
    """
    try:
        pdf = PdfDocument(data, password=password or None)
    except PdfiumError as error:
        if getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD:
            return _unlocked(data, password)
        return _mended(data, max_pages)
    if len(pdf) or not announced_pages(data):
        return Opened(pdf, data, () if _has_end(data) else (_CUT_OFF,))
    pdf.close()
    return _mended(data, max_pages)


def _unlocked(data: bytes, password: str) -> Opened:
    plain = decrypt(data, password)
    pdf = _reopen(plain) if plain else None
    if plain is None or pdf is None:
        raise password_required("PDF", wrong=bool(password))
    return Opened(pdf, plain)


def _mended(data: bytes, max_pages: int) -> Opened:
    for make in (_rescued, _rebuilt, _repaired):
        attempt = make(data, max_pages)
        pdf = _reopen(attempt.data) if attempt else None
        if attempt and pdf:
            return Opened(pdf, attempt.data, (attempt.warning,))
    raise corrupt()


def _rescued(data: bytes, _max_pages: int) -> _Attempt | None:
    if _has_end(data):
        return None
    found = rescue(data)
    if found is None:
        return None
    lost = found.announced - found.pages
    counted = f" {lost} of its {found.announced} pages are missing." if lost > 0 else ""
    return _Attempt(found.data, _CUT_OFF + counted)


def _rebuilt(data: bytes, _max_pages: int) -> _Attempt | None:
    found = rebuild(data)
    return _Attempt(found.data, _damaged("")) if found else None


def _repaired(data: bytes, max_pages: int) -> _Attempt | None:
    found = repair(data, max_pages)
    if found is None:
        last = rescue(data)
        return _Attempt(last.data, _damaged("")) if last else None
    lost = f"; page {', '.join(map(str, found.lost))} could not be rescued" if found.lost else ""
    return _Attempt(found.data, _damaged(lost))


def _damaged(lost: str) -> str:
    return f"The PDF is damaged and was repaired{lost}; check figures against the original."


def _reopen(data: bytes) -> PdfDocument | None:
    """Return mended bytes as a document, or None when it still does not open or has no pages."""
    try:
        pdf = PdfDocument(data)
    except PdfiumError:
        return None
    if len(pdf):
        return pdf
    pdf.close()
    return None


def _has_end(data: bytes) -> bool:
    tail = data[-4096:]
    return b"%%EOF" in tail or b"startxref" in tail


def corrupt() -> FilingRejected:
    """Return the rejection of a PDF that nothing opens."""
    return FilingRejected(
        Rejection.CORRUPT,
        "The PDF is damaged and cannot be opened.",
        "Fetch it again; the file may be incomplete.",
    )
