"""Rules on stored values: a status, a sector, a ticker; and on columns that are empty."""

from sqlglot import exp

from assistant.nl2sql.composing.lexicon import Part, Stored
from assistant.nl2sql.composing.plan import Condition, Term, Unclear
from assistant.nl2sql.composing.reading import Reading
from assistant.nl2sql.composing.speech import Say
from assistant.nl2sql.composing.terms import stored

_NO_ONE = ("nobody", "no one")  # of somebody who did something, never of a column


def value(reading: Reading) -> int:
    """A stored value, or several of one column; with "not" before it, all others."""
    negated = reading.part().says_any(Say.NOT)
    start, column = _column_before(reading, int(negated))
    part = reading.part(start)
    if not part.values or (negated and reading.plan.base in part.tables):
        return 0
    if not column and (after := _column_after(reading, start)):
        column = after.key
    found = _meant(reading, part, _table_after(reading, start), column)
    if not found or _heads(reading, part, found):
        return 0
    about = f"{found[0].table}.{found[0].column}"
    more, joined = _others(reading, start + 1, about)
    _add_values(reading, [*found, *more], negated)
    taken = start + 1 + joined
    taken += bool(column) and _is_column(reading, taken, column)
    owner = found[0].table
    return taken + (owner != reading.plan.base and owner in reading.part(taken).tables)


def _column_before(reading: Reading, start: int) -> tuple[int, str]:
    """Return where a value stands, and its column where that is named before it: "status open"."""
    head = reading.part(start)
    if head.values or not head.names or not reading.part(start + 1).values:
        return start, ""
    term = reading.terms.dimension(head)
    return (start + 1, term.key) if term and not term.number else (start, "")


def _meant(reading: Reading, part: Part, table: str, column: str) -> list[Stored]:
    """Return the values that a phrase means: of the table and column named beside it, if it can."""
    for only, name in ((table, column), ("", column), (table, ""), ("", "")):
        found = reading.terms.values(part, only, name)
        if found:
            return found
    return []


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
        sql: exp.Expr = exp.ArrayContainsAll(this=column, expression=exp.Array(expressions=labels))
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
    after, about = reading.part(start + 1), reading.part(start).values
    for one in after.names:
        of = any((one.table, one.column) == (value.table, value.column) for value in about)
        if of and reading.database.path(reading.plan.base, one.table) is not None:
            return reading.terms.column(one.table, one.column)
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
    found: list[Stored] = []
    taken = 0
    while True:
        glue = 1 if reading.part(ahead + taken).says_any(Say.AND, Say.OR) else 0
        if not glue:
            return found, taken
        part = reading.part(ahead + taken + glue)
        more = reading.terms.values(part, "", column) if part.values else []
        if not more:
            return found, taken
        if reading.inner and not reading.part(ahead + taken).says_any(Say.OR):
            raise Unclear(f"it asks for rows of {column} with two values at once")
        found += more
        taken += glue + 1


def nothing_in(reading: Reading) -> int:
    """A column that is empty: "without a stop loss". What adds up is 0 rather than empty."""
    part, head = reading.part(1), reading.part()
    if not head.says_any(Say.WITHOUT) or head.number is not None or head.text.lower() in _NO_ONE:
        return 0
    term = reading.terms.name(part) if part.names else None
    if term is None or term.adds_up or not isinstance(term.sql, exp.Column):
        return 0
    empty = exp.Is(this=term.sql, expression=exp.Null())
    reading.add(Condition(empty, f"without {term.words}", term.key))
    return 2
