"""A question as tokens: words in one spelling, numbers as numbers, days as days.

Phrases of the semantic layer pass through the same code, so that both sides agree on what a word is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]+"|“[^”]+”)
    |(?P<day>\b\d{4}-\d{2}-\d{2}\b)
    |(?P<code>\b\d+-[A-Za-z]\w*|\b[A-Z]{2,}-[A-Z]{2,}\b|\b[A-Z]+\.[A-Z]\b|\b[A-Za-z]&[A-Za-z]\b)
    |(?P<number>(?:[$€£]\s?)?\d(?:[\d,]*\d)?(?:\.\d+)?(?:(?:st|nd|rd|th)\b|\s?(?:k|m|mn|bn|b|pct|percent|per\scent)\b|\s?%|))
    |(?P<sign>>=|<=|<>|!=|≥|≤|[<>=])
    |(?P<word>[^\W\d_][^\W_]*(?:['\u2019][^\W\d_]+)*)""",
    re.VERBOSE,
)
_SCALES = {
    "k": 1_000,
    "thousand": 1_000,
    "m": 1_000_000,
    "mn": 1_000_000,
    "million": 1_000_000,
    "b": 1_000_000_000,
    "bn": 1_000_000_000,
    "billion": 1_000_000_000,
}
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = dict(
    zip(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"],
        range(20, 100, 10),
        strict=True,
    )
)
_WORDED = (
    {word: value for value, word in enumerate(_ONES)}
    | _TENS
    | {"hundred": 100, "dozen": 12, "thousand": 1000}
)
_COUNTRIES = {"US": "usa", "USA": "usa", "UK": "uk", "GB": "uk"}
_MONEY = frozenset({"$", "€", "£", "dollar", "usd", "buck"})
_PERCENT = frozenset({"%", "percent", "pct"})


@dataclass(frozen=True, slots=True)
class Token:
    """A word or number of a question.

    Args:
        text: As it was written.
        word: Its spelling that is compared: lower case, singular, one spelling of English.
        number: What it counts, where it is a number.
        unit: `$` or `%` where it was written with the number.
        day: The day that it is, where it is one.
    """

    text: str
    word: str
    number: Decimal | None = None
    unit: str = ""
    day: date | None = None


def tokenise(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text."""
    tokens: list[Token] = []
    for found in _TOKEN.finditer(text.replace("\u2019", "'")):
        tokens.extend(_read(found))
    return tuple(_join_numbers(tokens))


@cache
def words_of(phrase: str) -> tuple[str, ...]:
    """Return the words of a phrase in the spelling that is compared."""
    return tuple(token.word for token in tokenise(phrase))


@cache
def stem(word: str) -> str:
    """Return a word in lower case and singular, without a possessive, in American spelling."""
    word = re.sub(r"'s?$", "", word.lower())
    word = re.sub(r"is(e|ed|es|ing|ation)$", r"iz\1", word) if len(word) > 6 else word
    word = word.replace("cancell", "cancel")
    if len(word) < 4 or word.endswith(("ss", "us", "is", "'s")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if re.search(r"(x|ss|sh|ch)es$", word):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def _read(found: re.Match[str]) -> list[Token]:
    text = found.group().strip()
    match found.lastgroup:
        case "quoted":
            return [Token(text[1:-1], text[1:-1].lower())]
        case "day":
            return [_day(text)]
        case "number":
            return [_number(text)]
        case "code":
            return [Token(text, re.sub(r"(?<=[a-z])s$", "", _code(text)))]
        case "word" if text.lower() in _WORDED:
            return [Token(text, text.lower(), Decimal(_WORDED[text.lower()]))]
        case _:
            return [Token(text, _COUNTRIES.get(text) or stem(text))]


def _code(text: str) -> str:
    return re.sub(r"(?<=[A-Z])s$", "", text).lower()


def _day(text: str) -> Token:
    try:
        return Token(text, text, day=date.fromisoformat(text))
    except ValueError:
        return Token(text, text)


def _number(text: str) -> Token:
    found = re.fullmatch(r"([$€£]?)\s?([\d,]*\d(?:\.\d+)?)\s*([a-z%\s]*)", text.lower())
    if found is None:
        return Token(text, text.lower())
    sign, digits, tail = found.groups()
    value = Decimal(digits.replace(",", "")) * _SCALES.get(tail.strip(), 1)
    unit = "$" if sign else "%" if tail.strip().replace(" ", "") in _PERCENT else ""
    return Token(text, text.lower(), value, unit)


def _join_numbers(tokens: Sequence[Token]) -> list[Token]:
    """Return tokens with "two hundred", "1.5 million" and "3 percent" as one number each."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last is None or last.number is None or not _continues(last, token, joined):
            joined.append(token)
    return joined


def _continues(last: Token, token: Token, joined: list[Token]) -> bool:
    text = f"{last.text} {token.text}"
    if token.word in _SCALES and not last.unit and last.number is not None:
        joined[-1] = Token(text, text.lower(), last.number * _SCALES[token.word], last.unit)
    elif token.word in _MONEY and not last.unit:
        joined[-1] = Token(text, text.lower(), last.number, "$")
    elif token.word in _PERCENT and not last.unit:
        joined[-1] = Token(text, text.lower(), last.number, "%")
    elif last.word in _WORDED and token.word in _WORDED and last.number is not None:
        if token.word == "hundred":
            joined[-1] = Token(text, "hundred", last.number * 100)
        elif last.word in _TENS and token.number is not None and token.number < 10:
            joined[-1] = Token(text, text.lower(), last.number + token.number)
        else:
            return False
    else:
        return False
    return True
