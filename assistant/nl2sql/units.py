"""The units of what a statement gives, followed from the columns of the semantic layer to its result.

    sum(realized_pnl)        USD       the sum of dollars is dollars
    quantity * price         USD       shares times dollars a share
    close / lag(close) - 1   (none)    a ratio
    ratio * 100              %

A unit that cannot be followed is left out: a number without a unit is right, one with a wrong one not.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from assistant.domain.semantics import Metric, SemanticLayer

_Given = Mapping[str, str]  # the names that a source gives -> their units
_KEEP = (
    exp.Sum | exp.Avg | exp.Min | exp.Max | exp.Abs | exp.Round | exp.Ceil | exp.Floor | exp.Neg
    | exp.Paren | exp.Filter | exp.Lag | exp.Lead | exp.FirstValue | exp.LastValue | exp.NthValue
    | exp.Stddev | exp.StddevPop | exp.StddevSamp | exp.Nullif | exp.Window | exp.Alias | exp.Trunc
    | exp.AnyValue | exp.Mode | exp.Distinct
)  # fmt: skip
_PURE = "1"  # of a number that has no unit; empty is a unit that is not known
_COUNTED = frozenset({_PURE, "shares", "units", "contracts", "coins"})
_PURE_UNITS = frozenset({"ratio", "count", "rows", "number"})
_TYPED = "interval"  # PostgreSQL's own type says it already
_NUMBERS = (
    exp.Count
    | exp.Corr
    | exp.Ln
    | exp.Exp
    | exp.Rank
    | exp.DenseRank
    | exp.RowNumber
    | exp.Sign
    | exp.Sqrt
    | exp.Log
)
_SCALED = {"100": "%", "100.0": "%", "10000": "bps"}


@dataclass(frozen=True)
class Sources:
    """What a SELECT can name: its own sources, those around it, and the CTEs before it."""

    own: Mapping[str, _Given] = field(default_factory=dict)
    around: tuple[Mapping[str, _Given], ...] = ()
    ctes: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)

    def unit(self, table: str, column: str) -> str:
        """Return the unit of a column, found as PostgreSQL finds it: from the inside out."""
        for level in (self.own, *self.around):
            for name, given in level.items():
                if (not table or name == table) and column in given:
                    return _PURE if given[column] in _PURE_UNITS else given[column]
        return ""


NOWHERE = Sources()


@dataclass(frozen=True)
class Units:
    """Follows units through a statement."""

    layer: SemanticLayer

    def of_result(self, sql: str, columns: Sequence[str]) -> dict[str, str]:
        """Return the units of a result's columns, by name, of those that have one."""
        try:
            given = self.given(sqlglot.parse_one(sql, dialect="postgres"), NOWHERE)
        except SqlglotError:
            return {}
        units = [unit for _, unit in given]
        if len(given) != len(columns):
            known = dict(given)
            units = [known.get(name, "") for name in columns]
        found: dict[str, str] = {}
        for name, unit in zip(columns, units, strict=True):
            found[name] = unit if found.get(name, unit) == unit else ""
        return {name: unit for name, unit in found.items() if unit and unit != _PURE}

    def given(self, node: exp.Expr, outer: Sources) -> list[tuple[str, str]]:
        """Return the names and units of what a query gives, in order."""
        outer = self.with_ctes(node, outer)
        match node:
            case exp.Subquery() | exp.SetOperation():
                return self.given(node.this, outer)
            case exp.Select():
                sources = self.sources(node, outer)
                return [pair for one in node.expressions for pair in self._column(one, sources)]
            case _:
                return []

    def with_ctes(self, node: exp.Expr, outer: Sources) -> Sources:
        """Return the sources with the CTEs of a query."""
        clause = node.args.get("with_")
        for cte in clause.expressions if clause else ():
            given = _renamed(self.given(cte.this, outer), cte)
            outer = Sources(outer.own, outer.around, {**outer.ctes, cte.alias: given})
        return outer

    def sources(self, node: exp.Expr, outer: Sources) -> Sources:
        """Return what the parts of a query can name."""
        around = (outer.own, *outer.around) if outer.own else outer.around
        own: dict[str, _Given] = {}
        clause = node.args.get("from_")
        inner = [clause.this] if clause else []
        joins = [
            *(inner[0].args.get("joins") or () if inner else ()),
            *(node.args.get("joins") or ()),
        ]
        for relation in [*inner, *(join.this for join in joins)]:
            own[relation.alias_or_name] = dict(self._relation(relation, outer))
        return Sources(own, around, outer.ctes)

    def _relation(self, node: exp.Expr, outer: Sources) -> Sequence[tuple[str, str]]:
        match node:
            case exp.Table() if node.name in outer.ctes and not node.args.get("db"):
                return outer.ctes[node.name]
            case exp.Table() if node.name in self.layer.tables:
                columns = self.layer.tables[node.name].columns
                return [(name, meaning.unit) for name, meaning in columns.items()]
            case exp.Subquery():
                return _renamed(self.given(node.this, Sources(ctes=outer.ctes)), node)
            case _:
                return []

    def _column(self, node: exp.Expr, sources: Sources) -> list[tuple[str, str]]:
        table = node.text("table") if isinstance(node, exp.Column) else ""
        if isinstance(node, exp.Star) or (isinstance(node.this, exp.Star) and table):
            wanted = [given for name, given in sources.own.items() if not table or name == table]
            return [pair for given in wanted for pair in given.items()]
        return [(node.alias_or_name, self._unit(node, sources))]

    def of(self, node: exp.Expr, sources: Sources) -> str:
        """Return the unit of an expression; empty where it has none, or none that is sure."""
        unit = self._unit(node, sources)
        return "" if unit == _PURE else unit

    def _unit(self, node: exp.Expr, sources: Sources) -> str:
        if metric := self._metric(node):
            return metric
        match node:
            case _ if isinstance(node, exp.Literal | _NUMBERS):
                return _PURE
            case exp.Column():
                return sources.unit(node.text("table"), node.name)
            case exp.Cast():
                return self._unit(node.this, sources) if _is_number(node) else ""
            case exp.WithinGroup():
                return self._unit(node.expression.expressions[0].this, sources)
            case exp.JSONExtractScalar() | exp.JSONBExtractScalar() | exp.JSONExtract():
                return self._key(node, sources)
            case exp.Mul() | exp.Div() | exp.Add() | exp.Sub():
                return self._computed(node, sources)
            case _:
                return self._kept(node, sources)

    def _kept(self, node: exp.Expr, sources: Sources) -> str:
        match node:
            case exp.Coalesce() | exp.Greatest() | exp.Least():
                return _same(
                    [self._unit(e, sources) for e in _amounts([node.this, *node.expressions])]
                )
            case exp.Case():
                told = [one.args["true"] for one in node.args["ifs"]]
                told = [self._unit(e, sources) for e in _amounts([*told, node.args.get("default")])]
                return _same(told) if told else _PURE
            case exp.Subquery():
                given = self.given(node.this, sources)
                return given[0][1] if len(given) == 1 else ""
            case _ if isinstance(node, _KEEP) and isinstance(node.this, exp.Expr):
                return self._unit(node.this, sources)
            case exp.Distinct() if len(node.expressions) == 1:
                return self._unit(node.expressions[0], sources)
            case _:
                return ""

    def _computed(self, node: exp.Expr, sources: Sources) -> str:
        left, right = (self._unit(one, sources) for one in (node.this, node.expression))
        match node:
            case exp.Mul():
                return _multiplied(node, left, right)
            case exp.Div():
                return _divided(node, left, right)
            case _:
                return _same([left, right])

    def _key(self, node: exp.Expr, sources: Sources) -> str:
        """Return the unit of a key of a JSON column, which the layer knows as `column.key`."""
        keys = [one.name for one in node.expression.find_all(exp.JSONPathKey)]
        column = node.this
        if not isinstance(column, exp.Column) or len(keys) != 1:
            return ""
        return sources.unit(column.text("table"), f"{column.name}.{keys[0]}")

    def _metric(self, node: exp.Expr) -> str:
        plain = _plain(node)
        return _units_of(self.layer.metrics).get(plain, "") if plain else ""


