"""Words of a PDF page that nobody who looks at the page sees.

    every word ── colour, size, place (cheap) ── suspects ── page drawn ── hidden words

A suspect is a word that is nearly white, nearly transparent, tiny, off the page, drawn in the
invisible mode, of the colour of a filled shape, or under an image. Only a page with suspects is drawn,
and a suspect is hidden when its colour is the background's there, or is not to be seen there. The
text layer of a scan is drawn in the invisible mode over the image that shows it: that is ordinary.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

import numpy as np
import pypdfium2.raw as pdfium_c
from numpy.typing import NDArray
from pypdfium2 import PdfiumError, PdfPage, PdfTextPage

from assistant.domain.findings import CROPPED, Finding, FindingKind, Severity, hidden_text
from assistant.ingest.extract.pdf_calls import ObjectReader, kind_of, page_object
from assistant.ingest.extract.pdf_looks import NEARLY_CLEAR, NEARLY_WHITE, Colour, Look, looks_of
from assistant.ingest.extract.pdf_words import PageWords, Word

_TINY = 2.0  # points: no reader sees it
_ALIKE = 40  # of 255, the largest channel: colours closer than that cannot be told apart in print
_SCAN_SHARE = 0.3  # of the page's area, from which an image can be a scan of it
_THIN = 4.0  # points: a rule, not a background
_MOST_OBJECTS = 20_000
_PIXELS = 2.0  # a point
_MOST_PIXELS = 4_000_000

Box = tuple[float, float, float, float]  # left, bottom, right, top


class _Shape(NamedTuple):
    box: Box
    colour: Colour


@dataclass(frozen=True, slots=True)
class _Surroundings:
    """What else is on the page: its visible area, its images, its forms, its filled shapes."""

    area: Box
    images: list[Box]
    forms: list[Box]
    shapes: list[_Shape]

    def covers(self, box: Box) -> bool:
        """Whether an image large enough to be a scan is at this place."""
        whole = _area(self.area)
        held = (*self.images, *self.forms)  # a scan may stand in a form
        return any(_area(i) > _SCAN_SHARE * whole and _meets(i, box) for i in held)


def without_hidden(
    page: PdfPage, textpage: PdfTextPage, words: PageWords, number: int
) -> tuple[PageWords, list[Finding]]:
    """Return the words that can be seen, and what the others say.

    Args:
        page: The page, for its objects.
        textpage: Its text, for colours and modes.
        words: All its words.
        number: Its number, for the findings.
    """
    try:
        hidden = _hidden(page, textpage, [*words.words, *words.aside])
    except PdfiumError:
        return words, []
    if not hidden:
        return words, []
    away = sum(reason == "off_page" for reason in hidden.values())
    if 2 * away > len(words.words) + len(words.aside):
        said = f"{away} words stand outside of what the page shows"
        return words, [Finding(FindingKind.HIDDEN_TEXT, CROPPED, Severity.MEDIUM, said, number)]
    seen = PageWords(
        words=[word for word in words.words if word.at not in hidden],
        aside=[word for word in words.aside if word.at not in hidden],
        characters=words.characters
        - sum(len(w.text) for w in (*words.words, *words.aside) if w.at in hidden),
        garbage=words.garbage,
        right_to_left=words.right_to_left,
    )
    return seen, list(_findings(words, hidden, number))


def _hidden(page: PdfPage, textpage: PdfTextPage, words: list[Word]) -> dict[int, str]:
    """Return why each hidden word is hidden, by the index of its first character."""
    around = _surroundings(page)
    looks = looks_of(textpage, words)
    shapes = _of_a_colour(around.shapes, {look.colour for look in looks})
    hidden: dict[int, str] = {}
    suspects: list[tuple[Word, Look]] = []
    plain = {look for look in set(looks) if look.is_plain}
    clear = _stand_clear(words, around.area, [*around.images, *(s.box for s in shapes)])
    for word, look, is_clear in zip(words, looks, clear, strict=True):
        if is_clear and look in plain:
            continue  # nearly every word of nearly every page
        if reason := _plainly(word, look, around):
            hidden[word.at] = reason
        elif _is_suspect(word, look, shapes, around.images):
            suspects.append((word, look))
    if suspects:
        picture, scale = _drawn(page)
        for word, look in suspects:
            if reason := _seen_as(word, look, around.area, picture, scale):
                hidden[word.at] = reason
    return hidden


def _of_a_colour(shapes: list[_Shape], colours: set[Colour]) -> list[_Shape]:
    """Return the shapes that text in one of these colours could vanish on."""
    near = {c for c in {s.colour for s in shapes} if any(_alike(c, other) for other in colours)}
    return [shape for shape in shapes if shape.colour in near]


def _stand_clear(words: list[Word], area: Box, held: list[Box]) -> list[bool]:
    """Say of each word whether it is on the paper, can be read for size, and meets no `held`."""
    if not words:
        return []
    left, bottom, right, top = np.array([word.box for word in words]).T
    clear = (left >= area[0]) & (bottom >= area[1]) & (right <= area[2]) & (top <= area[3])
    clear &= (right - left >= _TINY) & (top - bottom >= _TINY)
    for box in held:
        clear &= (left >= box[2]) | (box[0] >= right) | (bottom >= box[3]) | (box[1] >= top)
    said: list[bool] = clear.tolist()
    return said


def _plainly(word: Word, look: Look, around: _Surroundings) -> str:
    """Return why a word is hidden when its own figures tell."""
    if not any(map(str.isalnum, word.text)):
        return ""
    if not _meets(around.area, word.box):
        return "off_page"
    if look.alpha < NEARLY_CLEAR and not look.invisible:
        return "transparent_text"
    if min(word.right - word.left, word.top - word.bottom) < _TINY and len(word.text) > 1:
        return "tiny_text"
    if look.invisible and not around.covers(word.box):
        return "invisible_text"
    return ""


def _is_suspect(word: Word, look: Look, shapes: list[_Shape], images: list[Box]) -> bool:
    if not any(map(str.isalnum, word.text)):
        return False  # a box to tick, a dash: drawn in ways of their own
    return (
        look.invisible
        or min(look.colour) >= NEARLY_WHITE
        or any(_meets(image, word.box) for image in images)
        or any(_meets(s.box, word.box) and _alike(s.colour, look.colour) for s in shapes)
    )


def _seen_as(word: Word, look: Look, area: Box, picture: NDArray[np.uint8], scale: float) -> str:
    """Return why a word cannot be seen on the drawn page, or nothing when it can."""
    pixels = _pixels(word.box, area, picture, scale)
    if not pixels.size:
        return "off_page"
    flat = int(np.ptp(pixels, axis=0).max()) < _ALIKE
    if look.invisible:
        return "invisible_text" if flat else ""  # a scan shows something where its text layer is
    distance = np.abs(pixels.astype(np.int16) - np.array(look.colour, np.int16)).max(axis=1)
    if np.median(distance) < _ALIKE:
        return "background_colour"
    return "covered_text" if flat else ""


def _surroundings(page: PdfPage) -> _Surroundings:
    images: list[Box] = []
    forms: list[Box] = []
    shapes: list[_Shape] = []
    raw, text = page.raw, pdfium_c.FPDF_PAGEOBJ_TEXT
    count = min(pdfium_c.FPDFPage_CountObjects(raw), _MOST_OBJECTS)
    items = list(map(page_object, repeat(raw), range(count)))
    kinds = map(kind_of, items)
    others = [(item, kind) for item, kind in zip(items, kinds, strict=True) if kind != text]
    reader = ObjectReader()
    for item, kind in others:
        if kind == pdfium_c.FPDF_PAGEOBJ_PATH:
            if shape := _filled(reader, item):
                shapes.append(shape)
        elif box := reader.bounds(item):
            (forms if kind == pdfium_c.FPDF_PAGEOBJ_FORM else images).append(box)
    return _Surroundings(tuple(page.get_bbox()), images, forms, shapes)


def _filled(reader: ObjectReader, item: int) -> _Shape | None:
    """Return a filled shape that text could vanish on; white ones are what pages are made of."""
    box = reader.bounds(item) if reader.is_filled(item) else None
    if box is None or box[2] - box[0] < _THIN or box[3] - box[1] < _THIN:
        return None
    colour = reader.fill(item)
    return None if min(colour) >= NEARLY_WHITE else _Shape(box, colour)


def _drawn(page: PdfPage) -> tuple[NDArray[np.uint8], float]:
    """Return the page as it is seen, upright as its text lies, and the pixels of a point."""
    left, bottom, right, top = page.get_bbox()
    area = max((right - left) * (top - bottom), 1.0)
    scale = min(_PIXELS, (_MOST_PIXELS / area) ** 0.5)
    turned = page.get_rotation()
    bitmap = page.render(scale=scale, rotation=(360 - turned) % 360, may_draw_forms=False)
    try:
        pixels: NDArray[np.uint8] = bitmap.to_numpy()[:, :, 2::-1].copy()  # pdfium draws BGR
    finally:
        bitmap.close()
    return pixels, scale


def _pixels(box: Box, area: Box, picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Return the pixels of a box as rows of red, green, blue."""
    rows, columns = picture.shape[:2]
    left = max(0, int((box[0] - area[0]) * scale))
    right = min(columns, int((box[2] - area[0]) * scale) + 1)
    top = max(0, int((area[3] - box[3]) * scale))
    bottom = min(rows, int((area[3] - box[1]) * scale) + 1)
    return picture[top:bottom, left:right].reshape(-1, 3)


def _findings(words: PageWords, hidden: dict[int, str], number: int) -> Iterator[Finding]:
    """Yield one finding a run of words hidden in the same way."""
    run: list[str] = []
    reason = ""
    for word in sorted((*words.words, *words.aside), key=lambda word: word.ordinal):
        why = hidden.get(word.at, "")
        if why != reason:
            if run:
                yield _finding(run, reason, number)
            run, reason = [], why
        if why:
            run.append(word.text)
    if run:
        yield _finding(run, reason, number)


def _finding(run: list[str], reason: str, number: int) -> Finding:
    return hidden_text(" ".join(run), reason, number)


def _alike(one: Colour, other: Colour) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < _ALIKE


def _meets(one: Box, other: Box) -> bool:
    """Whether two boxes share some of the page."""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _area(box: Box) -> float:
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)
