"""Rebuilds damaged PDFs with qpdf and pypdf into files that pdfium opens; decrypts locked ones.

Both walk files that pdfium gives up on (a lost cross-reference table, a broken trailer), each of
them others. pypdf's own text breaks table rows apart, so they only repair; the text comes from
pdfium.
"""

import io
import logging
import re
import warnings
from typing import NamedTuple

import pikepdf
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject

from assistant.domain.errors import FilingRejected, Rejection

_PAGES_SEARCHED = 20
_PAINTING = frozenset(
    [
        "Tj",
        "TJ",
        "'",
        '"',
        "f",
        "F",
        "f*",
        "B",
        "B*",
        "b",
        "b*",
        "S",
        "s",
        "sh",
        "Do",
        "BI",
        "EI",
        "INLINE",
        "IMAGE",
    ]
)  # the operators that leave marks
_SHORT = 4096  # bytes of a page's instructions, packed; a blank page has fewer
_QPDF_FAILS = (
    pikepdf.PdfError,
    pikepdf.PasswordError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
_PAGE_OBJECT = re.compile(rb"/Type\s*/Page\b(?!s)")


class Repaired(NamedTuple):
    """A rebuilt file, and the numbers of the pages that were lost."""

    data: bytes
    lost: tuple[int, ...] = ()


def decrypt(data: bytes, password: str) -> bytes | None:
    """Return the PDF without its encryption, or None when the password does not open it.

    qpdf knows encryptions that pdfium refuses; pypdf opens a few more.
    """
    try:
        with pikepdf.open(io.BytesIO(data), password=password, suppress_warnings=True) as pdf:
            return _saved(pdf)
    except _QPDF_FAILS:
        return _decrypt_leniently(data, password)


def _decrypt_leniently(data: bytes, password: str) -> bytes | None:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BytesIO(data), strict=False)
        if reader.is_encrypted and not reader.decrypt(password):
            return None
        writer = PdfWriter()
        for page in reader.pages:
            writer.add_page(page)
        plain = io.BytesIO()
        writer.write(plain)
    except Exception:  # noqa: BLE001 -- pypdf raises anything on damaged files
        return None
    return plain.getvalue() if len(writer.pages) else None


def rebuild(data: bytes) -> Repaired | None:
    """Return the PDF as qpdf repairs it, or None when it cannot."""
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return Repaired(_saved(pdf)) if len(pdf.pages) else None
    except _QPDF_FAILS:
        return None


def _saved(pdf: pikepdf.Pdf) -> bytes:
    plain = io.BytesIO()
    pdf.save(plain)
    return plain.getvalue()


def repair(data: bytes, max_pages: int) -> Repaired | None:
    """Return the PDF as pypdf rebuilds it, or None when nothing can be rescued.

    Raises:
        FilingRejected: `too_large` when it announces more than `max_pages` pages.
    """
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _rebuild(data, max_pages)
        except FilingRejected:
            raise
        except Exception:  # noqa: BLE001 -- pypdf raises anything on damaged files
            return None


def announced_pages(data: bytes) -> int:
    """Return how many page objects stand uncompressed in the bytes: a lower bound."""
    return len(_PAGE_OBJECT.findall(data))


def has_unmapped_fonts(data: bytes) -> bool:
    """Say whether a font of the first pages numbers its glyphs without saying which letters."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            reader = PdfReader(io.BytesIO(data), strict=False)
            return any(
                _is_unmapped(font)
                for page in reader.pages[:_PAGES_SEARCHED]
                for font in _entries(_entry(_entry(page, "/Resources"), "/Font"))
            )
        except Exception:  # noqa: BLE001 -- a question about fonts must not lose the text
            return False


def _entry(holder: object, name: str) -> object:
    return holder[name] if isinstance(holder, DictionaryObject) and name in holder else None


def _entries(holder: object) -> list[object]:
    return [holder[name] for name in holder] if isinstance(holder, DictionaryObject) else []


def _is_unmapped(font: object) -> bool:
    return str(_entry(font, "/Encoding")).startswith("/Identity") and not _entry(font, "/ToUnicode")


def _rebuild(data: bytes, max_pages: int) -> Repaired | None:
    reader = PdfReader(io.BytesIO(data), strict=False)
    if reader.is_encrypted and not reader.decrypt(""):
        return None
    total = len(reader.pages)
    if total > max_pages:
        raise FilingRejected(
            Rejection.TOO_LARGE, f"The PDF has {total} pages, more than {max_pages}."
        )
    writer = PdfWriter()
    lost = []
    for number in range(total):
        try:
            writer.add_page(reader.pages[number])
        except Exception:  # noqa: BLE001 -- one bad page must not lose the others
            lost.append(number + 1)
    if len(lost) == total:
        return None
    rebuilt = io.BytesIO()
    writer.write(rebuilt)
    return Repaired(rebuilt.getvalue(), tuple(lost))


def is_blank(data: bytes) -> bool:
    """Say whether every page of a sound PDF is empty: nothing is drawn, no field, no note."""
    try:
        with pikepdf.open(io.BytesIO(data), suppress_warnings=True) as pdf:
            return len(pdf.pages) > 0 and all(map(_draws_nothing, pdf.pages))
    except _QPDF_FAILS:
        return False


def _draws_nothing(page: pikepdf.Page) -> bool:
    if "/Annots" in page and len(page.Annots):
        return False
    contents = page.get("/Contents")
    streams = list(contents) if isinstance(contents, pikepdf.Array) else [contents]
    if any(int(stream.get("/Length", 0)) > _SHORT for stream in streams if stream is not None):
        return False
    instructions = pikepdf.parse_content_stream(page) if contents is not None else []
    return not any(str(one.operator) in _PAINTING for one in instructions)
