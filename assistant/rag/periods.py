"""Reads the times that a question names: fiscal years and ranges, quarters, dates.

"FY2017 - FY2019"  -> 2017, 2018, 2019        "Q2 of FY2024", "2Q24" -> quarter 2, 2024
"May 26, 2023"     -> that day, and its year   "FY20 and FY21"        -> 2020, 2021
"""

import re
from calendar import monthrange
from datetime import date

from assistant.domain.understanding import Periods

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_DATES = (
    re.compile(
        rf"\b{_MONTH}\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s+(?P<year>(?:19|20)\d\d)\b", re.I
    ),
    re.compile(
        rf"\b(?P<day>\d{{1,2}})(?:st|nd|rd|th)?\s+{_MONTH},?\s+(?P<year>(?:19|20)\d\d)\b", re.I
    ),
    re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<number>\d\d)-(?P<day>\d\d)\b"),
)
_YEAR = r"(?:(?:FY|fiscal(?:\s+years?)?)\s*'?(?P<fy{0}>(?:19|20)?\d\d)|(?P<y{0}>(?:19|20)\d\d))\b"
_ONE = re.compile(r"\b" + _YEAR.format(""), re.I)
_RANGE = re.compile(
    r"\b"
    + _YEAR.format(1)
    + r"\s*(?:-|\u2013|\u2014|to|through|thru|until)\s*(?:and\s+)?"
    + _YEAR.format(2),
    re.I,
)
_BETWEEN = re.compile(
    r"\b(?:between|from)\s+"
    + _YEAR.format(1)
    + r"\s+(?:and|to|through|until)\s+"
    + _YEAR.format(2),
    re.I,
)
_QUARTERS = (
    re.compile(r"\bQ(?P<n>[1-4])\b", re.I),
    re.compile(r"\b(?P<n>[1-4])Q\s?'?(?P<year>\d{2,4})?\b", re.I),
    re.compile(
        r"\b(?P<word>first|second|third|fourth|1st|2nd|3rd|4th)\s+(?:fiscal\s+)?quarter\b", re.I
    ),
)
_SHORT_QUARTER = re.compile(
    r"\bQ[1-4]\s?'?(?P<year>\d{2}|\d{4})\b|\b[1-4]Q\s?'?(?P<year2>\d{2}|\d{4})\b", re.I
)
_SOME_MONTHS = re.compile(r"\b(?:first\s+)?(?:three|six|nine|twelve)\s+months\b", re.I)
_JOIN = re.compile(
    r"[\s,]*(?:(?:of|the|in|and|to|through|or|its|fiscal|years?|end(?:ed|ing)?|-|\u2013)[\s,]*)*",
    re.I,
)
_BEFORE = re.compile(rf"\b(?:{_MONTH}|the)\s+$", re.I)
_ORDINALS = {
    "first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4,
}  # fmt: skip
_LONGEST_RANGE = 15


def periods(text: str) -> Periods:
    """Return the times that a question names."""
    dates = _dates(text)
    years = _years(text) | {day.year for day in dates}
    return Periods(tuple(sorted(years)), _quarter(text), tuple(dates))


def without_periods(text: str) -> str:
    """Return the text without years, quarters and dates."""
    for pattern in (*_DATES, _SHORT_QUARTER, *_QUARTERS, _ONE):
        text = pattern.sub(" ", text)
    return text


def period_spans(text: str) -> list[tuple[int, int]]:
    """Return where a text names times; what only "of" or "and" parts is one: "Q2 and Q3 of 2023"."""
    patterns = (*_DATES, _BETWEEN, _RANGE, _SHORT_QUARTER, *_QUARTERS, _SOME_MONTHS, _ONE)
    merged: list[tuple[int, int]] = []
    for start, end in sorted(match.span() for one in patterns for match in one.finditer(text)):
        if merged and _JOIN.fullmatch(text, min(merged[-1][1], start), start):
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            before = _BEFORE.search(text, 0, start)
            merged.append((before.start() if before else start, end))
    return merged


def _years(text: str) -> set[int]:
    years = {_full(match["fy"] or match["y"]) for match in _ONE.finditer(text)}
    for match in _SHORT_QUARTER.finditer(text):
        years.add(_full(match["year"] or match["year2"]))
    for pattern in (_RANGE, _BETWEEN):
        for match in pattern.finditer(text):
            first, last = (_full(match[f"fy{n}"] or match[f"y{n}"]) for n in (1, 2))
            if first < last <= first + _LONGEST_RANGE:
                years |= set(range(first, last + 1))
    return years


def _full(digits: str) -> int:
    if len(digits) == 4:
        return int(digits)
    return int(digits) + (1900 if int(digits) > 80 else 2000)


def _dates(text: str) -> list[date]:
    found = []
    for pattern in _DATES:
        for match in pattern.finditer(text):
            year, day = int(match["year"]), int(match["day"])
            parts = match.groupdict()
            month = (
                int(parts["number"])
                if parts.get("number")
                else _MONTHS.index(parts["month"][:3].lower()) + 1
            )
            if 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
                found.append(date(year, month, day))
    return found


def _quarter(text: str) -> int | None:
    for pattern in _QUARTERS:
        if match := pattern.search(text):
            parts = match.groupdict()
            return int(parts["n"]) if parts.get("n") else _ORDINALS[parts["word"].lower()]
    return None
