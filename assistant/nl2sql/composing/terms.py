"""What the phrases of a question stand for in a statement over one table.

A phrase is looked up at the table itself first, then at the tables that its rows name. Two meanings at the
same distance are no meaning: the question is not clear then.
"""

import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import TypeVar

from sqlglot import exp

from assistant.domain.semantics import Metric
from assistant.nl2sql.composing.lexicon import Named, Part, Stored
from assistant.nl2sql.composing.plan import Condition, Term, Unclear
from assistant.nl2sql.composing.relations import Database, parse
from assistant.nl2sql.composing.speech import Say

T = TypeVar("T", Named, Stored)
_ADDS_UP = re.compile(r"quantity|shares|fee|pnl|volume|cash|balance|cap$|amount|count")
_PROFIT = (("profit",), ("p&l",), ("pnl",))
_SIGNS: dict[Say, type[exp.Binary]] = {
    Say.ABOVE: exp.GT,
    Say.AT_LEAST: exp.GTE,
    Say.BELOW: exp.LT,
    Say.AT_MOST: exp.LTE,
    Say.EQUALS: exp.EQ,
    Say.OR_MORE: exp.GTE,
    Say.OR_LESS: exp.LTE,
}


class Terms:
    """The columns, figures and values of one table, and of those that its rows name."""

    def __init__(self, database: Database, base: str, named: bool = True) -> None:
        self.database = database
        self.base = base
        self.named = named

    def name(self, part: Part) -> Term | None:
        """Return the column or figure of the table itself that a phrase names."""
        found = {
            self._named(named)
            for named in part.names
            if named.table == self.base and (self.named or not named.weak)
        }
        terms = [self._term(one) for one in found]
        if len(terms) > 1:
            raise Unclear(f'"{part.text}" can mean {_either(term.words for term in terms)}')
        return terms[0] if terms else None

    def dimension(self, part: Part) -> Term | None:
        """Return the column that rows can be grouped by: of the table, or of one that it names."""
        for table in part.tables:
            if table != self.base and (key := self.database.key(self.base, table)):
                return self.column(self.base, key, f"{table} by {key}")
        own = self.name(part)
        if own is not None:
            return own
        near = self._nearest(part.names, lambda one: not one.metric and not self._is_figure(one))
        terms = [self.column(one.table, one.column) for one in near]
        if len(terms) > 1:
            raise Unclear(f'"{part.text}" can mean {_either(term.words for term in terms)}')
        return terms[0] if terms else None

    def _is_figure(self, named: Named) -> bool:
        return self.database.is_number(named.table, named.column)

    def column(self, table: str, column: str, words: str = "") -> Term:
        """Return a column."""
        meaning = self.database.layer.tables.get(table)
        about = meaning.columns.get(column) if meaning else None
        number = self.database.is_number(table, column)
        return Term(
            exp.column(column, table=table),
            words or f"{table}.{column}",
            about.unit if about else "",
            number,
            self.database.is_time(table, column),
            number and bool(_ADDS_UP.search(column)),
            key=f"{table}.{column}",
        )

    def profit(self, phrases: Callable[[tuple[str, ...]], Part | None]) -> Term | None:
        """Return what is gained or lost with a row, where the table has such a figure."""
        for words in _PROFIT:
            part = phrases(words)
            term = self.name(part) if part else None
            if term is not None:
                return term
        return None

    def values(self, part: Part, only: str = "", column: str = "") -> list[Stored]:
        """Return the stored values that a phrase means here.

        Args:
            part: The phrase.
            only: The table that they must be of, where the question says so.
            column: The column that they must be of, where the question says so.
        """
        plural = part.text.lower().endswith("s") and part.text.lower() != " ".join(part.words)
        fitting = [
            one
            for one in part.values
            if (not only or one.table == only)
            and (not column or self._is_of(one, column))
            and (not one.bound or only or column)
            and (
                not one.weak or only or column or plural or (self.named and one.table == self.base)
            )
        ]
        near = self._nearest(fitting, lambda _: True)
        columns = {(one.table, one.column) for one in near}
        if len(columns) > 1:
            names = _either(f"{table}.{name}" for table, name in columns)
            raise Unclear(f'"{part.text}" can be a value of {names}')
        return [self._own_key(one) for one in near]

    def _is_of(self, one: Stored, column: str) -> bool:
        own = self._own_key(one)
        return column in (f"{one.table}.{one.column}", f"{own.table}.{own.column}")

    def _own_key(self, one: Stored) -> Stored:
        """Return a value of another table's key as one of the column that names it."""
        if one.table != self.base and one.column == self.database.key(self.base, one.table):
            return Stored(self.base, one.column, one.value)
        return one

    def _nearest(self, items: Iterable[T], fits: Callable[[T], bool]) -> list[T]:
        ranked: dict[int, list[T]] = {}
        for one in items:
            path = self.database.path(self.base, one.table)
            if path is not None and fits(one) and len(path) < 3:
                ranked.setdefault(len(path), []).append(one)
        return ranked[min(ranked)] if ranked else []

    def _named(self, named: Named) -> tuple[str, str, str]:
        return named.table, named.column, named.metric.name if named.metric else ""

    def _term(self, named: tuple[str, str, str]) -> Term:
        table, column, metric = named
        if column:
            return self.column(table, column)
        return self._metric(next(one for one in self.database.layer.metrics if one.name == metric))

    def _metric(self, metric: Metric) -> Term:
        return Term(
            parse(metric.sql),
            metric.name,
            metric.unit,
            number="'esg" not in metric.sql,
            adds_up=not metric.aggregate and metric.unit in ("USD", "shares"),
            aggregate=metric.aggregate,
            where=parse(metric.where) if metric.where else None,
            key=metric.name,
        )


