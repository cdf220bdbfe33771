"""Finds the tables in a page's text: what each column's head says, each row with its values.

    lines ── heads (years, dates, lengths, units) ── rows (label, section, values) ── Table

A block of lines without values above a run of rows is the head of those rows. Only what the head
says with certainty becomes a column's period: where rows and heads do not fit each other, the
row's values have no period and nothing can be stated from them. Rows at the top of a text whose head
stands before it (on the page before, or above the cut) are read under the lines carried from there.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from assistant.printed.cells import Cell, Line, parts, read_line
from assistant.printed.fiscal import ColumnPeriod
from assistant.printed.heads import Heads, is_head_line, read_heads

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

    `scale` is what the units line multiplies money by; None where no line says it. `above` holds the
    lines of the head as (start in the text, line); a start below 0 is a line that was carried. Rows
    that go on below a subtitle have the lines of the head above it too.
    """

    statement: Statement
    title: str
    scale: Decimal | None
    heads: Heads
    rows: tuple[Row, ...]
    above: tuple[tuple[int, str], ...] = ()

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


def tables(text: str, heading: str = "", carried: str = "") -> list[Table]:
    """Return the tables of a page's text, in order.

    Args:
        text: The page, a row a line, cells parted by two or more spaces or a tab.
        heading: What is known of the page beside its text, such as the statement it is part of.
        carried: The lines of a head that stand before the text; they head its first rows where
            these have no head of their own.
    """
    found: list[Table] = []
    title = ""
    for own, body in _runs(_lines(text)):
        block = [*_carried(carried), *own] if not found and _is_headless(own) else own
        lines = [line.text for line in block]
        title = " ".join(line.strip() for line in lines) or title
        named = read_heads(lines)
        names_columns = any(len(parts(line.text)) > 1 for line in own)
        goes_on = bool(found) and not named.cells and not names_columns  # below prose, a subtitle
        heads = found[-1].heads if goes_on else named
        scale = _scale(block) or (found[-1].scale if found else None)
        statement = _statement(lines, heading if not found else "")
        if not statement and goes_on:
            statement = found[-1].statement
        above = tuple((line.start, line.text.strip()) for line in block)
        above = (*found[-1].above, *above) if goes_on else above
        rows = tuple(_rows(block, body))
        found.append(Table(statement, title[:400], scale, heads, rows, above))
    return found


def _carried(lines: str) -> list[_Place]:
    return [_Place(line, -1, read_line(line)) for line in lines.split("\n") if line.strip()]


def _is_headless(block: Sequence[_Place]) -> bool:
    """Whether nothing above the first rows of a text names their columns or parts them from before."""
    lines = [line.text for line in block]
    return not read_heads(lines).cells and not any(map(is_prose, lines))


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
        elif body and (is_head_line(line.text) or is_prose(line.text)):
            yield block, body
            block, body = [line], []
        elif body:
            body.append(line)
        else:
            block = [*block[-_HEAD_BLOCK:], line]
    if body:
        yield block, body


def is_prose(line: str) -> bool:
    """Whether a line is running text: long, and in no columns."""
    text = line.strip()
    return len(text) > _LONG and len(parts(line)) == 1 and " " in text


def _rows(block: Sequence[_Place], body: Sequence[_Place]) -> Iterator[Row]:
    """Yield the rows; a label that began on the line before is put in front."""
    section = _last_section(block)
    before: _Place | None = block[-1] if block and not is_head_line(block[-1].text) else None
    before = before if before and before.start >= 0 else None  # a carried line is in no row
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


def statement_named(line: str) -> Statement:
    """Return the statement that a short line names."""
    squeezed = re.sub(r"\s+", "", line)
    if len(squeezed) > _LONG or "notes" in squeezed.lower()[:8]:
        return Statement.OTHER
    named = (Statement(name) for name, title in _TITLES if title.search(squeezed))
    return next(named, Statement.OTHER)


def _statement(block: Sequence[str], heading: str) -> Statement:
    """Return the statement that the first of these lines names."""
    named = (statement_named(line) for line in [*block, heading])
    return next((statement for statement in named if statement), Statement.OTHER)
