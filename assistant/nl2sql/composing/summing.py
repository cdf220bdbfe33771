"""Rules on what is summed up and counted, and by what it is grouped."""

from sqlglot import exp

from assistant.nl2sql.composing.lexicon import Part
from assistant.nl2sql.composing.plan import Term, Unclear
from assistant.nl2sql.composing.ranking import rank_by
from assistant.nl2sql.composing.reading import FUNCTIONS, Reading
from assistant.nl2sql.composing.speech import BUCKETS, Say


def function(reading: Reading) -> int:
    """What is done to a figure: the total, the average, the median, a percentile of it."""
    part = reading.part()
    after = reading.part(1)
    own = part.says_any(Say.PERCENTILE)
    if part.number is not None and (own or after.says_any(Say.PERCENTILE)):
        if not 0 < part.number < 100:
            raise Unclear(f"there is no {part.text} percentile")
        reading.wanted = f"{part.number / 100:f}"
        return 1 if own else 2
    for say, name in FUNCTIONS.items():
        if say in part.says and not reading.wanted:
            reading.wanted = name
            return 1
    return 0


def counting(reading: Reading) -> int:
    """How many there are, of rows or of different values."""
    part = reading.part()
    if part.says_any(Say.COUNT) and not reading.counting and not reading.wanted:
        reading.counting = True
        return 1
    if part.says_any(Say.DISTINCT) and reading.counting:
        reading.distinct = True
        return 1
    return 0


def share(reading: Reading) -> int:
    """The share of rows that have a property, which is named after them."""
    if reading.part().says_any(Say.SHARE) and not reading.sharing:
        reading.sharing = True
        return 1
    return 0


def each_row(reading: Reading) -> int:
    """A figure of every row: "per position", "each of my open positions"."""
    if not reading.part().says_any(Say.PER):
        return 0
    ahead = 1
    while reading.part(ahead).says_any(Say.OWN) or (
        reading.part(ahead).values and not reading.part(ahead).tables
    ):
        ahead += 1
    part = reading.part(ahead)
    if reading.plan.base not in part.tables or (ahead == 1 and part.names):
        return 0
    reading.plan.per_row = True
    return 1


def grouping(reading: Reading) -> int:
    """What rows are summed up by: "by sector and month", "per user", "monthly"."""
    part = reading.part()
    bucket = _bucket(reading, part)
    if bucket and not part.names and not reading.terms.values(part):
        return _by_time(reading, bucket, 1)
    if not part.says_any(Say.BY, Say.PER):
        return 0
    taken = 1
    while True:
        one = _group(reading, taken, part.says_any(Say.PER))
        if not one:
            return 0 if taken == 1 else taken - 1
        taken += one
        if not reading.part(taken).says_any(Say.AND) or not _groupable(reading, taken + 1):
            return taken
        taken += 1


def _groupable(reading: Reading, ahead: int) -> bool:
    part = reading.part(ahead)
    return bool(_bucket(reading, part)) or (
        bool(part.names or part.tables) and reading.terms.dimension(part) is not None
    )


def _bucket(reading: Reading, part: Part) -> str:
    return next((name for say, name in BUCKETS.items() if say in part.says), "")


def _by_time(reading: Reading, bucket: str, taken: int) -> int:
    plan = reading.plan
    base = reading.database.layer.tables.get(plan.base)
    if plan.bucket or base is None or not base.time:
        return 0
    if bucket in ("quarter", "year") and reading.database.has(plan.base, "fiscal_year"):
        raise Unclear(f'"{bucket}" can be the fiscal one or that of filing')
    time = reading.terms.column(plan.base, base.time)
    if bucket == "day" and reading.database.is_day(plan.base, base.time):
        return taken if reading.part().words == ("daily",) else 0
    plan.bucket = bucket
    text = exp.Literal.string(bucket)
    sql = exp.Anonymous(this="date_trunc", expressions=[text, time.sql])
    plan.groups.insert(0, Term(sql, bucket, key=bucket))
    return taken


def _group(reading: Reading, ahead: int, each: bool) -> int:
    part, plan = reading.part(ahead), reading.plan
    bucket = _bucket(reading, part)
    if bucket and not part.names:
        return _by_time(reading, bucket, 1)
    if plan.rank is not None and plan.rank.by is None and not plan.rank.profit:
        return rank_by(reading, ahead)
    several = part.tables and not part.names and part.text.lower().endswith("s")
    if several and not each:
        return 0
    term = reading.terms.dimension(part) if part.names or part.tables else None
    if term is None or (term.number and term.adds_up) or term.aggregate:
        return 0
    plan.groups.append(term)
    return 1
