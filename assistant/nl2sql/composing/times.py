"""Rules on periods: when the rows that are asked for happened."""

from sqlglot import exp

from assistant.nl2sql.composing.periods import Period
from assistant.nl2sql.composing.plan import Condition, Term, Unclear
from assistant.nl2sql.composing.reading import Reading


def period(reading: Reading) -> int:
    """A period, about the column that was named before it, or the table's own time."""
    found, plan = reading.part().period, reading.plan
    if found is None:
        return 0
    if found.start is None and found.end is None:
        plan.all_states = True
        return 1
    if plan.period is not None and not reading.inner:
        raise Unclear("it names two periods")
    if reading.hint is None and _keeps_both(reading):
        raise Unclear(f"{plan.base} have a beginning and an end: which of them is {found.words}?")
    column = reading.hint or _year_or_time(reading)
    if column is None:
        raise Unclear(f'there is no time that "{found.words}" could be about')
    plan.period = found.by(plan.bucket) if plan.bucket else found
    plan.all_states = plan.all_states or reading.hint is not None
    reading.hint = None
    sql = _within(column, plan.period, reading)
    if sql is not None:
        plan.conditions.append(Condition(sql, f"{column.words}: {found.words}", column.key))
    return 1


def _keeps_both(reading: Reading) -> bool:
    """Whether rows that are over stay in the table, so that they have two times."""
    meaning = reading.database.layer.tables.get(reading.plan.base)
    return meaning is not None and any(
        "open" in one.values and reading.database.is_time(reading.plan.base, name)
        for name, one in meaning.columns.items()
    )


def _within(column: Term, found: Period, reading: Reading) -> exp.Expr | None:
    if column.key.endswith(".fiscal_year"):
        return exp.EQ(this=column.sql, expression=exp.Literal.number(found.year or 0))
    table, name = column.key.split(".")
    return found.condition(column.sql, reading.database.is_day(table, name))


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
