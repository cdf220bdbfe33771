"""Writes a plan as an SQL tree. Nothing of a question gets into it but as a literal."""

from sqlglot import exp

from assistant.nl2sql.composing.plan import Condition, Plan, Term, Unclear, Unread
from assistant.nl2sql.composing.reading import Reading, aggregated
from assistant.nl2sql.composing.relations import Database, parse
from assistant.nl2sql.composing.summing import _open_only

_SOME = 5


def finished(reading: Reading) -> Plan:
    """Return the plan of a question that was read to its end, with what goes without saying.

    Raises:
        Unclear: It can mean more than one statement.
        Unread: Something that was said has no effect.
    """
    plan = reading.plan
    _left_over(reading)
    if reading.wanted or reading.counting or reading.distinct or reading.hint:
        raise Unread(reading.wanted or "how many")
    if reading.sharing:
        _share(plan)
    _ranked(reading)
    _figures(plan)
    _open_only(plan, reading.database)
    if plan.target is not None and not (plan.groups or plan.measures):
        raise Unread(plan.target.words)
    if plan.target is not None and plan.target not in plan.groups:
        if plan.rank is None and plan.having is None:
            raise Unread(plan.target.words)
        plan.groups.append(plan.target)
    _complete_groups(plan, reading.database)
    if not (plan.rows_named or plan.named or plan.measures):
        raise Unread("what to show")
    return plan


def _left_over(reading: Reading) -> None:
    """Give a function that stands after its figure what it is about: "on average", "stock count"."""
    plan = reading.plan
    about_rows = [one for one in plan.conditions if one.value]
    if not plan.rows_named and not plan.named and not plan.measures and about_rows:
        plan.rows_named = True
    numbers = [one for one in plan.named if one.number]
    if reading.counting and not reading.distinct and not plan.measures and not numbers:
        if plan.named and not plan.groups and len(plan.named) == 1:
            plan.groups, plan.named = plan.named, []
            _drop_empty(plan, plan.groups[0])
            plan.rows_named = True
        if plan.rows_named:
            plan.measures.append(("count", Term(exp.Star(), plan.base)))
            reading.counting = False
    if reading.wanted and len(numbers) == 1 and not plan.measures:
        if reading.wanted == "sum" and not numbers[0].adds_up:
            raise Unclear(f"a sum of {numbers[0].words} means nothing")
        if not (reading.wanted == "sum" and plan.per_row):
            plan.named.remove(numbers[0])
            plan.measures.append((reading.wanted, numbers[0]))
        reading.wanted = ""
    if reading.new and not (plan.bucket or plan.period):
        raise Unclear("it does not say since when they are new")


def _share(plan: Plan) -> None:
    if plan.share is None:
        own = [one for one in plan.conditions if one.value and one.about.split(".")[0] == plan.base]
        if len(own) != 1 or not plan.rows_named:
            raise Unclear("it does not say the share of what")
        plan.share = own[0]
        plan.conditions.remove(own[0])
    if plan.measures:
        raise Unclear("it asks for a share and for a sum")


def _ranked(reading: Reading) -> None:
    """Settle by what an order is, and whether rows or groups are ranked."""
    plan, rank = reading.plan, reading.plan.rank
    if rank is None:
        return
    if rank.by is None:
        rank.by = _default_order(reading)
    dimensions = [one for one in plan.named if not one.number]
    if rank.limit == 0:
        rank.limit = None
    elif rank.limit is None:
        rank.limit = 1
        if _several(reading):
            rank.limit = _SOME
            plan.words.append(f"no number is said: the first {_SOME}")
    if isinstance(rank.by.sql, exp.Star) or plan.target or (dimensions and not plan.rows_named):
        target = plan.target or (dimensions[0] if dimensions else None)
        if target is None:
            raise Unclear("it does not say what is ranked")
        _rank_groups(plan, target)
    elif plan.groups:
        _rank_groups(plan, None)
    else:
        _drop_empty(plan, rank.by)


def _default_order(reading: Reading) -> Term:
    plan, rank = reading.plan, reading.plan.rank
    if rank is not None and rank.profit:
        profit = reading.profit()
        if profit is not None:
            return profit
    numbers = [one for one in plan.named if one.number] + [term for _, term in plan.measures]
    if len(numbers) == 1 and not (rank and rank.profit):
        if numbers[0] in plan.named:
            plan.named.remove(numbers[0])
        return numbers[0]
    raise Unclear("it does not say by what they are ranked")


def _several(reading: Reading) -> bool:
    nouns = [one for one in reading.parts if one.tables or one.names]
    return (
        bool(nouns)
        and nouns[0].text.lower().endswith("s")
        and not nouns[0].text.lower().endswith("ss")
    )


def _rank_groups(plan: Plan, target: Term | None) -> None:
    rank = plan.rank
    assert rank is not None and rank.by is not None
    if target is not None:
        plan.groups = [target, *(one for one in plan.groups if one.key != target.key)]
        plan.named = [one for one in plan.named if one is not target]
        plan.target = target
    if any(term == rank.by for _, term in plan.measures):
        return
    if isinstance(rank.by.sql, exp.Star):
        plan.measures.append(("count", rank.by))
    elif rank.by.aggregate:
        plan.measures.append(("as it is", rank.by))
    elif rank.by.adds_up:
        plan.measures.append(("sum", rank.by))
        _drop_empty(plan, rank.by)
    elif target is None:
        plan.measures.append(("max" if rank.descending else "min", rank.by))
        plan.rank = None
    else:
        raise Unclear(
            f"it does not say whether the average or the largest {rank.by.words} is meant"
        )


