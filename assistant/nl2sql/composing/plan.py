"""What a question asks for, before it is written as SQL."""

from dataclasses import dataclass, field

from sqlglot import exp

from assistant.nl2sql.composing.periods import Period


class Unread(Exception):
    """Words of a question that no rule gives a place in the statement. Caught by the composer."""

    def __init__(self, *words: str) -> None:
        super().__init__(" ".join(words))
        self.words = words


class Unclear(Exception):
    """A question that is understood, but not in one way only. Caught by the composer."""


@dataclass(frozen=True, slots=True)
class Term:
    """A column or a figure in a statement.

    Args:
        sql: Its expression, with table names.
        words: What it is called.
        unit: As the semantic layer has it.
        number: Whether its size can be compared.
        time: Whether it is a day or a moment.
        adds_up: Whether a sum over rows means something.
        aggregate: Whether it sums up rows by itself.
        where: What belongs to it as a condition.
    """

    sql: exp.Expr
    words: str
    unit: str = ""
    number: bool = False
    time: bool = False
    adds_up: bool = False
    aggregate: bool = False
    where: exp.Expr | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, what it means in words, the column that it is about; `value`: it is one value."""

    sql: exp.Expr
    words: str
    about: str = ""
    value: bool = False


@dataclass(slots=True)
class Rank:
    """An order that was asked for: by what, downwards or not, and how many rows."""

    descending: bool
    by: Term | None = None
    limit: int | None = None
    profit: bool = False


@dataclass(slots=True)
class Member:
    """Rows of another table that must exist, or must not."""

    table: str
    on: exp.Expr
    negated: bool
    conditions: list[Condition] = field(default_factory=list)
    words: str = ""


@dataclass(slots=True)
class Plan:
    """A statement to be: rows of `base`, listed or summed up.

    Args:
        base: The table whose rows are listed, counted or summed up.
        target: What is ranked or filtered by a sum, where that is not a row of `base`.
        groups: What the rows are summed up by.
        measures: The sums, averages and counts, as (function, term).
        named: Columns that were named without saying what to do with them.
        share: The condition whose share of the rows is asked for.
        having: A condition on a sum.
        refined: Whether a gain or loss is asked of what the question before it gave.
    """

    base: str
    target: Term | None = None
    groups: list[Term] = field(default_factory=list)
    measures: list[tuple[str, Term]] = field(default_factory=list)
    named: list[Term] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    members: list[Member] = field(default_factory=list)
    share: Condition | None = None
    having: Condition | None = None
    rank: Rank | None = None
    period: Period | None = None
    bucket: str = ""
    own: bool = False
    user: str = ""
    rows_named: bool = False
    per_row: bool = False
    all_states: bool = False
    distinct: bool = False
    refined: bool = False
    words: list[str] = field(default_factory=list)
