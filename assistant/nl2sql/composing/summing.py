"""Rules on what is summed up, counted, grouped and ranked, and on whose rows they are."""

from sqlglot import exp

from assistant.nl2sql.composing.periods import ALL_TIME
from assistant.nl2sql.composing.plan import Condition, Member, Plan, Rank, Term, Unclear, Unread
from assistant.nl2sql.composing.reading import (
    FUNCTIONS,
    RANKS,
    Reading,
    gain_or_loss,
    hinted_time,
    period,
    read,
    rows_of,
    threshold,
    value,
)
from assistant.nl2sql.composing.relations import parse
from assistant.nl2sql.composing.speech import BUCKETS, Say
from assistant.nl2sql.composing.terms import COMPARISONS, Terms


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


def rank(reading: Reading) -> int:
    """The first or last rows or groups of an order: "five largest", "top 5", "worst"."""
    number_first = 1 if _is_count(reading, 0) and not reading.part(0).says else 0
    part = reading.part(number_first)
    says = [say for say in RANKS if say in part.says]
    if not says or (Say.CURRENT in part.says):
        return 0
    if reading.plan.rank is not None:
        raise Unclear("it asks for two orders")
    taken = number_first + 1
    limit = reading.part(0).number if number_first else None
    if limit is None and _is_count(reading, taken):
        limit = reading.part(taken).number
        taken += 1
    found = Rank(RANKS[says[0]], limit=int(limit) if limit else None)
    if says[0] in (Say.BEST, Say.WORST):
        found.profit = True
    elif says[0] in (Say.BIG, Say.SMALL):
        found.size = True
    elif says[0] in (Say.NEWEST, Say.OLDEST):
        found.by = _time_of(reading)
    reading.plan.rank = found
    taken += _ranked_by(reading, found, taken)
    return taken


def _is_count(reading: Reading, ahead: int) -> bool:
    part = reading.part(ahead)
    whole = part.number is not None and not part.unit and part.period is None
    return bool(
        whole and part.number == part.number.to_integral_value() and 0 < part.number <= 1000
    )  # type: ignore[union-attr]


def _time_of(reading: Reading) -> Term:
    meaning = reading.database.layer.tables.get(reading.plan.base)
    if meaning is None or not meaning.time:
        raise Unclear(f"{reading.plan.base} have no time to order them by")
    return reading.terms.column(reading.plan.base, meaning.time)


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
        return 1
    return 0


def _has_target(reading: Reading) -> bool:
    return bool(reading.plan.target or reading.parents or reading.plan.named)


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


def _bucket(reading: Reading, part) -> str:
    return next((name for say, name in BUCKETS.items() if say in part.says), "")


def _by_time(reading: Reading, bucket: str, taken: int) -> int:
    plan = reading.plan
    base = reading.database.layer.tables.get(plan.base)
    if plan.bucket or base is None or not base.time:
        return 0
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
        return _rank_by(reading, ahead)
    several = part.tables and not part.names and part.text.lower().endswith("s")
    if several and not each:
        return 0
    term = reading.terms.dimension(part) if part.names or part.tables else None
    if term is None or (term.number and term.adds_up) or term.aggregate:
        return 0
    plan.groups.append(term)
    return 1


def _rank_by(reading: Reading, ahead: int) -> int:
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
    while (
        reading.part(ahead + skip).says_any(Say.OWN)
        or reading.part(ahead + skip).period is ALL_TIME
    ):
        plan.own = plan.own or reading.part(ahead + skip).says_any(Say.OWN)
        skip += 1
    part = reading.part(ahead + skip)
    term = reading.terms.name(part) if part.names else None
    if term is None or not term.number:
        return 0
    plan.rank.by = term
    return skip + 1


def row_noun(reading: Reading) -> int:
    """The name of the rows themselves, or of a table that they belong to."""
    part, plan = reading.part(), reading.plan
    if plan.base in part.tables and not _is_figure(reading):
        if reading.part(1).number is not None and not _is_count(reading, 1):
            return 0
        numbered = _numbered(reading, plan.base)
        if numbered:
            return numbered
        plan.rows_named = True
        if reading.counting and reading.distinct:
            return 0
        if reading.counting:
            plan.measures.append(("count", rows_of(reading)))
            reading.counting = False
        _stock(reading)
        return 1
    return 0


