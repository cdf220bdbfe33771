"""Reads the parts of a question into a plan over one table: each part by the first rule that takes it.

A part that no rule takes is not understood, and then nothing of the question is answered.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from assistant.nl2sql.composing.lexicon import Lexicon, Part, Stored
from assistant.nl2sql.composing.periods import ALL_TIME
from assistant.nl2sql.composing.plan import Condition, Plan, Term, Unclear, Unread
from assistant.nl2sql.composing.relations import Database
from assistant.nl2sql.composing.speech import Say
from assistant.nl2sql.composing.terms import COMPARISONS, Terms, compared, in_unit_of, stored

NOTHING = Part("", ())
FUNCTIONS = {
    Say.SUM: "sum",
    Say.HOW_MUCH: "sum",
    Say.AVERAGE: "avg",
    Say.MEDIAN: "median",
}
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


@dataclass(slots=True)
class Reading:
    """How far a question is read, and what is known of it.

    `wanted` is the function that waits for what it is applied to; `hint` is the time column that the next
    period is about; `parents` are tables that were named and still need a reason to be there.
    """

    parts: Sequence[Part]
    terms: Terms
    lexicon: Lexicon
    plan: Plan
    at: int = 0
    wanted: str = ""
    counting: bool = False
    distinct: bool = False
    sharing: bool = False
    hint: Term | None = None
    parents: list[str] = field(default_factory=list)
    inner: bool = False
    new: bool = False

    def part(self, ahead: int = 0) -> Part:
        """Return a part ahead of where it is read, or one that means nothing."""
        at = self.at + ahead
        return self.parts[at] if 0 <= at < len(self.parts) else NOTHING

    @property
    def database(self) -> Database:
        """Return what is asked."""
        return self.terms.database

    def profit(self) -> Term | None:
        """Return what is gained or lost with a row of the table."""
        return self.terms.profit(self.lexicon.phrases.get)

    def add(self, condition: Condition) -> None:
        """Add a condition; after "share of ... that" it is the one whose share is asked."""
        key = condition.about.endswith((".symbol", "_id"))
        if self.sharing and self.plan.rows_named and not key:
            own = condition.about.split(".")[0] in (self.plan.base, condition.about)
            if own and self.plan.share is not None:
                raise Unclear("it asks for the share of rows with two properties")
            if own:
                self.plan.share = condition
                return
        self.plan.conditions.append(condition)

    def expand(self, taken: int) -> bool:
        """Go on after parts that were taken."""
        self.at += taken
        return True


Rule = Callable[[Reading], int]


def read(reading: Reading, rules: Sequence[Rule]) -> None:
    """Read to the end, or as far as rules go where it is the inside of a condition.

    Raises:
        Unread: A part has no place.
        Unclear: Parts can be read in two ways.
    """
    while reading.at < len(reading.parts):
        for rule in rules:
            taken = rule(reading)
            if taken:
                reading.at += taken
                break
        else:
            if reading.inner:
                return
            raise Unread(reading.part().text)


def period(reading: Reading) -> int:
    """A period, about the column that was named before it, or the table's own time."""
    found = reading.part().period
    if found is None:
        return 0
    plan, terms = reading.plan, reading.terms
    if found is ALL_TIME or (found.start is None and found.end is None):
        plan.all_states = True
        return 1
    column = reading.hint or _year_or_time(reading)
    if column is None:
        raise Unclear(f'there is no time that "{found.words}" could be about')
    if plan.period is not None and not reading.inner:
        raise Unclear("it names two periods")
    plan.period = found
    if column.key.endswith(".fiscal_year"):
        sql: exp.Expression | None = exp.EQ(
            this=column.sql, expression=exp.Literal.number(found.year or 0)
        )
    else:
        table, name = column.key.split(".")
        if plan.bucket:
            found = found.by(plan.bucket)
        sql = found.condition(column.sql, terms.database.is_day(table, name))
    if sql is not None:
        plan.conditions.append(Condition(sql, f"{column.words}: {found.words}", column.key))
    if reading.hint is not None:
        plan.all_states = True
    reading.hint = None
    return 1