def _multiplied(node: exp.Mul, left: str, right: str) -> str:
    for one, other in ((left, node.expression), (right, node.this)):
        if one == _PURE and isinstance(other, exp.Literal) and other.name in _SCALED:
            return _SCALED[other.name] if _is_share(node) else _PURE
    if not left or not right or (_PURE not in {left, right} and not _COUNTED & {left, right}):
        return ""
    if left == right == _PURE:
        return _PURE
    if _scales(node.this) or _scales(node.expression):
        return ""
    return right if left in _COUNTED and right != _PURE else left


def _divided(node: exp.Div, left: str, right: str) -> str:
    if not left or not right:
        return ""
    if left == right:
        return _PURE
    return left if right in _COUNTED and not _scales(node.expression) else ""


def _renamed(given: Sequence[tuple[str, str]], node: exp.Expr) -> Sequence[tuple[str, str]]:
    """Return what a subquery or a CTE gives under the names that its alias says."""
    alias = node.args.get("alias")
    names = [one.name for one in alias.columns] if isinstance(alias, exp.TableAlias) else []
    return [
        (names[place] if place < len(names) else name, unit)
        for place, (name, unit) in enumerate(given)
    ]


def _amounts(nodes: Sequence[exp.Expr | None]) -> list[exp.Expr]:
    """Return the nodes that are more than a number, which takes the unit of what it stands beside."""
    return [one for one in nodes if one is not None and not _is_bare(one)]


def _is_bare(node: exp.Expr) -> bool:
    return isinstance(node.this if isinstance(node, exp.Neg) else node, exp.Literal | exp.Null)


def _scales(node: exp.Expr) -> bool:
    """Whether a factor changes the unit: billions of dollars are no dollars."""
    number = node.this if isinstance(node, exp.Neg) else node
    return isinstance(number, exp.Literal) and number.name.rstrip("0").rstrip(".") != "1"


def _same(units: Sequence[str]) -> str:
    return units[0] if units and all(unit == units[0] for unit in units) else ""


def _is_share(node: exp.Expr) -> bool:
    return node.find(exp.Div, exp.Avg) is not None


def _is_number(node: exp.Cast) -> bool:
    return node.to.this in exp.DataType.NUMERIC_TYPES


def _plain(node: exp.Expr) -> str:
    """Return an expression as text without the names of tables, so that it can be compared."""
    if not isinstance(node, exp.AggFunc | exp.Binary | exp.Paren | exp.Case | exp.Cast):
        return ""
    bare = node.copy()
    for column in bare.find_all(exp.Column):
        column.set("table", None)
    return str(bare.sql(dialect="postgres", normalize=True))


@lru_cache(maxsize=8)
def _units_of(metrics: tuple[Metric, ...]) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for metric in (one for one in metrics if one.unit and one.unit != _TYPED):
        with suppress(SqlglotError):
            unit = _PURE if metric.unit in _PURE_UNITS else metric.unit
            found[_plain(sqlglot.parse_one(metric.sql, dialect="postgres"))] = unit
    return found
