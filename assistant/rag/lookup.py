"""Finds the row and the column that state a line item for a period.

    evidence of one filing ── tables ── rows whose label states the item ── the column of the period

The face of the statement where the item lives goes before other tables, and a better label before
a worse one. Where the best rows disagree, or a row has several columns for the period and no name
tells which is meant, nothing is returned: an absent figure is better than a wrong one.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant.domain.answers import Evidence
from assistant.printed.cells import Cell
from assistant.printed.fiscal import AskedPeriod, ColumnPeriod, asked_periods
from assistant.printed.tables import Row, Table
from assistant.rag.line_items import PER_SHARE, Metric
from assistant.rag.sources import tables_of

_WHOLE = frozenset(
    {"amount", "amounts", "dollars", "total", "consolidated", "as reported", "reported", "$"}
)
_FACE_ROWS = 12  # rows of a table that can be the face of a statement
_LOSS = re.compile(r"(?:net |operating )?loss\b(?!.*\b(?:income|earnings|profit|gain)\b)", re.I)
_ADJUSTED = ("adjusted", "non-gaap", "pro forma", "core ", "excluding", "segment", "discontinued")


@dataclass(frozen=True, slots=True)
class Operand:
    """A figure as a row states it. `value` is in whole units, `printed` as it stands in the row.

    `scale` is None where no line names the units. `line` is the verbatim text of the row, and
    `label` names the evidence that holds it.
    """

    name: str
    period: AskedPeriod
    printed: Decimal
    scale: Decimal | None
    unit: str
    text: str
    line: str
    label: str

    @property
    def value(self) -> Decimal:
        """The figure in whole dollars, shares or percent."""
        return self.printed * (self.scale or 1)


@dataclass(frozen=True, slots=True)
class _Candidate:
    rank: tuple[int, int, int]
    operand: Operand
    consolidated: bool
    rows: int


class FilingTables:
    """The tables that search found in one filing."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        self._tables = [(item, table) for item in evidence for table in tables_of(item)]
        self.year_end = 0
        self._scale = self._usual_scale()
        self.late_years = self._ends_after_its_year(evidence)

    @property
    def all(self) -> Sequence[tuple[Evidence, Table]]:
        """Every table with the evidence it stands in."""
        return self._tables

    def learn_year_end(self, asked: Sequence[AskedPeriod]) -> None:
        """Find the month the fiscal year ends in, from a quarter's or a whole year's column."""
        quarters = [period for period in asked if period.quarter]
        months = Counter(
            column.year_end(period.quarter or 4)
            for column in self._columns()
            for period in quarters or [AskedPeriod(column.year)]
            if column.month and (column.matches(period) if quarters else column.months == 12)
        )
        self.year_end = months.most_common(1)[0][0] if months else 0

    def newest(self) -> AskedPeriod | None:
        """Return the latest year that a column stands for, for a question without a period."""
        years = [column.year for column in self._columns() if column.months in {0, 12}]
        return AskedPeriod(max(years)) if years else None

    def find(self, metric: Metric, asked: AskedPeriod) -> Operand | None:
        """Return the figure of a line item for a period; None when no row states it for sure."""
        found = sorted(self._candidates(metric, asked), key=lambda candidate: candidate.rank)
        if not found:
            return None
        best = [item for item in found if item.rank[:2] == found[0].rank[:2]]
        return _agreed(best)

    def _candidates(self, metric: Metric, asked: AskedPeriod) -> Iterator[_Candidate]:
        for order, (item, table) in enumerate(self._tables):
            if table.statement.value not in metric.statements:
                continue
            place = metric.statements.index(table.statement.value)
            for row in self._rows(table, metric):
                rank = metric.rank(_named(row), row.section)
                cell = self._cell(table, row, asked) if rank is not None else None
                if rank is not None and cell is not None and _states(table, cell):
                    scale = table.scale or self._scale
                    operand = _operand(metric, asked, cell, scale, row, item)
                    yield _Candidate(
                        (place, rank, order), operand, _is_consolidated(table), len(table.rows)
                    )

    def _rows(self, table: Table, metric: Metric) -> Iterator[Row]:
        """Yield the rows of a table, each label once, adjusted ones left to adjusted items."""
        seen: set[str] = set()
        adjusted = "adjusted" in metric.id
        rows = table.rows if metric.unit != "money" else table.rows[: _per_share(table)]
        for row in rows:
            name = f"{_named(row)} {row.section if metric.section else ''}"
            special = any(word in row.section.lower() for word in _ADJUSTED)
            if (adjusted or not special) and name not in seen:
                seen.add(name)
                yield row

    def _cell(self, table: Table, row: Row, asked: AskedPeriod) -> Cell | None:
        return cell_of(table, row, asked, self.year_end, self.late_years)

    def _usual_scale(self) -> Decimal | None:
        """Return the scale of the filing's statements, for its tables that name none."""
        scales = Counter(table.scale for _, table in self._tables if table.statement)
        known = [scale for scale, _ in scales.most_common() if scale]
        return known[0] if known else None

    def _columns(self) -> Iterator[ColumnPeriod]:
        for _, table in self._tables:
            yield from (cell for cell in table.heads.cells if cell is not None)

    def _ends_after_its_year(self, evidence: Sequence[Evidence]) -> bool:
        """Whether fiscal years end in January or February of the year after the one they name.

        The filing's own period says so, against its newest column; else the flows do, headed
        "2018" over a balance sheet of "February 2, 2019".
        """
        dated = [c for c in self._columns() if c.month]
        newest = max(dated, key=lambda column: (column.year, column.month), default=None)
        filed = next((p for item in evidence for p in asked_periods(item.header)), None)
        if newest is None:
            return False
        if filed is not None:
            end = newest.year_end(filed.quarter or 4)
            return end in {1, 2} and newest.year + (newest.month > end) - 1 == filed.year
        named = [c.year for c in self._columns() if not c.month and c.months in {0, 12}]
        return newest.month in {1, 2} and bool(named) and max(named) == newest.year - 1


