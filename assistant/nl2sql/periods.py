"""Reads periods out of plain English: "last week", "since 2024", "June 16, 2025", "the past 90 days".

A period is half open, [start, end). Its edges are dates or are counted from today, so that a statement
made of them keeps the clock functions of SQL. Two periods are the same when they cover the same days:
"since new year", "this year" and the year's number are one.

What is not sure to be a period stays in the text: the question is then not covered, never misread.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

_MONTHS = "january february march april may june july august september october november december"
_MONTH_NUMBERS = {name: at for at, name in enumerate(_MONTHS.split(), 1)}
_MONTH_NUMBERS |= {name[:3]: at for name, at in _MONTH_NUMBERS.items()} | {"sept": 9}
_NUMBER_WORDS = "one two three four five six seven eight nine ten eleven twelve"
_COUNTS = {word: at for at, word in enumerate(_NUMBER_WORDS.split(), 1)} | {
    "couple of": 2,
    "thirty": 30,
}
_COUNTS |= {"ninety": 90, "sixty": 60, "a": 1, "": 1}
_MONTH = "|".join(sorted(_MONTH_NUMBERS, key=len, reverse=True))
UNITS = ("day", "week", "month", "quarter", "year")
"""What periods are counted in."""

_UNIT = "|".join(UNITS)
_YEAR = r"(?:19[89]\d|20\d\d)"
_LEAD = (
    r"(?:\b(?:in|during|for|on|over|of|within|throughout|at|as of|from|across)\s+)?(?:\bthe\s+)?"
)
_IN = _LEAD.replace("over|", "")  # "over 2000" is an amount
_NO_UNIT = r"(?!\s+(?:shares|dollars|usd|units|trades|orders|bucks|days|users))"
_AMOUNT_BEFORE = re.compile(r"(?:above|below|over|under|than|least|most|exceed\w*|[<>=])\s*$")
_START_OF = r"(?:the\s+)?(?:start|beginning|first day)\s+of\s+(?:the\s+)?"


@dataclass(frozen=True, slots=True)
class Edge:
    """A day: a date, or counted from today.

    Args:
        day: The date, where it is one.
        unit: Of `shift`: day, week, month, quarter, year.
        shift: How many units from today, or from the start of today's unit.
        whole: Whether it is counted from the start of today's unit.
    """

    day: date | None = None
    unit: str = "day"
    shift: int = 0
    whole: bool = True

    def on(self, today: date) -> date:
        """Return the day that it is."""
        if self.day is not None:
            return self.day
        return moved(start_of(today, self.unit) if self.whole else today, self.unit, self.shift)

    @property
    def sql(self) -> str:
        """The day in SQL, as a date or a moment."""
        return self.since(in_days=True)

    def since(self, in_days: bool) -> str:
        """Return the day in SQL, for a column of days or of moments."""
        if self.day is not None:
            return f"'{self.day.isoformat()}'"
        base = "current_date" if in_days or self.whole else "now()"
        if self.whole and self.unit != "day":
            base = f"date_trunc('{self.unit}', now())"
        if not self.shift:
            return base
        count, unit = abs(self.shift), self.unit
        if unit == "quarter":
            count, unit = 3 * count, "month"
        return f"{base} {'-' if self.shift < 0 else '+'} interval '{count} {unit}s'"


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `start` up to, not including, `end`; None is open.

    `words` are those of the question. `years` is the count of "the last three fiscal years", which
    are counted in filings, not in days.
    """

    start: Edge | None
    end: Edge | None
    words: str = ""
    years: int = 0

    def days(self, today: date) -> tuple[date | None, date | None, int]:
        """Return what makes two periods the same; an end that is yet to come is none."""
        start = self.start.on(today) if self.start else None
        end = self.end.on(today) if self.end else None
        if end is not None and end > today and start != today:
            end = None
        return start, end, self.years

    @property
    def rolling(self) -> bool:
        """Whether it is the last so many days, months or years, up to now."""
        return self.start is not None and self.start.day is None and not self.start.whole

    @property
    def one_day(self) -> bool:
        """Whether it is a single day."""
        if self.start is None or self.end is None:
            return False
        some_day = date(2024, 5, 15)
        return self.end.on(some_day) - self.start.on(some_day) == timedelta(1)

    @property
    def year(self) -> int | None:
        """The calendar year that it is, by its number; None when it is not one."""
        match self.start, self.end:
            case Edge(day=date() as first), Edge(day=date() as last):
                whole = (first.month, first.day, last.month, last.day) == (1, 1, 1, 1)
                return first.year if whole and last.year == first.year + 1 else None
            case _:
                return None