def _year_or_time(reading: Reading) -> Term | None:
    """Return the column that a period is about when none was named."""
    base, terms, found = reading.plan.base, reading.terms, reading.part().period
    meaning = terms.database.layer.tables.get(base)
    time = meaning.time if meaning else ""
    if terms.database.has(base, "fiscal_year") and found and found.year:
        said = found.words.lower().startswith(("for", "fiscal", "fy", "in fiscal", "of fiscal"))
        if said or any(
            term.where is None and not term.key.count(".") for term in _figures(reading)
        ):
            return terms.column(base, "fiscal_year")
        raise Unclear(f'"{found.words}" can be the fiscal year or the year of filing')
    return terms.column(base, time) if time else None


def _figures(reading: Reading) -> list[Term]:
    plan = reading.plan
    about = {one.about for one in plan.conditions if "." not in one.about}
    named = [*plan.named, *(term for _, term in plan.measures)]
    return [term for term in named if term.number] + [
        Term(exp.Null(), name, key=name) for name in about
    ]


def hinted_time(reading: Reading) -> int:
    """A time column that is named right before a period: "opened last month"."""
    part = reading.part()
    ahead = reading.part(1)
    if ahead.period is None or not part.names:
        return 0
    times = [
        term
        for named in part.names
        if named.table == reading.plan.base
        and named.column
        and (term := reading.terms.column(named.table, named.column)).time
    ]
    if len(times) != 1:
        return 0
    reading.hint = times[0]
    return 1


def value(reading: Reading) -> int:
    """A stored value, or several of one column; with "not" before it, all others."""
    negated = reading.part().says_any(Say.NOT)
    start = 1 if negated else 0
    if negated and reading.part(1).says_any(Say.SHARE):
        return 0
    column = ""
    head = reading.part(start)
    if not head.values and head.names and reading.part(start + 1).values:
        term = reading.terms.dimension(head)
        if term is None or term.number:
            return 0
        column, start = term.key, start + 1
    elif head.values and reading.part(start + 1).names and not reading.part(start + 1).values:
        term = _column_after(reading, start)
        column = term.key if term else ""
    only = _table_after(reading, start)
    found = reading.terms.values(reading.part(start), only, column)
    if not found and only:
        only = ""
        found = reading.terms.values(reading.part(start), only, column)
    if not found and column and not negated:
        column, found = "", reading.terms.values(reading.part(start), only)
    if not found:
        return 0
    taken = start + 1
    if _heads(reading, reading.part(start), found):
        return 0
    more, joined = _others(reading, taken, f"{found[0].table}.{found[0].column}")
    taken += joined
    if column and reading.part(taken).names and _is_column(reading, taken, column):
        taken += 1
    if reading.part(taken).tables and found[0].table in reading.part(taken).tables:
        if found[0].table != reading.plan.base:
            taken += 1
    _add_values(reading, [*found, *more], negated)
    return taken


def _heads(reading: Reading, part: Part, found: list[Stored]) -> bool:
    """Whether a value stands for rows of another table before the rows are named: "beginners who ..."."""
    first = found[0]
    said = part.text.lower()
    plural = said.endswith("s") and not said.endswith("'s") and said != " ".join(part.words)
    rows = reading.plan.rows_named or reading.plan.named or reading.plan.measures
    return plural and first.table != reading.plan.base and not rows


def _add_values(reading: Reading, found: list[Stored], negated: bool) -> None:
    first = found[0]
    if _array(reading, first.table, first.column):
        labels = [exp.Literal.string(one.value) for one in found]
        column = exp.column(first.column, table=first.table)
        sql: exp.Expression = exp.ArrayContainsAll(
            this=column, expression=exp.Array(expressions=labels)
        )
        about = f"{first.table}.{first.column}"
        words = f"{about} holds {' and '.join(one.value for one in found)}"
        reading.add(Condition(exp.not_(sql) if negated else sql, words, about, value=True))
        return
    condition = stored(found, negated)
    if any(
        one.about == condition.about and one.sql != condition.sql for one in reading.plan.conditions
    ):
        raise Unclear(f"it names two values of {condition.about}")
    reading.add(condition)


def _array(reading: Reading, table: str, column: str) -> bool:
    return reading.database.type_of(table, column).endswith("[]")


def _column_after(reading: Reading, start: int) -> Term | None:
    """Return the column that stands after a value and that it is of: "rejected KYC"."""
    after = reading.part(start + 1)
    about = {f"{one.table}.{one.column}" for one in reading.part(start).values}
    for named in after.names:
        if f"{named.table}.{named.column}" in about:
            if reading.database.path(reading.plan.base, named.table) is not None:
                return reading.terms.column(named.table, named.column)
    return None


