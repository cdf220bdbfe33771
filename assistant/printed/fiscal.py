"""Fiscal periods: as a question asks for them and as the head of a column names them.

    "Q2 of FY2024" ── AskedPeriod(2024, 2)          "Three Months Ended" over "July 29, 2023"
                             └────────── matches ──────── ColumnPeriod(2023, 7, 3 months)

A fiscal year carries the year it ends in, as nearly every filer counts. Years of 52 and 53 weeks
end within a week of a month's end, so the first seven days of a month count to the month before.
A column with a bare year is that fiscal year; a column with a date is matched by the date.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

MONTHS = (
    r"(?:jan(?:uary|\.)?|feb(?:ruary|\.)?|mar(?:ch|\.)?|apr(?:il|\.)?|may|june?\.?|july?\.?|"
    r"aug(?:ust|\.)?|sept?(?:ember|\.)?|oct(?:ober|\.)?|nov(?:ember|\.)?|dec(?:ember|\.)?)"
)
_FIRST_LETTERS = (
    "jan",
    "feb",
    "mar",
    "apr",
    "may",
    "jun",
    "jul",
    "aug",
    "sep",
    "oct",
    "nov",
    "dec",
)
_MONTH_NUMBERS = {letters: number for number, letters in enumerate(_FIRST_LETTERS, start=1)}
_COUNTS = {"three": 3, "six": 6, "nine": 9, "twelve": 12, "3": 3, "6": 6, "9": 9, "12": 12}
_WEEKS = {
    "twelve": 3, "thirteen": 3, "fourteen": 3, "sixteen": 3, "seventeen": 3,
    "twenty-four": 6, "twenty-six": 6, "twenty-seven": 6, "twenty-eight": 6,
    "thirty-six": 9, "thirty-nine": 9, "forty": 9,
    "12": 3, "13": 3, "14": 3, "16": 3, "17": 3, "24": 6, "26": 6, "27": 6, "28": 6,
    "36": 9, "39": 9, "40": 9,
}  # fmt: skip
TO_DATE = -1
"""The months of a column headed "year to date": some quarters, no year."""
_LENGTHS = {"quarter": 3, "half": 6, "date": TO_DATE, "year": 12}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_YEAR = r"(?:19|20)\d\d"
_ASKED = re.compile(
    rf"\b(?:(?:Q(?P<q>[1-4])|(?P<ordinal>first|second|third|fourth)(?:\s+fiscal)?\s+quarter)"
    rf"\s*(?:of\s*)?(?:the\s*)?)?"
    rf"(?:(?:FY|fiscal(?:\s+years?)?)\s*'?(?P<fy>{_YEAR}|\d\d)(?!\d)|(?P<year>\b{_YEAR}\b))",
    re.I,
)
_RANGE = re.compile(
    rf"\bFY\s*(?P<a>{_YEAR})\s*(?:-|\u2013|to|through)\s*(?:FY\s*)?(?P<b>{_YEAR})\b", re.I
)
_DATE = re.compile(rf"\b(?P<month>{MONTHS})\s+(?P<day>\d{{1,2}})(?:,?\s+(?P<year>{_YEAR}))?", re.I)
_WEEKS_SAID = "|".join(sorted(_WEEKS, key=len, reverse=True))
_SPAN = re.compile(
    r"\b(?:(?P<count>three|six|nine|twelve|3|6|9|12)[\s-]+months?"
    rf"|(?P<weeks>{_WEEKS_SAID})[\s-]+weeks"
    r"|(?P<ordinal>first|second|third|fourth)\s+quarter"
    r"|(?P<quarter>quarters?)(?=\s+end|\s*$)"
    r"|(?P<half>(?:(?:first|second)\s+)?half(?:[\s-]+years?)?)"
    r"|(?P<date>year[\s-]+to[\s-]+date|ytd)"
    r"|(?P<year>(?:fiscal\s+)?years?|5[23][\s-]+weeks|twelve months))\b",
    re.I,
)
_QUARTER = re.compile(
    rf"\b(?:Q(?P<q>[1-4])|(?P<n>[1-4])Q)\s?(?:FY|fiscal)?\s*'?(?P<year>{_YEAR}|\d\d)\b", re.I
)


@dataclass(frozen=True, slots=True, order=True)
class AskedPeriod:
    """A fiscal year that a question names, or one quarter (1 to 4) of it."""

    year: int
    quarter: int | None = None

    @property
    def words(self) -> str:
        """The period as an analyst writes it."""
        return f"Q{self.quarter} FY{self.year}" if self.quarter else f"FY{self.year}"

    def before(self) -> "AskedPeriod":
        """The same period a year earlier."""
        return replace(self, year=self.year - 1)


@dataclass(frozen=True, slots=True)
class ColumnPeriod:
    """What the head of a column says: a year, perhaps its last month, perhaps how long it lasts.

    `months` is 0 where the head names no length, as over a balance sheet, and `TO_DATE` where it
    says that the year has begun and not ended.
    """

    year: int
    month: int = 0
    months: int = 0
    quarter: int = 0

    def matches(self, asked: AskedPeriod, year_end: int = 0) -> bool:
        """Whether this column holds the asked period.

        Args:
            asked: The period a question names.
            year_end: The month that the filer's fiscal year ends in; 0 when it is not known.
        """
        if asked.quarter:
            return self._is_quarter(asked)
        if self.quarter or self.months not in {0, 12}:
            return False
        if not self.month:
            return self.year == asked.year
        return self.year == asked.year and (not year_end or self.month == year_end)

    def _is_quarter(self, asked: AskedPeriod) -> bool:
        if self.quarter:
            return (self.year, self.quarter) == (asked.year, asked.quarter)
        if not self.month or self.months not in {0, 3}:
            return False
        end = self.year_end(asked.quarter or 4)
        return self.year + (self.month > end) == asked.year

    def year_end(self, quarter: int) -> int:
        """Return the month the fiscal year ends in when this column ends that quarter."""
        return (self.month + 3 * (4 - quarter) - 1) % 12 + 1


def asked_periods(text: str) -> list[AskedPeriod]:
    """Return the fiscal periods a question names, in order, each once; ranges are filled."""
    found: list[AskedPeriod] = []
    for match in _ASKED.finditer(text):
        if not _is_calendar_date(text, match):
            found.append(_asked(match))
    for match in _RANGE.finditer(text):
        found += [AskedPeriod(year) for year in range(int(match["a"]), int(match["b"]) + 1)]
    return list(dict.fromkeys(found))


def asked_period(text: str) -> tuple[AskedPeriod, int] | None:
    """Return the period that the text begins with, and how many characters name it."""
    match = _ASKED.match(text)
    return (_asked(match), match.end()) if match else None


def _asked(match: re.Match[str]) -> AskedPeriod:
    digits = match["fy"] or match["year"]
    quarter = int(match["q"]) if match["q"] else _ORDINALS.get((match["ordinal"] or "").lower())
    return AskedPeriod(_full(digits), quarter)


def _full(digits: str) -> int:
    """Return the year that four digits, or the last two, write."""
    return int(digits) if len(digits) == 4 else 2000 + int(digits)


def _is_calendar_date(text: str, match: re.Match[str]) -> bool:
    """Whether the year ends a date such as "May 26, 2023": a day, not a fiscal year."""
    before = text[: match.start("year")] if match["year"] else ""
    return bool(re.search(rf"(?:{MONTHS})\s+\d{{1,2}},?\s*$", before, re.I))


def dates(text: str) -> list[ColumnPeriod]:
    """Return the dates of a head in order; a date without its year has year 0."""
    return [_dated(match) for match in _DATE.finditer(text)]


def _dated(match: re.Match[str]) -> ColumnPeriod:
    month, day = _MONTH_NUMBERS[match["month"].lower()[:3]], int(match["day"])
    year = int(match["year"] or 0)
    if day <= 7:  # a year of 52 or 53 weeks that ends just after the month does
        month, year = (month - 1, year) if month > 1 else (12, max(year - 1, 0))
    return ColumnPeriod(year, month)


def years(text: str) -> list[int]:
    """Return the bare years of a head, in order."""
    return [int(year) for year in re.findall(rf"(?<![\d,.$]){_YEAR}(?![\d,]\d|\d)", text)]


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Yield (months, quarter) for each length that a head names, in order."""
    for match in _SPAN.finditer(text):
        if match["count"]:
            yield _COUNTS[match["count"].lower()], 0
        elif match["weeks"]:
            yield _WEEKS[match["weeks"].lower()], 0
        elif match["ordinal"]:
            yield 3, _ORDINALS[match["ordinal"].lower()]
        else:
            yield _LENGTHS[match.lastgroup or "year"], 0


def quarters(text: str) -> list[ColumnPeriod]:
    """Return the quarters that a head names in short, in order: "Q1 2025", "Q1 FY25", "1Q25"."""
    return [
        ColumnPeriod(_full(match["year"]), months=3, quarter=int(match["q"] or match["n"]))
        for match in _QUARTER.finditer(text)
    ]
