"""How the words of a PDF page are drawn: colour, transparency, the invisible mode."""

import ctypes
import struct
from itertools import repeat
from typing import NamedTuple

import pypdfium2.raw as pdfium_c
from pypdfium2 import PdfTextPage

from assistant.ingest.extract.pdf_calls import char_fill, char_object, char_stroke, mode_of
from assistant.ingest.extract.pdf_words import Word

NEARLY_CLEAR = 26  # of 255
NEARLY_WHITE = 216  # of 255, each channel: anything lighter is hard to read on paper
_CHANNELS = struct.Struct("8I").unpack_from
# Black: what has no object is drawn by nothing that could be faint.
_UNKNOWN: list[ctypes.c_uint | int] = [0, 0, 0, 255]
_INVISIBLE_MODES = (
    pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE,
    pdfium_c.FPDF_TEXTRENDERMODE_CLIP,
)

Colour = tuple[int, int, int]


class Look(NamedTuple):
    """How a word is drawn."""

    colour: Colour
    alpha: int
    invisible: bool

    @property
    def is_plain(self) -> bool:
        """Whether nothing about it is faint."""
        dark = min(self.colour) < NEARLY_WHITE
        return dark and self.alpha >= NEARLY_CLEAR and not self.invisible


def looks_of(textpage: PdfTextPage, words: list[Word]) -> list[Look]:
    """Return how each word is drawn: as its first or last character, whichever is fainter.

    Characters of one text object are drawn alike, so a colour is asked for once an object.
    """
    raw = textpage.raw
    firsts = map(char_object, repeat(raw), [word.at for word in words])
    lasts = map(char_object, repeat(raw), [word.at + len(word.text) - 1 for word in words])
    read = _LookReader(raw)
    known: dict[tuple[int | None, int | None], Look] = {}
    looks: list[Look] = []
    for word, drawn in zip(words, zip(firsts, lasts, strict=True), strict=True):
        look = known.get(drawn)
        if look is None:
            look = known[drawn] = read.look(word, drawn[0])
        looks.append(look)
    return looks


class _LookReader:
    """Asks pdfium how a word is drawn."""

    def __init__(self, textpage: object) -> None:
        self._textpage = textpage
        self._channels = (ctypes.c_uint * 8)()
        places = [ctypes.byref(self._channels, 4 * index) for index in range(8)]
        self._first, self._end = places[:4], places[4:]
        self._known: dict[tuple[int, ...], Look] = {}

    def look(self, word: Word, drawn: int | None) -> Look:
        """Return the look of a word whose first character belongs to the object `drawn`."""
        mode = mode_of(drawn)
        ask = char_stroke if mode == pdfium_c.FPDF_TEXTRENDERMODE_STROKE else char_fill
        if not ask(self._textpage, word.at, *self._first):
            self._channels[:4] = _UNKNOWN
        if not ask(self._textpage, word.at + len(word.text) - 1, *self._end):
            self._channels[4:] = _UNKNOWN
        key = (*_CHANNELS(self._channels), mode)
        return self._known.get(key) or self._known.setdefault(
            key, _fainter(key[:4], key[4:8], mode)
        )


def _fainter(first: tuple[int, ...], end: tuple[int, ...], mode: int) -> Look:
    red, green, blue, _ = max(first, end, key=lambda channels: min(channels[:3]))
    return Look((red, green, blue), min(first[3], end[3]), mode in _INVISIBLE_MODES)
