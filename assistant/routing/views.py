"""A message as it may be meant: its disguises taken off, with the place of every character kept.

    "m y   p 0 r t f o l i o" -> View("my portfolio", places in the message)

A disguise costs nothing to write, so detectors read every view: the text without accents, invisible
characters and compatibility forms; look-alikes of other scripts as Latin letters; spaced letters and
digits joined; digits as the letters they imitate; and what base64, hexadecimal or percent code hides.
A finding in a view is reported at its place in the message as it was written.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

Place = tuple[int, int]

# Letters of other scripts that look like Latin ones (the common part of Unicode's confusables).
_LOOK_ALIKES = str.maketrans(
    "аеорсухіјѕԁһӏвкмнтзАВЕКМНОРСТХУІЈЅαοινρτυκΑΒΕΖΗΙΚΜΝΟΡΤΥΧɡı",
    "aeopcyxijsdhlbkmhtzABEKMHOPCTXYIJSaoivptukABEZHIKMNOPTYXgi",
)
_LEET = str.maketrans("013457@$!", "oieastasi")
_LEET_WORD = re.compile(
    r"(?<![\w@$])(?=[\w@$!]*[a-zA-Z])(?=[\w@$!]*[013457@$!])[\w@$!]{3,24}(?![\w@$])"
)
_SPACED = re.compile(r"(?<!\w)\w(?:[ .\-_*|]{1,3}\w){3,}(?!\w)")
_SPACED_DIGITS = re.compile(r"(?<![\d,.])\d(?:[ \-.·_*|]{0,3}\d){5,}(?!\d)")
_SEPARATORS = re.compile(r"[^\w]+|_+")
_BASE64 = re.compile(r"(?<![\w+/=-])[A-Za-z0-9+/_-]{8,}={0,2}(?![\w+/=])")
_HEX = re.compile(r"(?<!\w)(?:0x)?(?:[0-9a-fA-F]{2}[ :]?){6,}(?!\w)")
_PERCENT = re.compile(r"(?:[\w.+-]{0,64}%[0-9a-fA-F]{2}){2,}[\w.+-]{0,64}")
_APOSTROPHES = dict.fromkeys("\u2018\u2019\u02bc\u2032`\u00b4", "'")
_DEEPEST = 2  # codes inside codes
_UNSEEN = {"Cf", "Mn", "Me"}  # Unicode categories: format characters, accents


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a message: its text, and for each character the place it stands for."""

    text: str
    places: Sequence[Place]

    def place(self, start: int, end: int) -> Place:
        """Return where `text[start:end]`, which is not empty, stands in the message."""
        return self.places[start][0], self.places[end - 1][1]


def views(text: str) -> Iterator[View]:
    """Yield the message folded, then each undisguised reading that differs from it."""
    yield from _views(text, _DEEPEST)


def fold(text: str) -> str:
    """Return text without accents, invisible characters and compatibility forms (NFKD)."""
    return _folded(text).text


def _views(text: str, deepest: int) -> Iterator[View]:
    base = _folded(text)
    yield base
    latin = View(base.text.translate(_LOOK_ALIKES), base.places)
    if latin.text != base.text:
        yield latin
    for changed in (_joined(latin, _SPACED), _joined(latin, _SPACED_DIGITS), _unleeted(latin)):
        if changed is not None:
            yield changed
    if deepest:
        yield from _decoded(base, deepest)


def _folded(text: str) -> View:
    if text.isascii():
        return View(text, [(index, index + 1) for index in range(len(text))])
    letters: list[str] = []
    places: list[Place] = []
    for index, character in enumerate(text):
        for letter in unicodedata.normalize("NFKD", _APOSTROPHES.get(character, character)):
            if unicodedata.category(letter) not in _UNSEEN:
                letters.append(letter)
                places.append((index, index + 1))
    return View("".join(letters), places)


def _joined(view: View, pattern: re.Pattern[str]) -> View | None:
    """Return the view with spaced-out runs joined; a wider gap than the narrowest parts two words."""
    letters: list[str] = []
    places: list[Place] = []
    last = 0

    def keep(start: int, end: int) -> None:
        letters.extend(view.text[start:end])
        places.extend(view.places[start:end])

    for run in pattern.finditer(view.text):
        keep(last, run.start())
        last = run.start()
        gaps = list(_SEPARATORS.finditer(view.text, run.start(), run.end()))
        narrowest = min((len(gap[0]) for gap in gaps), default=0)
        for gap in gaps:
            keep(last, gap.start())
            if pattern is _SPACED and len(gap[0]) > narrowest:
                letters.append(" ")
                places.append(view.places[gap.start()])
            last = gap.end()
    if not last:
        return None
    keep(last, len(view.text))
    joined = "".join(letters)
    return None if joined == view.text else View(joined, places)


def _unleeted(view: View) -> View | None:
    text = _LEET_WORD.sub(lambda word: word[0].translate(_LEET), view.text)
    return None if text == view.text else View(text, view.places)


def _decoded(view: View, deepest: int) -> Iterator[View]:
    """Yield what each coded run hides; every character of it stands for the whole run."""
    for pattern, decode in ((_BASE64, _base64), (_HEX, _hex), (_PERCENT, unquote)):
        for run in pattern.finditer(view.text):
            hidden = decode(run[0])
            if hidden and hidden != run[0]:
                place = view.place(run.start(), run.end())
                for inner in _views(hidden, deepest - 1):
                    yield View(inner.text, [place] * len(inner.text))


def _base64(code: str) -> str:
    padded = code.rstrip("=").replace("-", "+").replace("_", "/")
    if len(padded) % 4 == 1:  # cut off somewhere: what stands before is whole
        padded = padded[:-1]
    try:
        return _printable(base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True))
    except binascii.Error:
        return ""


def _hex(code: str) -> str:
    return _printable(bytes.fromhex(re.sub(r"^0x|[ :]", "", code)))


def _printable(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if all(c.isprintable() or c.isspace() for c in text) else ""
