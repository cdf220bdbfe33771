"""Answers from the facts that a filing tags, where no row was read for sure.

    Ask (one item, one year) + facts of one annual report ── the fact ── the row that prints it

A row may be named as no vocabulary knows ("Purchases related to property and equipment and
intangible assets"); its tag still says which item it is. The row that prints the fact's value under
the fact's period is cited, so a reader sees it on the page; without such a row there is no answer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.domain.answers import Evidence
from assistant.domain.facts import Fact
from assistant.printed.cells import GAP
from assistant.printed.fiscal import AskedPeriod, ColumnPeriod, asked_periods
from assistant.printed.tables import Row, Table
from assistant.rag.asking import Ask, Shape
from assistant.rag.expressions import Item
from assistant.rag.line_items import Metric, metrics
from assistant.rag.sources import tables_of
from assistant.rag.tagged import column_of, concepts

_UNITS = {"money": "USD", "per_share": "USD/shares"}
_SCALES = {
    Decimal(1): "",
    Decimal(1_000): " thousand",
    Decimal(10**6): " million",
    Decimal(10**9): " billion",
}


@dataclass(frozen=True, slots=True)
class _Printed:
    """Where a fact is printed: the row, its evidence, the figure there and its scale."""

    item: Evidence
    row: Row
    value: Decimal
    scale: Decimal


def from_facts(ask: Ask, evidence: Sequence[Evidence]) -> list[str]:
    """Return a paragraph for each period asked; none where a fact or its row is missing.

    Args:
        ask: What is asked.
        evidence: Of one filing, labelled, best first, with the facts of the item.
    """
    if ask.shape is not Shape.VALUE or not isinstance(ask.target, Item):
        return []
    item = metrics().get(ask.target.term)
    filed = next((period for one in evidence for period in asked_periods(one.header)), None)
    if item is None or filed is None or filed.quarter:
        return []
    facts = [fact for fact in evidence[0].facts if fact.unit == _UNITS.get(item.unit)]
    periods = ask.periods or (filed,)
    found = [_paragraph(item, period, filed, facts, evidence) for period in periods]
    return [text for text in found if text] if all(found) else []


def _paragraph(
    item: Metric,
    asked: AskedPeriod,
    filed: AskedPeriod,
    facts: Sequence[Fact],
    evidence: Sequence[Evidence],
) -> str:
    fact = _fact(item, asked, filed, facts)
    printed = next(_printed(item, fact, asked, evidence), None) if fact else None
    if fact is None or printed is None:
        return ""
    amount = f"{abs(printed.value):,f}{_SCALES[printed.scale]}"
    shown = f"{'-' if fact.value < 0 else ''}${amount}"
    line = GAP.sub(" | ", printed.item.text[printed.row.start : printed.row.end].strip())
    return f"{asked.words} {item.name}: {shown}\n> {line} [{printed.item.label}]"


def _fact(
    item: Metric, asked: AskedPeriod, filed: AskedPeriod, facts: Sequence[Fact]
) -> Fact | None:
    """Return the one fact of the item for a fiscal year, by the usual element first.

    The filing's newest facts are of the year it is filed for, which tells how it numbers its years.
    """
    dated = [(column, fact) for fact in facts if (column := column_of(fact))]
    newest = max((column for column, _ in dated), key=_end, default=None)
    if asked.quarter or newest is None or newest.year - filed.year not in {0, 1}:
        return None
    wanted = (newest.year - filed.year + asked.year, newest.month)
    held = [fact for column, fact in dated if _end(column) == wanted and column.months in {0, 12}]
    for concept in concepts().get(item.id, ()):
        if stated := [fact for fact in held if fact.concept == concept and not fact.dimensions]:
            return stated[0] if len(stated) == 1 else None
    return None


def _end(column: ColumnPeriod) -> tuple[int, int]:
    return column.year, column.month


def _printed(
    item: Metric, fact: Fact, asked: AskedPeriod, evidence: Sequence[Evidence]
) -> Iterator[_Printed]:
    """Yield the rows that print a fact under its period, those on a statement of the item first."""
    found = [
        (table.statement.value not in item.statements[:1], _Printed(one, row, value, scale))
        for one in evidence
        for table in tables_of(one)
        for row in table.rows
        for value, scale in _values(item, fact, asked, table, row)
    ]
    yield from (printed for _, printed in sorted(found, key=lambda pair: pair[0]))


def _values(
    item: Metric, fact: Fact, asked: AskedPeriod, table: Table, row: Row
) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield the fact's value as a row prints it, with its scale, under the period or its year's name."""
    scale = Decimal(1) if item.unit == "per_share" else table.scale
    column = column_of(fact)
    periods = table.periods(row)
    if scale is None or scale not in _SCALES or column is None or not periods:
        return
    for cell, period in zip(row.cells, periods, strict=True):
        if cell.value is None or cell.is_percent or abs(cell.value) * scale != abs(fact.value):
            continue
        if period and period.year in {column.year, asked.year}:
            yield cell.value, scale
