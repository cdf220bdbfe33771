"""Says what every name of a statement stands for, as PostgreSQL would, and refuses what is not readable.

A statement is read from the outside in. Each SELECT sees its own sources (tables, subqueries, functions
in FROM), then those around it. What a subquery gives is harmless, because it was bound before; only
names that may come from a table are held against that table's readable columns. A name that a table
hides is refused wherever that table is in sight, also where PostgreSQL would find another one first.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from assistant.domain.sql import ReadableSchema, ReadableTable, Refusal
from assistant.nl2sql.allowed import SYSTEM_COLUMNS

_SESSION = frozenset(
    {"current_catalog", "current_role", "current_schema", "current_user"}
    | {"session_user", "system_user", "user"}
)
_NOTHING: Mapping[str, "Source"] = {}


class Refused(Exception):
    """A statement is not run. Caught by the guard, which makes a verdict of it."""

    def __init__(self, refusal: Refusal, reason: str) -> None:
        super().__init__(reason)
        self.refusal = refusal
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Source:
    """Something in FROM: a table, or what a subquery or a function gives.

    `columns` are the names that it gives; None where only PostgreSQL knows them.
    """

    columns: frozenset[str] | None
    table: ReadableTable | None = None

    @property
    def hidden(self) -> frozenset[str]:
        """The names that exist in it and may not be read."""
        return self.table.hidden if self.table else frozenset()

    @property
    def refused(self) -> frozenset[str]:
        """The names that no statement may say while it is in sight."""
        return self.hidden | SYSTEM_COLUMNS if self.table else frozenset()

    def may_give(self, name: str) -> bool:
        """Whether a column of this name may come from it."""
        return self.columns is None or name in self.columns


@dataclass(frozen=True, slots=True)
class _Sight:
    """What can be named at a place: CTEs, and sources from the innermost SELECT outwards."""

    ctes: Mapping[str, frozenset[str] | None]
    levels: tuple[Mapping[str, Source], ...] = ()
    aliases: frozenset[str] = frozenset()

    def within(self, sources: Mapping[str, Source], aliases: frozenset[str]) -> "_Sight":
        return replace(self, levels=(sources, *self.levels), aliases=aliases)


@dataclass
class Binder:
    """Binds one statement. `tables` are those it reads, when it is done."""

    schema: ReadableSchema
    tables: set[str] = field(default_factory=set)

    def bind(self, statement: exp.Query) -> None:
        """Bind a statement.

        Raises:
            Refused: It names something that may not be read, or is not there.
        """
        self._query(statement, _Sight({}))

    def _query(self, node: exp.Expr, sight: _Sight) -> frozenset[str] | None:
        """Bind a query and return the names that it gives."""
        sight = self._with(node, sight)
        match node:
            case exp.Subquery():
                return self._wrapped(node, sight)
            case exp.SetOperation():
                return self._both(node, sight)
            case exp.Select():
                return self._select(node, sight)
            case exp.Values():
                self._inside(node, sight)
                return _alias_columns(node)
            case _:
                raise Refused(Refusal.NOT_A_QUERY, "only a SELECT is allowed")

    def _with(self, node: exp.Expr, sight: _Sight) -> _Sight:
        clause = node.args.get("with_")
        if clause is None:
            return sight
        for cte in clause.expressions:
            name, named = _folded(cte.args["alias"].this), _alias_columns(cte)
            seen = replace(sight, ctes={**sight.ctes, name: named}) if clause.recursive else sight
            given = self._query(cte.this, seen)
            sight = replace(sight, ctes={**sight.ctes, name: named or given})
        return sight

    def _wrapped(self, node: exp.Subquery, sight: _Sight) -> frozenset[str] | None:
        given = self._query(node.this, sight)
        ordering = sight.within(_NOTHING, given or frozenset()) if given else sight
        for part in _parts(node, but={"this", "with_", "alias"}):
            self._inside(part, ordering)
        return given

    def _both(self, node: exp.SetOperation, sight: _Sight) -> frozenset[str] | None:
        given = self._query(node.this, sight)
        self._query(node.expression, sight)
        ordering = sight.within(_NOTHING, given or frozenset())
        for part in _parts(node, but={"this", "expression", "with_"}):
            self._inside(part, ordering)
        return given

    def _select(self, node: exp.Select, sight: _Sight) -> frozenset[str] | None:
        sources: dict[str, Source] = {}
        standing = list(_from(node))
        joins = [one for one in standing if isinstance(one, exp.Join)]
        for relation in (one for one in standing if not isinstance(one, exp.Join)):
            name, source = self._source(relation, sight.within(sources, frozenset()))
            if name in sources:
                raise Refused(Refusal.TABLE, f"the name {name} stands for two tables in one FROM")
            sources[name or f"({len(sources)})"] = source
        aliases = frozenset(
            _folded(one.args["alias"]) for one in node.expressions if isinstance(one, exp.Alias)
        )
        own = sight.within(sources, aliases)
        for join in joins:
            self._common(join, sources)
            for part in _parts(join, but={"this", "using"}):
                self._inside(part, own)
        for part in _parts(node, but={"from_", "joins", "laterals", "with_", "expressions"}):
            self._inside(part, own)
        selecting = sight.within(sources, frozenset())
        for one in node.expressions:
            self._selected(one, selecting, sources)
        return _given(node, sources)

    def _selected(self, one: exp.Expr, sight: _Sight, sources: Mapping[str, Source]) -> None:
        if isinstance(one, exp.Star):
            if not sources:
                raise Refused(Refusal.COLUMN, "* without a table to read")
            _open(sources.values())
        else:
            self._inside(one, sight)

    def _source(self, node: exp.Expr, sight: _Sight) -> tuple[str, Source]:
        """Bind what stands in FROM; return the name it goes by, and what it gives."""
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier):
                return self._table(node, sight)
            case exp.Table() | exp.Unnest() | exp.Lateral() if not isinstance(
                node.this, exp.Subquery
            ):
                self._inside(node, sight)
                return _name(node) or _call_name(node), Source(None)
            case exp.Lateral():
                given = self._query(node.this, sight)
                return _name(node), Source(_alias_columns(node) or given)
            case exp.Subquery() | exp.Values():
                outside = replace(sight, levels=sight.levels[1:])  # not lateral: sees no neighbour
                given = self._query(node, outside)
                return _name(node), Source(_alias_columns(node) or given)
            case _:
                raise Refused(Refusal.NOT_A_QUERY, f"{node.key} cannot stand in FROM")

    def _table(self, node: exp.Table, sight: _Sight) -> tuple[str, Source]:
        name, place = _folded(node.this), node.args.get("db")
        alias = _name(node) or name
        if extra := set(_present(node)) - {"this", "db", "alias", "joins"}:
            raise Refused(Refusal.NOT_A_QUERY, f"{', '.join(sorted(extra))} of a table")
        if place is None and name in sight.ctes:
            return alias, Source(_alias_columns(node) or sight.ctes[name])
        where = self.schema.name if place is None else _folded(place)
        table = self.schema.tables.get(name)
        if table is None or where != self.schema.name:
            raise Refused(Refusal.TABLE, f"there is no table {node.sql('postgres')}")
        if _alias_columns(node):
            raise Refused(Refusal.COLUMN, f"the columns of {name} cannot be renamed in FROM")
        self.tables.add(name)
        return alias, Source(frozenset(table.columns), table)

    def _common(self, join: exp.Join, sources: Mapping[str, Source]) -> None:
        if (join.method or "").upper() == "NATURAL":
            _open(sources.values())
        for column in join.args.get("using") or ():
            name = _folded(column.this if isinstance(column, exp.Column) else column)
            _shown(name, sources)
            if not any(source.may_give(name) for source in sources.values()):
                raise Refused(Refusal.COLUMN, f"there is no column {name}")

    def _inside(self, node: exp.Expr, sight: _Sight) -> None:
        """Bind every name below a node; a query in it is bound as one."""
        match node:
            case exp.Query():
                self._query(node, sight)
            case exp.Column():
                self._column(node, sight)
            case exp.Kwarg():
                self._inside(node.expression, sight)
            case exp.TableAlias():
                pass
            case exp.Lambda():  # how sqlglot reads f(column -> 'key')
                for name in node.expressions:
                    self._bare(name, sight)
                self._inside(node.this, sight)
            case _:
                for part in node.iter_expressions():
                    self._inside(part, sight)

    def _column(self, node: exp.Column, sight: _Sight) -> None:
        if node.args.get("db") or node.args.get("catalog"):
            raise Refused(Refusal.COLUMN, f"{node.sql('postgres')} names a schema")
        qualifier = node.args.get("table")
        if qualifier is not None:
            self._qualified(node, _folded(qualifier), sight)
            return
        if isinstance(node.this, exp.Star):
            raise Refused(Refusal.COLUMN, "* stands where a value is expected")
        self._bare(node.this, sight)

    def _qualified(self, node: exp.Column, qualifier: str, sight: _Sight) -> None:
        source = next((level[qualifier] for level in sight.levels if qualifier in level), None)
        if source is None:
            raise Refused(Refusal.TABLE, f"there is no table {qualifier} in this part")
        if isinstance(node.this, exp.Star):
            _open([source])
        elif not source.may_give(name := _folded(node.this)):
            raise Refused(Refusal.COLUMN, f"{qualifier} has no column {name}")

    def _bare(self, identifier: exp.Expr, sight: _Sight) -> None:
        name = _folded(identifier)
        if name in _SESSION and not identifier.args.get("quoted"):
            raise Refused(Refusal.FUNCTION, f"{name} tells of the session")
        for level in sight.levels:
            _shown(name, level)
        if any(source.may_give(name) for level in sight.levels for source in level.values()):
            return
        if name in sight.aliases:
            return
        whole = next((level[name] for level in sight.levels if name in level), None)
        if whole is None:
            raise Refused(Refusal.COLUMN, f"there is no column {name}")
        _open([whole])


def _shown(name: str, sources: Mapping[str, Source]) -> None:
    for source in sources.values():
        if name in source.refused:
            raise Refused(Refusal.COLUMN, f"there is no column {name}")


def _open(sources: Iterable[Source]) -> None:
    """Refuse all columns at once of a table that hides some."""
    for source in sources:
        if source.hidden and source.table:
            listed = ", ".join(source.table.columns)
            raise Refused(
                Refusal.COLUMN, f"name the columns of {source.table.name} one by one: {listed}"
            )


def _from(node: exp.Select) -> Iterator[exp.Expr]:
    """Yield what stands in FROM, each join behind its two sides; parentheses are taken apart."""
    if clause := node.args.get("from_"):
        yield from _apart(clause.this)
    yield from _joined(node)
    yield from node.args.get("laterals") or ()


def _apart(relation: exp.Expr) -> Iterator[exp.Expr]:
    if _is_group(relation):
        yield from _apart(relation.this)
    else:
        yield relation
    yield from _joined(relation)


def _joined(node: exp.Expr) -> Iterator[exp.Expr]:
    for join in node.args.get("joins") or ():
        yield from _apart(join.this)
        yield join


def _is_group(relation: exp.Expr) -> bool:
    """Whether this is a join in parentheses, which has no name of its own."""
    held = relation.this
    return (
        isinstance(relation, exp.Subquery)
        and isinstance(held, exp.Table | exp.Subquery)
        and (not relation.args.get("alias"))
    )


def _given(node: exp.Select, sources: Mapping[str, Source]) -> frozenset[str] | None:
    """Return the names that a SELECT gives; None where they are not all known."""
    names: set[str] = set()
    for one in node.expressions:
        match one:
            case exp.Star():
                for source in sources.values():
                    if source.columns is None:
                        return None
                    names |= source.columns
            case exp.Column() if not isinstance(one.this, exp.Star):
                names.add(_folded(one.this))
            case exp.Alias():
                names.add(_folded(one.args["alias"]))
            case _:
                return None  # PostgreSQL names it after the function or the type
    return frozenset(names)


def _present(node: exp.Expr) -> Iterator[str]:
    return (key for key, value in node.args.items() if value)


def _parts(node: exp.Expr, but: set[str]) -> Iterator[exp.Expr]:
    """Yield the direct children of a node except those under these keys."""
    for key, value in node.args.items():
        if key not in but:
            found = value if isinstance(value, list) else [value]
            yield from (one for one in found if isinstance(one, exp.Expr))


def _name(node: exp.Expr) -> str:
    alias = node.args.get("alias")
    inner = alias.this if isinstance(alias, exp.TableAlias) else alias
    return _folded(inner) if isinstance(inner, exp.Identifier) else ""


def _call_name(node: exp.Expr) -> str:
    call = node.this if isinstance(node.this, exp.Expr) else node
    return call.name.lower() if isinstance(call, exp.Anonymous) else call.key


def _alias_columns(node: exp.Expr) -> frozenset[str] | None:
    """Return the names that an alias gives to the columns, where it does."""
    alias = node.args.get("alias")
    columns = alias.args.get("columns") if isinstance(alias, exp.TableAlias) else None
    if not columns:
        return None
    return frozenset(
        _folded(one.this if isinstance(one, exp.ColumnDef) else one) for one in columns
    )


def _folded(identifier: exp.Expr) -> str:
    """Return a name as PostgreSQL knows it: ASCII letters in lower case, unless it was quoted."""
    name: str = identifier.name
    if identifier.args.get("quoted"):
        return name
    if not name.isascii():
        raise Refused(Refusal.PARSE_ERROR, f"the name {name} has letters that have to be quoted")
    return name.lower()
