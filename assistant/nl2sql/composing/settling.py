"""Settles what a question leaves open after its last word: defaults, and what goes without saying."""

from sqlglot import exp

from assistant.nl2sql.composing.plan import Condition, Plan, Rank, Term, Unclear, Unread
from assistant.nl2sql.composing.reading import Reading
from assistant.nl2sql.composing.relations import Database
from assistant.nl2sql.composing.rules import open_only

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
    _sum_named(plan)
    open_only(plan, reading.database)
    if plan.target is not None and not (plan.groups or plan.measures):
        raise Unread(plan.target.words)
    if plan.target is not None and plan.target not in plan.groups:
        if plan.rank is None and plan.having is None:
            raise Unread(plan.target.words)
        plan.groups.append(plan.target)
    _of_the_sums(plan)
    _told_apart(plan)
    _complete_groups(plan, reading.database)
    _when(reading)
    _once(plan, reading.database)
    if not (plan.rows_named or plan.named or plan.measures):
        raise Unread("what to show")
    return plan


def _left_over(reading: Reading) -> None:
    """Give a function that stands after its figure what it is about: "on average", "stock count"."""
    plan = reading.plan
    if not (plan.rows_named or plan.named or plan.measures):
        plan.rows_named = any(one.value for one in plan.conditions)
    if reading.new and not (plan.bucket or plan.period):
        raise Unclear("it does not say since when they are new")
    if not plan.measures:
        _count_last(reading)
        _function_last(reading)


def _count_last(reading: Reading) -> None:
    plan = reading.plan
    if not reading.counting or reading.distinct or any(one.number for one in plan.named):
        return
    if len(plan.named) == 1 and not plan.groups:
        plan.groups, plan.named = plan.named, []
        _drop_empty(plan, plan.groups[0])
        plan.rows_named = True
    if plan.rows_named:
        plan.measures.append(("count", Term(exp.Star(), plan.base)))
        reading.counting = False


def _function_last(reading: Reading) -> None:
    plan = reading.plan
    numbers = [one for one in plan.named if one.number]
    if not reading.wanted or len(numbers) != 1:
        return
    if reading.wanted == "sum" and not numbers[0].adds_up:
        raise Unclear(f"a sum of {numbers[0].words} means nothing")
    if reading.wanted != "sum" or not plan.per_row:
        plan.named.remove(numbers[0])
        plan.measures.append((reading.wanted, numbers[0]))
    reading.wanted = ""


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
    by = rank.by = rank.by or _default_order(reading)
    dimensions = [one for one in plan.named if not one.number]
    target = plan.target or next(iter(dimensions), None)
    if rank.limit is None:
        rank.limit = _SOME if _several(reading) else 1
        if rank.limit == _SOME:
            plan.words.append(f"no number is said: the first {_SOME}")
    if isinstance(by.sql, exp.Star) or plan.target or (dimensions and not plan.rows_named):
        if target is None:
            raise Unclear("it does not say what is ranked")
        _rank_groups(plan, rank, by, target)
    elif plan.groups:
        _rank_groups(plan, rank, by, None)
    elif rank.limit:
        _drop_empty(plan, by)


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


def _rank_groups(plan: Plan, rank: Rank, by: Term, target: Term | None) -> None:
    if target is not None:
        plan.groups = [target, *(one for one in plan.groups if one.key != target.key)]
        plan.named = [one for one in plan.named if one is not target]
        plan.target = target
    if any(term == by for _, term in plan.measures):
        return
    if isinstance(by.sql, exp.Star):
        plan.measures.append(("count", by))
    elif by.aggregate:
        plan.measures.append(("as it is", by))
    elif by.adds_up:
        plan.measures.append(("sum", by))
        _drop_empty(plan, by)
    elif by.time:
        raise Unclear("it asks for the first or last row of every group")
    elif target is None:
        plan.measures.append(("max" if rank.descending else "min", by))
        plan.rank = None
    else:
        raise Unclear(f"it does not say whether the average or the largest {by.words} is meant")


