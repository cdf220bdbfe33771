"""What of a verified statement may vary, and how it is varied: in the parsed tree, at typed places.

    WHERE symbol = 'AAPL' AND executed_at >= date_trunc('week', now()) ORDER BY pnl DESC LIMIT 5
                   value              period                                rank        top

A place is varied only when it holds what the example's own question says: its value, its number, its
period. Everything else of a statement stays as it was verified. Whoever asks for a change that has no
such place gets `CannotVary`, and the example does not answer his question.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

import sqlglot
from sqlglot import exp

from assistant.nl2sql.meanings import Said
from assistant.nl2sql.periods import UNITS, Period, moved, start_of

_DIALECT = "postgres"
_COMPARING = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)
_OPERATORS: Mapping[str, type[exp.Binary]] = {
    "gt": exp.GT,
    "ge": exp.GTE,
    "lt": exp.LT,
    "le": exp.LTE,
}
_LIKE = ({"gt", "ge"}, {"lt", "le"})
"""Comparisons that may stand for each other: "below" for "above" would let in what was never meant."""
_ISO = re.compile(r"\d{4}-\d\d-\d\d(?:[ T].*)?")
_YEARS = frozenset({"fiscal_year", "year"})


class CannotVary(Exception):
    """A statement has no place for what a question says otherwise."""


def parsed(sql: str) -> exp.Expr:
    """Return the tree of a statement that a guard has judged."""
    return sqlglot.parse_one(sql, dialect=_DIALECT)


def written(tree: exp.Expr) -> str:
    """Return the statement of a tree."""
    return tree.sql(dialect=_DIALECT)


def tables_of(tree: exp.Expr) -> frozenset[str]:
    """Return the tables that a statement reads."""
    own = {one.alias for one in tree.find_all(exp.CTE)}
    return frozenset(one.name for one in tree.find_all(exp.Table) if one.name) - own


@dataclass(frozen=True, slots=True)
class StoredLiteral:
    """A stored value in a statement, the column that it is compared with, and that one's table."""

    column: str
    value: str
    table: str = ""


def stored_literals(tree: exp.Expr) -> tuple[StoredLiteral, ...]:
    """Return the texts that columns are compared with, in order; dates are none."""
    tables = {one.alias_or_name: one.name for one in tree.find_all(exp.Table)}
    only = next(iter(tables.values()), "") if len(tables) == 1 else ""
    found = dict.fromkeys(
        StoredLiteral(column.name.lower(), literal.name, tables.get(column.table, only))
        for literal in tree.find_all(exp.Literal, bfs=False)
        if literal.is_string and not _ISO.fullmatch(literal.name)
        if (column := _compared_with(literal))
    )
    return tuple(found)


def _compared_with(literal: exp.Literal) -> exp.Column | None:
    """Return the column that a text is compared with; None where it is something else."""
    node = literal.parent
    while isinstance(node, (exp.Array, exp.Tuple, exp.Paren, exp.Cast, exp.Any)):
        node = node.parent
    if not isinstance(node, (*_COMPARING, exp.In, exp.ArrayContainsAll, exp.ILike, exp.Like)):
        return None
    columns = [one for one in node.iter_expressions() if isinstance(one, exp.Column)]
    return columns[0] if len(columns) == 1 else None


def vary_values(tree: exp.Expr, column: str, others: Mapping[str, str]) -> None:
    """Put other values of a column into a statement."""
    for literal in list(tree.find_all(exp.Literal)):
        if literal.is_string and literal.name in others:
            compared = _compared_with(literal)
            if compared is not None and compared.name.lower() == column:
                literal.replace(exp.Literal.string(others[literal.name]))


def vary_number(tree: exp.Expr, old: Said, new: Said) -> None:
    """Put another number into a statement, and another comparison where it says so."""
    if (old.role, old.value, old.percent) == (new.role, new.value, new.percent):
        return
    places = list(_places_of(tree, old))
    if len(places) != 1:
        raise CannotVary
    place, scale = places[0]
    value = new.value * scale
    if new.percent and not old.percent:
        value /= 100
    elif old.percent and not new.percent and new.role != "percentile":
        raise CannotVary
    text = format(value.normalize(), "f")
    other = exp.Literal.string(text) if place.is_string else exp.Literal.number(text)
    if new.role == old.role:
        place.replace(other)
    else:
        _compare_otherwise(place, other, old.role, new.role)


