"""Rules on figures that are compared with a number, and on profit and loss."""

from dataclasses import dataclass
from decimal import Decimal

from sqlglot import exp

from assistant.nl2sql.composing.lexicon import Part
from assistant.nl2sql.composing.plan import Condition, Term, Unclear
from assistant.nl2sql.composing.reading import Reading, aggregated, keep_kind, keep_where, rows_of
from assistant.nl2sql.composing.speech import COMPARISONS, Say
from assistant.nl2sql.composing.terms import compared, in_unit_of


@dataclass(frozen=True, slots=True)
class _Limit:
    """A comparison, "more than 500": how, with what, in which unit, and how many parts say so."""

    say: Say
    number: Decimal
    unit: str
    taken: int


def gain_or_loss(reading: Reading) -> int:
    """Rows at a profit or at a loss: "losing trades", "with a loss of more than 2000 dollars"."""
    part = reading.part()
    if not part.says_any(Say.GAIN, Say.LOSS) or reading.wanted:
        return 0
    profit = reading.profit()
    if profit is None:
        return 0
    limit = _limit_at(reading, 1)
    losing = part.says_any(Say.LOSS)
    if limit is None:
        words = f"{profit.words} is {'below' if losing else 'above'} 0"
        reading.add(_signed(profit, losing, Decimal(0), strict=True, words=words))
        keep_where(reading, profit)
        return 1
    if limit.say not in (Say.ABOVE, Say.AT_LEAST):
        raise Unclear("it names a profit or loss of less than an amount")
    size = in_unit_of(profit, limit.number, limit.unit)
    strict = limit.say is Say.ABOVE
    words = f"{'loss' if losing else 'profit'} ({profit.words}) {limit.say.value} {size:f}"
    reading.add(_signed(profit, losing, size, strict=strict, words=words))
    keep_where(reading, profit)
    return 1 + limit.taken


def _signed(profit: Term, losing: bool, size: Decimal, *, strict: bool, words: str) -> Condition:
    """Return that a profit is above a size, or that a loss is: the profit is below its negative."""
    edge = exp.Literal.number(f"{'-' if losing and size else ''}{size:f}")
    kinds: dict[tuple[bool, bool], type[exp.Binary]] = {
        (True, True): exp.LT,
        (True, False): exp.LTE,
        (False, True): exp.GT,
        (False, False): exp.GTE,
    }
    return Condition(
        kinds[losing, strict](this=profit.sql.copy(), expression=edge), words, profit.key
    )


def _limit_at(reading: Reading, ahead: int) -> _Limit | None:
    """Return a comparison with a number that begins some parts ahead."""
    first, second = reading.part(ahead), reading.part(ahead + 1)
    for say in COMPARISONS:
        if say in first.says and second.number is not None and second.period is None:
            return _Limit(say, second.number, second.unit, 2)
    after = [say for say in (Say.OR_MORE, Say.OR_LESS) if say in second.says]
    if first.number is not None and after:
        return _Limit(after[0], first.number, first.unit, 2)
    return None


def threshold(reading: Reading) -> int:
    """A figure compared with a number: "confidence above 0.9", "more than 500 shares"."""
    return _between(reading) or _name_then_limit(reading) or _limit_then_name(reading)


def _name_then_limit(reading: Reading) -> int:
    limit = _limit_at(reading, 1) if reading.part().names else None
    term = reading.terms.name(reading.part()) if limit else None
    if limit is None or term is None or not term.number:
        return 0
    _compare(reading, term, limit)
    return 1 + limit.taken


def _limit_then_name(reading: Reading) -> int:
    limit = _limit_at(reading, 0)
    if limit is None:
        return 0
    distinct = reading.part(limit.taken).says_any(Say.DISTINCT)
    part = reading.part(limit.taken + distinct)
    if _counts_rows(reading, part, distinct):
        return _having_count(reading, part, limit, distinct)
    term = reading.terms.name(part) if part.names and not distinct else None
    if term is None or not term.number:
        return 0
    if any(of == term for _, of in reading.plan.measures) and not reading.wanted:
        _having_values(reading, part, term, limit)
    else:
        _compare(reading, term, limit)
    return limit.taken + 1


def _having_values(reading: Reading, part: Part, term: Term, limit: _Limit) -> None:
    """Take "at least 5 scores" after "average score": how many there must be."""
    if limit.unit or reading.plan.having or not part.text.lower().endswith("s"):
        raise Unclear(f"it compares {term.words} after summing it up")
    filled = exp.not_(exp.Is(this=term.sql.copy(), expression=exp.Null()))
    reading.plan.conditions.append(Condition(filled, f"with {term.words}"))
    count = Term(aggregated("count", term), f"number of {term.words}")
    reading.plan.having = compared(count, limit.say, limit.number, "")


def _compare(reading: Reading, term: Term, limit: _Limit) -> None:
    plan = reading.plan
    if not reading.wanted and not term.aggregate:
        reading.add(compared(term, limit.say, limit.number, limit.unit))
        keep_where(reading, term)
        return
    if plan.having is not None:
        raise Unclear("it compares two sums")
    function = "as it is" if term.aggregate else reading.wanted
    reading.wanted = ""
    plan.measures.append((function, term))
    words = f"{function} of {term.words}"
    summed = Term(aggregated(function, term), words, term.unit, key=term.key)
    plan.having = compared(summed, limit.say, limit.number, limit.unit)


def _counts_rows(reading: Reading, part: Part, distinct: bool) -> bool:
    plan = reading.plan
    grouped = plan.target or plan.groups or plan.rank or any(not one.number for one in plan.named)
    if not grouped:
        return False
    return plan.base in part.tables or (distinct and bool(part.tables or part.names))


def _having_count(reading: Reading, part: Part, limit: _Limit, distinct: bool) -> int:
    own = reading.plan.base in part.tables
    term = rows_of(reading) if own else reading.terms.dimension(part)
    if limit.unit or reading.plan.having is not None or term is None:
        return 0
    function = "count" if own else "count distinct"
    reading.plan.measures.append((function, term))
    count = Term(aggregated(function, term), f"number of {term.words}")
    reading.plan.having = compared(count, limit.say, limit.number, "")
    reading.plan.rows_named = True
    keep_kind(reading, part)
    return limit.taken + 1 + distinct


def _between(reading: Reading) -> int:
    """Take "stop price between 100 and 150", or "between 100 and 150 shares"."""
    named_first = bool(reading.part().names) and reading.part(1).says_any(Say.BETWEEN)
    if not named_first and not reading.part().says_any(Say.BETWEEN):
        return 0
    start = 2 if named_first else 1
    low, glue, high = (reading.part(start + n) for n in range(3))
    if low.number is None or high.number is None or not glue.says_any(Say.AND):
        return 0
    term = reading.terms.name(reading.part(0 if named_first else 4))
    if term is None or not term.number or low.number > high.number:
        return 0
    unit = low.unit or high.unit
    least, most = (
        in_unit_of(term, n, u or unit)
        for n, u in ((low.number, low.unit), (high.number, high.unit))
    )
    edges = (exp.Literal.number(f"{one:f}") for one in (least, most))
    sql = exp.Between(this=term.sql.copy(), low=next(edges), high=next(edges))
    reading.add(Condition(sql, f"{term.words} between {low.text} and {high.text}", term.key))
    keep_where(reading, term)
    return 5
