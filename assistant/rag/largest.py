"""Finds the largest or smallest line of one side of a balance sheet.

Only the lines between the side's begin and its total are compared; totals and lines without a
value in the period are not. The row is stated, with its value and its citation.
"""

import re
from collections.abc import Iterator

from assistant.printed.cells import GAP, Cell
from assistant.printed.fiscal import AskedPeriod
from assistant.printed.tables import Row, Statement, Table
from assistant.rag.asking import Ask, Shape
from assistant.rag.expressions import Item
from assistant.rag.lookup import FilingTables, cell_of

_ENDS = {
    "asset": re.compile(r"total assets", re.I),
    "current asset": re.compile(r"total current assets", re.I),
    "liability": re.compile(r"total liabilities(?! and)", re.I),
    "current liability": re.compile(r"total current liabilities", re.I),
}
_BEFORE = {"liability": "total assets", "current liability": "total assets"}
_SCALE_WORDS = {3: " thousand", 6: " million", 9: " billion"}


def largest(ask: Ask, filing: FilingTables) -> list[str]:
    """Return the paragraphs of the answer; none when no balance sheet has the side and period."""
    side = ask.target.term if isinstance(ask.target, Item) else ""
    period = ask.periods[-1] if ask.periods else filing.newest()
    if side not in _ENDS or period is None:
        return []
    filing.learn_year_end([period])
    for evidence, table in filing.all:
        if table.statement is not Statement.BALANCE:
            continue
        held = list(_held(table, side, period, filing.year_end))
        if held:
            best = (max if ask.shape is Shape.LARGEST else min)(held, key=_amount)
            row = GAP.sub(" | ", evidence.text[best[0].start : best[0].end].replace("\n", " "))
            amount = f"${abs(best[1].value or 0):,f}{_scale(table)}"
            name = re.sub(r"\s*\(.*", "", best[0].label)
            stated = f"{name} was the {ask.shape} {side} in {period.words}: {amount}"
            return [f"{stated}\n> {row} [{evidence.label}]"]
    return []


def _held(
    table: Table, side: str, period: AskedPeriod, year_end: int
) -> Iterator[tuple[Row, Cell]]:
    """Yield the lines of a side with their values; none unless the side's total is there too."""
    end = next((n for n, row in enumerate(table.rows) if _ENDS[side].match(row.label)), None)
    start = 0
    if before := _BEFORE.get(side):
        start = next(
            (n + 1 for n, row in enumerate(table.rows) if row.label.lower().startswith(before)), 0
        )
    for row in table.rows[start:end] if end is not None else ():
        cell = cell_of(table, row, period, year_end)
        if cell and cell.value and not row.label.lower().startswith(("total", "less")):
            yield row, cell


def _amount(held: tuple[Row, Cell]) -> float:
    return float(held[1].value or 0)


def _scale(table: Table) -> str:
    return _SCALE_WORDS.get(len(str(int(table.scale or 1))) - 1, "")
