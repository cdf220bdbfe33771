"""Decides whether a question is that of a verified example, but for its slots.

Each rule says what may be left unsaid, or be said beyond the example, because the statement does it
anyway. What no rule allows counts: one word more or less is another question.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlglot import exp

from assistant.nl2sql.meanings import COMPARISONS, Reading, meanings_of
from assistant.nl2sql.slots import StoredLiteral, stored_literals
from assistant.nl2sql.thesaurus import Thesaurus

_RANKS = frozenset({"upmost", "downmost"})
_SUMS = frozenset({"total", "average", "median", "count", "share", "percentile", "deviation"})
_MOST_LIBERTIES = 8  # meanings more or less; each has to be allowed by a rule
_USES = (exp.Where, exp.Having, exp.Group, exp.Order, exp.Join, exp.AggFunc)
_OVER = frozenset({"closed", "ever", "open"})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a statement does, as far as it tells what may go without saying.

    Args:
        things: What its tables and keys are called.
        uses: What the columns are called that it filters, groups, orders or sums up by.
        gives: What the columns of its result are called.
        values: What goes without saying where a value of a column is named, by the column.
        stored: The stored values in it.
        functions: The names of what it computes.
        limited: Whether it ranks and cuts.
        having: Whether groups are left out.
        grouped: Whether rows are grouped.
        present: Whether it is about what is open now.
        newest: Whether it takes the newest of a column.
        distinct: Whether what is there twice is shown once.
        main: The table that it starts from.
        rows: What a row of that table is called.
    """

    things: frozenset[str]
    uses: frozenset[str]
    gives: frozenset[str]
    values: Mapping[str, frozenset[str]]
    stored: tuple[StoredLiteral, ...]
    functions: frozenset[str]
    limited: bool
    having: bool
    grouped: bool
    present: bool
    newest: bool
    distinct: bool
    main: str
    rows: frozenset[str]


def facts_of(tree: exp.Expr, thesaurus: Thesaurus) -> Facts:
    """Return what a statement does."""
    columns = list(tree.find_all(exp.Column))
    used = {one.name for one in columns if one.find_ancestor(*_USES)}
    used |= {one.expression.name for one in tree.find_all(exp.JSONExtractScalar)}
    used |= {one.name for one in tree.find_all(exp.Literal) if one.is_string}
    outputs = tree.selects if isinstance(tree, exp.Query) else []
    given = {column.name for one in outputs for column in one.find_all(exp.Column)}
    given |= {one.alias_or_name for one in outputs}
    keys = {one.name for one in columns if one.name.endswith("_id") or one.name == "symbol"}
    named = {table.name for table in tree.find_all(exp.Table)} | keys
    stored = stored_literals(tree)
    main = next((one.name for one in tree.find_all(exp.Table)), "")
    sql = tree.sql(dialect="postgres").lower()
    grouped = any(tree.find_all(exp.Group))
    return Facts(
        _called(named, thesaurus) & thesaurus.things,
        _called(used, thesaurus) - thesaurus.things,  # a trade_date is of a price
        _called(given, thesaurus),
        {one.column: _meant_by(one, thesaurus) for one in stored},
        stored,
        frozenset(type(one).__name__.lower() for one in tree.find_all(exp.Func)),
        tree.args.get("limit") is not None,
        any(tree.find_all(exp.Having)),
        grouped,
        "closed_at is null" in sql or any(one.value == "open" for one in stored),
        re.search(r"\(select max\(", sql) is not None,
        grouped or any(tree.find_all(exp.Distinct)),
        main,
        _called({main}, thesaurus) & thesaurus.things,
    )


def _meant_by(one: StoredLiteral, thesaurus: Thesaurus) -> frozenset[str]:
    column = _called({one.column}, thesaurus)
    if column & thesaurus.things:
        return column & thesaurus.things  # a key says nothing of the table that it stands in
    return column | _called({one.table}, thesaurus)