def _places_of(tree: exp.Expr, said: Said) -> Iterator[tuple[exp.Literal, Decimal]]:
    """Yield the numbers of a statement that are this one, and what it is multiplied by there."""
    hundredth = said.percent or said.role == "percentile"
    for literal in tree.find_all(exp.Literal):
        in_interval = isinstance(literal.parent, exp.Interval)
        if literal.is_string and not in_interval:
            continue
        try:
            value = Decimal(literal.name)
        except InvalidOperation:
            continue
        if value == said.value:
            yield literal, Decimal(1)
        elif hundredth and value == said.value / 100:
            yield literal, Decimal(1) / 100


def _compare_otherwise(place: exp.Literal, other: exp.Expr, old: str, new: str) -> None:
    """Replace a comparison with a number by the one that a question names."""
    node = place.parent
    if {old, new} not in _LIKE or node is None or type(node) is not _OPERATORS[old]:
        raise CannotVary
    if node.expression is not place:
        raise CannotVary
    node.replace(_OPERATORS[new](this=node.this.copy(), expression=other))


def limit_to(tree: exp.Expr, count: Decimal) -> None:
    """Let a ranking give so many rows."""
    limit = tree.args.get("limit")
    if not isinstance(limit, exp.Limit) or tree.args.get("order") is None or count < 1:
        raise CannotVary
    limit.set("expression", exp.Literal.number(int(count)))


def turn_ranking(tree: exp.Expr, upward: bool) -> None:
    """Turn the order of a ranking around, from its best to its worst or back.

    Args:
        tree: The statement.
        upward: Whether the ranking was from the highest down.
    """
    order, limit = tree.args.get("order"), tree.args.get("limit")
    if order is None or limit is None:
        raise CannotVary
    first = order.expressions[0]
    if upward and _counts(tree, first):
        raise CannotVary  # what is not there at all would be missing among the fewest
    if not isinstance(first, exp.Ordered) or bool(first.args.get("desc")) is not upward:
        raise CannotVary
    first.set("desc", not upward)
    first.set("nulls_first", False)


def _counts(tree: exp.Expr, ordered: exp.Expr) -> bool:
    names = {ordered.this.name} if isinstance(ordered.this, exp.Column) else set()
    given = (
        [one for one in tree.selects if one.alias in names] if isinstance(tree, exp.Query) else []
    )
    return any(one.find(exp.Count) for one in [ordered, *given])


@dataclass(frozen=True, slots=True)
class Days:
    """How a database counts days: which day it calls today, and which columns hold days."""

    today: date
    columns: frozenset[str] = frozenset()


def vary_period(tree: exp.Expr, old: Period, new: Period, days: Days) -> None:
    """Put another period into a statement, wherever it has the old one.

    Raises:
        CannotVary: It doesn't have the old one, another beside it, or no form for the new one.
    """
    today = days.today
    if old.days(today) == new.days(today):
        return
    groups = _time_conditions(tree)
    if not groups or any(_covers(group, today) != _plain(old, today) for group in groups):
        raise CannotVary
    if new.rolling and any(tree.find_all(exp.TimestampTrunc, exp.DateTrunc)):
        raise CannotVary  # whether a month that is cut in two counts is for somebody to say
    for group in groups:
        _replace_group(group, new, old, days)


def _plain(period: Period, today: date) -> tuple[date | None, date | None]:
    start, end, _ = period.days(today)
    return start, end


def _replace_group(group: list[exp.Expr], new: Period, old: Period, days: Days) -> None:
    column = _column_of(group[0])
    if column.name.lower() in _YEARS:
        if new.year is None:
            raise CannotVary
        group[0].replace(exp.EQ(this=column.copy(), expression=exp.Literal.number(new.year)))
        return
    if old.one_day != new.one_day or new.years or (new.start is None and new.end is None):
        raise CannotVary
    name = written(column)
    if new.one_day and new.start and isinstance(group[0], exp.EQ):
        wanted = [f"{name} = {new.start.sql}"]
    else:
        in_days = column.name.lower() in days.columns
        since = ">" if new.rolling and in_days else ">="  # today is the last of so many days
        wanted = [f"{name} {since} {new.start.since(in_days)}"] if new.start else []
        wanted += [f"{name} < {new.end.sql}"] if new.end else []
    condition = exp.and_(*wanted, dialect=_DIALECT)
    for other in group[1:]:
        _drop(other)
    alone = len(wanted) == 1 or isinstance(group[0].parent, (exp.And, exp.Where))
    group[0].replace(condition if alone else exp.Paren(this=condition))


