"""Words of a question, as they are compared: without case, accents, possessives and endings.

A token is letters or digits without a sign between them, so that "10-K", "P&L" and "BRK.B" are two or
three tokens of a phrase, however they are written.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_TOKEN = re.compile(r"[^\W_]+")
_POSSESSIVE = re.compile(r"['\u2019`]s\b", re.IGNORECASE)
_DOUBLED = ("bb", "dd", "gg", "mm", "nn", "pp", "rr", "tt")
_KEPT = {
    "news",
    "loss",
    "gross",
    "less",
    "business",
    "series",
    "basis",
    "analysis",
    "vs",
    "us",
    "is",
}
_ODD = {
    "bought": "buy",
    "buys": "buy",
    "sold": "sell",
    "held": "hold",
    "paid": "pay",
    "made": "make",
    "lost": "lose",
    "owned": "own",
    "went": "go",
    "cancelled": "cancel",
    "canceled": "cancel",
    "cancelling": "cancel",
    "ks": "k",
    "qs": "q",
    "children": "child",
    "people": "person",
    "indices": "index",
    "indexes": "index",
    # what an ending changes the meaning of: a close and a closed position, a fill and a filled order
    **{one: one for one in "closed closing filled holding opened opening trading worth".split()},  # noqa: SIM905
    "holdings": "holding",
}


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a text: where it stands, and the stem that it is compared by."""

    text: str
    start: int
    end: int
    stem: str


def tokens(text: str) -> tuple[Token, ...]:
    """Return the words of a text, in order; a possessive ending belongs to no word."""
    blanked = _POSSESSIVE.sub(lambda found: " " * len(found[0]), text)
    return tuple(
        Token(found[0], found.start(), found.end(), stem(found[0]))
        for found in _TOKEN.finditer(blanked)
    )


def phrase(text: str) -> tuple[str, ...]:
    """Return the stems of a phrase, as a question is searched for it."""
    return tuple(one.stem for one in tokens(text.replace("_", " ")))


def plain_words(text: str) -> Iterable[str]:
    """Return the words of a phrase as they are spelled, without case, those of letters only."""
    found = (one.text.casefold() for one in tokens(text.replace("_", " ")))
    return (one for one in found if one.isalpha())


def spelled(found: Sequence[Token], text: str) -> str:
    """Return what stands in the text from the first of some tokens to the last."""
    return text[found[0].start : found[-1].end]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return a word without case, accents and the common English endings."""
    plain = unicodedata.normalize("NFKD", word.casefold())
    plain = "".join(one for one in plain if not unicodedata.combining(one))
    if plain in _ODD:
        return _ODD[plain]
    if len(plain) < 4 or plain in _KEPT or not plain.isalpha():
        return plain
    return _without_e(_without_tense(_singular(plain)))


def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def _without_tense(word: str) -> str:
    for ending in ("ing", "ed"):
        root = word[: -len(ending)]
        if word.endswith(ending) and len(root) >= 3 and any(one in "aeiouy" for one in root):
            if root.endswith(_DOUBLED) and len(root) > 3:
                return root[:-1]
            return root[:-1] + "y" if ending == "ed" and root.endswith("i") else root
    return word


def _without_e(word: str) -> str:
    if word.endswith("ly") and len(word) > 5:
        word = word[:-2]
    return word[:-1] if word.endswith("e") and len(word) > 4 else word


_WORDS = tomllib.loads(Path(__file__).with_name("english.toml").read_text("utf-8"))
ENGLISH_WORDS = frozenset(_WORDS["words"].split())
ENGLISH = frozenset(map(stem, ENGLISH_WORDS))
"""Stems of plain English words, which are no misspelled names and no tickers in small letters."""
_OF_TIME = frozenset(map(stem, _WORDS["time"].split()))


def tells_time(key: Sequence[str]) -> bool:
    """Whether a phrase, given as stems, is made of numbers and words of time only."""
    return all(one in _OF_TIME or one.isdecimal() for one in key)
