"""Words for moments and for the time between them: "the start of this week", "7 days before today"."""

import re

from sqlglot import exp

from assistant.nl2sql.wording import Phrase, Wording, as_sql

_PARTS = {"week", "month", "quarter", "year", "day", "hour", "minute"}
_IS_TIME = re.compile(r"(?:_at|_on|date|day|month|time|timestamp)$", re.I)


def is_moment(node: exp.Expr) -> bool:
    """Whether an expression is a point in time, by what it is or by how its column is called."""
    if isinstance(node, exp.Add | exp.Sub | exp.Paren):
        return is_moment(node.this)
    if isinstance(node, exp.Cast):
        return bool(node.to.is_type("date", "timestamp", "timestamptz")) or is_moment(node.this)
    if isinstance(node, exp.Literal):
        return node.is_string and re.match(r"\d{4}-\d\d", node.this) is not None
    if isinstance(node, exp.Column):
        return _IS_TIME.search(node.name) is not None
    return isinstance(node, exp.TimestampTrunc | exp.CurrentDate | exp.CurrentTimestamp)


def shifted(way: str, sign: str) -> Phrase:
    """Return words for plus and minus, which read differently of a moment."""

    def say(words: Wording, node: exp.Expr) -> str:
        left, right = node.this, node.expression
        if isinstance(right, exp.Interval):
            return f"{words.of(right)} {way} {words.of(left)}"
        days = isinstance(right, exp.Literal) and not right.is_string
        if days and isinstance(left, exp.CurrentDate):
            return f"{amount(right.name, 'day')} {way} today"
        return f"{words.of(left)} {sign} {words.of(right)}"

    return say


def truncated(words: Wording, node: exp.Expr) -> str:
    """Return the words for `date_trunc`."""
    part = node.text("unit").lower()
    if part not in _PARTS:
        return as_sql(node)
    if isinstance(node.this, exp.CurrentTimestamp | exp.CurrentDate):
        return "the start of today" if part == "day" else f"the start of this {part}"
    return f"{part} of {words.of(node.this)}"


def extracted(words: Wording, node: exp.Expr) -> str:
    """Return the words for a part of a moment."""
    return f"{node.name.lower()} of {words.of(node.expression)}"


def interval(_: Wording, node: exp.Expr) -> str:
    """Return the words for a length of time."""
    if not isinstance(node.this, exp.Literal) or not node.args.get("unit"):
        return as_sql(node)
    return amount(node.name, node.text("unit").lower().rstrip("s"))


def amount(number: str, unit: str) -> str:
    """Return a number of something: "1 day", "7 days"."""
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def to_day(node: exp.Expr) -> bool:
    """Whether a cast leaves the day of a moment."""
    return node.args["to"].is_type("date") and not isinstance(node.this, exp.Literal)