def _is_column(reading: Reading, ahead: int, column: str) -> bool:
    return any(f"{one.table}.{one.column}" == column for one in reading.part(ahead).names)


def _table_after(reading: Reading, start: int) -> str:
    """Return the table whose rows are named right after a value: "German clients"."""
    ahead = start + 1
    while reading.part(ahead).values and not reading.part(ahead).tables:
        ahead += 1
    tables = reading.part(ahead).tables
    fitting = [one for one in tables if any(v.table == one for v in reading.part(start).values)]
    return fitting[0] if len(fitting) == 1 else ""


def _others(reading: Reading, ahead: int, column: str) -> tuple[list[Stored], int]:
    """Return further values of the same column, joined by "and" or "or", and the parts they take."""
    found, taken = [], 0
    while True:
        glue = 1 if reading.part(ahead + taken).says_any(Say.AND, Say.OR) else 0
        if not glue:
            return found, taken
        part = reading.part(ahead + taken + glue)
        more = reading.terms.values(part, "", column) if part.values else []
        if not more:
            return found, taken
        found += more
        taken += glue + 1


def gain_or_loss(reading: Reading) -> int:
    """Rows at a profit or at a loss: "losing trades", "with a loss of more than 2000 dollars"."""
    part = reading.part()
    if not part.says_any(Say.GAIN, Say.LOSS):
        return 0
    profit = reading.profit()
    if profit is None or reading.wanted:
        return 0
    losing = part.says_any(Say.LOSS)
    limit = _limit_at(reading, 1)
    if limit is None:
        zero = exp.Literal.number(0)
        kind = exp.LT if losing else exp.GT
        words = f"{profit.words} is {'below' if losing else 'above'} 0"
        reading.add(Condition(kind(this=profit.sql.copy(), expression=zero), words, profit.key))
        _keep_where(reading, profit)
        return 1
    say, number, unit, taken = limit
    if say not in (Say.ABOVE, Say.AT_LEAST):
        raise Unclear("it names a profit or loss of less than an amount")
    size = in_unit_of(profit, number, unit)
    if losing:
        kind = exp.LT if say is Say.ABOVE else exp.LTE
        edge: exp.Expression = exp.Literal.number(f"-{size:f}")
        words = f"{profit.words} is below -{size:f}"
        reading.add(Condition(kind(this=profit.sql.copy(), expression=edge), words, profit.key))
    else:
        reading.add(compared(profit, say, number, unit))
    _keep_where(reading, profit)
    return 1 + taken


def _keep_where(reading: Reading, term: Term) -> None:
    if term.where is not None:
        reading.plan.conditions.append(Condition(term.where, "", "where"))


def _limit_at(reading: Reading, ahead: int) -> tuple[Say, object, str, int] | None:
    """Return a comparison with a number that begins some parts ahead, and the parts it takes."""
    first, second = reading.part(ahead), reading.part(ahead + 1)
    for say in COMPARISONS:
        if say in first.says and second.number is not None and second.period is None:
            after = reading.part(ahead + 2)
            return (
                say,
                second.number,
                second.unit,
                2 if not after.says_any(Say.OR_MORE, Say.OR_LESS) else 3,
            )
    if first.number is not None and second.says_any(Say.OR_MORE, Say.OR_LESS):
        say = Say.OR_MORE if second.says_any(Say.OR_MORE) else Say.OR_LESS
        return say, first.number, first.unit, 2
    return None


def threshold(reading: Reading) -> int:
    """A figure compared with a number: "confidence above 0.9", "more than 500 shares"."""
    return _between(reading) or _name_then_limit(reading) or _limit_then_name(reading)


def _name_then_limit(reading: Reading) -> int:
    if not reading.part().names:
        return 0
    limit = _limit_at(reading, 1)
    if limit is None:
        return 0
    term = reading.terms.name(reading.part())
    if term is None or not term.number:
        return 0
    say, number, unit, taken = limit
    _compare(reading, term, say, number, unit)
    return 1 + taken


def _limit_then_name(reading: Reading) -> int:
    limit = _limit_at(reading, 0)
    if limit is None:
        return 0
    say, number, unit, taken = limit
    distinct = 1 if reading.part(taken).says_any(Say.DISTINCT) else 0
    part = reading.part(taken + distinct)
    if _counts_rows(reading, part, bool(distinct)):
        return _having_count(reading, part, say, number, unit, taken + distinct)
    term = reading.terms.name(part) if part.names and not distinct else None
    if term is None or not term.number:
        return 0
    if any(of == term for _, of in reading.plan.measures) and not reading.wanted:
        return _having_values(reading, term, say, number, unit, taken)
    _compare(reading, term, say, number, unit)
    return taken + 1


