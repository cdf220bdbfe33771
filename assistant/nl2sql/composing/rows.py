"""Rules on the rows themselves: what they are called, whose they are, which columns are shown."""

from sqlglot import exp

from assistant.nl2sql.composing.lexicon import Part
from assistant.nl2sql.composing.plan import Condition, Term, Unclear, Unread
from assistant.nl2sql.composing.reading import Reading, is_count, keep_kind, rows_of
from assistant.nl2sql.composing.speech import COMPARISONS, Say
from assistant.nl2sql.composing.times import hinted_time


def row_noun(reading: Reading) -> int:
    """The name of the rows themselves, or of a table that they belong to."""
    part, plan = reading.part(), reading.plan
    if plan.base in part.tables and not _is_figure(reading):
        if reading.part(1).number is not None and not is_count(reading, 1):
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
        keep_kind(reading, part)
        return 1
    return 0


def _is_figure(reading: Reading) -> bool:
    """Whether a phrase that names rows also names a figure of them that is asked for here."""
    if not reading.part().names or reading.counting:
        return False
    term = reading.terms.name(reading.part())
    return term is not None and term.number


def _numbered(reading: Reading, table: str) -> int:
    """Take "user 12": the row with that number."""
    part, number = reading.part(), reading.part(1)
    if number.number is None or not is_count(reading, 1) or part.text.lower().endswith("s"):
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


def named(reading: Reading) -> int:
    """A column or figure that is named: what a function waits for, or something to show."""
    part, plan = reading.part(), reading.plan
    if not part.names or (reading.part(1).period and part.names and _is_time_name(reading)):
        return 0
    term = reading.terms.name(part) or reading.terms.dimension(part)
    if term is None or (term.time and part.says_any(Say.NOISE)):
        return 0
    if reading.counting:
        before = reading.part(-1)
        follows = before.says_any(Say.COUNT, Say.DISTINCT) or bool(before.values)
        if term.number or term.aggregate or not follows:
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


def elapsed(reading: Reading) -> int:
    """The time from one moment to another: "time between period end and filing date"."""
    if not reading.part().says_any(Say.ELAPSED) or not reading.part(1).says_any(Say.BETWEEN):
        return 0
    gap = 1 if reading.part(3).says_any(Say.AND) else 0
    first, last = (_moment(reading, reading.part(ahead)) for ahead in (2, 3 + gap))
    if first is None or last is None or first.key == last.key or not reading.wanted:
        return 0
    ends = [first, last]
    days = [reading.database.is_day(*one.key.split(".")) for one in ends]
    if any(days):
        as_days = [
            one.sql if day else exp.cast(one.sql, "date")
            for one, day in zip(ends, days, strict=True)
        ]
    else:
        as_days = [one.sql for one in ends]
    sql = exp.Sub(this=as_days[1], expression=as_days[0])
    words = f"time from {first.words} to {last.words}"
    reading.plan.measures.append((reading.wanted, Term(sql, words, "days" if any(days) else "")))
    reading.wanted = ""
    _drop_unit(reading, any(days))
    return 4 + gap


def _moment(reading: Reading, part: Part) -> Term | None:
    times = [
        term
        for one in part.names
        if one.table == reading.plan.base
        and one.column
        and (term := reading.terms.column(one.table, one.column)).time
    ]
    return times[0] if len(times) == 1 else None


def _drop_unit(reading: Reading, in_days: bool) -> None:
    """Drop a closing "in days" where that is the unit, which may stand at the end of the question."""
    last = len(reading.parts) - 1
    if (
        reading.parts[last].says_any(Say.DAY)
        and reading.parts[last].text.lower() == "days"
        and in_days
    ):
        reading.parts = reading.parts[:last]


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
    if part.says_any(Say.NOISE, Say.OF):
        return 1
    if part.says_any(Say.ONLY):
        return int(reading.at in (0, len(reading.parts) - 1) and not reading.inner)
    if part.says_any(Say.BY):
        after = reading.part(1)
        valued = bool(after.values) and not after.says_any(Say.NOISE)
        return int(valued or after.says_any(*COMPARISONS))
    glue = part.says_any(Say.WITH, Say.WHO) or (part.says_any(Say.AND) and not reading.inner)
    return int(glue and (not reading.inner or reading.at == 0))


def filled(reading: Reading) -> int:
    """A column that is not empty: "orders with a limit price"."""
    part = reading.part(1)
    if not reading.part().says_any(Say.WITH) or not part.names or part.tables or part.values:
        return 0
    after = reading.part(2)
    told = after.values or after.period or after.number or after.says_any(*COMPARISONS, Say.BETWEEN)
    term = reading.terms.name(part)
    if told or term is None or not reading.plan.rows_named:
        return 0
    if not term.number or term.adds_up or not isinstance(term.sql, exp.Column) or after.names:
        raise Unclear(f"it does not say what to do with {term.words}")
    there = exp.not_(exp.Is(this=term.sql, expression=exp.Null()))
    reading.add(Condition(there, f"with {term.words}", term.key))
    return 2
