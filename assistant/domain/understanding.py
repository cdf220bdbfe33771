"""What a question was read as: shown as a chip, edited by the user, and searched for.

"capex of Pepsi in FY2022?" -> PepsiCo, Inc. · 10-K · FY2022 · capital expenditures
"""

from dataclasses import dataclass
from datetime import date

from assistant.domain.structure import Statement


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure of the statements.

    Args:
        name: How analysts call it.
        rows: How filings print its row.
        statement: The face it stands on; None for a ratio of several.
        parts: Names of the metrics that it is computed from.
    """

    name: str
    rows: tuple[str, ...] = ()
    statement: Statement | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Topic:
    """Something told in words, or in a table outside the statements.

    Args:
        name: How the chip calls it.
        phrases: Words that pages about it hold.
        items: The Items of a form that tell it (see `PageMarks.items`).
        away: Whether the answer is a breakdown or a reconciliation, so not a statement's face.
    """

    name: str
    phrases: tuple[str, ...] = ()
    items: tuple[str, ...] = ()
    away: bool = False


@dataclass(frozen=True, slots=True)
class Periods:
    """The times a question names.

    Args:
        years: Fiscal years, ascending, ranges filled.
        quarter: 1-4, or None.
        dates: Whole dates, in the question's order.
    """

    years: tuple[int, ...] = ()
    quarter: int | None = None
    dates: tuple[date, ...] = ()

    @property
    def year(self) -> int | None:
        """The latest year: the filing of that year holds the earlier ones too."""
        return self.years[-1] if self.years else None


@dataclass(frozen=True, slots=True)
class SharedName:
    """Words of a question, from `start` to `end`, that name each of several companies."""

    start: int
    end: int
    companies: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Understanding:
    """A question, read.

    Args:
        core: Its words without companies, periods, instructions and filler.
        companies: Names of the companies it asks about, as the catalogue prints them.
        filings: Ids of their filings; empty where no company was recognised.
        periods: The times it names.
        forms: Forms it names ("10-K").
        metrics: Figures it asks for, and what they are computed from.
        topics: Other matters it asks about.
        statements: Statements that it names itself.
        shared: Names in it that more than one company has.
    """

    core: str
    companies: tuple[str, ...] = ()
    filings: frozenset[str] = frozenset()
    periods: Periods = Periods()
    forms: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()
    topics: tuple[Topic, ...] = ()
    statements: tuple[Statement, ...] = ()
    shared: tuple[SharedName, ...] = ()

    @property
    def phrases(self) -> tuple[str, ...]:
        """What filings call the things asked for, each once."""
        rows = [row for metric in self.metrics for row in metric.rows]
        told = [phrase for topic in self.topics for phrase in topic.phrases]
        return tuple(dict.fromkeys(rows + told))

    @property
    def wanted(self) -> frozenset[Statement]:
        """The statements the answer should stand on: those named, else those of the metrics."""
        lived = (metric.statement for metric in self.metrics if metric.statement)
        return frozenset(self.statements) or frozenset(lived)

    @property
    def items(self) -> frozenset[str]:
        """The Items that tell the topics."""
        return frozenset(item for topic in self.topics for item in topic.items)

    @property
    def away(self) -> bool:
        """Whether the answer is looked for away from the statements' faces."""
        return any(topic.away for topic in self.topics)

    @property
    def chip(self) -> tuple[str, ...]:
        """What a reader is shown: companies, forms, periods, then metrics and topics by name."""
        years = self.periods.years
        span = f"FY{years[0]}-{years[-1]}" if len(years) > 1 else "".join(f"FY{y}" for y in years)
        quarter = f"Q{self.periods.quarter}" if self.periods.quarter else ""
        days = tuple(day.isoformat() for day in self.periods.dates)
        when = days or tuple(filter(None, (f"{quarter} {span}".strip(),)))
        parts = {part for metric in self.metrics for part in metric.parts}
        metrics = (metric.name for metric in self.metrics if metric.name not in parts)
        topics = (topic.name for topic in self.topics)
        return (*self.companies, *self.forms, *when, *metrics, *topics)