def _stock(reading: Reading) -> None:
    """Keep what a noun says besides: a stock is an instrument whose asset class is equity."""
    part = reading.part()
    kinds = [one for one in part.values if one.table == reading.plan.base]
    if kinds and not reading.inner:
        if not any(one.about.endswith(f".{kinds[0].column}") for one in reading.plan.conditions):
            sql = exp.EQ(
                this=exp.column(kinds[0].column, table=kinds[0].table),
                expression=exp.Literal.string(kinds[0].value),
            )
            about = f"{kinds[0].table}.{kinds[0].column}"
            reading.plan.conditions.append(Condition(sql, f"{about} is {kinds[0].value}", about))


def _is_figure(reading: Reading) -> bool:
    """Whether a phrase that names rows also names a figure of them that is asked for here."""
    if not reading.part().names or reading.counting:
        return False
    term = reading.terms.name(reading.part())
    return term is not None and term.number


def _numbered(reading: Reading, table: str) -> int:
    """Take "user 12": the row with that number."""
    part, number = reading.part(), reading.part(1)
    if number.number is None or not _is_count(reading, 1) or part.text.lower().endswith("s"):
        return 0
    base = reading.plan.base
    name = f"{table[:-1]}_id"
    column = name if table == base else reading.database.key(base, table)
    if column != name or not reading.database.has(base, column):
        return 0
    if column == "user_id":
        reading.plan.user = f"{number.number:f}"
    sql = exp.EQ(
        this=exp.column(column, table=base), expression=exp.Literal.number(f"{number.number:f}")
    )
    reading.plan.conditions.append(
        Condition(sql, f"{table} number {number.number:f}", f"{base}.{column}")
    )
    return 2


def parent_noun(reading: Reading) -> int:
    """A table that the rows belong to: what is counted or ranked, or "user 12"."""
    part, plan = reading.part(), reading.plan
    parents = [
        one for one in part.tables if one != plan.base and reading.database.key(plan.base, one)
    ]
    if len(parents) != 1 or reading.inner:
        return 0
    numbered = _numbered(reading, parents[0])
    if numbered:
        return numbered
    term = reading.terms.dimension(part)
    if term is None:
        return 0
    if reading.counting:
        plan.measures.append(("count distinct", term))
        reading.counting = reading.distinct = False
        return 1
    if plan.target is not None:
        return 0
    plan.target = term
    reading.parents.append(parents[0])
    return 1


def inner_noun(reading: Reading) -> int:
    """Rows of another table that must exist: "who placed orders", "without any trades"."""
    plan = reading.plan
    at, negated = 0, False
    while reading.part(at).says_any(Say.WHO, Say.WITH, Say.WITHOUT, Say.NOT, Say.AND):
        negated = negated or reading.part(at).says_any(Say.WITHOUT, Say.NOT)
        at += 1
    part = reading.part(at)
    start = at
    while not part.tables and part.values and at < start + 3 and reading.part(at + 1).known:
        at += 1
        part = reading.part(at)
    children = [one for one in part.tables if reading.database.key(one, plan.base)]
    if len(children) != 1 or reading.inner or not plan.rows_named or reading.wanted:
        return 0
    child = children[0]
    if reading.counting or (plan.rank is not None and not plan.rank.by and not plan.rank.profit):
        return 0
    key = reading.database.key(child, plan.base)
    join = next(one for one in reading.database.ways[child] if one.right == plan.base)
    inside = Reading(
        [
            *reading.parts[reading.at + start : reading.at + at],
            *reading.parts[reading.at + at + 1 :],
        ],
        Terms(reading.database, child),
        reading.lexicon,
        Plan(child, rows_named=True),
        inner=True,
    )
    read(inside, INNER)
    if inside.plan.measures or inside.plan.rank:
        raise Unread(part.text)
    _open_only(inside.plan, reading.database)
    from_on = exp.EQ(
        this=exp.column(key, table=child),
        expression=exp.column(_right_key(join.on, plan.base), table=plan.base),
    )
    member = Member(child, from_on, negated, inside.plan.conditions, "")
    said = ", ".join(one.words for one in inside.plan.conditions if one.words)
    member.words = f"{'without' if negated else 'with'} {child}{f' ({said})' if said else ''}"
    plan.members.append(member)
    plan.own = plan.own or inside.plan.own
    return at + 1 + inside.at - (at - start) if at > start else at + 1 + inside.at


def _right_key(on: str, parent: str) -> str:

    return next(one.name for one in parse(on).find_all(exp.Column) if one.table == parent)


