"""The words of a PDF page with their places, in pdfium's reading order.

    pdfium text ── split at white space ── two boxes and one origin a word ── Word

One bulk call brings the text; only the first and last character of a word are asked for their
boxes, because a ctypes call a character costs more than reading the page. Coordinates are the
page's user space (points, lower left origin); `upright` turns sideways text into reading position
so that the row logic sees one case only.
"""

import ctypes
import re
import struct
from collections import Counter
from dataclasses import dataclass
from typing import NamedTuple

import pypdfium2.raw as pdfium_c
from pypdfium2 import PdfTextPage

from assistant.ingest.extract.pdf_calls import char_box, char_origin

_HYPHENS = "\x02\ufffe"  # how pdfium marks a word that a line end broke
_WORD = re.compile(rf"[^\s{_HYPHENS}\x00]+")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_UNMAPPED = re.compile("[\ufffd\ue000-\uf0b6\uf0b8-\uf8ff\x00\x01\x03-\x08\x0b\x0c\x0e-\x1f]")
_RIGHT_TO_LEFT_PAIR = re.compile("[\u0590-\u08ff]{2,}")
_COMPOUND_HEADS = frozenset(
    [
        "all",
        "cash",
        "co",
        "cross",
        "debt",
        "ex",
        "fair",
        "first",
        "follow",
        "half",
        "high",
        "in",
        "inter",
        "joint",
        "large",
        "long",
        "low",
        "market",
        "mark",
        "medium",
        "mid",
        "multi",
        "non",
        "off",
        "on",
        "one",
        "out",
        "over",
        "post",
        "pre",
        "pro",
        "risk",
        "self",
        "semi",
        "short",
        "short",
        "single",
        "sub",
        "third",
        "three",
        "two",
        "un",
        "up",
        "value",
        "well",
        "year",
    ]
)
_COMPOUND_TAILS = frozenset(
    [
        "adjusted",
        "average",
        "backed",
        "based",
        "bearing",
        "cash",
        "driven",
        "end",
        "free",
        "looking",
        "month",
        "only",
        "owned",
        "party",
        "rate",
        "related",
        "sale",
        "sheet",
        "term",
        "to-maturity",
        "tax",
        "to",
        "use",
        "weighted",
        "wide",
        "year",
    ]
)

_REPLACED = {
    0xFB00: "ff",
    0xFB01: "fi",
    0xFB02: "fl",
    0xFB03: "ffi",
    0xFB04: "ffl",
    0xFB05: "st",
    0xFB06: "st",
    0xF0B7: "•",
    0x00AD: None,
    0x200B: None,
    0x2060: None,
    0xFEFF: None,
    **dict.fromkeys((*range(32), *range(0x7F, 0xA0))),
    **dict.fromkeys(range(0xD800, 0xE000)),
}


class Word(NamedTuple):
    """A word in reading position.

    `at` is its first character's pdfium index; sides and baseline are in points of the upright
    page, `box` (left, bottom, right, top) of the page as printed. `broken`: a line end cut it.
    """

    ordinal: int
    at: int
    text: str
    left: float
    bottom: float
    right: float
    top: float
    base: float
    box: tuple[float, float, float, float]
    broken: bool


@dataclass(frozen=True, slots=True)
class PageWords:
    """What a page says.

    `aside` holds words that run in another direction than the page's (a stamp on the margin).
    `right_to_left` is true when most letters are Arabic or Hebrew; `garbage` counts characters
    that no font mapped to text.
    """

    words: list[Word]
    aside: list[Word]
    characters: int
    garbage: int
    right_to_left: bool


def read_words(page: PdfTextPage) -> PageWords:
    """Return the words of a page, without control characters and lone surrogates."""
    text = _characters(page)
    mirrored = len(_RIGHT_TO_LEFT.findall(text)) if not text.isascii() else 0
    if mirrored:
        text = _reorder_ligatures(page, text)
    found = _places(page, text)
    directions = Counter(direction for *_, direction in found if direction)
    main = directions.most_common(1)[0][0] if directions else "right"
    words: list[Word] = []
    aside: list[Word] = []
    if len(directions) < 2 and main == "right":
        words = [word for word, *_ in found]
    else:
        for word, origin_x, direction in found:
            target = aside if direction and direction != main else words
            target.append(_upright(word, origin_x, direction or main))
    return PageWords(
        words=words,
        aside=aside,
        characters=sum(len(word.text) for word, *_ in found),
        garbage=0 if text.isascii() else _garbage(text),
        right_to_left=mirrored * 2 > sum(map(str.isalpha, text)) if mirrored else False,
    )