def _drop_empty(plan: Plan, term: Term) -> None:
    """Leave out rows without the figure that they are ranked by."""
    if not term.aggregate and not isinstance(term.sql, exp.Star):
        about = exp.not_(exp.Is(this=term.sql.copy(), expression=exp.Null()))
        plan.conditions.append(Condition(about, "", "ranked"))
        if term.where is not None:
            plan.conditions.append(Condition(term.where, "", "where"))


def _complete_groups(plan: Plan, database: Database) -> None:
    """Leave out the group of rows without a value, where the rows are what a catalogue lists."""
    meaning = database.layer.tables.get(plan.base)
    for term in plan.groups:
        own = term.key.startswith(f"{plan.base}.") and isinstance(term.sql, exp.Column)
        if own and meaning and not meaning.owner and plan.measures and not _counts(plan):
            _drop_empty(plan, term)


def _counts(plan: Plan) -> bool:
    return all(isinstance(term.sql, exp.Star) for _, term in plan.measures)


def _figures(plan: Plan) -> None:
    """Sum up the figures that were named beside a grouping, and the groups that were named without "by"."""
    numbers = [one for one in plan.named if one.number]
    others = [one for one in plan.named if not one.number]
    aggregates = [one for one in numbers if one.aggregate]
    if plan.having is not None and others and not plan.groups:
        plan.groups, plan.named = others, numbers
    if plan.share is None and not plan.measures and others and numbers and not plan.rows_named:
        if (
            not plan.groups
            and plan.rank is None
            and all(one.adds_up or one.aggregate for one in numbers)
        ):
            plan.groups, plan.named = others, numbers
    if plan.groups or aggregates:
        for one in [term for term in plan.named if term.number]:
            if not one.aggregate and not one.adds_up:
                raise Unclear(
                    f"it does not say whether the average or the largest {one.words} is meant"
                )
            plan.measures.append(("as it is" if one.aggregate else "sum", one))
        plan.named = [one for one in plan.named if not one.number]
    if plan.groups and not plan.measures and plan.share is None:
        if not plan.rows_named:
            raise Unread("what to count")
        plan.measures.append(("count", Term(exp.Star(), plan.base)))
    if plan.groups and plan.named:
        raise Unclear(f"it does not say what to do with {plan.named[0].words}")
    if plan.measures and plan.named:
        raise Unclear(f"it does not say what to do with {plan.named[0].words}")


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
    if wheres:
        select = select.where(*wheres)
    if plan.groups:
        select = select.group_by(*[one.sql.copy() for one in plan.groups])
    if plan.having:
        select = select.having(plan.having.sql)
    return _ordered(select, plan)


def _inside(column: exp.Column, top: exp.Expression) -> bool:
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


def _shown(plan: Plan, database: Database) -> list[exp.Expression]:
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
    return _listed(plan, database)


def _keys(plan: Plan) -> list[exp.Expression]:
    return [
        exp.alias_(one.sql.copy(), one.words)
        if not isinstance(one.sql, exp.Column)
        else one.sql.copy()
        for one in plan.groups
    ]


def _measures(plan: Plan) -> list[exp.Expression]:
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
    return f"percentile_{name}"


def _listed(plan: Plan, database: Database) -> list[exp.Expression]:
    meaning = database.layer.tables.get(plan.base)
    columns = (
        list(meaning.shown)
        if meaning and meaning.shown
        else list(database.schema.tables[plan.base].columns)[:7]
    )
    columns = [name for name in columns if database.has(plan.base, name)]
    if not plan.rows_named:
        columns = columns[:2]
    shown: list[exp.Expression] = [exp.column(name, table=plan.base) for name in columns]
    extra = [one.sql for one in plan.named]
    if plan.rank and plan.rank.by:
        extra.append(plan.rank.by.sql)
    for one in plan.conditions:
        if not one.value:
            own = one.sql.find_all(exp.Column)
            extra += [
                c for c in own if one.about == f"{plan.base}.{c.name}" == f"{c.table}.{c.name}"
            ]
        metric = next((m for m in database.layer.metrics if m.name == one.about), None)
        if metric:
            extra.append(parse(metric.sql))
    for sql in extra:
        if all(sql != one for one in shown):
            shown.append(sql.copy())
    return [_labelled(one, plan, database) for one in shown]


def _labelled(sql: exp.Expression, plan: Plan, database: Database) -> exp.Expression:
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


def _exists(member, database: Database) -> exp.Expression:
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
    select = select.order_by(
        exp.Ordered(this=by, desc=rank.descending, nulls_first=rank.descending)
    )
    if plan.groups:
        select = select.order_by(*[one.sql.copy() for one in plan.groups])
    return select.limit(rank.limit) if rank.limit else select
