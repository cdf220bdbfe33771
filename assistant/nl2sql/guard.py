"""Admits a statement only if it is one bounded read of readable tables and columns.

    text ── one statement ── node kinds ── types, functions ── names ── bounds ──> written anew

What is run is never the text that came in: it is written from what was parsed, and has to pass the
same rules once more. Each rule fails closed: what it does not know it refuses. Behind the guard stand a
role that can only read, row-level security, and limits of time and memory; none of them relies on it.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import sqlglot
from sqlglot import TokenType, exp
from sqlglot.errors import SqlglotError

from assistant.domain.sql import ReadableSchema, Refusal, SqlVerdict
from assistant.nl2sql.allowed import (
    FUNCTIONS,
    IDENTIFIERS,
    LONGEST_PAD,
    LONGEST_SERIES,
    NODES,
    TYPES,
)
from assistant.nl2sql.binding import Binder, Refused

logging.getLogger("sqlglot").setLevel(logging.ERROR)  # its warnings quote what was asked
_DIALECT = "postgres"
_LONGEST = 20_000  # characters
_MOST_NODES = 5_000
_MOST_TABLES = 12


@dataclass(frozen=True)
class Guard:
    """Judges statements over one schema.

    Args:
        schema: What may be read.
        max_rows: Rows that a statement may give at most.
    """

    schema: ReadableSchema
    max_rows: int = 10_000

    def check(self, sql: str) -> SqlVerdict:
        """Return whether a statement may run, and what is run instead of it."""
        try:
            rewritten, _, bounded = self._passed(sql)
            again, tables, _ = self._passed(rewritten)
        except Refused as refused:
            return SqlVerdict(sql, refusal=refused.refusal, reason=refused.reason)
        except RecursionError:
            return SqlVerdict(sql, refusal=Refusal.TOO_COMPLEX, reason="it is nested too deeply")
        return SqlVerdict(sql, again, tables=tables, bounded=self.max_rows if bounded else 0)

    def _passed(self, sql: str) -> tuple[str, tuple[str, ...], bool]:
        statement = _parsed(sql)
        for rule in _RULES:
            rule(statement)
        binder = Binder(self.schema)
        binder.bind(statement)
        bounded = _bounded(statement, self.max_rows)
        written = bounded.sql(dialect=_DIALECT, comments=False)
        return written, tuple(sorted(binder.tables)), bounded is not statement


def _parsed(sql: str) -> exp.Query:
    if len(sql) > _LONGEST:
        raise Refused(Refusal.TOO_COMPLEX, f"it is longer than {_LONGEST} characters")
    if "\0" in sql:
        raise Refused(Refusal.PARSE_ERROR, "it holds a NUL character")
    try:
        statements = [one for one in sqlglot.parse(sql, dialect=_DIALECT) if one is not None]
    except SqlglotError as error:
        first = str(error).splitlines()[0].partition(". Line")[0]
        raise Refused(Refusal.PARSE_ERROR, f"it is no PostgreSQL: {first}") from error
    statements = [one for one in statements if not isinstance(one, exp.Semicolon)]
    _only_what_postgresql_reads(sql)
    match statements:
        case [exp.Query() as statement]:
            return statement
        case [_]:
            raise Refused(Refusal.NOT_A_QUERY, "only a SELECT is allowed")
        case []:
            raise Refused(Refusal.NOT_ONE_STATEMENT, "there is no statement")
        case _:
            raise Refused(Refusal.NOT_ONE_STATEMENT, "only one statement is allowed")


def _only_what_postgresql_reads(sql: str) -> None:
    """Refuse what the parser takes from other dialects and would repair in silence."""
    kinds = [token.token_type for token in sqlglot.tokenize(sql, read=_DIALECT)]
    for before, after in pairwise(kinds):
        if before is TokenType.COMMA and after in {TokenType.FROM, TokenType.COMMA}:
            raise Refused(Refusal.PARSE_ERROR, "it is no PostgreSQL: a comma with nothing after it")
    for place, kind in enumerate(kinds):
        if kind is TokenType.LIMIT and TokenType.COMMA in kinds[place + 2 : place + 3]:
            raise Refused(Refusal.PARSE_ERROR, "it is no PostgreSQL: LIMIT takes one number")


def _only_known_nodes(statement: exp.Query) -> None:
    """Refuse writes, locks, commands, and whatever else is not on the list."""
    for number, node in enumerate(statement.walk()):
        if number > _MOST_NODES:
            raise Refused(Refusal.TOO_COMPLEX, "it has too many parts")
        if isinstance(node, exp.Anonymous):
            _known_function(node)
        elif isinstance(node, exp.Star) and any(node.args.values()):
            raise Refused(Refusal.PARSE_ERROR, "it is no PostgreSQL: * stands alone")
        elif type(node) not in NODES:
            _refuse(node)


def _known_function(node: exp.Anonymous) -> None:
    name = node.this if isinstance(node.this, str) else node.this.name
    quoted = isinstance(node.this, exp.Identifier) and node.this.args.get("quoted")
    if (name if quoted else name.lower()) not in FUNCTIONS or not name.isascii():
        raise Refused(Refusal.FUNCTION, f"the function {name} is not allowed")


def _refuse(node: exp.Expr) -> None:
    match node:
        case exp.DML() | exp.DDL() | exp.Command() | exp.Into() | exp.Lock():
            raise Refused(Refusal.SIDE_EFFECT, "only reads are allowed")
        case exp.Func():
            raise Refused(
                Refusal.FUNCTION, f"the function {node.sql_name().lower()} is not allowed"
            )
        case exp.ObjectIdentifier() | exp.PseudoType():
            raise Refused(Refusal.TYPE, f"the type {node.sql(_DIALECT)} is not allowed")
        case _:
            raise Refused(Refusal.NOT_A_QUERY, f"{node.key} is not allowed")


def _only_names_where_names_stand(statement: exp.Query) -> None:
    """Refuse a name in a place that the binder does not look at."""
    for name in statement.find_all(exp.Identifier):
        if (type(name.parent), name.arg_key) not in IDENTIFIERS:
            raise Refused(Refusal.NOT_A_QUERY, f"{name.name} stands where no name is expected")


def _only_known_types(statement: exp.Query) -> None:
    for kind in statement.find_all(exp.DataType):
        if kind.this not in TYPES:
            raise Refused(Refusal.TYPE, f"the type {kind.sql(_DIALECT)} is not allowed")


def _only_small_texts_and_series(statement: exp.Query) -> None:
    """Refuse what makes much out of little; a time limit stands behind this."""
    for pad in statement.find_all(exp.Pad):
        length = _number(pad.expression)
        if length is None or length > LONGEST_PAD:
            raise Refused(Refusal.TOO_COMPLEX, f"a text is padded to more than {LONGEST_PAD}")
    for series in statement.find_all(exp.GenerateSeries, exp.ExplodingGenerateSeries):
        first, last = _number(series.args.get("start")), _number(series.args.get("end"))
        if first is not None and last is not None and abs(last - first) > LONGEST_SERIES:
            raise Refused(Refusal.TOO_COMPLEX, f"a series has more than {LONGEST_SERIES} steps")


def _only_some_tables(statement: exp.Query) -> None:
    if sum(1 for _ in statement.find_all(exp.Table)) > _MOST_TABLES:
        raise Refused(Refusal.TOO_COMPLEX, f"it joins more than {_MOST_TABLES} tables")


def _number(node: exp.Expr | None) -> int | None:
    """Return the value of a whole number that stands in the statement; None where none does."""
    match node:
        case exp.Neg():
            value = _number(node.this)
            return None if value is None else -value
        case exp.Literal() if not node.is_string and node.this.isdigit():
            return int(node.this)
        case _:
            return None


def _bounded(statement: exp.Query, max_rows: int) -> exp.Query:
    """Return the statement with a limit of its own that is at most `max_rows`."""
    given = statement.args.get("limit")
    match given:
        case None:
            return statement.limit(max_rows)
        case exp.Fetch():
            count = given.args.get("count")
            if given.args.get("limit_options") and (
                given.args["limit_options"].args.get("percent")
            ):
                raise Refused(Refusal.LIMIT, "a limit in percent has no bound")
            rows = 1 if count is None else _number(count)
        case _:
            rows = _number(given.expression)
    if rows is None and not _is_all(given):
        raise Refused(Refusal.LIMIT, "the limit is not a number")
    if rows is None or rows > max_rows:
        return statement.limit(max_rows)
    return statement


def _is_all(given: exp.Expr) -> bool:
    return isinstance(given, exp.Limit) and (
        given.expression is None or given.expression.name.upper() in {"ALL", "NULL"}
    )


_RULES: tuple[Callable[[exp.Query], None], ...] = (
    _only_known_nodes,
    _only_names_where_names_stand,
    _only_known_types,
    _only_small_texts_and_series,
    _only_some_tables,
)
