"""Writes a plan as an SQL tree. Nothing of a question gets into it but as a literal."""

from sqlglot import exp

from assistant.nl2sql.composing.plan import Condition, Member, Plan, Term
from assistant.nl2sql.composing.reading import aggregated
from assistant.nl2sql.composing.relations import Database, parse


def written(plan: Plan, database: Database) -> exp.Select:
    """Return the statement of a plan."""
    shown, tables = _shown(plan, database), {plan.base}
    conditions = _conditions(plan)
    wheres = [one.sql.copy() for one in conditions] + [
        _exists(one, database) for one in plan.members
    ]
    for expression in [*shown, *wheres, *(one.sql for one in plan.groups)]:
        tables |= {
            one.table
            for one in expression.find_all(exp.Column)
            if one.table and not _inside(one, expression)
        }
    select = _joined(exp.select(*shown).from_(plan.base), plan.base, tables, database)
    if plan.distinct:
        select = select.distinct()
    if wheres:
        select = select.where(*wheres)
    if plan.groups:
        select = select.group_by(*[one.sql.copy() for one in plan.groups])
    if plan.having:
        select = select.having(plan.having.sql)
    return _ordered(select, plan)


def _inside(column: exp.Column, top: exp.Expr) -> bool:
    """Whether a column belongs to a subquery of its own."""
    inner = column.find_ancestor(exp.Select)
    return inner is not None and inner is not top


def _conditions(plan: Plan) -> list[Condition]:
    wanted = [*plan.conditions]
    for _, term in plan.measures:
        if term.where is not None:
            wanted.append(Condition(term.where, "", "where"))
    for term in plan.named:
        if term.where is not None:
            wanted.append(Condition(term.where, "", "where"))
    kept: list[Condition] = []
    for one in wanted:
        if all(one.sql != other.sql for other in kept):
            kept.append(one)
    return kept


def _shown(plan: Plan, database: Database) -> list[exp.Expr]:
    if plan.share is not None:
        case = (
            exp.Case()
            .when(plan.share.sql.copy(), exp.Literal.number("1.0"))
            .else_(exp.Literal.number(0))
        )
        ratio = exp.alias_(exp.Avg(this=case), "share")
        return [*_keys(plan), ratio]
    if plan.measures:
        return [*_keys(plan), *_measures(plan)]
    if plan.distinct:
        return [one.sql.copy() for one in plan.named]
    return _listed(plan, database)


def _keys(plan: Plan) -> list[exp.Expr]:
    return [
        exp.alias_(one.sql.copy(), one.words)
        if not isinstance(one.sql, exp.Column)
        else one.sql.copy()
        for one in plan.groups
    ]


def _measures(plan: Plan) -> list[exp.Expr]:
    return [
        exp.alias_(aggregated(function, term), _alias(function, term))
        for function, term in plan.measures
    ]


def _alias(function: str, term: Term) -> str:
    name = "".join(
        c if c.isalnum() else "_" for c in term.words.split(".")[-1].replace("&", "n")
    ).strip("_")
    match function:
        case "as it is":
            return name
        case "count":
            return "count"
        case "count distinct":
            return f"count_{name}"
        case "sum":
            return f"total_{name}"
        case "avg":
            return f"average_{name}"
        case "max" | "min" | "median":
            return f"{function}_{name}"
        case _:
            return f"percentile_{name}"


def _listed(plan: Plan, database: Database) -> list[exp.Expr]:
    meaning = database.layer.tables.get(plan.base)
    columns = (
        list(meaning.shown)
        if meaning and meaning.shown
        else list(database.schema.tables[plan.base].columns)[:7]
    )
    columns = [name for name in columns if database.has(plan.base, name)]
    if not plan.rows_named:
        columns = columns[:2]
    shown: list[exp.Expr] = [exp.column(name, table=plan.base) for name in columns]
    for sql in _asked_about(plan, database):
        if all(sql != one for one in shown):
            shown.append(sql.copy())
    return [_labelled(one, plan, database) for one in shown]


def _asked_about(plan: Plan, database: Database) -> list[exp.Expr]:
    """Return what a question names beside the rows: columns, figures of limits, what rows are ranked by."""
    asked = [one.sql for one in plan.named]
    if plan.rank and plan.rank.by:
        asked.append(plan.rank.by.sql)
    metrics = {one.name: one for one in database.layer.metrics}
    for one in plan.conditions:
        if not one.value:
            own = one.sql.find_all(exp.Column)
            asked += [
                c for c in own if one.about == f"{plan.base}.{c.name}" == f"{c.table}.{c.name}"
            ]
        if one.about in metrics:
            asked.append(parse(metrics[one.about].sql))
    return asked


def _labelled(sql: exp.Expr, plan: Plan, database: Database) -> exp.Expr:
    if isinstance(sql, exp.Column):
        return sql
    for metric in database.layer.metrics:
        if parse(metric.sql) == sql:
            return exp.alias_(sql, _alias("as it is", Term(sql, metric.name)))
    return sql


def _joined(select: exp.Select, base: str, tables: set[str], database: Database) -> exp.Select:
    joined = {base}
    for table in sorted(tables - {base}):
        for join in database.path(base, table) or ():
            if join.right not in joined:
                joined.add(join.right)
                select = select.join(exp.to_table(join.right), on=parse(join.on))
    return select


def _exists(member: Member, database: Database) -> exp.Expr:
    inner = exp.select("1").from_(member.table)
    tables = {
        one.table
        for condition in member.conditions
        for one in condition.sql.find_all(exp.Column)
        if one.table and not _inside(one, condition.sql)
    }
    inner = _joined(inner, member.table, tables, database)
    inner = inner.where(member.on, *[one.sql.copy() for one in member.conditions])
    found = exp.Exists(this=inner)
    return exp.not_(found) if member.negated else found


def _ordered(select: exp.Select, plan: Plan) -> exp.Select:
    rank = plan.rank
    if rank is None or rank.by is None:
        if plan.groups and plan.bucket:
            return select.order_by(plan.groups[0].sql.copy())
        return select
    by = rank.by.sql.copy()
    for function, term in plan.measures:
        if term == rank.by:
            by = aggregated(function, term)
    select = select.order_by(exp.Ordered(this=by, desc=rank.descending, nulls_first=False))
    if plan.groups:
        select = select.order_by(*[one.sql.copy() for one in plan.groups])
    return select.limit(rank.limit) if rank.limit else select