def _drop(condition: exp.Expr) -> None:
    both = condition.parent
    if not isinstance(both, exp.And):
        raise CannotVary
    both.replace(both.expression if both.this is condition else both.this)


def _time_conditions(tree: exp.Expr) -> list[list[exp.Expr]]:
    """Return the comparisons of columns with days, those of one column in one place together."""
    groups: dict[tuple[int, str], list[exp.Expr]] = {}
    for node in tree.find_all(*_COMPARING, exp.Between, bfs=False):
        if _bounds(node, date(2024, 5, 15)) is not None:
            column = _column_of(node)
            groups.setdefault((id(node.find_ancestor(exp.Select)), written(column)), []).append(
                node
            )
    return list(groups.values())


def _column_of(node: exp.Expr) -> exp.Column:
    column = node.this
    while isinstance(column, (exp.Cast, exp.TsOrDsToDate, exp.Date, exp.Paren)):
        column = column.this
    if not isinstance(column, exp.Column):
        raise CannotVary
    return column


def _covers(group: list[exp.Expr], today: date) -> tuple[date | None, date | None]:
    """Return the days that conditions let through together."""
    starts, ends = [], []
    for node in group:
        start, end = _bounds(node, today) or (None, None)
        starts += [start] if start else []
        ends += [end] if end else []
    start, end = max(starts, default=None), min(ends, default=None)
    if end is not None and end > today and start != today:
        end = None
    return start, end


def _bounds(node: exp.Expr, today: date) -> tuple[date | None, date | None] | None:
    """Return the days of one comparison, half open; None where it isn't one with a day."""
    try:
        column = _column_of(node)
    except CannotVary:
        return None
    if isinstance(node, exp.Between):
        low, high = _day(node.args["low"], today), _day(node.args["high"], today)
        return None if low is None or high is None else (low, moved(high, "day", 1))
    other = node.expression
    if column.name.lower() in _YEARS and isinstance(other, exp.Literal) and other.is_int:
        year = int(other.name)
        return (date(year, 1, 1), date(year + 1, 1, 1)) if isinstance(node, exp.EQ) else None
    day = _day(other, today)
    return None if day is None else _compared_days(node, day)


def _compared_days(node: exp.Expr, day: date) -> tuple[date | None, date | None] | None:
    match node:
        case exp.GTE() | exp.GT():
            return day, None
        case exp.LT():
            return None, day
        case exp.LTE():
            return None, moved(day, "day", 1)
        case exp.EQ():
            return day, moved(day, "day", 1)
        case _:
            return None


def _day(node: exp.Expr, today: date) -> date | None:
    """Return the day that an expression without columns is."""
    match node:
        case exp.Literal() if node.is_string and _ISO.fullmatch(node.name):
            return datetime.fromisoformat(node.name).date()
        case exp.CurrentDate() | exp.CurrentTimestamp():
            return today
        case exp.Anonymous() if str(node.this).lower() == "now":
            return today
        case exp.Cast() | exp.Paren() | exp.Date() | exp.TsOrDsToDate():
            return _day(node.this, today)
        case exp.TimestampTrunc() | exp.DateTrunc():
            inner = _day(node.this, today)
            return None if inner is None else start_of(inner, node.text("unit").lower())
        case exp.Sub() | exp.Add():
            return _moved_day(node, today)
        case _:
            return None


def _moved_day(node: exp.Binary, today: date) -> date | None:
    day, sign = _day(node.this, today), -1 if isinstance(node, exp.Sub) else 1
    if day is None:
        return None
    step = node.expression
    if isinstance(step, exp.Literal) and step.is_int:
        return moved(day, "day", sign * int(step.name))
    if not isinstance(step, exp.Interval) or not isinstance(step.this, exp.Literal):
        return None
    unit = str(step.text("unit")).lower().rstrip("s")
    if unit not in UNITS or not step.this.name.isdigit():
        return None
    return moved(day, unit, sign * int(step.this.name))
