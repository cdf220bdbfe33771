"""The rules that a question is read with, in the order in which they are tried.

Inside a condition on rows of another table ("users who placed orders last month") fewer of them hold.
"""

from sqlglot import exp

from assistant.nl2sql.composing.limits import gain_or_loss, threshold
from assistant.nl2sql.composing.plan import Condition, Member, Plan
from assistant.nl2sql.composing.ranking import latest, losing_most, rank, sorting
from assistant.nl2sql.composing.reading import Reading, read
from assistant.nl2sql.composing.relations import Database, parse
from assistant.nl2sql.composing.rows import (
    current,
    elapsed,
    filled,
    inside,
    named,
    new,
    owner,
    parent_noun,
    quiet,
    row_noun,
)
from assistant.nl2sql.composing.speech import Say
from assistant.nl2sql.composing.summing import counting, each_row, function, grouping, share
from assistant.nl2sql.composing.terms import Terms
from assistant.nl2sql.composing.times import hinted_time, period
from assistant.nl2sql.composing.valued import nothing_in, value

_OPENING = (Say.WHO, Say.WITH, Say.WITHOUT, Say.NOT, Say.AND, Say.NOISE)
_ADJECTIVES = 3


def inner_noun(reading: Reading) -> int:
    """Rows of another table that must exist: "who placed orders", "without any trades"."""
    plan = reading.plan
    unranked = plan.rank is not None and not plan.rank.by and not plan.rank.profit
    if reading.inner or not plan.rows_named or reading.wanted or reading.counting or unranked:
        return 0
    start = 0
    while reading.part(start).says_any(*_OPENING) and not reading.part(start).tables:
        start += 1
    opening = [reading.part(ahead) for ahead in range(start)]
    child, end = _child(reading, start)
    before = reading.parts[reading.at + start : reading.at + end]
    named_by_value = not reading.part(end).tables
    listed = not opening and reading.part(end).text.lower().endswith("s")
    if not child or listed or (named_by_value and not opening):
        return 0
    after = reading.parts[reading.at + end + (0 if named_by_value else 1) :]
    inside = Reading(
        [*before, *after],
        Terms(reading.database, child),
        reading.lexicon,
        Plan(child, rows_named=True),
        inner=True,
    )
    read(inside, INNER)
    if inside.at < len(before) or (named_by_value and not inside.plan.conditions):
        return 0
    _add_member(reading, inside, any(one.says_any(Say.WITHOUT, Say.NOT) for one in opening))
    return start + (0 if named_by_value else 1) + inside.at


def _child(reading: Reading, start: int) -> tuple[str, int]:
    """Return the table whose rows are named, after values of theirs, and where its name stands.

    A value alone can name them too: "a proxy statement" is a filing.
    """
    at = start
    while not reading.part(at).tables and reading.part(at).values and at < start + _ADJECTIVES:
        at += 1
    base, database = reading.plan.base, reading.database
    children = [one for one in reading.part(at).tables if database.key(one, base)]
    if len(children) == 1:
        return children[0], at
    valued = {one.table for one in reading.part(start).values}
    if any(database.path(base, one) is not None for one in valued) or reading.part(at).tables:
        return "", 0
    children = [one for one in valued if database.key(one, base)]
    return (children[0], start) if len(children) == 1 else ("", 0)


def _add_member(reading: Reading, inside: Reading, negated: bool) -> None:
    plan, child = reading.plan, inside.plan.base
    open_only(inside.plan, reading.database)
    join = next(one for one in reading.database.ways[child] if one.right == plan.base)
    said = ", ".join(one.words for one in inside.plan.conditions if one.words)
    words = f"{'without' if negated else 'with'} {child}{f' ({said})' if said else ''}"
    plan.members.append(Member(child, parse(join.on), negated, inside.plan.conditions, words))
    plan.own = plan.own or inside.plan.own


INNER = (period, hinted_time, threshold, gain_or_loss, value, nothing_in, owner, quiet)


OUTER = (
    elapsed,
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
    filled,
    quiet,
)


def open_only(plan: Plan, database: Database) -> None:
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
