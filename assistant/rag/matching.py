"""Whether a figure of an answer and a stated figure are the same one: value, scale, unit, sign.

Each rule is a small function over a table of cases. A figure may be rounded further than its
source, never sharper; a scale word must be what the table's units line says; a missing sign is
allowed only for what is spent or lost, because texts state the size of those.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache

from assistant.rag.claims import Claim
from assistant.rag.figures import Found
from assistant.rag.line_items import metrics, plain
from assistant.rag.sources import Source

_LOST = re.compile(
    r"\b(?:loss(?:es)?|negative|declin\w+|decreas\w+|outflow|deficit|fell|used|down|dropp?\w*|"
    r"reduc\w+|shrank|lower|spent|paid|benefit)\b",
    re.I,
)
_UNITS_SAID = re.compile(r"\bin (thousands|millions|billions)\b", re.I)
_AROUND = 120  # characters before a figure in which a word may give its sign
_FEWEST_DIGITS = 2  # of a figure that rounds its source


def agrees(figure: Found, source: Source, text: str, *, quoted: bool) -> bool:
    """Whether a figure states what a source states.

    Args:
        figure: A figure of the answer.
        source: A figure of the evidence.
        text: The segment of the answer around the figure.
        quoted: The figure stands in a quoted row or a sum, as printed and without its units.
    """
    if not _same_unit(figure, source):
        return False
    if not _same_size(figure, source, quoted=quoted or bool(_UNITS_SAID.search(text))):
        return False
    return _same_sign(figure, source, text)


def _same_unit(figure: Found, source: Source) -> bool:
    """A percentage is none of an amount; a bare number may be either."""
    if figure.unit == "%":
        return source.unit == "%" or (source.is_cell and not source.unit)
    if figure.unit == "bps":
        return source.unit == "bps"
    if figure.unit:
        return source.unit in {figure.unit, ""}
    return True


def _same_size(figure: Found, source: Source, *, quoted: bool) -> bool:
    """Compare without sign, allowing for rounding to the figure's last digit."""
    if figure.unit in {"%", "bps"}:
        return _rounds_to(figure, abs(source.printed))
    if figure.scale != 1:
        stated = source.value if source.scale is not None else source.printed * figure.scale
        return _rounds_to(figure, abs(stated))
    if abs(figure.value) == abs(source.value) and source.scale is not None:
        return True
    as_printed = quoted or not figure.unit or source.scale is None
    return as_printed and abs(figure.value) == abs(source.printed)


def _rounds_to(figure: Found, stated: Decimal) -> bool:
    value = abs(figure.value)
    difference = abs(value - stated)
    if not difference:
        return True
    digits = re.sub(r"\D", "", f"{figure.printed:f}").strip("0")
    return len(digits) >= _FEWEST_DIGITS and difference <= figure.tolerance


def _same_sign(figure: Found, source: Source, text: str) -> bool:
    if not source.printed or (figure.value < 0) == (source.printed < 0):
        return True
    if figure.value < 0:  # written negative, stated positive
        return False
    return source.spent or says_loss(text, figure)


def says_loss(text: str, figure: Found) -> bool:
    """Whether a word before the figure says that its size is a loss or a fall."""
    return bool(_LOST.search(text[max(0, figure.start - _AROUND) : figure.start]))


def is_other_item(source: Source, claim: Claim, stated: Sequence[Source]) -> bool:
    """Whether a cell is another item's than the one claimed, which the same evidence states too.

    Rows whose whole label the clause holds are the ones meant. Where it holds none, an item of the
    vocabulary decides; a row that no item names may be anyone's, and so may prose.
    """
    if not source.is_cell:
        return False
    named = _named_rows(claim.words, stated)
    if named:
        return _plain(source.label) not in named
    if not claim.metrics or states(source, claim.metrics):
        return False
    return any(states(other, claim.metrics, best=True) for other in stated if other.is_cell)


def states(source: Source, claimed: frozenset[str], *, best: bool = False) -> bool:
    """Whether a row states one of these items; with `best`, under its first label."""
    ranks = (metrics()[id_].rank(source.label, source.section) for id_ in claimed)
    return any(rank == 0 if best else rank is not None for rank in ranks)


def _named_rows(words: str, stated: Sequence[Source]) -> frozenset[str]:
    """Return the labels that the clause holds, without those inside a longer one it holds."""
    labels = {_plain(source.label) for source in stated if source.is_cell and source.label}
    held = {label for label in labels if label and f" {label} " in words}
    return frozenset(
        label for label in held if not any(label != other and label in other for other in held)
    )


@lru_cache(maxsize=4096)
def _plain(label: str) -> str:
    """Return the label without what stands in parentheses: "net income (loss)" is either."""
    return plain(re.sub(r"\([^)]*\)", " ", label))
