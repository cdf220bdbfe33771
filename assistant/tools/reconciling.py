"""Holds a result's figures against the filings that state them: both are shown, a difference is flagged.

    rows ── stated (nl2sql) ──> company, fiscal year, item, amount
    the company's filing of that period ── its tagged facts ──> the same figure there
                                                  └── equal as rounded, or they disagree

And the other way: an answer from filings is held against the table. Where either side is silent nothing
is said. Filings are found by their ticker; amended statements count in place of those they restate.
"""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.domain.answers import Answer, FigureStatus, Query
from assistant.domain.errors import AssistantError
from assistant.domain.facts import Fact
from assistant.domain.filings import Filing
from assistant.domain.people import Principal
from assistant.domain.queries import DataResult
from assistant.domain.reconciling import Reconciled, StatedFigure, in_words
from assistant.domain.sql import SqlRows, SqlVerdict
from assistant.nl2sql.stated import ITEMS, METRICS, TABLE, stated
from assistant.ports import Catalogue, Facts
from assistant.rag.line_items import find_terms, metrics
from assistant.rag.tagged import concepts

_TICKER = re.compile(r"[A-Z][A-Z0-9.-]{0,9}")
_MOST = 20  # figures of a result that are held against filings
_ROUNDED = 2  # a figure is off by half of its last digit at most
_MONTHS = {0: range(350, 381), 1: range(80, 106)}  # days of a year, and of a quarter
_OF_TABLE = {"$": "USD"}


Runs = Callable[[str, Principal], Awaitable[tuple[SqlVerdict, SqlRows]]]
"""Runs a statement with a person's rights."""


@dataclass(frozen=True)
class Reconciliation:
    """Holds results against the filings of the store."""

    catalogue: Catalogue
    facts: Facts

    async def noted(self, result: DataResult) -> DataResult:
        """Return a result with what filings say of its figures; one that states none as it is."""
        figures = stated(result.sql, result.rows)[:_MOST] if result.rows else ()
        if not figures:
            return result
        symbols = {figure.symbol for figure in figures}
        filings = [one for one in await self.catalogue.filings() if _ticker(one) in symbols]
        wanted = {name for figure in figures for name in concepts().get(figure.item, ())}
        facts = await self.facts.of([one.id for one in filings], sorted(wanted))
        found = reconciled(figures, filings, facts)
        return replace(result, reconciled=found) if found else result


@dataclass(frozen=True)
class TableCheck:
    """Holds answers from filings against the market table.

    Args:
        catalogue: Knows the companies' tickers.
        run: Runs a statement with a person's rights; None while the database was not asked yet: a
            second opinion opens nothing.
    """

    catalogue: Catalogue
    run: Callable[[], Runs | None]

    async def noted(self, answer: Answer, query: Query, asked_by: Principal) -> Answer:
        """Return an answer with a note where the table states its one figure otherwise."""
        run = self.run()
        if run is None or answer.data or answer.refused or not answer.figures:
            return answer
        statement, item = asked_of_table(query, self.catalogue.listing().filings)
        if not statement:
            return answer
        try:
            verdict, rows = await run(statement, asked_by)
        except AssistantError:  # the filing is the source; its answer stands without the table
            return answer
        note = otherwise(answer, stated(verdict.rewritten, rows), item)
        return replace(answer, notes=(*answer.notes, note)) if note else answer


def reconciled(
    figures: Sequence[StatedFigure],
    filings: Sequence[Filing],
    facts: Mapping[str, Sequence[Fact]],
) -> tuple[Reconciled, ...]:
    """Return, for each figure that a filing tags too, both. Pure.

    Args:
        figures: What the rows state.
        filings: Filings of these companies.
        facts: What they tag, by id.
    """
    found = []
    for figure in figures:
        for filing in sorted(filings, key=lambda one: bool(one.superseded_by)):
            fact = _fact(figure, filing, facts.get(filing.id, ()))
            if fact:
                found.append(_compared(figure, filing, fact))
                break
    return tuple(found)


def _fact(figure: StatedFigure, filing: Filing, facts: Sequence[Fact]) -> Fact | None:
    """Return the fact of a filing about its own period that states the figure, the usual one first."""
    cover = filing.cover
    theirs = (_ticker(filing), cover.fiscal_year, cover.quarter or 0)
    if theirs != (figure.symbol, figure.fiscal_year, figure.quarter):
        return None
    lasting = _MONTHS[1 if figure.quarter else 0]
    own = [
        fact
        for fact in facts
        if fact.period.end == cover.period_end
        and not fact.dimensions
        and fact.unit == figure.unit
        and (fact.period.is_instant or fact.period.days in lasting)
    ]
    return next(
        (fact for name in concepts()[figure.item] for fact in own if fact.concept == name), None
    )


def _compared(figure: StatedFigure, filing: Filing, fact: Fact) -> Reconciled:
    rounded = type(figure.value)(0)
    if fact.decimals is not None:
        rounded = type(figure.value)(1).scaleb(-fact.decimals) / _ROUNDED
    agree = abs(figure.value - fact.value) <= max(figure.tolerance, rounded)
    name = metrics()[figure.item].name
    return Reconciled(figure, name, fact.value, filing.name, filing.id, fact.concept, agree)


def _ticker(filing: Filing) -> str:
    return filing.cover.ticker.upper()


def asked_of_table(query: Query, filings: Sequence[Filing]) -> tuple[str, str]:
    """Return the statement that asks the table for a filings question's figure, and its item.

    Empty where the question is not about one item of one company in one fiscal year.
    """
    read = query.understanding
    if read is None or len(read.companies) != 1 or len(read.periods.years) != 1:
        return "", ""
    tickers = {_ticker(one) for one in filings if one.id in read.filings} - {""}
    items = {term.id for term in find_terms(query.text)}
    if len(tickers) != 1 or len(items) != 1 or items.isdisjoint(i.id for i in ITEMS.values()):
        return "", ""
    [ticker], [item] = tickers, items
    if not _TICKER.fullmatch(ticker):
        return "", ""
    period = f"Q{read.periods.quarter}" if read.periods.quarter else "FY"
    statement = (
        f"SELECT symbol, fiscal_year, fiscal_period, {METRICS} FROM {TABLE} "  # noqa: S608
        f"WHERE symbol = '{ticker}' AND fiscal_year = {read.periods.years[0]} "
        f"AND fiscal_period = '{period}'"
    )
    return statement, item


def otherwise(answer: Answer, figures: Collection[StatedFigure], item: str) -> str:
    """Return the note on an answer from filings whose figure the table states otherwise; or nothing.

    Args:
        answer: The answer, about that item only.
        figures: What the table states of company and period.
        item: The line item that was asked for.
    """
    proved = [one for one in answer.figures if one.status is FigureStatus.VERIFIED]
    own = [one.value for one in proved if one.unit in _OF_TABLE]
    for figure in figures:
        if figure.item == item and own:
            if any(abs(value - figure.value) <= figure.tolerance for value in own):
                return ""
            said = in_words(figure.value, figure.unit)
            return (
                f"The market table says otherwise for {figure.symbol}, {metrics()[item].name}, "
                f"{figure.period}: {said}. The filing is the source; check the table."
            )
    return ""
