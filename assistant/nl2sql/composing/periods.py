"""Periods of time in a question: what stretch of days is meant, as conditions on a column.

Relative periods keep the database's clock (`now()`, `current_date`); only what was named as a date is a
literal. A period begins at its first moment and ends before the first moment after it.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlglot import exp

from assistant.nl2sql.composing.tokens import Token

MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
_MONTH = {name: n for n, name in enumerate(MONTHS, 1)} | {
    short: n
    for n, name in enumerate(MONTHS, 1)
    for short in (name[:3], "sept" if n == 9 else name[:3])
}
_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
}
_UNITS = {"day": "day", "week": "week", "month": "month", "quarter": "quarter", "year": "year"}


@dataclass(frozen=True, slots=True)
class Moment:
    """An edge of a period.

    Args:
        day: The day that was named; None where the edge hangs on the clock.
        start_of: `week`, `month`, ...: the start of the running one; `day` is today, empty is now.
        back: How many units before that.
        unit: The unit of `back`.
    """

    day: date | None = None
    start_of: str = ""
    back: int = 0
    unit: str = "day"

    def sql(self, of_day: bool) -> exp.Expr:
        """Return it as SQL, for a column of days (`of_day`) or of moments."""
        if self.day:
            return exp.Literal.string(self.day.isoformat())
        if self.start_of == "day":
            today = exp.CurrentDate()
            return (
                exp.Sub(this=today, expression=exp.Literal.number(self.back))
                if self.back
                else today
            )
        now = exp.CurrentDate() if of_day else exp.Anonymous(this="now")
        base = _truncated(self.start_of, now) if self.start_of else now
        if not self.back:
            return base
        span = exp.Literal.string(
            f"{self.back * (3 if self.unit == 'quarter' else 1)} "
            f"{'month' if self.unit == 'quarter' else self.unit}s"
        )
        return exp.Sub(this=base, expression=exp.Interval(this=span))


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of time: `words` as it was asked; `year` where it is one whole year."""

    words: str
    start: Moment | None = None
    end: Moment | None = None
    year: int | None = None
    rolling: bool = False

    def condition(self, column: exp.Expr, of_day: bool) -> exp.Expr | None:
        """Return the condition that a column lies in it; None where it has no edge."""
        if of_day and (one := self._one_day()):
            return exp.EQ(this=column, expression=one.sql(of_day))
        edges: list[exp.Expr] = []
        if self.start:
            after = exp.GT if self.rolling and of_day and not self.start.start_of else exp.GTE
            edges.append(after(this=column, expression=self.start.sql(of_day)))
        if self.end:
            edges.append(exp.LT(this=column.copy(), expression=self.end.sql(of_day)))
        return exp.and_(*edges) if edges else None

    def by(self, bucket: str) -> "Period":
        """Return it beginning with a whole bucket, where it counts back in those buckets."""
        if self.rolling and self.start and self.start.unit in (bucket, "year"):
            return replace(self, start=replace(self.start, start_of=bucket))
        return self

    def _one_day(self) -> Moment | None:
        """Return the day that it is, where it is one."""
        first, after = self.start, self.end
        if first is None or (after is None and (first.start_of != "day" or first.back)):
            return None
        if after is None:
            return first
        if first.day and after.day:
            return first if after.day - first.day == timedelta(1) else None
        both = first.start_of == after.start_of == "day"
        return first if both and first.back - after.back == 1 else None


ALL_TIME = Period("of all time")


def _truncated(unit: str, moment: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="date_trunc", expressions=[exp.Literal.string(unit), moment])


def truncated(unit: str, column: exp.Expr) -> exp.Expr:
    """Return the start of the unit that a column lies in."""
    return _truncated(unit, column)


