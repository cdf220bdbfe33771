"""Numbers as people write them: "$1,000", "1.5k", "five", "a thousand", "3 percent", "95th", "p95"."""

import re
from dataclasses import dataclass
from decimal import Decimal

NUMBER = r"\$?\d[\d,]*(?:\.\d+)?(?:k|m|mn|mm|bn|b)?(?:%|st\b|nd\b|rd\b|th\b)?(?![\w-])|\bp\d\d?\b"
_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SMALL = {word: at for at, word in enumerate(_UNITS.split()) if word != "zero"}
_SMALL |= {word: 10 * at for at, word in enumerate(_TENS.split(), 2)} | {"dozen": 12}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9}
_SUFFIXES = {"k": 10**3, "m": 10**6, "mn": 10**6, "mm": 10**6, "bn": 10**9, "b": 10**9, "": 1}
_WORDS = "|".join([*_SMALL, *_SCALES])
_WRITTEN = re.compile(rf"\b(?:a\s+|an\s+)?(?:{_WORDS})(?:[\s-]+(?:and\s+)?(?:{_WORDS}))*\b")
_SCALED = re.compile(rf"(\d[\d,.]*)\s+({'|'.join(_SCALES)})\b")
_PERCENT = re.compile(r"(\d)\s*(?:%|percent\b(?!age)|per\s+cent\b|pct\b)")
_PARTS = re.compile(r"\$?(\d[\d,]*(?:\.\d+)?)(k|mn|mm|m|bn|b)?(%|st|nd|rd|th)?")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number; `percent` where it is so many of a hundred, `ordinal` for the 95th."""

    value: Decimal
    percent: bool = False
    ordinal: bool = False


def words_as_digits(text: str) -> str:
    """Return a text in lower case with number words and percent signs as digits: "3%"."""
    text = _SCALED.sub(lambda m: str(Decimal(m[1].replace(",", "")) * _SCALES[m[2]]), text)
    text = _WRITTEN.sub(lambda match: f" {_number_of(match[0])} ", text)
    return _PERCENT.sub(r"\1%", text)


def numeral(word: str) -> Numeral | None:
    """Return the number that a word is; None when it is none."""
    if re.fullmatch(r"p\d\d?", word):
        return Numeral(Decimal(word[1:]), ordinal=True)
    match = _PARTS.fullmatch(word)
    if match is None:
        return None
    value = Decimal(match[1].replace(",", "")) * _SUFFIXES[match[2] or ""]
    return Numeral(value, match[3] == "%", (match[3] or "%") != "%")


def _number_of(words: str) -> int:
    total, part = 0, 0
    for word in re.findall(r"[a-z]+", words):
        if word in _SMALL:
            part += _SMALL[word]
        elif word == "hundred":
            part = 100 * max(part, 1)
        elif word in _SCALES:
            total += _SCALES[word] * max(part, 1)
            part = 0
    return total + part
