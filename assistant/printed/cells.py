"""Reads the printed cells of a table row: label in front, values behind.

    "Interest expense, net (Note 3)  $ (26)  71  -"  ->  label, (-26, 71, 0)

Columns are parted by two or more spaces or a tab, but a dollar sign may stand one space after its
neighbour, so values are taken one by one from the tail rather than split. A dash is zero, as
filings print it; "NM", "#" and "N/A" hold a place and have no value.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

GAP = re.compile(r" {2,}|\t+")
_VALUE = re.compile(
    r"(?P<minus>[-\u2212]\s?(?=[$\d.]))?[$\u20ac\u00a3\u00a5]?\s?(?P<open>\()?\s?[$\u20ac\u00a3\u00a5]?\s?"
    r"(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)\s?(?P<in>%)?"
    r"(?P<close>\s?\))?\s?(?P<unit>%|bps\b|pts?\b|x\b)?\)?"
)
_ZERO = re.compile(r"[$\u20ac\u00a3\u00a5]?\s?[-\u2014\u2013\u2012]{1,2}(?!\d)\s?%?")
_HOLDER = re.compile(r"(?:NM|NMF|N/M|N/A|n\.?m\.?|#|\*+)(?=\s|$)\s?%?", re.I)
_FOOTNOTE = re.compile(r"\([a-z]\)|\*+|\u2020", re.I)
_MARK = re.compile(r"\(\d\)")
_YEAR = re.compile(r"(?:19|20)\d\d")


@dataclass(frozen=True, slots=True)
class Cell:
    """One value as printed. `value` is None for a cell that only holds its place."""

    text: str
    value: Decimal | None
    is_percent: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A printed line, taken apart. `cells` is empty for a line without values."""

    label: str
    cells: tuple[Cell, ...]

    @property
    def is_head(self) -> bool:
        """Whether the values are years and nothing else: the head of columns."""
        years = [cell for cell in self.cells if _YEAR.fullmatch(cell.text)]
        marks = [cell for cell in self.cells if _MARK.fullmatch(cell.text)]
        return bool(years) and len(years) + len(marks) == len(self.cells)

    @property
    def is_row(self) -> bool:
        """Whether the line states values: a labelled row, or the unlabelled total of a section."""
        if not self.cells or self.is_head:
            return False
        if re.search(r"[A-Za-z]", self.label):
            return True
        return not self.label and len(self.cells) > 1


def parts(line: str) -> list[str]:
    """Return the printed cells of a line, as text."""
    return [part for part in GAP.split(line.strip()) if part]


def read_line(line: str) -> Line:
    """Take a line apart: the longest tail that is values only, and the label before it."""
    text = line.strip()
    edges = [0, *(gap.end() for gap in GAP.finditer(text))]
    for edge in edges:
        if cells := _values(text[edge:]):
            return Line(GAP.sub(" ", text[:edge]).strip(), cells)
    return Line(text, ())


def _values(tail: str) -> tuple[Cell, ...]:
    """Return the values of a text that holds nothing else; none where a word is left over."""
    cells: list[Cell] = []
    at = 0
    while at < len(tail):
        if tail[at].isspace():
            at += 1
            continue
        match = _ZERO.match(tail, at) or _HOLDER.match(tail, at) or _VALUE.match(tail, at)
        if match is None:
            match = _FOOTNOTE.match(tail, at)
            if match is None:
                return ()
        else:
            cells.append(_cell(match))
        at = match.end()
    return tuple(cells)


def _cell(match: re.Match[str]) -> Cell:
    text = match.group().strip()
    if match.re is _HOLDER:
        return Cell(text, None)
    if match.re is _ZERO:
        return Cell(text, Decimal(0), "%" in text)
    value = Decimal(match["number"].replace(",", ""))
    negative = bool(match["minus"]) or bool(match["open"])
    return Cell(text, -value if negative else value, "%" in text)
