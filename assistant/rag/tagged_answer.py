"""Answers from the facts that a filing tags, where no row was read for sure.

    Ask (one item, one year or quarter) + facts of one report ── the fact ── the row that prints it

A filing numbers its periods itself: its cover names the one it is filed for, and the newest day that its
facts speak of ends it, so any other year or quarter is counted from there. A row may be named as no vocabulary knows ("Purchases related to property and equipment and
intangible assets"); its tag still says which item it is. The row that prints the fact's value under
the fact's period is cited, so a reader sees it on the page; without such a row there is no answer. An
amount per share may be printed in the row's label instead ("dividends declared ($0.034 per share)").
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
from assistant.rag.figures import figures
from assistant.rag.line_items import PER_SHARE, Metric, metrics
from assistant.rag.sources import tables_of
from assistant.rag.tagged import PERIOD_END, column_of, concepts

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
    if item is None or filed is None:
        return []
    found = [
        _paragraph(item, period, filed, evidence[0].facts, evidence)
        for period in ask.periods or (filed,)
    ]
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
    """Return the one fact of the item for a fiscal year or quarter, by the usual element first."""
    wanted = _last_month(asked, filed, facts)
    lengths = {0, 3} if asked.quarter else {0, 12}
    held = [
        fact
        for fact in facts
        if fact.unit == _UNITS.get(item.unit)
        and (column := column_of(fact))
        and (column.year, column.month) == wanted
        and column.months in lengths
    ]
    for concept in concepts().get(item.id, ()):
        if stated := [fact for fact in held if fact.concept == concept and not fact.dimensions]:
            return stated[0] if len({fact.value for fact in stated}) == 1 else None
    return None


def _last_month(
    asked: AskedPeriod, filed: AskedPeriod, facts: Sequence[Fact]
) -> tuple[int, int] | None:
    """Return the year and month in which a period ends, counted from the one the filing is for.

    The filing's total assets are of its last day; without them the newest fact of an annual report
    stands for it. A fiscal year carries the number of the year it ends in, or of the one before; a
    quarter may lie in the year before that.
    """
    ends = [fact for fact in facts if fact.concept == PERIOD_END]
    columns = map(column_of, ends if ends or filed.quarter else facts)
    newest = max(((one.year, one.month) for one in columns if one), default=None)
    if newest is None or newest[0] - filed.year not in ({-1, 0, 1} if filed.quarter else {0, 1}):
        return None
    quarters = (asked.year - filed.year) * 4 + (asked.quarter or 4) - (filed.quarter or 4)
    year, month = divmod(newest[0] * 12 + newest[1] - 1 + 3 * quarters, 12)
    return year, month + 1


def _printed(
    item: Metric, fact: Fact, asked: AskedPeriod, evidence: Sequence[Evidence]
) -> Iterator[_Printed]:
    """Yield the rows that print a fact under its period, those on a statement of the item first."""
    found = [
        (table.statement.value not in item.statements[:1], _Printed(one, row, value, scale))
        for one in evidence
        for table in tables_of(one)
        for row in table.rows
        for value, scale in (*_in_cells(item, fact, asked, table, row), *_in_label(item, fact, row))
    ]
    yield from (printed for _, printed in sorted(found, key=lambda pair: pair[0]))


def _in_cells(
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
        if period and _is_headed(period, column, asked):
            yield cell.value, scale


def _is_headed(head: ColumnPeriod, column: ColumnPeriod, asked: AskedPeriod) -> bool:
    """Whether a head may be the one over a fact: by its year's name, for a quarter by its month too."""
    if not asked.quarter:
        return head.year in {column.year, asked.year}
    if head.quarter:
        return (head.year, head.quarter) == (asked.year, asked.quarter)
    return (head.year, head.month) == (column.year, column.month) and (
        head.months in {0, column.months}
    )


def _in_label(item: Metric, fact: Fact, row: Row) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield an amount per share that stands in the label of a row, which says so."""
    if item.unit == "per_share" and PER_SHARE.search(row.label):
        amounts = (figure for figure in figures(row.label) if figure.unit == "$")
        yield from ((one.value, Decimal(1)) for one in amounts if one.value == abs(fact.value))