def start_of(day: date, unit: str) -> date:
    """Return the first day of the week (Monday), month, quarter or year that a day is in."""
    match unit:
        case "week":
            return day - timedelta(day.weekday())
        case "month":
            return day.replace(day=1)
        case "quarter":
            return day.replace(month=3 * ((day.month - 1) // 3) + 1, day=1)
        case "year":
            return day.replace(month=1, day=1)
        case _:
            return day


def moved(day: date, unit: str, count: int) -> date:
    """Return the day so many units later, as PostgreSQL counts: the 31st becomes a month's last."""
    if unit in {"day", "week"}:
        return day + timedelta(count * (7 if unit == "week" else 1))
    months = day.year * 12 + day.month - 1 + count * {"month": 1, "quarter": 3, "year": 12}[unit]
    first = date(months // 12, months % 12 + 1, 1)
    after = date((months + 1) // 12, (months + 1) % 12 + 1, 1)
    return min(first.replace(day=1) + timedelta(day.day - 1), after - timedelta(1))


def find_periods(text: str) -> tuple[str, tuple[Period, ...]]:
    """Return a text in lower case with each period as `⟦p0⟧`, `⟦p1⟧`, ..., and the periods."""
    found: list[Period] = []
    for pattern, read in _RULES:

        def replaced(match: re.Match[str], read: Reader = read) -> str:
            period = read(match)
            if period is None:
                return match[0]
            start, end = period
            found.append(Period(start, end, match[0].strip(), _years(match)))
            return f" ⟦p{len(found) - 1}⟧ "

        text = pattern.sub(replaced, text)
    return text, tuple(found)


Reader = Callable[[re.Match[str]], tuple[Edge | None, Edge | None] | None]


def _years(match: re.Match[str]) -> int:
    groups = match.groupdict()
    return _count(match) if groups.get("fiscal") else 0


def _count(match: re.Match[str]) -> int:
    word = (match.groupdict().get("n") or "").strip()
    return int(word) if word.isdigit() else _COUNTS[word]


def _rolling(match: re.Match[str]) -> tuple[Edge | None, Edge | None]:
    unit, count = match["unit"], _count(match)
    if unit == "quarter":
        unit, count = "month", 3 * count
    elif unit == "year":
        unit, count = "month", 12 * count
    return Edge(unit=unit, shift=-count, whole=False), None


def _this(match: re.Match[str]) -> tuple[Edge | None, Edge | None]:
    return Edge(unit=match["unit"]), None


def _last(match: re.Match[str]) -> tuple[Edge | None, Edge | None]:
    unit = match["unit"]
    if unit == "day":
        return Edge(shift=-1), Edge()
    return Edge(unit=unit, shift=-1), Edge(unit=unit)


def _fixed(unit: str, first: int, last: int | None) -> Reader:
    end = None if last is None else Edge(unit=unit, shift=last)
    return lambda match: (Edge(unit=unit, shift=first), end)


def _span(text: str) -> tuple[date, date] | None:
    """Return first day and the day after the last of a written date, month, quarter or year."""
    for pattern, unit in _WRITTEN:
        match = pattern.fullmatch(text.strip())
        if match is None:
            continue
        groups = match.groupdict()
        month = groups.get("month") or "1"
        number = int(month) if month.isdigit() else _MONTH_NUMBERS[month]
        if "quarter" in groups:
            number = 3 * _QUARTERS[match["quarter"]] - 2
        try:
            first = date(int(match["year"]), number, int(groups.get("day") or 1))
        except ValueError:
            return None
        return first, moved(first, unit, 1)
    return None


def _since(match: re.Match[str]) -> tuple[Edge | None, Edge | None] | None:
    span = _span(match["date"])
    if span is None:
        return None
    after = match["how"] in {"after", "later than"}
    return Edge(span[1] if after else span[0]), None


def _before(match: re.Match[str]) -> tuple[Edge | None, Edge | None] | None:
    span = _span(match["date"])
    if span is None:
        return None
    through = match["how"] in {"through", "up to", "until", "till"}
    return None, Edge(span[1] if through else span[0])


def _between(match: re.Match[str]) -> tuple[Edge | None, Edge | None] | None:
    first, last = _span(match["date"]), _span(match["to"])
    if first is None or last is None or first[0] >= last[1]:
        return None
    return Edge(first[0]), Edge(last[1])


def _in(match: re.Match[str]) -> tuple[Edge | None, Edge | None] | None:
    if _AMOUNT_BEFORE.search(match.string[: match.start()]):
        return None
    span = _span(match["date"])
    return (Edge(span[0]), Edge(span[1])) if span else None


_QUARTERS = {"1": 1, "2": 2, "3": 3, "4": 4, "first": 1, "second": 2, "third": 3, "fourth": 4}
_QUARTER_WORD = "|".join(("first", "second", "third", "fourth"))
_DATES = (
    (rf"(?P<year>{_YEAR})-(?P<month>\d\d?)-(?P<day>\d\d?)", "day"),
    (rf"(?P<month>{_MONTH})\.?\s+(?P<day>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<year>{_YEAR})", "day"),
    (
        rf"(?P<day>\d\d?)(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<month>{_MONTH})\.?,?\s+(?P<year>{_YEAR})",
        "day",
    ),
    (rf"(?P<month>{_MONTH})\.?,?\s+(?:of\s+)?(?P<year>{_YEAR})", "month"),
    (rf"(?P<year>{_YEAR})-(?P<month>\d\d)", "month"),
    (rf"q(?P<quarter>[1-4])\s*(?:of\s+)?(?P<year>{_YEAR})", "quarter"),
    (rf"(?P<quarter>{_QUARTER_WORD})\s+quarter\s+(?:of\s+)?(?P<year>{_YEAR})", "quarter"),
    (rf"(?:(?:fiscal year|fiscal|fy|calendar year|year)\s*)?(?P<year>{_YEAR})", "year"),
)
_WRITTEN = tuple((re.compile(pattern), unit) for pattern, unit in _DATES)
_DATE = "(?:" + "|".join(re.sub(r"\?P<\w+>", "?:", pattern) for pattern, _ in _DATES) + ")"
_N = r"(?P<n>\d{1,3}|" + "|".join(filter(None, _COUNTS)) + r")"
_END = r"(?![\w%⟧])"


def _rule(pattern: str, read: Reader) -> tuple[re.Pattern[str], Reader]:
    return re.compile(pattern + _END), read


_RULES: tuple[tuple[re.Pattern[str], Reader], ...] = (
    _rule(
        rf"\b(?:between|from)\s+(?:{_START_OF})?(?P<date>{_DATE})\s+(?:and|to|until|through|till|-)\s+"
        rf"(?:the\s+end\s+of\s+)?(?P<to>{_DATE})",
        _between,
    ),
    _rule(
        rf"\b(?P<how>since|from|after|later than|starting|beginning|as of the start of)\s+"
        rf"(?:{_START_OF})?(?P<date>{_DATE})(?:\s+(?:on|onwards?|until now|until today|to date))?",
        _since,
    ),
    _rule(
        rf"\b(?P<how>before|prior to|earlier than|until|till|up to|through)\s+"
        rf"(?:{_START_OF})?(?P<date>{_DATE})",
        _before,
    ),
    _rule(rf"{_IN}(?:\bfull[\s-]year\s+)?(?<![\w$.,-])(?P<date>{_DATE}){_NO_UNIT}", _in),
    _rule(
        rf"{_LEAD}\b(?:last|past|previous|latest|most recent|trailing)\s+{_N}\s+(?P<fiscal>fiscal\s+)"
        r"(?P<unit>year)s?",
        lambda match: (None, None),
    ),
    _rule(
        rf"{_LEAD}\b(?:last|past|previous|trailing)\s+{_N}[\s-]+(?P<unit>{_UNIT})s?\b"
        r"(?!\s+(?:before|ahead|prior|after|of))",
        _rolling,
    ),
    _rule(rf"{_LEAD}\b(?:past|trailing)\s+(?P<unit>week|month|quarter|year)", _rolling),
    _rule(rf"{_LEAD}\b(?:last|previous|prior)\s+(?P<unit>week|month|quarter|year)", _last),
    _rule(
        rf"(?:\bsince\s+{_START_OF})?{_LEAD}(?:\bso far\s+)?\b(?:this|current)\s+"
        r"(?P<unit>week|month|quarter|year)(?:\s+so far|\s+to date)?",
        _this,
    ),
    _rule(rf"\bsince\s+{_START_OF}(?P<unit>week|month|quarter|year)", _this),
    _rule(rf"{_LEAD}(?P<unit>week|month|quarter|year)[\s-]to[\s-]date", _this),
    _rule(rf"{_LEAD}\b(?:ytd)", _fixed("year", 0, None)),
    _rule(r"\bsince\s+(?:the\s+)?new\s+year(?:'?s)?(?:\s+day)?", _fixed("year", 0, None)),
    _rule(r"\bsince\s+monday", _fixed("week", 0, None)),
    _rule(rf"{_LEAD}\byesterday", _fixed("day", -1, 0)),
    _rule(rf"{_LEAD}\btoday", _fixed("day", 0, 1)),
)
