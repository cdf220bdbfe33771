"""Says what a statement does, built from its parsed form and the semantic layer, never invented.

    SELECT ─┬─ what is listed or computed, for each group
            ├─ from which tables, joined by what
            ├─ every filter, in words
            └─ order, limit; what we added says so

Each table, filter, group, order and limit of the statement is told. What `wording` has no words for
stands in the text as SQL, so a reader always sees that something is there.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import RowReader, SqlVerdict
from assistant.nl2sql.phrases import SAID, ordering
from assistant.nl2sql.units import NOWHERE, Sources, Units
from assistant.nl2sql.wording import Wording, as_sql, listed, name_in_words, number_in_words

_DIALECT = "postgres"
_MOST_LISTED = 14  # columns of a list that are named one by one
_COMBINED = {"union": "together with", "intersect": "kept only where also in", "except": "without"}


def explain(
    verdict: SqlVerdict, layer: SemanticLayer, reader: RowReader | None = None, cut: bool = True
) -> str:
    """Return what the statement of a verdict does, in sentences.

    Args:
        verdict: An allowed statement.
        layer: What tables and columns mean.
        reader: Whose rows it sees; None leaves that out.
        cut: Whether a limit of ours is told of; where there are fewer rows it did nothing.
    """
    try:
        statement = sqlglot.parse_one(verdict.rewritten, dialect=_DIALECT)
    except SqlglotError:
        return ""
    if verdict.bounded:
        statement.set("limit", None)
    sentences = list(_Explainer(Units(layer)).sentences(statement, NOWHERE))
    if verdict.bounded and cut and not _is_one_row(statement):
        sentences.append(f"Limited to the first {verdict.bounded:,} rows by us")
    if reader and (owned := _owned(verdict, layer)):
        sentences.append(_whose(reader, owned))
    return ". ".join(_capital(one) for one in sentences) + "."


def _owned(verdict: SqlVerdict, layer: SemanticLayer) -> list[str]:
    known = ((name, layer.tables.get(name)) for name in verdict.tables)
    return [name_in_words(name) for name, meaning in known if meaning and meaning.owner]


def _whose(reader: RowReader, owned: list[str]) -> str:
    if reader.everything:
        return f"Of {listed(owned)}: the rows of all users"
    if reader.user_id is None:
        return f"Of {listed(owned)}: only rows that belong to nobody"
    return f"Of {listed(owned)}: only your own rows (user {reader.user_id})"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


@dataclass(frozen=True)
class _Explainer:
    """Words for queries. `sources` are what an inner query sees around it."""

    units: Units

    def sentences(self, node: exp.Expr, outer: Sources) -> Iterator[str]:
        """Yield what a query does, a sentence a step."""
        outer = self.units.with_ctes(node, outer)
        yield from self._ctes(node.args.get("with_"), outer)
        match node:
            case exp.Subquery() | exp.Paren():
                yield from self.sentences(node.this, outer)
                yield from self._end(node, self._wording(node, outer))
            case exp.SetOperation():
                yield self._combined(node, outer)
                yield from self._end(node, self._wording(node, outer))
            case exp.Select():
                yield from self._select(node, outer)
            case _:
                yield as_sql(node)

    def _ctes(self, clause: exp.Expr | None, outer: Sources) -> Iterator[str]:
        if clause is None:
            return
        again = " (repeated from its own rows)" if clause.args.get("recursive") else ""
        for place, cte in enumerate(clause.expressions):
            inner = "; ".join(self.sentences(cte.this, outer))
            yield f'{"then" if place else "first"}, as "{name_in_words(cte.alias)}"{again}: {inner}'

    def _combined(self, node: exp.SetOperation, outer: Sources) -> str:
        left, right = (
            "; ".join(self.sentences(one, outer)) for one in (node.this, node.expression)
        )
        repeated = "" if node.args.get("distinct") else " (repeated rows are kept)"
        return f"{left} -- {_COMBINED[node.key]}: {right}{repeated}"

    def _select(self, node: exp.Select, outer: Sources) -> Iterator[str]:
        words = self._wording(node, outer)
        yield self._head(node, words, outer)
        if where := node.args.get("where"):
            yield f"only where {', and '.join(words.filters(where.this))}"
        if having := node.args.get("having"):
            yield f"keeps only groups where {', and '.join(words.filters(having.this))}"
        for window in node.args.get("windows") or ():
            yield as_sql(window)
        yield from self._end(node, words)

    def _head(self, node: exp.Select, words: Wording, outer: Sources) -> str:
        what = f"{_verb(node)} {self._listed(node, words)}"
        if group := node.args.get("group"):
            each = words.all(_meant(one, node) for one in group.expressions)
            grouped = all(_is_grouped(one, node) for one in node.expressions)
            what = f"lists each {each}" if grouped else f"for each {each}:{what}"
        tables = self._tables(node, words, outer)
        return f"{what}, from {tables}" if tables else what

    def _listed(self, node: exp.Select, words: Wording) -> str:
        given = [one for one in node.expressions if not _is_grouped(one, node)] or node.expressions
        told = [words.of(one) for one in given]
        if len(told) > _MOST_LISTED:
            told = [*told[:_MOST_LISTED], f"{len(told) - _MOST_LISTED} more columns"]
        what = listed(told)
        match node.args.get("distinct"):
            case None:
                return what
            case distinct:
                on = distinct.args.get("on")
                each = f", one row for each {words.all(on.expressions)}" if on else ""
                return f"{what}{each}" if on else f"the different {what}"

    def _tables(self, node: exp.Select, words: Wording, outer: Sources) -> str:
        clause = node.args.get("from_")
        if clause is None:
            return ""
        told = self._relation(clause.this, words, outer)
        nested = clause.this.args.get("joins") or []
        for join in [*nested, *(node.args.get("joins") or ())]:
            told += self._join(join, words, outer)
        for lateral in node.args.get("laterals") or ():
            told += f", with {as_sql(lateral)}"
        return told

    def _relation(self, node: exp.Expr, words: Wording, outer: Sources) -> str:
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier):
                name, alias = name_in_words(node.name), words.table(node.alias or node.name)
                return f"{name} (as {alias})" if alias != name else name
            case exp.Subquery() if isinstance(node.this, exp.Query):
                inner = "; ".join(self.sentences(node.this, outer))
                named = f' as "{name_in_words(node.alias)}"' if node.alias else ""
                return f"({inner}){named}"
            case _:
                return as_sql(node)

    def _join(self, join: exp.Join, words: Wording, outer: Sources) -> str:
        other = self._relation(join.this, words, outer)
        side, kind = (join.side or "").upper(), (join.kind or "").upper()
        how = {"LEFT": "with what there is of", "RIGHT": "also for every row of"}.get(side)
        how = how or ("with everything of" if side == "FULL" else "joined with")
        if (join.method or "").upper() == "NATURAL":
            return f", {how} {other} by the columns of the same name"
        if using := join.args.get("using"):
            return f", {how} {other} by {listed([name_in_words(one.name) for one in using])}"
        on = join.args.get("on")
        if on is None or kind == "CROSS":
            return f", with every row of {other}"
        return f", {how} {other} where {' and '.join(_matched(one, words) for one in _each(on))}"

    def _end(self, node: exp.Expr, words: Wording) -> Iterator[str]:
        select = node if isinstance(node, exp.Select) else node.find(exp.Select)
        if order := node.args.get("order"):
            named = order.copy()
            for one in named.expressions:
                one.set("this", _meant(one.this, select).copy())
            yield f"sorted by {ordering(words, named.expressions)}"
        if limit := node.args.get("limit"):
            yield _most(limit)
        if offset := node.args.get("offset"):
            yield f"after the first {offset.expression.sql(_DIALECT)} rows"

    def _wording(self, node: exp.Expr, outer: Sources) -> Wording:
        sources = self.units.sources(node, outer)
        return Wording(
            said=SAID,
            query=lambda inner: self._inner(inner, sources),
            unit=lambda one: self.units.of(one, sources),
            rows=lambda inner: self._rows(inner, sources),
            names=_called(node),
            several=len(sources.own) > 1 or bool(sources.around),
        )

    def _inner(self, node: exp.Expr, outer: Sources) -> str:
        told = "; ".join(self.sentences(node, outer))
        return f"({told.removeprefix('lists ').removeprefix('computes ')})"

    def _rows(self, node: exp.Expr, outer: Sources) -> str:
        """Return the rows of a query of which only their being there counts."""
        if not isinstance(node, exp.Select) or node.args.get("group") or node.args.get("with_"):
            return self._inner(node, outer)
        words = self._wording(node, outer)
        told, where = self._tables(node, words, outer), node.args.get("where")
        told += f" where {' and '.join(words.filters(where.this))}" if where else ""
        return "; ".join([told, *self._end(node, words)])


def _called(node: exp.Expr) -> dict[str, str]:
    """Return what tables are called: by their names, and by their aliases where two are the same."""
    seen: list[exp.Expr] = []
    select: exp.Expr | None = node
    while select is not None:
        level = select
        seen += [one for one in level.find_all(exp.Table) if one.parent_select is level]
        select = level.parent_select
    names = [one.name for one in seen]
    found: dict[str, str] = {}
    for one in seen:
        once = names.count(one.name) == 1
        found.setdefault(one.alias_or_name, name_in_words(one.name if once else one.alias_or_name))
    return found


def _verb(node: exp.Select) -> str:
    if node.args.get("group"):
        return ""
    return "computes" if any(_sums_up(one, node) for one in node.expressions) else "lists"


def _is_one_row(node: exp.Expr) -> bool:
    return isinstance(node, exp.Select) and _verb(node) == "computes"


def _each(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.And):
        yield from _each(node.this)
        yield from _each(node.expression)
    else:
        yield node


def _matched(node: exp.Expr, words: Wording) -> str:
    """Return a condition of a join; the usual one, by columns of one name, in short."""
    left, right = node.this, node.args.get("expression")
    by_columns = isinstance(node, exp.EQ) and isinstance(left, exp.Column)
    if by_columns and isinstance(right, exp.Column) and left.name == right.name:
        return f"{name_in_words(left.name)} is the same"
    return words.of(node)


def _most(limit: exp.Expr) -> str:
    count = limit.args.get("count") or limit.args.get("expression")
    options = limit.args.get("limit_options")
    ties = " and those equal to the last" if options and options.args.get("with_ties") else ""
    number = number_in_words(count.sql(_DIALECT)) if count is not None else "1"
    rows = "only the first row" if number == "1" else f"only the first {number} rows"
    return f"{rows}{ties}"


def _meant(node: exp.Expr, select: exp.Expr | None) -> exp.Expr:
    """Return what a number in GROUP BY or ORDER BY points at: the column at that place."""
    if not isinstance(node, exp.Literal) or node.is_string or select is None:
        return node
    place = int(node.this) if node.this.isdigit() else 0
    given = select.expressions
    found = given[place - 1] if 0 < place <= len(given) else node
    return found.this if isinstance(found, exp.Alias) else found


def _is_grouped(node: exp.Expr, select: exp.Select) -> bool:
    group = select.args.get("group")
    if group is None:
        return False
    plain = node.this if isinstance(node, exp.Alias) else node
    return any(plain == _meant(one, select) for one in group.expressions)


def _sums_up(node: exp.Expr, select: exp.Select) -> bool:
    """Whether a column sums up rows of this SELECT; a window does not, nor does a query inside."""
    return any(
        one.parent_select is select and not isinstance(one.parent, exp.Window)
        for one in node.find_all(exp.AggFunc)
    )
