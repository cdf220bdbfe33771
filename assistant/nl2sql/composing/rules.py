"""The rules that a question is read with, in the order in which they are tried.

Inside a condition on rows of another table ("users who placed orders last month") fewer of them hold.
"""

from sqlglot import exp

from assistant.nl2sql.composing.limits import gain_or_loss, threshold
from assistant.nl2sql.composing.plan import Condition, Member, Plan, Unread
from assistant.nl2sql.composing.ranking import latest, losing_most, rank, sorting
from assistant.nl2sql.composing.reading import Reading, read
from assistant.nl2sql.composing.relations import Database, parse
from assistant.nl2sql.composing.rows import (
    current,
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


def _right_key(on: str, parent: str) -> str:

    return next(one.name for one in parse(on).find_all(exp.Column) if one.table == parent)


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
    open_only(inside.plan, reading.database)
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
