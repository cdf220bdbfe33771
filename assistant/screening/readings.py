"""The readings of a text: as it is printed, and as a model would see through a disguise.

A disguise (zero-width characters, look-alike letters, spaced letters, digits for letters, reversed
text, tag characters, ROT13) is undone by one table from character to letter; what is found in a
reading is reported at its place in the text itself.
"""

import base64
import binascii
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_INVISIBLE = "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
_TAGS = range(0xE0000, 0xE0080)
_STRAIGHT = tuple(
    zip("\u2018\u2019\u201c\u201d\u2013\u2014\u2011\u00a0", "''\"\"---\u0020", strict=True)
)
_QUOTES = str.maketrans(dict(_STRAIGHT))
_DISGUISED = re.compile(
    f"[{_INVISIBLE}\U000e0000-\U000e007f\uff01-\uff5e\U0001d400-\U0001d7ff\u2460-\u24ff\u2100-\u214f]"
)
# Letters of other scripts that look like Latin ones (Unicode TR39 confusables, the single letters).
_LOOK_ALIKE = dict(
    zip(
        "АВЕЅІЈКМНОРСТХУаеѕіјорсхуһԁԛԝьгΑΒΕΖΗΙΚΜΝΟΡΤΥΧαεικνορτυχωıɡɑсꞬӏѵꓲꓳ",
        "ABESIJKMHOPCTXYaesijopcxyhdqwbrABEZHIKMNOPTYXaeiknoptuxwigacglvIO",
        strict=True,
    )
)
_LEET = {
    "0": "o",
    "1": "i",
    "3": "e",
    "4": "a",
    "5": "s",
    "7": "t",
    "8": "b",
    "@": "a",
    "$": "s",
    "!": "i",
    "|": "i",
}
_ROT13 = str.maketrans("abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm")
_LEAST_ENCODED = 24  # characters
_ENCODED = re.compile(rf"(?<![\w+/=-])[A-Za-z0-9+/_-]{{{_LEAST_ENCODED},}}={{0,2}}(?![\w+/=-])")
_HEX = re.compile(r"(?<![\w])(?:[0-9a-fA-F]{2}[ ,]?){20,}(?![\w])")
_WORDS = re.compile(r"[A-Za-z]{2,}(?:[ ,.:;!?'\"-]+[A-Za-z]{2,}){2,}")


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as it can be read.

    Args:
        name: How it is read: "plain", "letters", "reversed", "rot13".
        text: What is read, in lower case.
        place: From a character of `text` to the character of the original.
    """

    name: str
    text: str
    place: Callable[[int], int]


def plain(text: str) -> Reading:
    """Return the text in lower case, quotes and dashes straight, invisible characters removed."""
    if text.isascii():
        return Reading("plain", text.lower(), int)
    if not _DISGUISED.search(text):
        for quote, straight in _STRAIGHT:
            text = text.replace(quote, straight)
        return Reading("plain", _same_length(text), int)
    kept: list[str] = []
    places: list[int] = []
    for index, character in enumerate(text):
        seen = _seen(character)
        kept.append(seen)
        places.extend([index] * len(seen))
    return Reading("plain", "".join(kept), _lookup(places))


def _same_length(text: str) -> str:
    lowered = text.lower()  # a few letters of other scripts become two
    return lowered if len(lowered) == len(text) else "".join(c.lower()[:1] or c for c in text)


def _seen(character: str) -> str:
    code = ord(character)
    if code in _TAGS:
        return chr(code - 0xE0000).lower() if code > 0xE001F else ""
    if re.match(f"[{_INVISIBLE}]", character):
        return ""
    return unicodedata.normalize("NFKC", character).translate(_QUOTES).lower()


def _lookup(places: list[int]) -> Callable[[int], int]:
    def place(index: int) -> int:
        return places[min(index, len(places) - 1)] if places else 0

    return place


class _Letters(dict[int, str | None]):
    """From a character to the Latin letter it passes for, or None. Filled as characters are met."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        folded = unicodedata.normalize("NFKD", _LOOK_ALIKE.get(character, character))[:1]
        letter = _seen(character) if code in _TAGS else _LOOK_ALIKE.get(folded, folded).lower()
        letter = _LEET.get(letter, letter)
        self[code] = letter if "a" <= letter <= "z" and len(letter) == 1 else None
        return self[code]


_LETTERS = _Letters()


def disguised(text: str, tells: Sequence[str]) -> Iterator[Reading]:
    """Yield the text's letters alone, as they stand, from the end, and as ROT13, where a tell is in.

    Args:
        text: As it stands.
        tells: Letters of which a reading must hold one run to be worth reading.
    """
    letters = _letters(text)

    def places() -> list[int]:
        return [index for index, character in enumerate(text) if character.translate(_LETTERS)]

    if any(tell in letters for tell in tells):
        yield Reading("letters", letters, lambda index: places()[index])
    if any(tell[::-1] in letters for tell in tells):
        yield Reading("reversed", letters[::-1], lambda index: places()[len(letters) - 1 - index])
    if any(tell.translate(_ROT13) in letters for tell in tells):
        yield Reading("rot13", letters.translate(_ROT13), lambda index: places()[index])


def _letters(text: str) -> str:
    """Return the letters that the characters of a text pass for; ASCII alone is translated fast."""
    if all(_LETTERS[ord(c)] is None for c in set(text) if c > "\x7f"):
        text = text.encode("ascii", "ignore").decode("ascii")
    return text.translate(_LETTERS)


def decoded(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield runs that are words in base64 or hexadecimal: start, end, the words."""
    long = max(map(len, text.split()), default=0) >= _LEAST_ENCODED
    for match in _ENCODED.finditer(text) if long else ():
        if words := _words(_base64(match[0])):
            yield match.start(), match.end(), words
    for match in _HEX.finditer(text):
        if words := _words(bytes.fromhex(re.sub("[ ,]", "", match[0]))):
            yield match.start(), match.end(), words


def _base64(run: str) -> bytes:
    body = run.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(body + "=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _words(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    return text if text.isprintable() and _WORDS.search(text) else ""


def invisible_runs(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield runs of characters that hide text: start, end, what they do."""
    if not _DISGUISED.search(text):
        return
    for pattern, name in _HIDING:
        for match in pattern.finditer(text):
            yield match.start(), match.end(), name


_HIDING = (
    (re.compile("[\U000e0020-\U000e007f]{3,}"), "tag_characters"),
    (
        re.compile("(?:[A-Za-z ][\u200b-\u200d\u2060-\u2064\ufeff]){6,}[A-Za-z ]?"),
        "zero_width_letters",
    ),
    (re.compile("[\u202d\u202e][^\u202c\n]{6,}"), "reversed_direction"),
)
