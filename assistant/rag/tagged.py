"""Compares what an answer states of a line item with the facts that the cited filing itself tags.

    "FY2022 revenue: $4,200 million"  +  us-gaap:Revenues, 2022, USD  ->  CONFIRMED by that fact
                                                                       or CONTRADICTED

`concepts.toml` says which elements of the taxonomy state an item. Only facts of the whole company
are compared, in the period the text names. Where the filing tags no such fact, or a figure is
written without its scale, nothing is said: tags confirm what was read, they are not needed for it.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from enum import Enum
from functools import cache
from importlib import resources

from assistant.domain.facts import Fact
from assistant.printed.fiscal import AskedPeriod, ColumnPeriod
from assistant.rag.claims import Claim, fits
from assistant.rag.figures import Found
from assistant.rag.line_items import find_terms

_TAXONOMY = "us-gaap:"
PERIOD_END = _TAXONOMY + "Assets"
"""The element that every balance sheet tags: its newest day ends the period of the filing."""
_UNITS = {"$": ("USD", "USD/shares"), "\u20ac": ("EUR", "EUR/shares"), "\u00a3": ("GBP",)}
_WEEK = 7  # days into a month within which a year of 52 or 53 weeks may end
_LENGTHS = {3: range(80, 105), 6: range(170, 195), 9: range(260, 287), 12: range(350, 380)}


class Agreement(Enum):
    """What the facts say of a figure: nothing, the same, or something else."""

    SILENT = "silent"
    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"


def concepts_of(text: str) -> tuple[str, ...]:
    """Return the elements that state the line items a text names."""
    named = (concepts().get(term.id, ()) for term in find_terms(text))
    return tuple(dict.fromkeys(concept for names in named for concept in names))


@cache
def concepts() -> Mapping[str, tuple[str, ...]]:
    """Return the elements that state each line item, with their prefix, by the item's id."""
    text = resources.files("assistant.rag").joinpath("concepts.toml").read_text("utf-8")
    return {
        item: tuple(_TAXONOMY + name for name in names)
        for item, names in tomllib.loads(text).items()
    }


def compare(figure: Found, claim: Claim, facts: Sequence[Fact]) -> tuple[Agreement, Fact | None]:
    """Return what the facts of the cited filing say of a figure, and the fact that confirms it."""
    if len(claim.metrics) != 1 or not claim.periods or not _has_scale(figure):
        return Agreement.SILENT, None
    [item] = claim.metrics
    stated = list(_of_item(item, claim.periods, facts))
    units = _UNITS.get(figure.unit, ())
    whole = [fact for fact in stated if not fact.dimensions and fact.unit in units]
    equal = next((fact for fact in whole if _same(figure, fact)), None)
    if equal:
        return Agreement.CONFIRMED, equal
    of_a_part = any(_same(figure, fact) for fact in stated if fact.dimensions)
    return (Agreement.CONTRADICTED if whole and not of_a_part else Agreement.SILENT), None


def _has_scale(figure: Found) -> bool:
    """Whether the text says how large the figure is, so that it can be compared."""
    return figure.unit in _UNITS and (figure.scale != 1 or figure.places == 2)


def _of_item(item: str, periods: Sequence[AskedPeriod], facts: Sequence[Fact]) -> Iterator[Fact]:
    wanted = frozenset(concepts().get(item, ()))
    for fact in facts:
        column = column_of(fact)
        if fact.concept in wanted and column and _fits(column, periods):
            yield fact


def _fits(column: ColumnPeriod, periods: Sequence[AskedPeriod]) -> bool:
    """Whether a fact may be the one of the named period: a year for a year, a quarter for a quarter."""
    asks_quarter = any(period.quarter for period in periods)
    lengths = {0, 3} if asks_quarter else {0, 12}
    return column.months in lengths and fits(column, periods)


def column_of(fact: Fact) -> ColumnPeriod | None:
    """Return the fact's period as the head of a column would say it; None for an odd length."""
    end = fact.period.end
    if end is None:
        return None
    year, month = end.year, end.month
    if end.day <= _WEEK:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    if fact.period.is_instant:
        return ColumnPeriod(year, month)
    months = next((n for n, days in _LENGTHS.items() if fact.period.days in days), None)
    return ColumnPeriod(year, month, months) if months else None


def _same(figure: Found, fact: Fact) -> bool:
    """Whether both state one amount, rounded as the coarser of the two; its sign may be in words."""
    rounded = Decimal(0) if fact.decimals is None else Decimal(1).scaleb(-fact.decimals) / 2
    allowed = max(figure.tolerance, rounded)
    return abs(abs(figure.value) - abs(fact.value)) <= allowed
