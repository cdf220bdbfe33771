"""Lays out a comparison: which rows and columns, and the question and the filings of each cell.

    Read (companies, figures, periods) ── rows x columns ── a question a cell, a search a company and period

A row is a company; where one company has several figures, a row is a figure. Growth or an average
over a span of years is one column, not one a year.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.domain.comparisons import CellQuestion, CellSearch, Comparison
from assistant.domain.filings import Filing
from assistant.printed.fiscal import AskedPeriod
from assistant.rag.companies import Company
from assistant.rag.documents import MOST, choose
from assistant.rag.reading import read_question

_MOST_ROWS = 12
_MOST_COLUMNS = 10
_SPAN = re.compile(r"\b(?:from|between|over|through)\b|\d\s*[-\u2013]\s*(?:FY\s*)?\d", re.I)
GROWTH = re.compile(
    r"\b(?:(?:annual|yearly|year[\s-](?:over|on)[\s-]year|yoy|percent(?:age)?)\s+)?"
    r"(?:growth(?:\s+rates?)?|cagr|average)\b|\b(?:yoy|year[\s-](?:over|on)[\s-]year)\b",
    re.I,
)
_HIGHEST = re.compile(
    r"\b(?:highest|largest|biggest|greatest|higher|larger|bigger|more|most)\b", re.I
)
_LOWEST = re.compile(r"\b(?:lowest|smallest|lower|smaller|less|least)\b", re.I)
SCALED = re.compile(
    r"\bin\s+(?:usd\s+|us\s+)?(?:\$\s*|dollars?\s+)?(?:thousand|million|billion)s?\b", re.I
)
_ROUNDED = re.compile(
    r"\b(?:one|two|three|four|[1-4])\s+(?:decimal|digit)s?\b|\bnearest\s+(?:whole|million|billion|percent)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Row:
    """A company compared; without filings where the catalogue has none of it."""

    name: str
    company: Company | None


@dataclass(frozen=True, slots=True)
class Column:
    """A time compared: how it is headed, and how a question names it."""

    name: str
    asked: str
    quarter: int | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A question taken apart.

    `whole` is all of it, `text` is without instructions, and `rest` has everything that was read
    blanked.
    """

    whole: str
    text: str
    rows: tuple[Row, ...]
    metrics: tuple[str, ...]
    periods: tuple[AskedPeriod, ...]
    rest: str


def columns_of(read: Read) -> list[Column]:
    """Return the times compared; growth over a span of years is one figure, not one a year."""
    first, last = read.periods[0], read.periods[-1]
    whole = re.search(r"\b(?:cagr|average)\b", read.text, re.I)
    if first != last and GROWTH.search(read.text) and (whole or _SPAN.search(read.text)):
        return [Column(f"{first.words} to {last.words}", f"from {first.words} to {last.words}")]
    return [Column(period.words, f"in {period.words}", period.quarter) for period in read.periods]


def question_of(metric: str, column: Column, how: str, owner: str = "") -> str:
    """Return the stand-alone question for a figure, in the unit and rounding asked for."""
    return f"What was the {metric} {owner}{column.asked}{how}?"


def planned(read: Read, columns: Sequence[Column], filings: Sequence[Filing]) -> Comparison:
    """Lay out the cells: a row a company; a row a figure where one company has several."""
    kept = columns[-_MOST_COLUMNS:]
    rows = read.rows[:_MOST_ROWS]
    left_out = len(columns) - len(kept) + len(read.rows) - len(rows)
    by_metric = len(read.rows) == 1 and len(read.metrics) > 1
    several = len(read.metrics) > 1 and not by_metric
    heads = [
        f"{metric} {column.name}"
        if several and len(kept) > 1
        else metric
        if several
        else column.name
        for metric in (read.metrics if several else read.metrics[:1])
        for column in kept
    ]
    own = {row.name: _own(row, filings) for row in rows}
    cells = tuple(_cells(read, rows, kept, by_metric, own))
    return Comparison(
        metrics=read.metrics,
        corner=rows[0].name if by_metric else "Company",
        rows=read.metrics if by_metric else tuple(row.name for row in rows),
        columns=tuple(heads),
        cells=cells,
        searches=tuple(_searches(read, rows, kept, own)),
        extreme=_extreme(read.text),
        left_out=left_out,
    )


def _own(row: Row, filings: Sequence[Filing]) -> list[Filing]:
    return [one for one in filings if row.company and one.id in row.company.filings]


def _cells(
    read: Read,
    rows: Sequence[Row],
    columns: Sequence[Column],
    by_metric: bool,
    own: dict[str, list[Filing]],
) -> Iterator[CellQuestion]:
    how = _how(read.whole)
    for at, row in enumerate(rows):
        for number, metric in enumerate(read.metrics):
            for place, column in enumerate(columns):
                text = question_of(metric, column, how)
                fitting = [one for one in own[row.name] if _tells(one, column.quarter)]
                order = list(choose(fitting, read_question(text, fitting)))[:MOST]
                across = place if by_metric else number * len(columns) + place
                line = number if by_metric else at
                yield CellQuestion(line, across, number, text, tuple(order))


def _tells(filing: Filing, quarter: int | None) -> bool:
    """Whether a filing may state a period: heads of quarters often do not say which quarter it is."""
    return quarter is None or filing.cover.quarter == quarter


def _searches(
    read: Read,
    rows: Sequence[Row],
    columns: Sequence[Column],
    own: dict[str, list[Filing]],
) -> Iterator[CellSearch]:
    for row in rows:
        for column in columns if own[row.name] else ():
            text = question_of(" and ".join(read.metrics), column, "", f"of {row.name} ")
            meant = read_question(text, own[row.name])
            ids = frozenset(one.id for one in own[row.name])
            yield CellSearch(text, replace(meant, companies=(row.name,), filings=ids))


def _how(text: str) -> str:
    """Return the unit and the rounding that the question asks for."""
    scaled, rounded = SCALED.search(text), _ROUNDED.search(text)
    return (f" {scaled.group()}" if scaled else "") + (f" to {rounded.group()}" if rounded else "")


def _extreme(text: str) -> str:
    if not re.search(r"\b(?:which|who)\b", text, re.I):
        return ""
    return "highest" if _HIGHEST.search(text) else "lowest" if _LOWEST.search(text) else ""