def read_period(tokens: Sequence[Token], at: int) -> tuple[Period, int] | None:
    """Return the period that begins at a token, and how many tokens it takes."""
    ahead = tokens[at : at + 14]
    spelled = [_spelled(token) for token in ahead]
    text = " ".join(spelled) + " "
    best: tuple[Period, int] | None = None
    for pattern, build in _RULES:
        found = pattern.match(text)
        if found is None or not found.group().endswith(" "):
            continue
        taken = found.group().count(" ")
        if best is not None and taken <= best[1]:
            continue
        period = build(found)
        if period is not None:
            best = replace(period, words=" ".join(one.text for one in ahead[:taken])), taken
    return best


def _spelled(token: Token) -> str:
    if token.day:
        return token.day.isoformat()
    if token.number is not None and not token.unit:
        ordinal = re.search(r"(st|nd|rd|th)$", token.text.lower())
        whole = token.number == token.number.to_integral_value()
        return f"{token.number:f}" + (ordinal.group() if ordinal and whole else "")
    return token.word.replace(" ", "_")


_DAY = (
    r"(?:\d{4}-\d\d-\d\d|(?:the )?\d{1,2}(?:st|nd|rd|th)? (?:of )?[a-z]{3,9} \d{4}"
    r"|[a-z]{3,9} \d{1,2}(?:st|nd|rd|th)? \d{4})"
)
_SPAN = (
    r"(?:(?:the )?(?:first|second|third|fourth|1st|2nd|3rd|4th) (?:quarter|half) (?:of )?\d{4}"
    r"|[qh]\d (?:of )?\d{4}|[a-z]{3,9} (?:of )?\d{4}|(?:the )?(?:fiscal |calendar )?(?:year )?(?:19|20)\d\d|\d{4} [qh]\d)"
)
_WHEN = rf"(?:{_DAY}|{_SPAN})"


def _stretch(text: str) -> tuple[date, date] | None:
    """Return the first day of what is named, and the first day after it."""
    words = [
        word for word in text.split() if word not in ("the", "of", "fiscal", "calendar", "year")
    ]
    day = _one_day(words)
    if day:
        return day, day + timedelta(1)
    return _months(words)


def _one_day(words: Sequence[str]) -> date | None:
    try:
        if len(words) == 1 and "-" in words[0]:
            return date.fromisoformat(words[0])
        if len(words) == 3:
            month, day = (words[0], words[1]) if words[0] in _MONTH else (words[1], words[0])
            return date(int(words[2]), _MONTH[month], int(re.sub(r"\D", "", day)))
    except (ValueError, KeyError):
        return None
    return None


def _months(words: Sequence[str]) -> tuple[date, date] | None:
    """Return the edges of a year, a half, a quarter or a month."""
    year = next((int(word) for word in words if re.fullmatch(r"(19|20)\d\d", word)), None)
    rest = [word for word in words if not re.fullmatch(r"(19|20)\d\d", word)]
    if year is None:
        return None
    first, length = 1, 12
    match rest:
        case []:
            pass
        case [month] if month in _MONTH:
            first, length = _MONTH[month], 1
        case [part] if re.fullmatch(r"q[1-4]|h[12]", part):
            length = 3 if part[0] == "q" else 6
            first = (int(part[1]) - 1) * length + 1
        case [nth, unit] if nth in _ORDINALS:
            length = 3 if unit == "quarter" else 6
            first = (_ORDINALS[nth] - 1) * length + 1
        case _:
            return None
    if first + length > 13:
        return None
    after = date(year + 1, 1, 1) if first + length == 13 else date(year, first + length, 1)
    return date(year, first, 1), after


def _within(found: re.Match[str]) -> Period | None:
    edges = _stretch(found["when"])
    if edges is None:
        return None
    whole = edges == (date(edges[0].year, 1, 1), date(edges[0].year + 1, 1, 1))
    return Period("", Moment(edges[0]), Moment(edges[1]), edges[0].year if whole else None)


