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
from datetime import UTC, datetime
from decimal import Decimal

from assistant.domain.answers import Answer, Evidence, FigureStatus, Query, Question, Scope
from assistant.domain.errors import AssistantError
from assistant.domain.facts import Fact
from assistant.domain.filings import Filing
from assistant.domain.people import SYSTEM, Principal
from assistant.domain.queries import DataResult
from assistant.domain.reconciling import Reconciled, StatedFigure, in_words
from assistant.domain.sql import SqlRows, SqlVerdict
from assistant.nl2sql.stated import ITEMS, METRICS, TABLE, stated
from assistant.ports import Catalogue, Facts, Tool
from assistant.printed.fiscal import AskedPeriod
from assistant.rag.line_items import find_terms, metrics
from assistant.rag.lookup import FilingTables
from assistant.rag.tagged import concepts
from assistant.rag.understand import Understander

_TICKER = re.compile(r"[A-Z][A-Z0-9.-]{0,9}")
_FORMS = frozenset({"10-K", "10-Q", "20-F", "40-F"})
_SEARCHED = 3  # figures that are looked up in the rows of a filing, each a search
_MOST = 20  # figures of a result that are held against filings
_ROUNDED = 2  # a figure is off by half of its last digit at most
_MONTHS = {0: range(350, 381), 1: range(80, 106)}  # days of a year, and of a quarter
_OF_TABLE = {"$": "USD"}


Runs = Callable[[str, Principal], Awaitable[tuple[SqlVerdict, SqlRows]]]
"""Runs a statement with a person's rights."""


@dataclass(frozen=True)
class Reconciliation:
    """Holds results against the filings of the store.

    Args:
        catalogue: The filings.
        facts: What they tag.
        understander: Reads what is searched for in a filing that tags nothing.
        search: Finds its pages.
    """

    catalogue: Catalogue
    facts: Facts
    understander: Understander
    search: Tool

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
        known = {one.stated for one in found}
        left = [(f, own) for f in figures if f not in known and (own := _filing_of(f, filings))]
        printed = [await self._printed(figure, filing) for figure, filing in left[:_SEARCHED]]
        both = (*found, *(one for one in printed if one))
        return replace(result, reconciled=both) if both else result

    async def _printed(self, figure: StatedFigure, filing: Filing) -> Reconciled | None:
        """Return both figures where the filing prints its own in a row of a statement."""
        item = metrics()[figure.item]
        text = f"{item.name} of {filing.cover.company} in {figure.period}"
        scope = Scope((filing.id,))
        asked = Question(text, SYSTEM, datetime.now(UTC).date(), scope)
        found = await self.search.run(await self.understander.query(asked), asked)
        return printed(figure, filing, [e for e in found if e.locator.filing_id == filing.id])


def printed(
    figure: StatedFigure, filing: Filing, evidence: Sequence[Evidence]
) -> Reconciled | None:
    """Return both figures where a row of a filing's statements prints its own. Pure.

    Args:
        figure: What the rows state.
        filing: The filing of that period.
        evidence: What search found in it.
    """
    labelled = {f"E{n}": one.labelled(f"E{n}") for n, one in enumerate(evidence)}
    tables, period = FilingTables(list(labelled.values())), AskedPeriod(figure.fiscal_year)
    if figure.quarter:
        period = AskedPeriod(figure.fiscal_year, figure.quarter)
    tables.learn_year_end([period])
    row = tables.find(metrics()[figure.item], period)
    if row is None or (row.scale is None and figure.unit == "USD"):
        return None
    last = Decimal(1).scaleb(min(int(row.printed.as_tuple().exponent), 0))
    rounded = last * (row.scale or 1) / _ROUNDED
    place = labelled[row.label].locator
    how = f'page {place.page}: "{" ".join(row.line.split())}"'
    return _both(figure, filing, row.value, rounded, place.page, how)


def _filing_of(figure: StatedFigure, filings: Sequence[Filing]) -> Filing | None:
    """Return the filing of a figure's own period, one that amends before one that is amended."""
    own = [one for one in filings if _is_of(figure, one)]
    return min(own, key=lambda one: bool(one.superseded_by), default=None)


def _is_of(figure: StatedFigure, filing: Filing) -> bool:
    cover = filing.cover
    theirs = (_ticker(filing), cover.fiscal_year, cover.quarter or 0)
    return theirs == (figure.symbol, figure.fiscal_year, figure.quarter) and cover.form in _FORMS


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
        filing = _filing_of(figure, filings)
        fact = _fact(figure, filing, facts.get(filing.id, ())) if filing else None
        if filing and fact:
            found.append(_compared(figure, filing, fact))
    return tuple(found)


def _fact(figure: StatedFigure, filing: Filing, facts: Sequence[Fact]) -> Fact | None:
    """Return the fact of a filing about its own period that states the figure, the usual one first."""
    cover = filing.cover
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
    exact = fact.decimals is None
    rounded = Decimal(0) if exact else Decimal(1).scaleb(-(fact.decimals or 0)) / _ROUNDED
    return _both(figure, filing, fact.value, rounded, 1, f"tagged {fact.concept}")


def _both(
    figure: StatedFigure, filing: Filing, value: Decimal, rounded: Decimal, page: int, how: str
) -> Reconciled:
    agree = abs(figure.value - value) <= max(figure.tolerance, rounded)
    name = metrics()[figure.item].name
    return Reconciled(figure, name, value, filing.name, filing.id, page, how, agree)


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
