"""Reads a PDF page from its picture: pdfium renders it, text recognition reads it.

    page ── grey picture of at most 12 megapixels ── words in pixels ── Word in points

The words come out as a text layer's do, so rows, blocks and word boxes are made as for any page;
coordinates are points of the page as displayed.
"""

import pypdfium2.raw as pdfium_c
from pypdfium2 import PdfiumError, PdfPage

from assistant.ingest.extract.ocr import Picture, Recognition, SeenWord
from assistant.ingest.extract.pdf_words import PageWords, Word

_DOTS_PER_POINT = 300 / 72  # what recognition is trained for
_MOST_PIXELS = 12_000_000
_LARGEST_IMAGE = 80_000_000  # pixels of a picture inside the page; pdfium decodes it whole


def recognise(page: PdfPage, recognition: Recognition) -> PageWords:
    """Return what can be read in the page's picture; no words when there is nothing to read."""
    picture, scale = _rendered(page)
    if picture is None:
        return PageWords([], [], 0, 0, False)
    height = page.get_size()[1]
    seen = recognition.read(picture)
    words = [_word(i, word, scale, height) for i, word in enumerate(seen)]
    return PageWords(words, [], sum(len(word.text) for word in words), 0, False)


def _rendered(page: PdfPage) -> tuple[Picture | None, float]:
    """Return the picture and how many pixels a point has; None when it would be too large."""
    if _holds_huge_image(page):
        return None, 1.0
    width, height = page.get_size()
    scale = min(_DOTS_PER_POINT, (_MOST_PIXELS / max(width * height, 1.0)) ** 0.5)
    try:
        bitmap = page.render(scale=scale, grayscale=True, may_draw_forms=False)
    except PdfiumError:
        return None, scale
    try:
        rows = bytes(bitmap.buffer)
        lines = (rows[y * bitmap.stride :][: bitmap.width] for y in range(bitmap.height))
        whole = rows if bitmap.stride == bitmap.width else b"".join(lines)
        return Picture(bitmap.width, bitmap.height, whole), scale
    finally:
        bitmap.close()


def _holds_huge_image(page: PdfPage) -> bool:
    try:
        images = page.get_objects(filter=[pdfium_c.FPDF_PAGEOBJ_IMAGE], max_depth=4)
        sizes = [image.get_px_size() for image in images]
    except PdfiumError:
        return False
    return any(width * height > _LARGEST_IMAGE for width, height in sizes)


def _word(ordinal: int, seen: SeenWord, scale: float, height: float) -> Word:
    left, right = seen.left / scale, seen.right / scale
    top, bottom = height - seen.top / scale, height - seen.bottom / scale
    base = height - seen.base / scale
    box = (left, bottom, right, top)
    return Word(ordinal, 0, seen.text, left, bottom, right, top, base, box, False)