def _edge(found: re.Match[str]) -> Period | None:
    edges = _stretch(found["when"])
    if edges is None:
        return None
    match found["edge"].split()[0]:
        case "since" | "from" | "starting":
            return Period("", Moment(edges[0]))
        case "after":
            return Period("", Moment(edges[1]))
        case "before" | "older" | "prior":
            return Period("", None, Moment(edges[0]))
        case _:
            return Period("", None, Moment(edges[1]))


def _between(found: re.Match[str]) -> Period | None:
    first, last = _stretch(found["first"]), _stretch(found["last"])
    if first is None or last is None or last[0] < first[0]:
        return None
    return Period("", Moment(first[0]), Moment(last[1]))


def _running(found: re.Match[str]) -> Period | None:
    return Period("", Moment(start_of=found["unit"]))


def _previous(found: re.Match[str]) -> Period | None:
    unit = found["unit"]
    return Period("", Moment(start_of=unit, back=1, unit=unit), Moment(start_of=unit))


def _back(found: re.Match[str]) -> Period | None:
    count = int(found["n"]) if found.groupdict().get("n") else 1
    return Period("", Moment(back=count, unit=found["unit"]), rolling=True)


def _today(_: re.Match[str]) -> Period:
    return Period("", Moment(start_of="day"), None)


def _yesterday(_: re.Match[str]) -> Period:
    return Period("", Moment(start_of="day", back=1), Moment(start_of="day"))


def _monday(_: re.Match[str]) -> Period:
    return Period("", Moment(start_of="week"))


def _new_year(_: re.Match[str]) -> Period:
    return Period("", Moment(start_of="year"))


def _ever(_: re.Match[str]) -> Period:
    return ALL_TIME


_IN = r"(?:(?:in|during|for|on|over|at|of|from|within|throughout) )?(?:the )?"
_UNIT = r"(?P<unit>week|month|quarter|year)"
_ANY = r"(?P<unit>day|week|month|quarter|year)"
_START = r"(?:the )?(?:start|beginning|begin) of "
_Build = Callable[[re.Match[str]], Period | None]
_RULES: tuple[tuple[re.Pattern[str], _Build], ...] = tuple(
    (re.compile(pattern), build)
    for pattern, build in (
        (rf"{_IN}(?:day of )?(?P<when>{_WHEN}) ", _within),
        (
            rf"(?P<edge>since|from|starting|starting from) (?:the )?(?:{_START})?(?P<when>{_WHEN}) "
            r"(?:on |onward )?",
            _edge,
        ),
        (
            rf"(?P<edge>after|before|until|till|through|up to|older than|prior to) (?:{_START})?(?P<when>{_WHEN}) ",
            _edge,
        ),
        (
            rf"(?:between|from) (?P<first>{_WHEN}) (?:and|to|until|through|till) (?P<last>{_WHEN}) ",
            _between,
        ),
        (rf"{_IN}(?:this|current|running) (?:calendar )?{_UNIT} (?:so far )?", _running),
        (rf"so far this {_UNIT} ", _running),
        (rf"since (?:{_START})(?:the |this )?{_UNIT} ", _running),
        (rf"{_IN}(?P<unit>year|month|week|quarter) to date ", _running),
        (
            rf"(?:in |for |from |of |during )?(?:last|(?:the )?previous) (?:calendar )?{_UNIT} ",
            _previous,
        ),
        (rf"(?:in |for |over |during |within )?(?:the )?past (?:(?P<n>\d+) )?{_ANY} ", _back),
        (rf"(?:over|during|within|in|for) the last {_ANY} ", _back),
        (rf"{_IN}(?:last|past|previous|recent|trailing) (?P<n>\d+) {_ANY} ", _back),
        (r"(?:on |of )?today (?:so far )?", _today),
        (r"(?:on |of |from )?yesterday ", _yesterday),
        (r"since monday ", _monday),
        (r"since (?:the )?new year ", _new_year),
        (r"ytd ", _new_year),
        (r"(?:of |over |for )?all time ", _ever),
        (r"(?:in (?:my|our|the) )?(?:whole )?lifetime ", _ever),
        (r"ever ", _ever),
    )
)