def join_broken(head: str, tail: str) -> str:
    """Return a word that a line end broke; a usual compound keeps its hyphen."""
    keeps = not head[-1:].isalpha() or not tail[:1].islower()
    keeps = keeps or head.lower() in _COMPOUND_HEADS or tail.lower() in _COMPOUND_TAILS
    return f"{head}-{tail}" if keeps else head + tail


def _characters(page: PdfTextPage) -> str:
    """Return one character per pdfium index, so that offsets are indices."""
    count = pdfium_c.FPDFText_CountChars(page)
    if count <= 0:
        return ""
    buffer = (ctypes.c_ushort * (count * 2 + 2))()
    written = pdfium_c.FPDFText_GetText(page, 0, count, buffer) - 1
    if written == count:
        return bytes(buffer)[: 2 * written].decode("utf-16-le", "surrogatepass")
    codes = (pdfium_c.FPDFText_GetUnicode(page, i) for i in range(count))
    return "".join(chr(code) if code < 0x110000 else "\ufffd" for code in codes)


def _garbage(text: str) -> int:
    return len(_UNMAPPED.findall(text))


def _reorder_ligatures(page: PdfTextPage, text: str) -> str:
    """Undo pdfium's reversal of letters that one glyph stands for (lam-alef)."""
    letters = list(text)
    box = pdfium_c.FS_RECTF()
    for match in _RIGHT_TO_LEFT_PAIR.finditer(text):
        boxes = []
        for index in range(*match.span()):
            pdfium_c.FPDFText_GetLooseCharBox(page, index, ctypes.byref(box))
            boxes.append((box.left, box.right))
        start = match.start()
        while start < match.end():
            end = start + 1
            while end < match.end() and boxes[end - match.start()] == boxes[start - match.start()]:
                end += 1
            letters[start:end] = reversed(letters[start:end])
            start = end
    return "".join(letters)


def _places(page: PdfTextPage, text: str) -> list[tuple[Word, float, str]]:
    """Return every word as printed, the x of its origin, and the direction it runs in."""
    rect = (ctypes.c_float * 4)()
    x, y = ctypes.c_double(), ctypes.c_double()
    rect_ref, x_ref, y_ref = ctypes.byref(rect), ctypes.byref(x), ctypes.byref(y)
    sides = struct.Struct("4f").unpack_from  # in the order of FS_RECTF: left, top, right, bottom
    plain, raw = text.isascii(), page.raw
    breaks = any(hyphen in text for hyphen in _HYPHENS)
    found: list[tuple[Word, float, str]] = []
    for match in _WORD.finditer(text):
        first, end = match.span()
        said = match.group()
        if not plain or not said.isprintable():
            said = said.translate(_REPLACED)
            if not said:
                continue
        char_box(raw, first, rect_ref)
        left, top, right, bottom = sides(rect)
        direction = ""
        if end - first > 1:
            char_box(raw, end - 1, rect_ref)
            far_left, far_top, far_right, far_bottom = sides(rect)
            rise = far_bottom - bottom
            direction = _direction(far_left - left, rise) if rise else "right"
            if direction == "right" and far_left > left:
                right = far_right
            else:
                left, right = min(left, far_left), max(right, far_right)
                bottom, top = min(bottom, far_bottom), max(top, far_top)
        char_origin(raw, first, x_ref, y_ref)
        place = (left, bottom, right, top)
        broken = breaks and end < len(text) and text[end] in _HYPHENS
        word = Word(len(found), first, said, *place, y.value, place, broken)
        found.append((word, x.value, direction))
    return found


def _direction(dx: float, dy: float) -> str:
    if abs(dy) <= abs(dx):
        return "right"
    return "up" if dy > 0 else "down"


def _upright(word: Word, origin_x: float, direction: str) -> Word:
    if direction == "right":
        return word
    left, bottom, right, top = word.box
    if direction == "up":
        return word._replace(left=bottom, bottom=-right, right=top, top=-left, base=-origin_x)
    return word._replace(left=-top, bottom=left, right=-bottom, top=right, base=origin_x)
