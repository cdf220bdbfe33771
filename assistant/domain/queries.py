"""A question to a database, from plain English to a result: the types that it passes through.

DataQuestion -> Linking -> Draft -> SqlVerdict -> SqlRows -> DataResult
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from assistant.domain.people import Principal
from assistant.domain.reconciling import Reconciled
from assistant.domain.routes import Destination, Route, Waiting
from assistant.domain.sql import SqlRows


@dataclass(frozen=True, slots=True)
class EarlierQuery:
    """A question of the same conversation, and the statement that answered it, where one did."""

    question: str
    sql: str = ""


@dataclass(frozen=True, slots=True)
class DataQuestion:
    """What was asked of the database, by whom; `earlier` is what was asked before, newest last.

    `model` is the destination that the user wants for it; None leaves it to the router.
    `confirmed` when the user agreed to what a cloud model may cost. `held` is how many rows are held of
    those that are read; None holds all, which the limit of an answer bounds.
    """

    text: str
    asked_by: Principal
    earlier: tuple[EarlierQuery, ...] = ()
    model: Destination | None = None
    conversation_id: str = ""
    confirmed: bool = False
    held: int | None = None


@dataclass(frozen=True, slots=True)
class LinkedValue:
    """Words of a question that name a stored value: "Apple" is 'AAPL' of `instruments.symbol`."""

    text: str
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class Linking:
    """What of the database a question is about.

    Args:
        tables: Best first.
        columns: As `table.column`.
        values: Words that name stored values; of a JSON column the value may be a key.
        periods: Words that name a length of time: the column of time, and how many units.
    """

    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    values: tuple[LinkedValue, ...] = ()
    periods: tuple[LinkedValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A statement for a question, and how each part of the question was understood, in words.

    `example` is the verified question that it was made from, where it was made from one.
    """

    sql: str
    understood: tuple[str, ...] = ()
    example: str = ""


@dataclass(frozen=True, slots=True)
class AskedBack:
    """A question that can be read in several ways: what to ask back, and questions to choose from."""

    question: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Declined:
    """Why no statement is written, and what to do instead."""

    reason: str
    hint: str = ""


Draft = Written | AskedBack | Declined


class ChartKind(StrEnum):
    """What a result is drawn as."""

    LINE = "line"
    BAR = "bar"
    SCATTER = "scatter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing of a result: which of its columns are drawn, and how. One line or bar a `y`.

    With a `series` each of that column's values has its own. A histogram has no `y`.
    """

    kind: ChartKind
    x: str
    y: tuple[str, ...] = ()
    series: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """The question was linked to the database."""

    linking: Linking


@dataclass(frozen=True, slots=True)
class Drafted:
    """A statement was written; it is judged next. `attempt` counts from 1."""

    sql: str
    attempt: int = 1


@dataclass(frozen=True, slots=True)
class Failed:
    """A statement could not be run, and is written anew; `why` is what is told of that."""

    sql: str
    attempt: int
    why: str


@dataclass(frozen=True, slots=True)
class DataResult:
    """How a question ended. Without a statement it was asked back or declined.

    Args:
        question: As it was asked.
        draft: What was written in the end.
        sql: The statement as it ran: judged, bounded, written anew; empty where none ran.
        rows: What it gave, at most as many rows as are shown.
        row_count: How many rows there are; of a `truncated` result at least so many.
        rows_sha256: Of all rows that were read, in their order, as the audit log has it.
        units: The units of columns that have one, by their names in the result.
        explanation: What the statement does, made from the statement.
        chart: How to draw it, where a drawing says more than the table.
        attempts: How many statements were tried.
        understood: How the question was read, in words.
        notes: Sentences on the data: that it is a sample, what today is there, what disagrees.
        route: Where it was written, and why there.
        model: What wrote it.
        seconds: From the question to the result.
        reconciled: Its figures that filings state too.
        id: Under what its rows can be downloaded; empty where they cannot.
    """

    question: str
    draft: Draft
    sql: str = ""
    rows: SqlRows | None = None
    row_count: int = 0
    rows_sha256: str = ""
    units: Mapping[str, str] = field(default_factory=dict)
    explanation: str = ""
    chart: Chart | None = None
    attempts: int = 0
    understood: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    route: Route | None = None
    model: str = ""
    cost_usd: Decimal = Decimal(0)
    seconds: float = 0.0
    reconciled: tuple[Reconciled, ...] = ()
    id: str = ""


DataEvent = Linked | Waiting | Drafted | Failed | DataResult
