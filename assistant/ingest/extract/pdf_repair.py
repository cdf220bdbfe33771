"""Rescues damaged PDFs: rebuilds what pypdf can still read into a file that pdfium opens.

pypdf in lenient mode walks files that pdfium gives up on (a lost cross-reference table, a broken
trailer). Its own text breaks table rows apart, so it only repairs; the text comes from pdfium.
"""

import io
import logging
import re
import warnings
from typing import NamedTuple

from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject

from assistant.domain.errors import FilingRejected, Rejection

_PAGES_SEARCHED = 20
_OBJECT_AT_END = re.compile(rb"(\d{1,7}) (\d{1,5})$")
_PAGE_OBJECT = re.compile(rb"/Type\s*/Page\b(?!s)")


class Repaired(NamedTuple):
    """A rebuilt file, the pages it holds of those announced, and the pages that were lost."""

    data: bytes
    pages: int
    lost: tuple[int, ...]


def repair(data: bytes, max_pages: int) -> Repaired | None:
    """Return a rebuilt PDF, or None when nothing can be rescued.

    Raises:
        FilingRejected: `password_required` when the file is encrypted with a user password,
            `too_large` when it announces more than `max_pages` pages.
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


def mend(data: bytes) -> bytes | None:
    """Return a cut-off PDF with a new trailer, or None when its catalogue is lost too.

    pdfium then finds the objects itself. An encrypted file's key is in the lost trailer.
    """
    catalogue = data.rfind(b"/Catalog")
    at = data.rfind(b" obj", 0, max(catalogue, 0))
    numbered = _OBJECT_AT_END.search(data[max(at - 20, 0) : max(at, 0)])
    whole = data.rfind(b"endobj")
    if catalogue < 0 or numbered is None or whole < catalogue or b"/Encrypt" in data:
        return None
    root = b" ".join(numbered.groups())
    trailer = b"\ntrailer\n<< /Root %s R /Size 8388607 >>\nstartxref\n0\n%%%%EOF\n" % root
    return data[: whole + 6] + trailer


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
        raise password_required()
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
    return Repaired(rebuilt.getvalue(), total, tuple(lost))


def password_required() -> FilingRejected:
    """Return the rejection of a PDF that opens with a password only."""
    return FilingRejected(
        Rejection.PASSWORD_REQUIRED,
        "The PDF is protected by a password.",
        "Open it with its password, save a copy without one, and add the copy.",
    )
