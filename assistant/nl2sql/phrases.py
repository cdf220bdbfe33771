"""The words for each kind of node of a statement; see `wording`."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from sqlglot import exp

from assistant.nl2sql.moments import (
    amount,
    extracted,
    interval,
    is_moment,
    shifted,
    to_day,
    truncated,
)
from assistant.nl2sql.wording import (
    Phrase,
    Wording,
    as_sql,
    listed,
    name_in_words,
    number_in_words,
)

_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def _column(words: Wording, node: exp.Expr) -> str:
    if isinstance(node.this, exp.Star):
        return f"all columns of {words.table(node.text('table'))}"
    name = name_in_words(node.name)
    table = node.text("table")
    return f"{name} of {words.table(table)}" if table and words.several else name


def _literal(_: Wording, node: exp.Expr) -> str:
    return f'"{node.this}"' if node.args.get("is_string") else number_in_words(node.this)


def _compared(before: str, after: str = "") -> Phrase:
    def say(words: Wording, node: exp.Expr) -> str:
        left, right = node.this, node.expression
        return f"{words.value(left, right)} {before} {words.value(right, left)}{after}"

    return say


def _ordered(number: tuple[str, str], moment: tuple[str, str]) -> Phrase:
    """Return words for < <= > >=, which read differently of a moment."""

    def say(words: Wording, node: exp.Expr) -> str:
        before, after = moment if is_moment(node.expression) else number
        return _compared(f"is {before}".rstrip(), after)(words, node)

    return say


def _binary(sign: str) -> Phrase:
    def say(words: Wording, node: exp.Expr) -> str:
        return f"{words.of(node.this)} {sign} {words.of(node.expression)}"

    return say


def _function(name: str) -> Phrase:
    """Return words for a function of one argument: "average of price"."""

    def say(words: Wording, node: exp.Expr) -> str:
        if any(value for key, value in node.args.items() if key not in {"this", "big_int"}):
            return as_sql(node)
        inner = words.of(node.this)
        return f"{name} ({inner})" if isinstance(node.this, exp.Binary) else f"{name} {inner}"

    return say


def _count(words: Wording, node: exp.Expr) -> str:
    counted = node.this
    if counted is None or isinstance(counted, exp.Star):
        return "number of rows"
    if isinstance(counted, exp.Distinct):
        return f"number of different {words.all(counted.expressions)}"
    return f"number of {words.of(counted)}"


def _distinct(words: Wording, node: exp.Expr) -> str:
    return f"different {words.all(node.expressions)}"


def _within(words: Wording, node: exp.Expr) -> str:
    ordered = [words.of(one.this) for one in node.expression.expressions]
    share = getattr(node.this.this, "name", "")
    if not isinstance(node.this, exp.PercentileCont | exp.PercentileDisc) or not share:
        return as_sql(node)
    if Decimal(share) == Decimal("0.5"):
        return f"median of {listed(ordered)}"
    place = f"{Decimal(share) * 100:f}"
    place = place.rstrip("0").rstrip(".") if "." in place else place
    ending = "th" if place[-2:-1] == "1" else _ORDINALS.get(int(place[-1]), "th")
    return f"{place}{ending} percentile of {listed(ordered)}"


def _filtered(words: Wording, node: exp.Expr) -> str:
    return f"{words.of(node.this)} (only where {' and '.join(words.filters(node.expression.this))})"


def _window(words: Wording, node: exp.Expr) -> str:
    if node.args.get("spec") or node.args.get("alias"):
        return as_sql(node)
    parts = [words.of(node.this)]
    if by := node.args.get("partition_by"):
        parts.append(f"within each {words.all(by)}")
    if order := node.args.get("order"):
        parts.append(f"in the order of {ordering(words, order.expressions)}")
    return parts[0] if len(parts) == 1 else f"{parts[0]} ({', '.join(parts[1:])})"


def ordering(words: Wording, ordered: Sequence[exp.Expr]) -> str:
    """Return what rows are sorted by, each with its direction."""
    return listed([_one_order(words, one) for one in ordered])


def _one_order(words: Wording, one: exp.Expr) -> str:
    way = "highest first" if one.args.get("desc") else "lowest first"
    return f"{words.of(one.this)} ({way})"


def _neighbour(name: str) -> Phrase:
    def say(words: Wording, node: exp.Expr) -> str:
        far, other = node.args.get("offset"), node.args.get("default")
        if other or (far is not None and far.name != "1"):
            return as_sql(node)
        return f"{name} {words.of(node.this)}"

    return say


def _case(words: Wording, node: exp.Expr) -> str:
    subject = node.this
    told = []
    for one in node.args["ifs"]:
        when = words.condition(one.this)
        when = f"{words.of(subject)} is {words.of(one.this)}" if subject is not None else when
        told.append(f"{words.of(one.args['true'])} if {when}")
    if default := node.args.get("default"):
        told.append(f"else {words.of(default)}")
    return f"({', '.join(told)})"


def _between(words: Wording, node: exp.Expr) -> str:
    low, high = (words.value(node.args[key], node.this) for key in ("low", "high"))
    return f"{words.of(node.this)} is from {low} to {high}"


def _in(words: Wording, node: exp.Expr) -> str:
    return _among(words, node, "is")


def _among(words: Wording, node: exp.Expr, verb: str) -> str:
    if query := node.args.get("query"):
        return f"{words.of(node.this)} {verb} among {words.query(query)}"
    if node.args.get("unnest") or node.args.get("field"):
        return as_sql(node)
    return f"{words.of(node.this)} {verb} {words.all(node.expressions, 'or')}"


def _exists(words: Wording, node: exp.Expr) -> str:
    return f"there is a row in {words.rows(node.this)}"


def _not(words: Wording, node: exp.Expr) -> str:
    match node.this:
        case exp.In():
            return _among(words, node.this, "is not")
        case exp.Exists():
            return f"there is no row in {words.rows(node.this.this)}"
        case exp.Is() if isinstance(node.this.expression, exp.Null):
            return f"{words.of(node.this.this)} is known"
        case exp.Column():
            return f"{words.of(node.this)} is false"
        case exp.Like() | exp.ILike():
            return _pattern(words, node.this, "is not like")
        case _:
            inner = words.of(node.this)
            return f"not {inner}" if inner.startswith("(") else f"not ({inner})"


def _is(words: Wording, node: exp.Expr) -> str:
    other = node.args.get("negate")
    match node.expression:
        case exp.Null():
            return f"{words.of(node.this)} is {'known' if other else 'not known'}"
        case exp.Boolean():
            said = "true" if node.expression.this else "false"
            return f"{words.of(node.this)} is {'not ' if other else ''}{said}"
        case _:
            return as_sql(node)


def _like(words: Wording, node: exp.Expr) -> str:
    return _pattern(words, node, "is like")


def _pattern(words: Wording, node: exp.Expr, verb: str) -> str:
    if not isinstance(node.expression, exp.Literal):
        return as_sql(node)
    return f"{words.of(node.this)} {verb} {words.of(node.expression)}"


def _or(words: Wording, node: exp.Expr) -> str:
    either = [words.condition(one) for one in node.flatten()]
    return f"({' or '.join(either)})"


def _and(words: Wording, node: exp.Expr) -> str:
    return " and ".join(words.filters(node))


def _paren(words: Wording, node: exp.Expr) -> str:
    inner = words.of(node.this)
    simple = isinstance(node.this, exp.Column | exp.Literal | exp.Or | exp.JSONExtractScalar)
    return inner if simple else f"({inner})"


def _cast(words: Wording, node: exp.Expr) -> str:
    inner = words.of(node.this)
    return f"day of {inner}" if to_day(node) else inner


def _json(words: Wording, node: exp.Expr) -> str:
    keys = [key.name for key in node.expression.find_all(exp.JSONPathKey)]
    parts = list(node.expression.find_all(exp.JSONPathSubscript))
    if not keys or parts:
        return as_sql(node)
    return f"{name_in_words('_'.join(keys))} in {words.of(node.this)}"


def _subquery(words: Wording, node: exp.Expr) -> str:
    return words.query(node)


def _fixed(said: str) -> Phrase:
    return lambda words, node: said if not node.args.get("this") else as_sql(node)


def _alias(words: Wording, node: exp.Expr) -> str:
    inner, name = words.of(node.this), name_in_words(node.alias)
    return inner if inner == name else f'{inner} ("{name}")'


def _rounded(words: Wording, node: exp.Expr) -> str:
    places = node.args.get("decimals")
    if places is None:
        return f"{words.of(node.this)}, rounded"
    return f"{words.of(node.this)}, rounded to {amount(words.of(places), 'place')}"


def _first_known(words: Wording, node: exp.Expr) -> str:
    others = [words.of(one) for one in node.expressions]
    return f"{words.of(node.this)} (or else {listed(others, 'or')})"


def _holds_all(words: Wording, node: exp.Expr) -> str:
    if not isinstance(node.expression, exp.Array):
        return as_sql(node)
    return f"{words.of(node.this)} has {words.all(node.expression.expressions)}"


def _negative(words: Wording, node: exp.Expr) -> str:
    return f"-{words.of(node.this)}"


def _boolean(_: Wording, node: exp.Expr) -> str:
    return "true" if node.this else "false"


SAID: Mapping[type[exp.Expr], Phrase] = {
    exp.Add: shifted("after", "plus"),
    exp.Alias: _alias,
    exp.And: _and,
    exp.ArrayContainsAll: _holds_all,
    exp.Avg: _function("average"),
    exp.Abs: _function("size of"),
    exp.Between: _between,
    exp.Ceil: _function("rounded up"),
    exp.Exp: _function("e to the power of"),
    exp.Floor: _function("rounded down"),
    exp.Ln: _function("natural logarithm of"),
    exp.Sqrt: _function("square root of"),
    exp.Boolean: _boolean,
    exp.Case: _case,
    exp.Cast: _cast,
    exp.Coalesce: _first_known,
    exp.Column: _column,
    exp.Corr: lambda words, node: f"correlation of {words.all([node.this, node.expression])}",
    exp.Count: _count,
    exp.Cube: lambda words, node: f"combination of {words.all(node.expressions)}, also of fewer",
    exp.CurrentDate: _fixed("today"),
    exp.CurrentTimestamp: _fixed("now"),
    exp.DenseRank: lambda words, node: "rank",
    exp.Distinct: _distinct,
    exp.Div: _binary("divided by"),
    exp.EQ: _compared("is"),
    exp.Exists: _exists,
    exp.Extract: extracted,
    exp.Filter: _filtered,
    exp.GT: _ordered(("above", ""), ("after", "")),
    exp.GTE: _ordered(("at least", ""), ("", " or later")),
    exp.In: _in,
    exp.Interval: interval,
    exp.Is: _is,
    exp.ILike: _like,
    exp.JSONBExtractScalar: _json,
    exp.JSONExtractScalar: _json,
    exp.LT: _ordered(("below", ""), ("before", "")),
    exp.LTE: _ordered(("at most", ""), ("", " or earlier")),
    exp.Lag: _neighbour("previous"),
    exp.Lead: _neighbour("next"),
    exp.Like: _like,
    exp.Literal: _literal,
    exp.Max: _function("highest"),
    exp.Min: _function("lowest"),
    exp.Mul: _binary("times"),
    exp.NEQ: _compared("is not"),
    exp.Neg: _negative,
    exp.Not: _not,
    exp.Null: lambda words, node: "not known",
    exp.NullSafeNEQ: _compared("differs from"),
    exp.Or: _or,
    exp.Paren: _paren,
    exp.Rank: lambda words, node: "rank",
    exp.Rollup: lambda words, node: f"level of {words.all(node.expressions)}",
    exp.Round: _rounded,
    exp.RowNumber: lambda words, node: "row number",
    exp.Star: lambda words, node: "all columns",
    exp.Stddev: _function("standard deviation of"),
    exp.StddevPop: _function("standard deviation of"),
    exp.StddevSamp: _function("standard deviation of"),
    exp.Sub: shifted("before", "minus"),
    exp.Subquery: _subquery,
    exp.Select: _subquery,
    exp.Sum: _function("sum of"),
    exp.TimestampTrunc: truncated,
    exp.Variance: _function("variance of"),
    exp.VariancePop: _function("variance of"),
    exp.Window: _window,
    exp.WithinGroup: _within,
}
"""The kinds of node that have words; `wording` names the others as SQL."""
