"""Reads the parts of a question into a plan over one table: each part by the first rule that takes it.

A part that no rule takes is not understood, and then nothing of the question is answered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from assistant.nl2sql.composing.lexicon import Lexicon, Part
from assistant.nl2sql.composing.plan import Condition, Plan, Term, Unclear, Unread
from assistant.nl2sql.composing.relations import Database
from assistant.nl2sql.composing.speech import Say
from assistant.nl2sql.composing.terms import Terms, stored

NOTHING = Part("", ())
_MANY = 1000


FUNCTIONS = {
    Say.SUM: "sum",
    Say.HOW_MUCH: "sum",
    Say.AVERAGE: "avg",
    Say.MEDIAN: "median",
}


@dataclass(slots=True)
class Reading:
    """How far a question is read, and what is known of it.

    `wanted` is the function that waits for what it is applied to; `hint` is the time column that the next
    period is about; `parents` are tables that were named and still need a reason to be there.
    """

    parts: Sequence[Part]
    terms: Terms
    lexicon: Lexicon
    plan: Plan
    at: int = 0
    wanted: str = ""
    counting: bool = False
    distinct: bool = False
    sharing: bool = False
    hint: Term | None = None
    parents: list[str] = field(default_factory=list)
    inner: bool = False
    new: bool = False

    def part(self, ahead: int = 0) -> Part:
        """Return a part ahead of where it is read, or one that means nothing."""
        at = self.at + ahead
        return self.parts[at] if 0 <= at < len(self.parts) else NOTHING

    @property
    def database(self) -> Database:
        """Return what is asked."""
        return self.terms.database

    def profit(self) -> Term | None:
        """Return what is gained or lost with a row of the table."""
        return self.terms.profit(self.lexicon.phrases.get)

    def add(self, condition: Condition) -> None:
        """Add a condition; after "share of ... that" it is the one whose share is asked."""
        key = condition.about.endswith((".symbol", "_id"))
        if self.sharing and self.plan.rows_named and not key:
            own = condition.about.split(".")[0] in (self.plan.base, condition.about)
            if own and self.plan.share is not None:
                raise Unclear("it asks for the share of rows with two properties")
            if own:
                self.plan.share = condition
                return
        self.plan.conditions.append(condition)

    def expand(self, taken: int) -> bool:
        """Go on after parts that were taken."""
        self.at += taken
        return True


Rule = Callable[[Reading], int]


def read(reading: Reading, rules: Sequence[Rule]) -> None:
    """Read to the end, or as far as rules go where it is the inside of a condition.

    Raises:
        Unread: A part has no place.
        Unclear: Parts can be read in two ways.
    """
    while reading.at < len(reading.parts):
        for rule in rules:
            taken = rule(reading)
            if taken:
                reading.at += taken
                break
        else:
            if reading.inner:
                return
            raise Unread(reading.part().text)


def rows_of(reading: Reading) -> Term:
    """Return the rows of the table as something to be counted."""
    return Term(exp.Star(), reading.plan.base)


def aggregated(function: str, term: Term) -> exp.Expr:
    """Return a sum, an average, ... of a term."""
    of = term.sql.copy()
    match function:
        case "as it is":
            return of
        case "count":
            return exp.Count(this=exp.Star())
        case "count distinct":
            return exp.Count(this=exp.Distinct(expressions=[of]))
        case "sum":
            return exp.Sum(this=of)
        case "avg":
            return exp.Avg(this=of)
        case "max":
            return exp.Max(this=of)
        case "min":
            return exp.Min(this=of)
        case _:
            share = "0.5" if function == "median" else function
            ordered = exp.Order(expressions=[exp.Ordered(this=of)])
            percentile = exp.PercentileCont(this=exp.Literal.number(share))
            return exp.WithinGroup(this=percentile, expression=ordered)


def keep_where(reading: Reading, term: Term) -> None:
    """Add the condition that belongs to a figure."""
    if term.where is not None:
        reading.plan.conditions.append(Condition(term.where, "", "where"))


def keep_kind(reading: Reading, part: Part) -> None:
    """Keep what a noun says besides: a stock is an instrument whose asset class is equity."""
    kinds = [one for one in part.values if one.table == reading.plan.base]
    if not kinds or reading.inner:
        return
    condition = stored(kinds[:1])
    if all(one.about != condition.about for one in reading.plan.conditions):
        reading.plan.conditions.append(condition)


def is_count(reading: Reading, ahead: int) -> bool:
    """Whether a part is a whole number of rows, as in "top 5"."""
    part = reading.part(ahead)
    if part.number is None or part.unit or part.period:
        return False
    return part.number == part.number.to_integral_value() and 0 < part.number <= _MANY


def time_of(reading: Reading) -> Term:
    """Return the time by which rows are new or old."""
    meaning = reading.database.layer.tables.get(reading.plan.base)
    if meaning is None or not meaning.time:
        raise Unclear(f"{reading.plan.base} have no time to order them by")
    return reading.terms.column(reading.plan.base, meaning.time)