def _having_values(reading: Reading, term: Term, say: Say, number, unit: str, taken: int) -> int:
    """Take "at least 5 scores" after "average score": how many there must be."""
    if unit or reading.plan.having or not reading.part(taken).text.lower().endswith("s"):
        raise Unclear(f"it compares {term.words} after summing it up")
    filled = exp.not_(exp.Is(this=term.sql.copy(), expression=exp.Null()))
    reading.plan.conditions.append(Condition(filled, f"with {term.words}"))
    count = Term(aggregated("count", term), f"number of {term.words}")
    reading.plan.having = compared(count, say, number, "")
    return taken + 1


def _compare(reading: Reading, term: Term, say: Say, number, unit: str) -> None:
    plan = reading.plan
    if reading.wanted or term.aggregate:
        function = reading.wanted or "as it is"
        reading.wanted = ""
        if plan.having is not None:
            raise Unclear("it compares two sums")
        plan.measures.append((function, term))
        summed = Term(
            aggregated(function, term), f"{function} of {term.words}", term.unit, key=term.key
        )
        plan.having = compared(summed, say, number, unit)
        return
    reading.add(compared(term, say, number, unit))
    _keep_where(reading, term)


def _counts_rows(reading: Reading, part: Part, distinct: bool) -> bool:
    plan = reading.plan
    grouped = plan.target or plan.groups or plan.rank or any(not one.number for one in plan.named)
    if not grouped:
        return False
    if reading.plan.base in part.tables:
        return True
    return distinct and bool(part.tables or part.names)


def _having_count(reading: Reading, part: Part, say: Say, number, unit: str, taken: int) -> int:
    if unit or reading.plan.having is not None:
        return 0
    own = reading.plan.base in part.tables
    term = None if own else reading.terms.dimension(part)
    if not own and term is None:
        return 0
    function, of = ("count", rows_of(reading)) if own else ("count distinct", term)
    reading.plan.measures.append((function, of))
    sql = aggregated(function, of)
    count = Term(sql, f"number of {of.words}")
    reading.plan.having = compared(count, say, number, "")
    reading.plan.rows_named = True
    return taken + 1


def _between(reading: Reading) -> int:
    shift = 1 if reading.part(1).says_any(Say.BETWEEN) and reading.part().names else 0
    if not reading.part(shift).says_any(Say.BETWEEN):
        return 0
    low, glue, high = (reading.part(shift + n) for n in (1, 2, 3))
    if low.number is None or high.number is None or not glue.says_any(Say.AND):
        return 0
    after = 0 if shift else 1
    term = reading.terms.name(reading.part(0 if shift else 4))
    if term is None or not term.number or low.number > high.number:
        return 0
    unit = low.unit or high.unit
    edges = [
        exp.Literal.number(f"{in_unit_of(term, one.number, one.unit or unit):f}")
        for one in (low, high)
    ]
    sql = exp.Between(this=term.sql.copy(), low=edges[0], high=edges[1])
    words = f"{term.words} between {low.text} and {high.text}"
    reading.add(Condition(sql, words, term.key))
    _keep_where(reading, term)
    return 4 + shift + after


def rows_of(reading: Reading) -> Term:
    """Return the rows of the table as something to be counted."""
    return Term(exp.Star(), reading.plan.base)


def aggregated(function: str, term: Term) -> exp.Expression:
    """Return a sum, an average, ... of a term."""
    of = term.sql.copy()
    match function:
        case "as it is":
            return of
        case "count":
            return exp.Count(this=exp.Star())
        case "count distinct":
            return exp.Count(this=exp.Distinct(expressions=[of]))
        case "sum":
            return exp.Sum(this=of)
        case "avg":
            return exp.Avg(this=of)
        case "max":
            return exp.Max(this=of)
        case "min":
            return exp.Min(this=of)
    share = "0.5" if function == "median" else function
    ordered = exp.Order(expressions=[exp.Ordered(this=of)])
    percentile = exp.PercentileCont(this=exp.Literal.number(share))
    return exp.WithinGroup(this=percentile, expression=ordered)