def stored(values: list[Stored], negated: bool = False) -> Condition:
    """Return the condition that a column holds one of these values, all of one column."""
    first = values[0]
    column = exp.column(first.column, table=first.table)
    about = f"{first.table}.{first.column}"
    literals = list(dict.fromkeys(one.value for one in values))
    says = "is not" if negated else "is"
    words = f"{about} {says} {' or '.join(literals)}"
    states = [one for one in values if one.state]
    if len(literals) == 1:
        sql = (
            _in_state(column, literals[0], negated)
            if states
            else _equal(column, literals[0], negated)
        )
        return Condition(sql, words, about, value=True)
    if states:
        raise Unclear(f"{' and '.join(literals)} of {about} cannot be asked for together")
    within = column.isin(*[exp.Literal.string(one) for one in literals])
    return Condition(exp.not_(within) if negated else within, words, about, value=True)


def _in_state(column: exp.Expr, state: str, negated: bool) -> exp.Expr:
    if state in ("NULL", "NOT NULL"):
        empty = exp.Is(this=column, expression=exp.Null())
        return empty if (state == "NULL") != negated else exp.not_(empty)
    return column if (state == "true") != negated else exp.not_(column)


def _equal(column: exp.Expr, value: str, negated: bool) -> exp.Expr:
    kind = exp.NEQ if negated else exp.EQ
    return kind(this=column, expression=exp.Literal.string(value))


def compared(term: Term, say: Say, number: Decimal, unit: str) -> Condition:
    """Return the condition that a term is above, below, ... a number."""
    value = exp.Literal.number(f"{in_unit_of(term, number, unit):f}")
    words = f"{term.words} {say.value} {number:f}{unit if unit == '%' else ''}"
    return Condition(_SIGNS[say](this=term.sql.copy(), expression=value), words, term.key)


def in_unit_of(term: Term, number: Decimal, unit: str) -> Decimal:
    """Return a number of a question in the unit of what it is compared with.

    Raises:
        Unclear: The units do not fit.
    """
    if unit == "$" and term.unit.split("/")[0] == "USD":
        return number
    if unit == "%" and term.unit == "ratio":
        return number / 100
    if unit == "%" and term.unit == "%":
        return number
    if unit or (term.unit == "ratio" and number > 1):
        raise Unclear(f"{term.words} is not counted in {unit or 'whole numbers'}")
    if term.unit == "USD million":
        raise Unclear(f"{term.words} is kept in millions, and the question does not say its unit")
    return number


def _either(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))
