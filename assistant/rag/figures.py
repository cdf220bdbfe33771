"""Finds the figures in a text: value, unit, scale and sign.

    "$(1,577.3) million"  ->  Figure at [start, end), value -1577300000, unit "$"

Years, list numbers, citation marks, the constants of a formula, and numbers that are part of a name
(10-K, Item 7, COVID-19) are not figures.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

_SCALES = {
    "thousand": Decimal(1_000),
    "k": Decimal(1_000),
    "million": Decimal(1_000_000),
    "mn": Decimal(1_000_000),
    "mm": Decimal(1_000_000),
    "m": Decimal(1_000_000),
    "billion": Decimal(1_000_000_000),
    "bn": Decimal(1_000_000_000),
    "b": Decimal(1_000_000_000),
    "trillion": Decimal(1_000_000_000_000),
    "tn": Decimal(1_000_000_000_000),
}
_FIGURE = re.compile(
    r"(?<![\w.,\[/-])"
    r"(?P<minus>[-\u2212]\s?)?(?P<currency>(?:US)?[$\u20ac\u00a3\u00a5]\s?)?(?P<open>\(\s?)?"
    r"(?P<currency2>[$\u20ac\u00a3\u00a5]\s?)?(?P<minus2>-(?=\d))?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
    r"(?P<percent_in>\s?%)?(?P<close>\s?\))?"
    r"(?P<unit>\s?%|\s?(?:percent|percentage points|basis points|bps)\b)?"
    r"(?:\s(?P<scale>thousand|million|billion|trillion)s?\b|(?P<short>\s?(?:mn|mm|bn|tn|m|b|k))\b)?"
    r"(?![\w\]]|-\w|,\d|\.\d)",
    re.I,
)
_NAMED = re.compile(
    r"\b(?:items?|notes?|pages?|section|exhibit|part|rule|form|asc|topic|fy|fiscal"
    r"|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?\s$",
    re.I,
)
_COUNTS_TIME = re.compile(
    r"[\s-](?:year|month|quarter|week)s?(?:\s+(?:simple\s+)?average|\b)", re.I
)
_LIST_NUMBER = re.compile(r"\(\d{1,2}\)|\d{1,2}(?=\. )")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CONSTANT = re.compile(r"(?:1|2|3|4|5|12|52|100|360|365)")
_SIGN_BEFORE = re.compile(r"[*/\u00d7\u00f7^+-]\s*\(?$|\(1\s*$")
_VALUE_BEFORE = re.compile(r"(?:\d|\)|%|illion|thousand)\s+$")
_SIGN_AFTER = re.compile(r"\s*[*/\u00d7\u00f7^-]")


@dataclass(frozen=True, slots=True)
class Found:
    """A figure and where it stands; `value` is in whole units, `unit` "$", "%", "bps" or "".

    `scale` is what its words multiply it by, `places` how many decimals are printed.
    """

    text: str
    value: Decimal
    unit: str
    start: int
    end: int
    scale: Decimal = Decimal(1)
    places: int = 0

    @property
    def printed(self) -> Decimal:
        """The value as its digits say, before the scale word."""
        return self.value / self.scale

    @property
    def tolerance(self) -> Decimal:
        """Half of the last printed digit, in whole units: what rounding may take away."""
        return self.scale.scaleb(-self.places) / 2


def figures(text: str) -> Iterator[Found]:
    """Yield the figures of a text in order."""
    for match in _FIGURE.finditer(text):
        currency = (match["currency"] or match["currency2"] or "").strip()
        if _is_year(match) or _is_name(text, match) or _is_constant(text, match):
            continue
        if match["short"] and not currency:  # "35 m": a length, not an amount
            continue
        start = _start(text, match)
        minus = match["minus"] if start == match.start() else ""
        negative = bool(minus or match["minus2"]) or bool(match["open"] and match["close"])
        number = Decimal(match["number"].replace(",", ""))
        scale = _SCALES.get((match["scale"] or match["short"] or "").strip().lower(), Decimal(1))
        yield Found(
            text[start : match.end()].strip(),
            (-number if negative else number) * scale,
            _unit(match),
            start,
            match.end(),
            scale,
            len(match["number"].partition(".")[2]),
        )


def _start(text: str, match: re.Match[str]) -> int:
    """Return where the figure begins: behind a minus that takes it from a value before it."""
    takes_away = match["minus"] and _VALUE_BEFORE.search(text[: match.start()])
    return match.end("minus") if takes_away else match.start()


def _is_year(match: re.Match[str]) -> bool:
    marks = ("currency", "currency2", "unit", "scale", "short", "percent_in")
    return bool(_YEAR.fullmatch(match["number"])) and not any(match[mark] for mark in marks)


def _is_name(text: str, match: re.Match[str]) -> bool:
    """Whether the number counts a list ("1. ", "(1) ") or names a thing ("Item 7", "May 3")."""
    begins_line = match.start() == 0 or text[match.start() - 1] == "\n"
    counts = begins_line and _LIST_NUMBER.match(text, match.start())
    if re.fullmatch(r"\d{1,2}", match["number"]) and _COUNTS_TIME.match(text, match.end()):
        return True
    return bool(counts) or bool(_NAMED.search(text[max(0, match.start() - 14) : match.start()]))


def _is_constant(text: str, match: re.Match[str]) -> bool:
    """Whether the number is a constant of a formula: "365 *", "/ 2", "(1 / 3)"."""
    if not _CONSTANT.fullmatch(match.group().strip(" ()-\u2212")):
        return False
    before = text[max(0, match.start() - 4) : match.start("number")]
    return bool(_SIGN_BEFORE.search(before) or _SIGN_AFTER.match(text, match.end()))


def _unit(match: re.Match[str]) -> str:
    written = (match["unit"] or match["percent_in"] or "").strip().lower()
    if written in {"%", "percent", "percentage points"}:
        return "%"
    if written:
        return "bps"
    return (match["currency"] or match["currency2"] or "").strip().removeprefix("US")
