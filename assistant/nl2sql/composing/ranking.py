"""Rules on order: what comes first, how many rows, and by which figure."""

from sqlglot import exp

from assistant.nl2sql.composing.lexicon import Part
from assistant.nl2sql.composing.plan import Condition, Rank, Unclear
from assistant.nl2sql.composing.reading import (
    FUNCTIONS,
    Reading,
    is_count,
    keep_kind,
    rows_of,
    time_of,
)
from assistant.nl2sql.composing.speech import Say

RANKS = {
    Say.TOP: True,
    Say.BIG: True,
    Say.BEST: True,
    Say.NEWEST: True,
    Say.BOTTOM: False,
    Say.SMALL: False,
    Say.WORST: False,
    Say.OLDEST: False,
}


def rank(reading: Reading) -> int:
    """The first or last rows or groups of an order: "five largest", "top 5", "worst"."""
    number_first = 1 if is_count(reading, 0) and not reading.part(0).says else 0
    part = reading.part(number_first)
    says = [say for say in RANKS if say in part.says]
    if not says or (Say.CURRENT in part.says):
        return 0
    if reading.plan.rank is not None:
        raise Unclear("it asks for two orders")
    taken = number_first + 1
    limit = reading.part(0).number if number_first else None
    if limit is None and is_count(reading, taken):
        limit = reading.part(taken).number
        taken += 1
    found = Rank(RANKS[says[0]], limit=int(limit) if limit else None)
    if says[0] in (Say.BEST, Say.WORST):
        found.profit = True
    elif says[0] in (Say.NEWEST, Say.OLDEST):
        if reading.part(taken).names and not reading.part(taken).tables:
            return 0
        found.by = time_of(reading)
    reading.plan.rank = found
    taken += _ranked_by(reading, found, taken)
    return taken


def _ranked_by(reading: Reading, found: Rank, ahead: int) -> int:
    """Take the figure that stands right after the word of rank: "most profitable", "highest beta"."""
    part = reading.part(ahead)
    if part.says_any(Say.GAIN, Say.LOSS) and not found.by:
        found.profit = True
        if part.says_any(Say.LOSS):
            found.descending = not found.descending
        return 1
    if found.by or found.profit:
        return 0
    term = reading.terms.name(part) if part.names else None
    if term is not None and term.number:
        found.by = term
        return 1
    if reading.plan.base in part.tables and _has_target(reading):
        found.by = rows_of(reading)
        reading.plan.rows_named = True
        keep_kind(reading, part)
        return 1
    return 0


def _has_target(reading: Reading) -> bool:
    return bool(reading.plan.target or reading.parents or reading.plan.named)


def _ever(part: Part) -> bool:
    return part.period is not None and part.period.start is None and part.period.end is None


def losing_most(reading: Reading) -> int:
    """The order of "lost the most", where the word of rank stands after."""
    part, after = reading.part(), reading.part(1)
    if not part.says_any(Say.GAIN, Say.LOSS) or not after.says_any(Say.TOP, Say.BOTTOM):
        return 0
    if reading.plan.rank is not None or _names_a_figure(reading, 2):
        return 0
    down = after.says_any(Say.TOP) != part.says_any(Say.LOSS)
    reading.plan.rank = Rank(down, profit=True)
    money = 1 if reading.part(2).words in (("money",),) else 0
    return 2 + money


def _names_a_figure(reading: Reading, ahead: int) -> bool:
    part = reading.part(ahead)
    return bool(part.tables or part.names)


def rank_by(reading: Reading, ahead: int) -> int:
    """Take what an order is by: "top 3 venues by number of trades", "by market cap"."""
    part, plan = reading.part(ahead), reading.plan
    if plan.rank is None:
        return 0
    if part.says_any(Say.COUNT) and plan.base in reading.part(ahead + 1).tables:
        plan.rank.by = rows_of(reading)
        plan.rows_named = True
        return 2
    for say, name in FUNCTIONS.items():
        if say in part.says:
            term = reading.terms.name(reading.part(ahead + 1))
            if term is None or not term.number:
                return 0
            plan.rank.by = term
            plan.measures.append((name, term))
            return 2
    skip = 0
    while reading.part(ahead + skip).says_any(Say.OWN) or _ever(reading.part(ahead + skip)):
        plan.own = plan.own or reading.part(ahead + skip).says_any(Say.OWN)
        skip += 1
    part = reading.part(ahead + skip)
    term = reading.terms.name(part) if part.names else None
    if term is None or not term.number:
        return 0
    plan.rank.by = term
    return skip + 1


def sorting(reading: Reading) -> int:
    """The order of a list: "sorted by last login"."""
    if not reading.part().says_any(Say.SORTED) or reading.plan.rank is not None:
        return 0
    part = reading.part(1)
    term = reading.terms.name(part) if part.names else None
    taken = 2
    if term is None and part.words == ("date",):
        term = time_of(reading)
    if term is None:
        return 0
    after = reading.part(taken)
    down = term.number or term.time
    if after.says_any(Say.DESCENDING, Say.ASCENDING):
        down = after.says_any(Say.DESCENDING)
        taken += 1
    reading.plan.rank = Rank(down, term, limit=0)
    return taken


def latest(reading: Reading) -> int:
    """The newest value of a table that has one row a day: "latest close"."""
    part, plan = reading.part(), reading.plan
    meaning = reading.database.layer.tables.get(plan.base)
    if not part.says_any(Say.NEWEST, Say.CURRENT) or meaning is None or is_count(reading, 1):
        return 0
    if not meaning.time or not reading.database.is_day(plan.base, meaning.time):
        return 0
    term = reading.terms.name(reading.part(1)) if reading.part(1).names else None
    if term is None or not term.number:
        return 0
    column = exp.column(meaning.time, table=plan.base)
    newest = exp.select(exp.Max(this=exp.column(meaning.time))).from_(plan.base)
    sql = exp.EQ(this=column, expression=newest.subquery())
    plan.conditions.append(Condition(sql, "on the newest day", f"{plan.base}.{meaning.time}"))
    return 1
