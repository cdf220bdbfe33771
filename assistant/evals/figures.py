"""Finds figures in a text and compares them by value, as a reader would.

"$1577.00", "1,577", "(1,577)", "$1.577 billion" and "1577 million" are one figure. Half a unit of
the gold's last written digit is allowed, so a figure that is rounded more coarsely is not the gold.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

_MAGNITUDES = {
    "thousand": 3,
    "k": 3,
    "million": 6,
    "millions": 6,
    "mn": 6,
    "mm": 6,
    "m": 6,
    "billion": 9,
    "billions": 9,
    "bn": 9,
    "b": 9,
    "trillion": 12,
}
_FIGURE = re.compile(
    r"""(?<![\w.,/\-\[])
    (?P<open>\(\s*)? (?P<minus>[-\u2212\u2013]\s*)? (?P<currency>[$\u20ac\u00a3]\s*)?
    (?P<minus2>[-\u2212]\s*)? (?P<open2>\(\s*)?
    (?P<digits>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)
    (?P<close>\s*\))?
    (?P<percent>\s*(?:%|percent\b))?
    (?P<close2>\s*\))?
    (?:\s*(?P<magnitude>thousand|millions?|billions?|trillion|mn|mm|bn|m|b|k)\b)?
    (?![\w/]|-[A-Za-z]|[.,]\d)""",
    re.VERBOSE | re.IGNORECASE,
)
_SCALES = tuple(Decimal(10) ** power for power in (3, 6, 9))
_ENOUGH_DIGITS = 3


@dataclass(frozen=True, slots=True)
class WrittenFigure:
    """A figure as a text writes it.

    `value` is without its magnitude word, `power` the magnitude (6: million) or None when the text
    names none. `parenthesised` figures may be negative. `unit` is one of the last written digit.
    """

    value: Decimal
    unit: Decimal
    percent: bool = False
    power: int | None = None
    negative: bool = False
    parenthesised: bool = False

    @property
    def digits(self) -> int:
        """How many significant digits it has, zeros at the end left out."""
        return len(self.value.normalize().as_tuple().digits)


def figures_in(text: str) -> list[WrittenFigure]:
    """Return the figures of a text in order; years, form names and marks like [1] are none."""
    found = []
    for match in _FIGURE.finditer(text):
        if not _is_year(match) and not _is_numbered_item(match):
            found.append(_figure(match))
    return found


def holds_all(text: str, gold: Sequence[WrittenFigure]) -> bool:
    """Tell whether the text holds every one of the gold figures."""
    written = figures_in(text)
    return all(any(same(figure, candidate) for candidate in written) for figure in gold)


def same(gold: WrittenFigure, candidate: WrittenFigure) -> bool:
    """Tell whether two figures mean the same value.

    - Sign: parentheses may be a minus or not; a written minus must have its equal.
    - Scale: where one of them names no magnitude, it may be in thousands, millions or billions if
      the gold has three digits or more, so that 5 is not taken for 5,000.
    - Percent: "12.5%", "12.5" and "0.125" are the same.
    """
    if gold.negative != candidate.negative and not (gold.parenthesised or candidate.parenthesised):
        return False
    if gold.percent or candidate.percent:
        return _same_percent(gold, candidate)
    left, unit = _scaled(gold)
    right, _ = _scaled(candidate)
    if abs(left - right) * 2 <= unit:
        return True
    if (gold.power is not None and candidate.power is not None) or gold.digits < _ENOUGH_DIGITS:
        return False
    return any(
        abs(left - right * scale) * 2 <= unit or abs(left - right / scale) * 2 <= unit
        for scale in _SCALES
    )


def _same_percent(gold: WrittenFigure, candidate: WrittenFigure) -> bool:
    if abs(gold.value - candidate.value) * 2 <= gold.unit:
        return True
    if gold.percent == candidate.percent:
        return False
    factor = Decimal(100) if gold.percent else Decimal("0.01")
    return abs(gold.value - candidate.value * factor) * 2 <= gold.unit


def _scaled(figure: WrittenFigure) -> tuple[Decimal, Decimal]:
    factor = Decimal(10) ** (figure.power or 0)
    return figure.value * factor, figure.unit * factor


def _figure(match: re.Match[str]) -> WrittenFigure:
    digits = match["digits"].replace(",", "")
    fraction = digits.partition(".")[2]
    decimals = len(fraction) if fraction.strip("0") else 0
    word = match["magnitude"]
    opened = match["open"] or match["open2"]
    return WrittenFigure(
        value=Decimal(digits),
        unit=Decimal(1).scaleb(-decimals),
        percent=bool(match["percent"]),
        power=_MAGNITUDES[word.lower()] if word else None,
        negative=bool(match["minus"] or match["minus2"]),
        parenthesised=bool(opened and (match["close"] or match["close2"])),
    )


def _is_year(match: re.Match[str]) -> bool:
    plain = not (match["currency"] or match["percent"] or match["magnitude"])
    digits = match["digits"]
    return plain and len(digits) == 4 and digits.isdigit() and 1900 <= int(digits) <= 2100


def _is_numbered_item(match: re.Match[str]) -> bool:
    """Note 6b is a place; $6b and 6B are amounts."""
    word = match["magnitude"] or ""
    return len(word) == 1 and word.islower() and not match["currency"]
