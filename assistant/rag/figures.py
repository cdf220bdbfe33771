"""Finds the figures in a text: value, unit, scale and sign.

    "$(1,577.3) million"  ->  Figure at [start, end), value -1577300000, unit "$"

Years, list numbers, citation marks, and numbers that are part of a name (10-K, Item 7, COVID-19)
are not figures.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_SCALES = {
    "thousand": Decimal(1_000),
    "million": Decimal(1_000_000),
    "billion": Decimal(1_000_000_000),
    "trillion": Decimal(1_000_000_000_000),
}
_FIGURE = re.compile(
    r"(?<![\w.,\[/-])"
    r"(?P<minus>[-\u2212]\s?)?(?P<currency>[$\u20ac\u00a3\u00a5]\s?)?(?P<open>\(\s?)?"
    r"(?P<currency2>[$\u20ac\u00a3\u00a5]\s?)?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<percent_in>\s?%)?(?P<close>\s?\))?"
    r"(?P<unit>\s?%|\s?(?:percent|percentage points|basis points|bps)\b)?"
    r"(?:\s(?P<scale>thousand|million|billion|trillion)s?\b)?"
    r"(?![\w\]]|-\w|,\d|\.\d)",
    re.I,
)
_NAMED = re.compile(
    r"\b(?:items?|notes?|pages?|section|exhibit|part|rule|form|asc|topic"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?\s$",
    re.I,
)
_LIST_NUMBER = re.compile(r"\(\d{1,2}\)|\d{1,2}(?=\. )")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Found:
    """A figure and where it stands; `value` is in whole units, `unit` "$", "%", "bps" or ""."""

    text: str
    value: Decimal
    unit: str
    start: int
    end: int


def figures(text: str) -> Iterator[Found]:
    """Yield the figures of a text in order."""
    for match in _FIGURE.finditer(text):
        if _is_year(match) or _is_name(text, match):
            continue
        negative = bool(match["minus"]) or bool(match["open"] and match["close"])
        value = Decimal(match["number"].replace(",", ""))
        value *= _SCALES.get((match["scale"] or "").lower(), Decimal(1))
        yield Found(
            match.group().strip(),
            -value if negative else value,
            _unit(match),
            match.start(),
            match.end(),
        )


def _is_year(match: re.Match[str]) -> bool:
    marks = ("currency", "currency2", "unit", "scale", "percent_in")
    return bool(_YEAR.fullmatch(match["number"])) and not any(match[mark] for mark in marks)


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether the number counts a list ("1. ", "(1) ") or names a thing ("Item 7", "May 3")."""
    begins_line = match.start() == 0 or text[match.start() - 1] == "\n"
    counts = begins_line and _LIST_NUMBER.match(text, match.start())
    return bool(counts) or bool(_NAMED.search(text[max(0, match.start() - 14) : match.start()]))


def _unit(match: re.Match[str]) -> str:
    written = (match["unit"] or match["percent_in"] or "").strip().lower()
    if written in {"%", "percent", "percentage points"}:
        return "%"
    if written:
        return "bps"
    return (match["currency"] or match["currency2"] or "").strip()
