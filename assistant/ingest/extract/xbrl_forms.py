"""How printed text becomes a value in inline XBRL: the transformations that filings use.

Names are those of the Transformation Rules Registries 1 to 5 (XBRL International) and of the SEC's
own registry, written small and without hyphens, because the registries differ in nothing else for
these: "num-dot-decimal" (4), "numdotdecimal" (1 to 3). A form returns None for text outside its
grammar; a value is never guessed from text that breaks the rule it names.
"""

import re
from collections.abc import Callable
from datetime import date

Form = Callable[[str], str | None]

_WORDS = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
_TEENS = "fifteen sixteen seventeen eighteen nineteen"
_ONES = {word: n for n, word in enumerate((_WORDS + _TEENS).split())}
_TENS = {
    word: 10 * n
    for n, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_MULTIPLES = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_NONE = frozenset({"no", "none", "nil"})
_MONTHS = {
    name: n
    for n, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}


def _grouped(separators: str, point: str) -> Form:
    """Digits parted by `separators`, fraction after `point`."""
    grammar = re.compile(rf"(?:\d|[{separators}\s])*\d?(?:{re.escape(point)}\d+)?")
    drop = re.compile(rf"[{separators}\s]")

    def form(text: str) -> str | None:
        if not grammar.fullmatch(text) or not re.search(r"\d", text):
            return None
        return drop.sub("", text).replace(point, ".")

    return form


def _always(value: str) -> Form:
    return lambda text: value


def number_in_words(text: str) -> str | None:
    """Return "105" for "one hundred and five"; None for other words."""
    total = part = 0
    words = re.findall(r"[a-z]+", text.lower())
    if len(words) == 1 and words[0] in _NONE:
        return "0"
    for word in words:
        if word in _ONES or word in _TENS:
            part += _ONES.get(word, 0) + _TENS.get(word, 0)
        elif word == "hundred":
            part = (part or 1) * 100
        elif word in _MULTIPLES:
            total, part = total + (part or 1) * _MULTIPLES[word], 0
        elif word != "and":
            return None
    return str(total + part) if words else None


def _day_with_month(text: str, order: str) -> str | None:
    """Read a date with its month in words; `order` is "mdy", "dmy", "my" or "md"."""
    month = re.search(r"[A-Za-z]{3,}", text)
    number = _MONTHS.get(month[0][:3].lower()) if month else None
    digits = [int(found) for found in re.findall(r"\d+", text)]
    if number is None or len(digits) != len(order) - 1:
        return None
    parts = dict(zip(order.replace("m", ""), digits, strict=True))
    return _written(parts.get("y"), number, parts.get("d"))


def _numeric_date(text: str, order: str) -> str | None:
    digits = [int(found) for found in re.findall(r"\d+", text)]
    if len(digits) != len(order):
        return None
    parts = dict(zip(order, digits, strict=True))
    return _written(parts.get("y"), parts["m"], parts.get("d"))


def _written(year: int | None, month: int, day: int | None) -> str | None:
    """Return YYYY-MM-DD, YYYY-MM or --MM-DD; None when there is no such day."""
    full = year + 2000 if year is not None and year < 100 else year
    try:
        date(full or 2000, month, day or 1)
    except ValueError:
        return None
    if full is None:
        return f"--{month:02}-{day or 1:02}"
    return f"{full:04}-{month:02}" + (f"-{day:02}" if day else "")


def _duration(letter: str) -> Form:
    """A count of years, months or days as an ISO 8601 duration; a fraction stays a fraction."""

    def form(text: str) -> str | None:
        return f"P{text}{letter}" if re.fullmatch(r"\d+(?:\.\d+)?", text) else None

    return form


def _as_printed(text: str) -> str:
    return text


NUMBERS: dict[str, Form] = {
    "numdotdecimal": _grouped(",", "."),
    "numdotdecimalin": _grouped(",", "."),
    "numdotdecimalapos": _grouped("'\u2019", "."),
    "numcommadot": _grouped(",", "."),
    "numspacedot": _grouped("", "."),
    "numcommadecimal": _grouped(".", ","),
    "numcommadecimalapos": _grouped("'\u2019", ","),
    "numdotcomma": _grouped(".", ","),
    "numspacecomma": _grouped("", ","),
    "fixedzero": _always("0"),
    "zerodash": _always("0"),
    "numdash": _always("0"),
    "numwordsen": number_in_words,
}
"""Form of a number, to a decimal in digits."""

DATES: dict[str, Form] = {
    "datemonthnamedayyearen": lambda text: _day_with_month(text, "mdy"),
    "datelonguk": lambda text: _day_with_month(text, "dmy"),
    "datelongus": lambda text: _day_with_month(text, "mdy"),
    "datedaymonthnameyearen": lambda text: _day_with_month(text, "dmy"),
    "datemonthnameyearen": lambda text: _day_with_month(text, "my"),
    "datemonthnamedayen": lambda text: _day_with_month(text, "md"),
    "datedaymonthnameen": lambda text: _day_with_month(text, "dm"),
    "datemonthdayyear": lambda text: _numeric_date(text, "mdy"),
    "datedaymonthyear": lambda text: _numeric_date(text, "dmy"),
    "dateyearmonthday": lambda text: _numeric_date(text, "ymd"),
    "datemonthday": lambda text: _numeric_date(text, "md"),
}
"""Form of a date, to YYYY-MM-DD; a day without a year is --MM-DD, as XML Schema writes it."""

TEXTS: dict[str, Form] = {
    "fixedtrue": _always("true"),
    "booleantrue": _always("true"),
    "fixedfalse": _always("false"),
    "booleanfalse": _always("false"),
    "fixedempty": _always(""),
    "nocontent": _always(""),
    "boolballotbox": lambda text: "false" if text in {"\u2610", "o", ""} else "true",
    "yesnoballotbox": lambda text: "No" if text in {"\u2610", "o", ""} else "Yes",
    "duryear": _duration("Y"),
    "durmonth": _duration("M"),
    "durweek": _duration("W"),
    "durday": _duration("D"),
    "durhour": lambda text: f"PT{text}H" if text.isdigit() else None,
    "durwordsen": _as_printed,
    "exchnameen": _as_printed,
    "stateprovnameen": _as_printed,
    "countrynameen": _as_printed,
    "edgarprovcountryen": _as_printed,
    "entityfilercategoryen": _as_printed,
}
"""Form of a word. Names of places, exchanges and filer classes stay as they are printed."""
