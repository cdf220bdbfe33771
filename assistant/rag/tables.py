"""Finds the tables in a page's text: what each column's head says, each row with its values.

    lines ── heads (years, dates, lengths, units) ── rows (label, section, values) ── Table

A block of lines without values above a run of rows is the head of those rows. Only what the head
says with certainty becomes a column's period: where rows and heads do not fit each other, the
row's values have no period and nothing can be stated from them.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from assistant.rag.cells import Cell, Line, parts, read_line
from assistant.rag.fiscal import ColumnPeriod
from assistant.rag.heads import Heads, is_head_line, read_heads

_SCALE_WORDS = {
    "thousand": Decimal(1_000),
    "million": Decimal(1_000_000),
    "billion": Decimal(1_000_000_000),
}
_SCALE = re.compile(
    r"\b(?:in|of)\s+(?:u\.?s\.?\s+)?(?:[$\u20ac\u00a3]|dollars\s+in\s+)?\s*(thousand|million|billion)s\b"
    r"|^\(?\s*(?:unaudited[;,]?\s*)?(thousand|million|billion)s\b"
    r"|[($\u20ac\u00a3]\s*(thousand|million|billion)s?\b"
    r"|\b(?:us\$|usd)\s*(thousand|million|billion)s?\b"
    r"|\(?\$?\s*(?:in\s+)?(?P<zeros>000)['\u2019]?s\b",
    re.I,
)
_UNITS_LINE = 100  # characters of a line that says nothing but units, or little else
_LONG = 130  # characters of a line that is prose, when it ends as a sentence does
_HEAD_BLOCK = 14  # lines above the first row that may belong to its head
_TITLES = (
    (
        "cash_flow",
        re.compile(r"statements?of(?:consolidated)?cashflows?|cashflowstatements?", re.I),
    ),
    (
        "balance",
        re.compile(
            r"balancesheets?|statements?of(?:consolidated)?financial(?:position|condition)", re.I
        ),
    ),
    (
        "income",
        re.compile(
            r"(?:statements?of(?:consolidated)?(?:net)?(?:\(loss\))?(?:operations|income|earnings|profitandloss)"
            r"|incomestatements?|statements?of(?:consolidated)?income)",
            re.I,
        ),
    ),
)


class Statement(StrEnum):
    """The primary statement a table is the face of."""

    INCOME = "income"
    BALANCE = "balance"
    CASH_FLOW = "cash_flow"
    OTHER = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its label, the section it stands in, its values, and its place in the text."""

    label: str
    section: str
    cells: tuple[Cell, ...]
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under one head.

    `scale` is what the units line multiplies money by; None where no line says it.
    """

    statement: Statement
    title: str
    scale: Decimal | None
    heads: Heads
    rows: tuple[Row, ...]

    def periods(self, row: Row) -> tuple[ColumnPeriod | None, ...]:
        """Return the period of each value of a row; none where head and row do not fit."""
        return self.heads.periods(len(row.cells))


@dataclass(frozen=True, slots=True)
class _Place:
    """A line and where it stands in the text."""

    text: str
    start: int
    read: Line

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tables(text: str, heading: str = "") -> list[Table]:
    """Return the tables of a page's text, in order.

    Args:
        text: The page, a row a line, cells parted by two or more spaces or a tab.
        heading: What is known of the page beside its text, such as the statement it is part of.
    """
    found: list[Table] = []
    title = ""
    for block, body in _runs(_lines(text)):
        title = " ".join(line.text.strip() for line in block) or title
        heads = read_heads([line.text for line in block])
        if not heads.cells and found:  # rows that go on below a line of prose or a subtitle
            heads = found[-1].heads
        scale = _scale(block) or (found[-1].scale if found else None)
        statement = _statement([line.text for line in block], heading if not found else "")
        if not statement and found and not read_heads([line.text for line in block]).cells:
            statement = found[-1].statement
        found.append(Table(statement, title[:400], scale, heads, tuple(_rows(block, body))))
    return found


def _lines(text: str) -> list[_Place]:
    places: list[_Place] = []
    start = 0
    for line in text.split("\n"):
        if line.strip():
            places.append(_Place(line, start, read_line(line)))
        start += len(line) + 1
    return places


def _runs(lines: Sequence[_Place]) -> Iterator[tuple[list[_Place], list[_Place]]]:
    """Yield (head block, body) pairs: a body ends where a new head or prose begins."""
    block: list[_Place] = []
    body: list[_Place] = []
    for line in lines:
        if line.read.is_row:
            body.append(line)
        elif body and (is_head_line(line.text) or _is_prose(line.text)):
            yield block, body
            block, body = [line], []
        elif body:
            body.append(line)
        else:
            block = [*block[-_HEAD_BLOCK:], line]
    if body:
        yield block, body


def _is_prose(line: str) -> bool:
    text = line.strip()
    return len(text) > _LONG and len(parts(line)) == 1 and " " in text


def _rows(block: Sequence[_Place], body: Sequence[_Place]) -> Iterator[Row]:
    """Yield the rows; a label that began on the line before is put in front."""
    section = _last_section(block)
    before: _Place | None = block[-1] if block and not is_head_line(block[-1].text) else None
    for line in body:
        if not line.read.is_row:
            section = _section(line.text) or section
            before = line
            continue
        start, label = line.start + _indent(line.text), line.read.label
        if before is not None and _goes_on(before.text, label):
            start, label = before.start + _indent(before.text), f"{before.text.strip()} {label}"
        yield Row(label, section, line.read.cells, start, line.start + len(line.text.rstrip()))
        before = None
        if label.lower().startswith("total") or not label:
            section = ""


def _goes_on(line: str, label: str) -> bool:
    """Whether a label continues the line above: it begins small, or with what cannot begin one."""
    return bool(re.match(r"[a-z(]|\d+ days", label)) and not line.rstrip().endswith(":")


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _last_section(block: Sequence[_Place]) -> str:
    for line in reversed(block):
        if is_head_line(line.text):
            return ""
        if section := _section(line.text):
            return section
    return ""


def _section(line: str) -> str:
    text = line.strip().rstrip(":")
    return text if len(text) < 90 and len(parts(line)) == 1 and re.search(r"[A-Za-z]", text) else ""


def _scale(block: Sequence[_Place]) -> Decimal | None:
    """Return what the units line nearest to the rows says."""
    for line in reversed(block):
        text = line.text.strip()
        introduces = re.search(r"\([^()]*\bin \w+ions[^()]*\):?$|\bin millions:?$", text)
        if len(parts(text)[0]) > _UNITS_LINE and not introduces:
            continue
        for part in reversed(parts(text)):
            if match := _SCALE.search(part):
                word = next(word for word in match.groups() if word).lower()
                return _SCALE_WORDS["thousand" if match["zeros"] else word]
    return None


def _statement(block: Sequence[str], heading: str) -> Statement:
    """Return the statement that a short line of the block, or the heading, names."""
    for line in [*block, heading]:
        squeezed = re.sub(r"\s+", "", line)
        if len(squeezed) > _LONG or "notes" in squeezed.lower()[:8]:
            continue
        for name, title in _TITLES:
            if title.search(squeezed):
                return Statement(name)
    return Statement.OTHER
