"""Sets a statement to the day that the data calls today.

A statement keeps `current_date` and `now()`, so that it means the same tomorrow; data that ends on some day
(a sample, a copy of last night) would answer "this week" with nothing. So what asks PostgreSQL for the time
is replaced in the parsed statement: functions, `'today'` and its kin where they become a date, and `age` of
one moment. The day is over at `CLOSE`. Names of columns stay what PostgreSQL would have called them.

Not replaced: a word such as 'now' that is compared with text (it is a ticker), and a date that a statement
puts together from pieces of text.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta

import sqlglot
from sqlglot import exp

from assistant.domain.sql import ReadableSchema

CLOSE = time(21, 0, tzinfo=UTC)
"""When the day of the data is over."""
_DIALECT = "postgres"
_D = exp.DType
_DAYS = {"today": 0, "now": 0, "yesterday": -1, "tomorrow": 1}
_MOMENTS: Mapping[type[exp.Expr], exp.DType] = {
    exp.CurrentTimestamp: _D.TIMESTAMPTZ,
    exp.Localtimestamp: _D.TIMESTAMP,
    exp.CurrentDate: _D.DATE,
    exp.CurrentTime: _D.TIMETZ,
    exp.Localtime: _D.TIME,
}
_NAMED = dict.fromkeys(
    ("now", "transaction_timestamp", "statement_timestamp", "clock_timestamp"), _D.TIMESTAMPTZ
)
_TIMES = frozenset({_D.DATE, _D.TIME, _D.TIMETZ, _D.TIMESTAMP, _D.TIMESTAMPNTZ, _D.TIMESTAMPTZ})
_TEXT = "timeofday"
_COMPARED = (exp.Binary, exp.Between, exp.In, exp.Tuple)


def at(statement: str, today: date, schema: ReadableSchema) -> str:
    """Return a statement that the guard wrote with `today` in place of the real day.

    Args:
        statement: One SELECT of PostgreSQL.
        today: The day that the data calls today.
        schema: What the statement reads; tells which columns are dates.
    """
    moment = datetime.combine(today, CLOSE)
    tree = sqlglot.parse_one(statement, dialect=_DIALECT)
    dated = _dated(schema)
    for node in list(tree.walk()):
        instead = _instead(node, moment) or _of_word(node, moment, dated)
        if instead is None:
            continue
        if isinstance(node.parent, exp.Table | exp.Lateral):
            _in_from(node.parent, instead, _called(node))
        else:
            _put(node, instead)
    return tree.sql(dialect=_DIALECT, comments=False)


def _instead(node: exp.Expr, moment: datetime) -> exp.Expr | None:
    """Return what stands for a call of the clock; None for any other node."""
    name = _called(node)
    match node:
        case exp.Anonymous() if name in _NAMED:
            return _value(moment, _NAMED[name])
        case exp.Anonymous() if name == _TEXT:
            told = exp.Literal.string(f"{moment:%a %b %d %H:%M:%S.%f %Y} UTC")
            return exp.cast(told, _D.TEXT)
        case exp.Anonymous() if name == "age" and len(node.expressions) == 1:
            midnight = _value(moment, _D.DATE)
            return exp.func("age", midnight, node.expressions[0].copy(), dialect=_DIALECT)
        case _ if type(node) in _MOMENTS:
            return _value(moment, _MOMENTS[type(node)])
        case _:
            return None


def _of_word(node: exp.Expr, moment: datetime, dated: frozenset[str]) -> exp.Expr | None:
    """Return the date for a word like 'today' that PostgreSQL would read as one; else None."""
    if not (isinstance(node, exp.Literal) and node.is_string):
        return None
    word = node.this.strip().lower()
    if word not in _DAYS:
        return None
    day = moment + timedelta(days=_DAYS[word])
    if isinstance(node.parent, exp.Cast) and node.parent.to.this in _TIMES:
        return exp.Literal.string(_written(word, day, node.parent.to.this))
    if isinstance(node.parent, _COMPARED) and _beside_a_date(node, dated):
        return exp.Literal.string(_written(word, day, _D.TIMESTAMPTZ))
    return None


def _written(word: str, day: datetime, kind: exp.DType) -> str:
    if word != "now" and kind is not _D.TIME and kind is not _D.TIMETZ:
        return f"{day:%Y-%m-%d}"
    return _text(day, kind)


def _beside_a_date(node: exp.Expr, dated: frozenset[str]) -> bool:
    """Whether a literal is compared with a column that holds dates."""
    parent = node.parent
    if isinstance(parent, exp.Tuple):
        parent = parent.parent
    beside = (parent.this, parent.args.get("expression")) if parent else ()
    return any(isinstance(one, exp.Column) and one.name.lower() in dated for one in beside)


def _dated(schema: ReadableSchema) -> frozenset[str]:
    """Return the names that stand for dates in every table that has them."""
    kinds: dict[str, bool] = {}
    for table in schema.tables.values():
        for name, kind in table.columns.items():
            kinds[name] = kinds.get(name, True) and kind.startswith(("date", "timestamp"))
    return frozenset(name for name, is_date in kinds.items() if is_date)


def _put(node: exp.Expr, instead: exp.Expr) -> None:
    """Replace a node; a column that PostgreSQL names after the call keeps that name."""
    top, name = node, _called(node)
    while isinstance(top.parent, exp.Paren | exp.Cast):
        top = top.parent
    selected = isinstance(top.parent, exp.Select) and top.arg_key == "expressions"
    node.replace(instead)
    if not (selected and name) or name == "age":
        return
    column = instead if top is node else top
    column.replace(exp.alias_(column.copy(), name, quoted=True))


def _in_from(relation: exp.Expr, instead: exp.Expr, name: str) -> None:
    """Put a value where a call stands as a table, which PostgreSQL takes, under the call's name."""
    relation.set("this", instead)
    if not relation.args.get("alias"):
        relation.set("alias", exp.TableAlias(this=exp.to_identifier(name, quoted=True)))


def _called(node: exp.Expr) -> str:
    """Return the name of a call of the clock as PostgreSQL gives it to a column; else nothing."""
    if isinstance(node, exp.Anonymous):
        return node.name.lower()
    return _NAMES.get(type(node), "")


def _value(moment: datetime, kind: exp.DType) -> exp.Cast:
    return exp.cast(exp.Literal.string(_text(moment, kind)), kind)


def _text(moment: datetime, kind: exp.DType) -> str:
    return _FORMS[kind](moment)


_NAMES: Mapping[type[exp.Expr], str] = {
    exp.CurrentTimestamp: "current_timestamp",
    exp.Localtimestamp: "localtimestamp",
    exp.CurrentDate: "current_date",
    exp.CurrentTime: "current_time",
    exp.Localtime: "localtime",
}
_FORMS: Mapping[exp.DType, Callable[[datetime], str]] = {
    _D.DATE: lambda moment: f"{moment:%Y-%m-%d}",
    _D.TIME: lambda moment: f"{moment:%H:%M:%S}",
    _D.TIMETZ: lambda moment: f"{moment:%H:%M:%S}+00",
    _D.TIMESTAMP: lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}",
    _D.TIMESTAMPNTZ: lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}",
    _D.TIMESTAMPTZ: lambda moment: f"{moment:%Y-%m-%d %H:%M:%S}+00",
}