def cell_of(
    table: Table, row: Row, asked: AskedPeriod, year_end: int = 0, late_years: bool = False
) -> Cell | None:
    """Return the one value of a row that stands under the asked period, or None.

    Args:
        table: The table the row is part of.
        row: The row.
        asked: The period.
        year_end: The month the fiscal year ends in; 0 when it is not known.
        late_years: Whether a year that ends in January counts to the year before.
    """
    by_date = replace(asked, year=asked.year + 1) if late_years else asked
    held = [
        index
        for index, period in enumerate(table.periods(row))
        if period and period.matches(by_date if period.month else asked, year_end)
    ]
    if len(held) > 1:
        held = _whole(table, row, held)
    return row.cells[held[0]] if len(held) == 1 else None


def _is_consolidated(table: Table) -> bool:
    title = re.sub(r"\s+", "", table.title.lower())
    return "consolidated" in title and "parentcompany" not in title and "segment" not in title


def _agreed(candidates: Sequence[_Candidate]) -> Operand | None:
    """Return the figure that equal rows agree on.

    Where they do not, the face of a consolidated statement decides (of its tables, the one with
    most rows), else the figure that several pages print and no other so often: a segment's or a
    parent company's own table stands alone.
    """
    whole = [item for item in candidates if item.consolidated]
    face = max((item.rows for item in whole), default=0)
    faces = [item for item in whole if item.rows == face >= _FACE_ROWS]
    for group in (candidates, whole, faces):
        if len({abs(item.operand.value) for item in group}) == 1:
            return max(group, key=lambda item: (item.consolidated, item.rows)).operand
    counts = Counter(abs(item.operand.value) for item in candidates)
    (most, often), (_, next_often) = counts.most_common(2)
    if often == next_often:
        return None
    return next(item.operand for item in candidates if abs(item.operand.value) == most)


def _states(table: Table, cell: Cell) -> bool:
    """Whether a cell states a figure: a dash does so on the face of a statement only."""
    return cell.value is not None and (bool(table.statement) or cell.value != 0)


def _per_share(table: Table) -> int:
    """Return from which row on a note's table may state amounts per share."""
    if table.statement:
        return len(table.rows)
    found = (
        n for n, row in enumerate(table.rows) if PER_SHARE.search(f"{row.section} {row.label}")
    )
    return next(found, len(table.rows))


def _whole(table: Table, row: Row, held: Sequence[int]) -> list[int]:
    """Of several columns of one period, keep the one that is the amount or the total."""
    names = {index: table.heads.name(index, len(row.cells)).lower() for index in held}
    named = [index for index in held if names[index] in _WHOLE]
    if len(named) == 1:
        return named
    plain = [index for index in held if not (row.cells[index].is_percent or "%" in names[index])]
    return plain if len(plain) < len(held) else []


def _named(row: Row) -> str:
    """Return the row's label; a row without one, or of "Total", is the total of its section."""
    if row.section and row.label.lower() in {"", "total"}:
        return f"total {row.section}"
    return row.label


def _operand(
    metric: Metric, asked: AskedPeriod, cell: Cell, scale: Decimal | None, row: Row, item: Evidence
) -> Operand:
    printed = _oriented(metric, _named(row), cell.value or Decimal(0))
    unit = "percent" if cell.is_percent else metric.unit
    if unit not in {"money", "shares"}:
        scale = Decimal(1)
    line = item.text[row.start : row.end]
    return Operand(metric.name, asked, printed, scale, unit, cell.text, line, item.label)


def _oriented(metric: Metric, label: str, value: Decimal) -> Decimal:
    """Return the value with the sign the item has in formulas: what is spent counts positive."""
    if metric.outflow:
        return abs(value)
    if _LOSS.match(label) and metric.unit == "money":  # "Net loss  4,031" prints a size
        return -abs(value)
    return _tax(label.lower(), value) if metric.signed else value


def _tax(label: str, value: Decimal) -> Decimal:
    """Return a tax as an expense: "Benefit (provision)" prints it the other way round.

    A provision that names no benefit is an expense, also where expenses are in parentheses.
    """
    if "benefit" not in label:
        return abs(value)
    first = re.split(r"[(/]", label.lstrip("("))[0]
    return -value if "benefit" in first and not label.startswith("(") else value