def _called(names: set[str], thesaurus: Thesaurus) -> frozenset[str]:
    found: set[str] = set()
    for name in names:
        words = re.sub(r"[^a-z0-9&]+", " ", name.lower()).strip()
        found |= meanings_of(words, thesaurus)
        for word in words.split():
            found |= meanings_of(word, thesaurus)
    return thesaurus.closed(found)


def fits(asked: Reading, said: Reading, facts: Facts) -> int | None:
    """Return how many liberties are taken when a question counts as the example's; None: it is another."""
    more, less = asked.meanings - said.meanings, said.meanings - asked.meanings
    if len(more) + len(less) > _MOST_LIBERTIES:
        return None
    if len(asked.periods) != len(said.periods) or not _same_slots(asked, said):
        return None
    more, less = _without_numbers(more, less, asked, said, facts)
    if more & _RANKS and less & _RANKS:
        more, less = more - _RANKS, less - _RANKS
    if not all(any(rule(one, asked, said, facts) for rule in _MORE) for one in more):
        return None
    if not all(any(rule(one, asked, said, facts) for rule in _LESS) for one in less):
        return None
    if not _grouped_alike(asked, said, facts) or not _measured_alike(asked, said):
        return None
    return len(more) + len(less)


def _grouped_alike(asked: Reading, said: Reading, facts: Facts) -> bool:
    """Whether what stands after `by` is what the statement groups, orders or lists by."""
    known = said.groups | facts.rows | _SUMS | _RANKS
    if facts.grouped or facts.limited:
        known |= said.meanings | facts.gives | {"equity"}
    return asked.groups - ({"open"} if facts.present else set()) <= known


def _measured_alike(asked: Reading, said: Reading) -> bool:
    """Whether "best" and "worst" stand for a measure that the other one names, or leaves open too."""
    if asked.any_measure == said.any_measure:
        return True
    named = said if asked.any_measure else asked
    return "pnl" in named.meanings


def _same_slots(asked: Reading, said: Reading) -> bool:
    columns = [column for column, _ in asked.values]
    return sorted(columns) == sorted(column for column, _ in said.values)


def _without_numbers(
    more: frozenset[str], less: frozenset[str], asked: Reading, said: Reading, facts: Facts
) -> tuple[frozenset[str], frozenset[str]]:
    """Take out what `slots` decides: another comparison of as many numbers, a top for a ranking."""
    other = {one for one in COMPARISONS if one in more or one in less}
    numbered = {f"#{one}" for one in other}  # without a number it compares columns
    if len(asked.numbers) == len(said.numbers) and numbered <= more | less:
        more, less = more - other - numbered, less - other - numbered
    top = any(one.role == "top" for one in said.numbers)
    if facts.limited and not top and len(asked.numbers) == len(said.numbers) + 1:
        more -= {"#top"}
    return more, less


Rule = Callable[[str, Reading, Reading, Facts], bool]