def _drop_empty(plan: Plan, term: Term) -> None:
    """Leave out rows without the figure that they are ranked by."""
    if not term.aggregate and not isinstance(term.sql, exp.Star):
        about = exp.not_(exp.Is(this=term.sql.copy(), expression=exp.Null()))
        plan.conditions.append(Condition(about, "", "ranked"))
        if term.where is not None:
            plan.conditions.append(Condition(term.where, "", "where"))


def _when(reading: Reading) -> None:
    """Ask for a day where every day of a price would be listed."""
    plan, database = reading.plan, reading.database
    meaning = database.layer.tables.get(plan.base)
    if (
        meaning is None
        or not meaning.time
        or not database.is_day(plan.base, meaning.time)
        or meaning.owner
    ):
        return
    listed = not (plan.measures or plan.rank or plan.share)
    limited = any(not one.value for one in plan.conditions)
    if listed and not limited and "trade" in meaning.time:
        raise Unclear(f"it does not say of which day the {plan.base} are")


def _once(plan: Plan, database: Database) -> None:
    """List each value once where values are asked for, not rows: "which venues are there"."""
    meaning = database.layer.tables.get(plan.base)
    key = f"{plan.base}.{meaning.shown[0]}" if meaning and meaning.shown else ""
    values = bool(plan.named) and not any(one.number or one.time for one in plan.named)
    plain = not (plan.rows_named or plan.measures or plan.rank or plan.share or plan.groups)
    plan.distinct = values and plain and all(one.about != key for one in plan.conditions)


def _of_the_sums(plan: Plan) -> None:
    """Take "only the losers", asked of sums by group, as the groups whose sum is a loss."""
    if not (plan.refined and plan.groups) or plan.having is not None:
        return
    summed = {term.key: term for function, term in plan.measures if function == "sum" and term.key}
    for one in plan.conditions:
        if one.about in summed and isinstance(one.sql, exp.GT | exp.LT):
            total = exp.Sum(this=summed[one.about].sql.copy())
            kind, edge = type(one.sql), one.sql.expression.copy()
            words = f"sum of {one.words}"
            plan.having = Condition(kind(this=total, expression=edge), words, one.about)
            plan.words.append(words)
            plan.conditions.remove(one)
            return
    raise Unclear("it does not say whether rows or groups at a profit or loss are meant")


def _told_apart(plan: Plan) -> None:
    """Doubt counts by a column of which one value is asked: "portfolio value by strategy"."""
    fixed = {one.about for one in plan.conditions if one.value and isinstance(one.sql, exp.EQ)}
    for term in plan.groups:
        if term.key in fixed and _counts(plan):
            raise Unclear(f"it asks for one {term.words} only, and groups by it")


def _complete_groups(plan: Plan, database: Database) -> None:
    """Leave out the group of rows without a value, where the rows are what a catalogue lists."""
    meaning = database.layer.tables.get(plan.base)
    for term in plan.groups:
        own = term.key.startswith(f"{plan.base}.") and isinstance(term.sql, exp.Column)
        if own and meaning and not meaning.owner and plan.measures and not _counts(plan):
            _drop_empty(plan, term)


def _counts(plan: Plan) -> bool:
    return all(isinstance(term.sql, exp.Star) for _, term in plan.measures)


def _sum_named(plan: Plan) -> None:
    """Sum up the figures that were named beside a grouping, and group by what was named beside them."""
    _group_named(plan)
    numbers = [one for one in plan.named if one.number]
    if plan.groups or any(one.aggregate for one in numbers):
        for one in numbers:
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
    if (plan.groups or plan.measures) and plan.named:
        raise Unclear(f"it does not say what to do with {plan.named[0].words}")


def _group_named(plan: Plan) -> None:
    """Read "sector P&L" as the P&L by sector, and "symbols with fewer than 9 orders" as by symbol."""
    others = [one for one in plan.named if not one.number]
    numbers = [one for one in plan.named if one.number]
    if not others or plan.groups:
        return
    summed = all(one.adds_up or one.aggregate for one in numbers) and bool(numbers)
    bare = plan.share is None and not plan.measures and not plan.rows_named and plan.rank is None
    if plan.having is not None or (bare and summed):
        plan.groups, plan.named = others, numbers
