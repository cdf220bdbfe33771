"""Tells whether the text that pdfium found on a page is what the page shows.

No library says that a page is a scan, that its letters are drawn as outlines, or that its fonts map
glyphs to wrong letters; the counts of characters, images and paths do. The bounds were set on 3,050
pages of filings, of which they flag none.
"""

from enum import Enum, auto

import pypdfium2.raw as pdfium_c
from pypdfium2 import PdfiumError, PdfPage

from assistant.ingest.extract.pdf_words import PageWords

_SPARSE = 40  # characters: fewer beside an image make the page a scan
_IMAGE_SHARE = 0.2  # of the page's area, from which an image may hold the page's text
_STAMPED = 250  # characters: no more than running heads and a stamp over a scan
_STAMPED_SHARE = 0.5
_OUTLINES = 200  # paths: a page of letters drawn as outlines has more, a rule or a logo fewer
_GARBAGE_SHARE = 0.2
_LETTERS_TO_JUDGE = 300
_VOWELS = b"aeiouyAEIOUY"
_NO_LETTERS = bytes(c for c in range(256) if not bytes((c,)).isalpha())
_LEAST_VOWELS = 0.2  # of Latin letters; languages in this script have a third or more


class Verdict(Enum):
    """What a page's own text is worth. `SPARSE`: little or none, and nothing says why."""

    TEXT = auto()
    SCAN = auto()
    DRAWN = auto()
    GARBLED = auto()
    SPARSE = auto()


def judge(page: PdfPage, words: PageWords) -> Verdict:
    """Return what the text of a page is worth."""
    count = words.characters
    if _is_garbled(words):
        return Verdict.GARBLED
    if count >= _STAMPED:
        return Verdict.TEXT
    share = _image_share(page)
    if (count < _SPARSE and share > _IMAGE_SHARE) or share > _STAMPED_SHARE:
        return Verdict.SCAN
    if count >= _SPARSE:
        return Verdict.TEXT
    return Verdict.DRAWN if count < _SPARSE // 2 and _has_outlines(page) else Verdict.SPARSE


def _is_garbled(words: PageWords) -> bool:
    if words.garbage > _GARBAGE_SHARE * max(words.characters, 1) and words.garbage > 5:
        return True
    text = "".join([word.text for word in words.words]).encode("ascii", "ignore")
    letters = text.translate(None, _NO_LETTERS)
    if len(letters) < _LETTERS_TO_JUDGE or 2 * len(letters) < words.characters:
        return False
    vowels = len(letters) - len(letters.translate(None, _VOWELS))
    return vowels < _LEAST_VOWELS * len(letters)


def _has_outlines(page: PdfPage) -> bool:
    try:
        paths = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_PATH], max_depth=4)
        return sum(1 for _ in paths) > _OUTLINES
    except PdfiumError:
        return False


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
