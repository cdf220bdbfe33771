"""What a piece of evidence states: every cell of its tables and every figure of its prose.

    evidence ── table cells (value, scale, period, row) ┐
             └─ prose figures (value, the years of its sentence) ┘── Source

A claim is checked against these, so a source keeps what a claim can be wrong about: scale, sign,
unit, period and item.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from assistant.domain.answers import Evidence
from assistant.printed.cells import read_line
from assistant.printed.fiscal import ColumnPeriod
from assistant.printed.tables import Row, Table, tables
from assistant.rag.figures import Found, figures
from assistant.rag.line_items import PER_SHARE

_SENTENCE_END = re.compile(r"(?<=[\w)%][.?!;])\s+(?=[A-Z\u201c(])|\n\s*\n")
_YEARS = re.compile(r"\b(?:19|20)\d\d\b")
_SPENT = re.compile(
    r"expens|expenditure|spending|cost|purchase|payment|paid|repurchase|buyback|dividend|repay|"
    r"provision|tax|used|loss|decrease|deficit|charge|invest|acquisition|addition|treasury|"
    r"deduct|less|restructuring|impairment|amortization|depreciation|reduc|decline|retire|redempt",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Source:
    """One stated figure. `printed` is as its digits say; `scale` None where nothing names it.

    `spent` marks items whose size is meant when a text states them without a sign. `years` are
    those of the sentence around a figure of prose.
    """

    printed: Decimal
    scale: Decimal | None
    unit: str
    spent: bool
    is_cell: bool
    label: str = ""
    section: str = ""
    period: ColumnPeriod | None = None
    years: frozenset[int] = frozenset()

    @property
    def value(self) -> Decimal:
        """The figure in whole units."""
        return self.printed * (self.scale or 1)


def is_spent(label: str) -> bool:
    """Whether an item is spent, owed or lost, so that texts state its size without a sign.

    What stands in parentheses does not count: "Net income (loss)" is either.
    """
    return bool(_SPENT.search(re.sub(r"\([^)]*\)", " ", label)))


def tables_of(evidence: Evidence) -> list[Table]:
    """Return the tables of a piece of evidence, its first rows under the lines carried to them."""
    return tables(evidence.text, evidence.header, evidence.carried)


def sources(evidence: Evidence) -> tuple[Source, ...]:
    """Return every figure that a piece of evidence states."""
    return _sources(evidence.text, evidence.header, evidence.carried)


@lru_cache(maxsize=64)
def _sources(text: str, header: str, carried: str) -> tuple[Source, ...]:
    found: list[Source] = []
    for table in tables(text, header, carried):
        for row in table.rows:
            found += _cells(table, row)
            found += (_prose(figure, row.label) for figure in figures(row.label))
    for sentence in _prose_sentences(text):
        found += (_prose(figure, sentence) for figure in figures(sentence))
    return tuple(found)


def _cells(table: Table, row: Row) -> Iterator[Source]:
    periods = table.periods(row) or (None,) * len(row.cells)
    per_share = bool(PER_SHARE.search(f"{row.section} {row.label}"))
    spent = is_spent(row.label) or not row.label
    for cell, period in zip(row.cells, periods, strict=True):
        if cell.value is None:
            continue
        scale = Decimal(1) if cell.is_percent or per_share else table.scale
        unit = "%" if cell.is_percent else "$" if "$" in cell.text else ""
        yield Source(cell.value, scale, unit, spent, True, row.label, row.section, period)


def _prose_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of the lines that are no table rows."""
    lines = (line for line in text.split("\n") if not read_line(line).is_row)
    yield from _SENTENCE_END.split("\n".join(lines))


def _prose(figure: Found, sentence: str) -> Source:
    years = frozenset(int(year) for year in _YEARS.findall(sentence))
    spent = is_spent(sentence)
    return Source(figure.printed, figure.scale, figure.unit, spent, False, years=years)
