"""A message as numbers: its signs, and its words and their pieces by hash, for the classifiers.

    "predict NVDA for 5 days" -> signs (predict, period ...) and words, pairs, pieces -> 8,192 places

The signs (`signs.toml`) are what a person would look for; words and pieces carry the rest. The hash
(CRC-32) is the same on every machine, so weights made elsewhere fit. Figures become "0" and ticker
symbols one word: what matters is that a number or a symbol is there, not which.
"""

import re
import tomllib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.routing.views import fold

PLACES = 8192
Numbers = NDArray[np.float32]

_SIGNS = Path(__file__).with_name("signs.toml")
_WORDS = re.compile(r"[a-z0-9$€£%&']+|[^\x00-\x7f]|[?!.,:*]")
_FIGURE = re.compile(r"\d[\d.,]*")
_SYMBOL = re.compile(r"\b[A-Z]{2,5}\b")
_QUESTION = re.compile(r"\?\s*$")
_LONGEST = 2000  # characters read of one text
_PIECES = (3, 4, 5)
_WORD_STEPS = (1, 3, 6, 10, 16, 25)


@dataclass(frozen=True)
class Features:
    """Turns texts into numbers."""

    signs: tuple[re.Pattern[str], ...]

    @classmethod
    def load(cls) -> "Features":
        """Read the signs."""
        told = tomllib.loads(_SIGNS.read_text("utf-8"))
        return cls(tuple(re.compile(fold(p), re.IGNORECASE) for p in told.values()))

    def signs_of(self, text: str) -> Numbers:
        """Return which signs a text has (1 or 0), its form and its length."""
        plain = fold(text[:_LONGEST])
        seen = [1.0 if sign.search(plain) else 0.0 for sign in self.signs]
        words = len(plain.split())
        seen += [1.0 if words > step else 0.0 for step in _WORD_STEPS]
        seen += [float(bool(form.search(plain))) for form in (_FIGURE, _SYMBOL, _QUESTION)]
        return np.array(seen, np.float32)


def hashed(text: str) -> Numbers:
    """Return the text's words, pairs and pieces as a vector of length 1, `PLACES` long."""
    vector = np.zeros(PLACES, np.float32)
    for token in _tokens(_words_of(text)):
        vector[zlib.crc32(token.encode()) % PLACES] += 1
    np.log1p(vector, out=vector)
    return unit(vector)


def unit(vector: Numbers) -> Numbers:
    """Return the vector at length 1; a zero vector stays."""
    length = float(np.linalg.norm(vector))
    return vector / np.float32(length) if length else vector


def _words_of(text: str) -> list[str]:
    plain = _SYMBOL.sub(" tickersymbol ", fold(text[:_LONGEST]))
    return _WORDS.findall(_FIGURE.sub("0", plain.lower()))


def _tokens(words: list[str]) -> Iterator[str]:
    for word in words:
        yield "w" + word
        padded = f"<{word}>"
        for size in _PIECES:
            for start in range(len(padded) - size + 1):
                yield "c" + padded[start : start + size]
    for first, second in zip(["^", *words], [*words, "$"], strict=True):
        yield f"p{first} {second}"