def _done_by_the_statement(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """A thing or property that the statement is about anyway."""
    plain = one not in _SUMS | _RANKS | _OVER and not one.startswith(("not:", "?", "#", "<"))
    if one == "equity":
        return not _equity_counts(facts) and "instrument" in facts.things
    if one == "quantity" and "notional" in said.meanings:
        return False  # shares are not what they are worth
    if facts.limited and one in facts.things:
        return one in facts.rows  # the best of something is not the best of something else
    return plain and one not in asked.strict and one in facts.things | facts.uses


def _grouped_anyway(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """`by` and what stands after it, where rows are grouped so or each is shown."""
    return one == "by" and (facts.grouped or not facts.functions & {"sum", "avg", "count"})


def _counted_anyway(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    return one == "count" and "count" in facts.functions and facts.grouped and not facts.having


def _summed_anyway(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    others = (_SUMS - {"total"}) & (asked.meanings | said.meanings)
    if one != "total" or "sum" not in facts.functions or others:
        return False
    return not facts.grouped or "by" in asked.meanings


def _total_unsaid(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """The sum of each group, or how much it is; else the rows themselves may be meant."""
    others = (_SUMS - {"total"}) & (asked.meanings | said.meanings)
    summed = one == "total" and "sum" in facts.functions and not others
    return summed and (facts.grouped or "amount" in asked.meanings)


def _measured_anyway(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """The best and the worst are that by profit, return, or whatever the example measures."""
    return one == "pnl" and (asked.any_measure or said.any_measure)


def _present_anyway(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    if one == "open":
        ended = {"closed", "ever", "past", "every_one"} & (asked.meanings | said.meanings)
        return facts.present and "position" in said.meanings and not ended
    return one == "latest" and (facts.newest or facts.present)


def _every_one_of_them(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """All of them, or what was: nothing else, where it isn't said instead of what is open."""
    return one == "every_one" or (one == "past" and not facts.present)


def _within_before(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """So many days before or after something are within them."""
    both = asked.meanings & said.meanings
    return one == "within" and "#day" in both and bool({"before", "after"} & both)


def _profit_of_a_sum(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """`profit` for profit and loss, where it is summed up and nothing says which of them."""
    signs = {"minus", "losing", "winning"} & (asked.meanings | said.meanings)
    return one == "plus" and not signs and "sum" in facts.functions


def _asked_for_an_amount(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """What "how much" asks for, where the statement sums up or computes."""
    sums = facts.functions & {"sum", "avg", "max", "min", "corr", "stddevsamp", "percentilecont"}
    return one == "amount" and (bool(sums) or "unrealised" in said.meanings)


def _paid_in_fees(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    return one == "spend" and "fee" in asked.meanings & said.meanings


def _ever_is_all(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """All time is all rows, where they are not narrowed to the open ones."""
    return one == "ever" and not facts.present and not asked.periods


def _each_once(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    return one == "distinct" and facts.distinct


def _between_things(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """Two names have something between them; between two numbers it says more."""
    return one == "between" and not asked.numbers


_EITHER: tuple[Rule, ...] = (
    _asked_for_an_amount,
    _paid_in_fees,
    _ever_is_all,
    _each_once,
    _between_things,
    _every_one_of_them,
    _within_before,
)


def _price_or_close(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """A price is its close, unless another is named."""
    others = {"opening", "high", "low", "adjusted", "volume", "vwap"}
    return one in {"price", "close"} and not others & (asked.meanings | said.meanings)


def _stock_or_instrument(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    either = {"equity", "instrument"}
    return one in either and bool(asked.meanings & either) and not _equity_counts(facts)


def _equity_counts(facts: Facts) -> bool:
    """Whether stocks are told apart from funds and coins: picked out, or counted."""
    picked = any(literal.value == "equity" for literal in facts.stored)
    return picked or (facts.main == "instruments" and "count" in facts.functions)


def _grouping_unsaid(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """`by` before something that is said: "sector P&L". Things are shown one by one or summed up."""
    return one == "by" and bool(said.groups) and not said.groups & facts.things


def _count_unsaid(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    sums = {"sum", "avg", "percentilecont"} & facts.functions
    return one == "count" and "by" in asked.meanings and not sums and not facts.having


def _thing_unsaid(one: str, asked: Reading, said: Reading, facts: Facts) -> bool:
    """A thing whose value is said: "chip stocks" are of an industry."""
    return any(one in facts.values.get(column, ()) for column, _ in asked.values)


_MORE: tuple[Rule, ...] = (
    _done_by_the_statement,
    _grouped_anyway,
    _counted_anyway,
    _summed_anyway,
    _measured_anyway,
    _present_anyway,
    _profit_of_a_sum,
    _price_or_close,
    _stock_or_instrument,
    *_EITHER,
)
_LESS: tuple[Rule, ...] = (
    _grouping_unsaid,
    _count_unsaid,
    _total_unsaid,
    _measured_anyway,
    _present_anyway,
    _profit_of_a_sum,
    _price_or_close,
    _stock_or_instrument,
    _thing_unsaid,
    *_EITHER,
)
