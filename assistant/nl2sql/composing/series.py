"""Statements on the course of a price: volatility, drawdown, the largest moves of a day, correlation.

They need a window over the days of one instrument, which no plan over rows can say. Only questions that
name a statistic, its instruments and a period, and nothing else, are read here. Volatility is the standard
deviation of daily log returns times the root of 252 trading days; a drawdown is the fall from the highest
close before, as a share of it; correlation is Pearson's, of closes.
"""

from collections.abc import Sequence

from sqlglot import exp

from assistant.domain.queries import Written
from assistant.nl2sql.composing.lexicon import Part, Stored
from assistant.nl2sql.composing.periods import Period
from assistant.nl2sql.composing.plan import Unclear
from assistant.nl2sql.composing.relations import Database, parse
from assistant.nl2sql.composing.speech import Say

_TABLE, _DAY = "prices_daily", "trade_date"
_MANY = 1000
_VOLATILITY = """
    SELECT stddev_samp(r) * sqrt(252) AS volatility
    FROM (SELECT trade_date, ln(close / lag(close) OVER (ORDER BY trade_date)) AS r
          FROM prices_daily WHERE symbol = :first) AS days
    WHERE :within"""
_DRAWDOWN = """
    SELECT max(1 - close / peak) AS max_drawdown
    FROM (SELECT close, max(close) OVER (ORDER BY trade_date) AS peak
          FROM prices_daily WHERE symbol = :first AND :within) AS days"""
_MOVES = """
    SELECT trade_date, change
    FROM (SELECT trade_date, close / lag(close) OVER (ORDER BY trade_date) - 1 AS change
          FROM prices_daily WHERE symbol = :first) AS days
    WHERE change IS NOT NULL AND :within"""
_CORRELATION = """
    SELECT corr(one.close, other.close) AS correlation
    FROM prices_daily AS one JOIN prices_daily AS other ON one.trade_date = other.trade_date
    WHERE one.symbol = :first AND other.symbol = :second AND :within"""
_MOVE_WORDS = {
    Say.FALLS: False,
    Say.RISES: True,
}


def series(parts: Sequence[Part], database: Database) -> Written | None:
    """Return the statement of a question about the course of a price; None where it is none.

    Raises:
        Unclear: It does not say of what, or over which period.
    """
    kinds = {say for part in parts for say in part.says if say in _KINDS}
    if len(kinds) != 1 or not database.has(_TABLE, "close"):
        return None
    kind = kinds.pop()
    left = [part for part in parts if not _quiet(part, kind)]
    symbols = [one.value for part in left if (one := _symbol(part))]
    periods = [part.period for part in left if part.period]
    others = [part for part in left if not part.period and not _symbol(part)]
    limit = _limit(others)
    if limit is None or bool(others) != (kind in _MOVE_WORDS):
        return None
    _named(kind, symbols, periods)
    select = _filled(_KINDS[kind], symbols, periods[:1], kind)
    if kind in _MOVE_WORDS:
        change = exp.Ordered(this=exp.column("change"), desc=_MOVE_WORDS[kind])
        select = select.order_by(change).limit(limit)
    told = (kind.value, *(f"of {one}" for one in symbols), *(one.words for one in periods))
    return Written(select.sql("postgres"), told)


def _named(kind: Say, symbols: Sequence[str], periods: Sequence[Period]) -> None:
    wanted = 2 if kind is Say.CORRELATION else 1
    if len(symbols) != wanted or len(periods) > 1:
        raise Unclear(f"{kind.value} is of {wanted} instrument{'s' * (wanted - 1)} and one period")
    if kind is Say.VOLATILITY and not periods:
        raise Unclear("it does not say over which period")


def _filled(
    template: str, symbols: Sequence[str], periods: Sequence[Period], kind: Say
) -> exp.Select:
    names = dict(zip(("first", "second"), symbols, strict=False))
    column = exp.column(_DAY, table="one" if kind is Say.CORRELATION else None)
    within = [one.condition(column, of_day=True) for one in periods]

    def fill(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Placeholder):
            return node
        if node.name == "within":
            return next((one for one in within if one is not None), exp.true())
        return exp.Literal.string(names[node.name])

    return parse(template).transform(fill).assert_is(exp.Select)


def _quiet(part: Part, kind: Say) -> bool:
    glue = (Say.NOISE, Say.OF, Say.AND, Say.BETWEEN, Say.WITH, Say.DAY, kind)
    about = any(one.table == _TABLE and one.column == "close" for one in part.names)
    return not part.period and not _symbol(part) and (part.says_any(*glue) or about)


def _symbol(part: Part) -> Stored | None:
    found = [one for one in part.values if one.column == "symbol"]
    return found[0] if len({one.value for one in found}) == 1 else None


def _limit(parts: Sequence[Part]) -> int | None:
    """Return how many moves are asked for, where the parts say a size and at most a number."""
    sizes = [part for part in parts if part.says_any(Say.BIG, Say.TOP)]
    numbers = [part.number for part in parts if part.number is not None and not part.unit]
    if len(sizes) > 1 or len(numbers) > 1 or len(sizes) + len(numbers) != len(parts):
        return None
    number = numbers[0] if numbers else 1
    return int(number) if number == int(number) and 0 < number <= _MANY else None


_KINDS = {
    Say.VOLATILITY: _VOLATILITY,
    Say.DRAWDOWN: _DRAWDOWN,
    Say.CORRELATION: _CORRELATION,
    Say.FALLS: _MOVES,
    Say.RISES: _MOVES,
}