def _open_only(plan: Plan, database) -> None:
    """Leave out rows that are over, where a table keeps both and the question doesn't say."""
    meaning = database.layer.tables.get(plan.base)
    if meaning is None or plan.all_states:
        return
    for name, column in meaning.columns.items():
        over = f"{plan.base}.{name}"
        if column.values.get("open") == "NULL" and not any(
            one.about == over or (one.about == "where" and name in one.sql.sql())
            for one in plan.conditions
        ):
            sql = exp.Is(this=exp.column(name, table=plan.base), expression=exp.Null())
            plan.conditions.append(Condition(sql, f"{plan.base} that are open", over))


def nothing_in(reading: Reading) -> int:
    """A column that is empty: "without a stop loss"."""
    if not reading.part().says_any(Say.WITHOUT):
        return 0
    part = reading.part(1)
    term = reading.terms.name(part) if part.names else None
    if term is None or not isinstance(term.sql, exp.Column):
        return 0
    empty = exp.Is(this=term.sql, expression=exp.Null())
    reading.add(Condition(empty, f"without {term.words}", term.key))
    return 2


def named(reading: Reading) -> int:
    """A column or figure that is named: what a function waits for, or something to show."""
    part, plan = reading.part(), reading.plan
    if not part.names or (reading.part(1).period and part.names and _is_time_name(reading)):
        return 0
    term = reading.terms.name(part) or reading.terms.dimension(part)
    if term is None or (term.time and part.says_any(Say.NOISE)):
        return 0
    if reading.counting:
        if term.number or term.aggregate:
            return 0
        plan.measures.append(("count distinct", term))
        reading.counting = reading.distinct = False
        return 1
    if reading.wanted and not (plan.per_row and reading.wanted == "sum"):
        if not term.number or (term.aggregate and reading.wanted not in ("sum", "avg")):
            raise Unread(part.text)
        of = "as it is" if term.aggregate else reading.wanted
        if of == "sum" and not term.adds_up:
            raise Unclear(f"a sum of {term.words} means nothing")
        plan.measures.append((of, term))
        reading.wanted = ""
        return 1
    plan.named.append(term)
    return 1


def _is_time_name(reading: Reading) -> bool:
    return bool(hinted_time(reading))


def sorting(reading: Reading) -> int:
    """The order of a list: "sorted by last login"."""
    if not reading.part().says_any(Say.SORTED) or reading.plan.rank is not None:
        return 0
    part = reading.part(1)
    term = reading.terms.name(part) if part.names else None
    taken = 2
    if term is None and part.words == ("date",):
        term = _time_of(reading)
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
    if not part.says_any(Say.NEWEST, Say.CURRENT) or meaning is None or _is_count(reading, 1):
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


def owner(reading: Reading) -> int:
    """Whose rows: one's own."""
    if not reading.part().says_any(Say.OWN):
        return 0
    reading.plan.own = True
    return 1


def new(reading: Reading) -> int:
    """Rows that came to be in the period that is named: "new users per quarter"."""
    if not reading.part().says_any(Say.NEW):
        return 0
    reading.new = True
    return 1


def inside(reading: Reading) -> int:
    """What a parent row holds: "what is in my Retirement portfolio"."""
    if not reading.part().says_any(Say.INSIDE):
        return 0
    meaning = reading.database.layer.tables.get(reading.plan.base)
    if meaning is None or not any("open" in one.values for one in meaning.columns.values()):
        return 0
    reading.plan.rows_named = True
    return 1


def current(reading: Reading) -> int:
    """What is so now: rows that are open, or a figure at the newest price."""
    part, plan = reading.part(), reading.plan
    if not part.says_any(Say.CURRENT):
        return 0
    meaning = reading.database.layer.tables.get(plan.base)
    kept = meaning and any("open" in column.values for column in meaning.columns.values())
    return 1 if kept else 0


def quiet(reading: Reading) -> int:
    """Words that only hold others together."""
    part = reading.part()
    if part.says_any(Say.NOISE, Say.OF, Say.ONLY):
        return 1
    if part.says_any(Say.BY) and (reading.part(1).values or reading.part(1).says_any(*COMPARISONS)):
        return 1
    if part.says_any(Say.WITH, Say.WHO, Say.AND) and not reading.inner:
        return 1
    return 1 if reading.inner and part.says_any(Say.WITH, Say.WHO) and reading.at == 0 else 0


INNER = (period, hinted_time, threshold, gain_or_loss, value, nothing_in, owner, quiet)
OUTER = (
    period,
    hinted_time,
    threshold,
    function,
    counting,
    share,
    losing_most,
    latest,
    rank,
    each_row,
    grouping,
    inner_noun,
    nothing_in,
    gain_or_loss,
    sorting,
    row_noun,
    value,
    parent_noun,
    named,
    owner,
    new,
    inside,
    current,
    quiet,
)
