"""Recomputes a figure from the verified figures beside it: what prose derives without showing it.

    "Revenue grew 8.7% from $79,474 million to $86,392 million [1]."

Tried are the relations that prose states of two figures: difference, sum, growth, share, ratio,
average; each only where the unit of the result is the unit that the figure is written in, and
where the sentence has a word for it. Rounding to the figure's last digit is allowed.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from itertools import permutations

from assistant.rag.figures import Found

_MOST = 6  # figures that are tried as operands
_Relation = Callable[[Decimal, Decimal], Decimal]

_PERCENT: tuple[tuple[re.Pattern[str], _Relation], ...] = (
    (
        re.compile(
            r"grew|growth|increas|decreas|declin|chang|rose|fell|up|down|drop|higher|lower", re.I
        ),
        lambda a, b: abs(a - b) / abs(b) * 100,
    ),
    (
        re.compile(r"margin|share|percent|%|ratio|portion|of (?:total|its)|rate", re.I),
        lambda a, b: abs(a / b) * 100,
    ),
)
_AMOUNT: tuple[tuple[re.Pattern[str], _Relation], ...] = (
    (
        re.compile(
            r"differ|chang|increas|decreas|declin|rose|fell|up|down|drop|higher|lower|less|net|"
            r"more|grew|exceed|gap|capital|cash flow",
            re.I,
        ),
        lambda a, b: abs(a - b),
    ),
    (re.compile(r"total|sum|combined|together|plus|altogether", re.I), lambda a, b: a + b),
    (re.compile(r"average|mean", re.I), lambda a, b: (a + b) / 2),
)
_BARE: tuple[tuple[re.Pattern[str], _Relation], ...] = (
    (re.compile(r"ratio|times|turnover|multiple|coverage|x\b", re.I), lambda a, b: abs(a / b)),
)


def recomputed(figure: Found, operands: Sequence[Found], text: str) -> list[Found]:
    """Return the two operands that give the figure; an empty list when none do."""
    for relation in _relations(figure, text):
        for one, other in permutations(operands[:_MOST], 2):
            if one.unit == other.unit and other.value and _gives(relation, one, other, figure):
                return [one, other]
    return []


def _relations(figure: Found, text: str) -> Iterator[_Relation]:
    rules = _PERCENT if figure.unit in {"%", "bps"} else _AMOUNT if figure.unit else _BARE
    for words, relation in rules:
        if words.search(text):
            yield relation


def _gives(relation: _Relation, one: Found, other: Found, figure: Found) -> bool:
    if one.unit == "%" and figure.unit == "%":  # percentage points
        return abs(abs(one.value - other.value) - abs(figure.value)) <= figure.tolerance
    return abs(relation(one.value, other.value) - abs(figure.value)) <= figure.tolerance
