"""The database that plain-English SQL reads, through a role that can only read.

Each statement has a connection of its own, on which this is settled before it is sent: the role and its
limits, a read-only transaction, and whose rows it may see. Where the database binds identity to the
connection (`session_identity`) another connection writes it, because what the statement's own could
write the statement could change. One statement goes by the extended protocol, which takes no second.
What the server says of a failure is shown only where it speaks of names, never of values.
"""

import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from contextlib import aclosing, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import LiteralString

import psycopg
from psycopg import AsyncConnection, AsyncServerCursor, errors, sql
from psycopg.rows import TupleRow

from assistant.audit import RowsDigest
from assistant.domain.errors import InvalidRequest, ServiceFailed, StatementTimeout
from assistant.domain.sql import ReadableSchema, RowReader, SqlBatch, SqlLimits, SqlRows
from assistant.storage.analytics_schema import read_schema
from assistant.storage.failures import named_failures, reason
from assistant.storage.postgres import ConnectionSource, connect

_FIRST, _BATCH = 200, 1_000  # rows a fetch
_CONNECT_S = 10
_OF_NAMES = ("42", "0A")  # classes of SQLSTATE: syntax, names and types; what is not supported
_BOUND = "select to_regclass(%s) is not null"
_BIND = """
insert into {identity} (pid, backend_start, user_id, scope_all)
select pid, backend_start, %(user)s, %(all)s from pg_stat_get_activity(%(pid)s)
on conflict (pid, backend_start) do update set user_id = excluded.user_id, scope_all = excluded.scope_all
"""
_UNBIND = "delete from {identity} where pid = %(pid)s"
_TELL = (
    "select set_config('app.user_id', %(user)s, false), set_config('app.scope', %(scope)s, false)"
)
_ROLE = "select 1 from pg_roles where rolname = %s"


@dataclass
class _Known:
    """What is asked of the database once."""

    bound: bool | None = None


@dataclass(frozen=True)
class AnalyticsDatabase:
    """Implements `ports.SqlEngine`.

    Args:
        server: Where the database is. Its user sets things up; no statement runs as it.
        role: The role that statements run as: it may read, and nothing else.
        schema_name: The PostgreSQL schema whose tables may be read.
        identity: Schema and name of the table that binds identity to connections, where there is one.
    """

    server: ConnectionSource
    role: str = "nlsql_reader"
    schema_name: str = "public"
    identity: tuple[str, str] = ("ops", "session_identity")
    _known: _Known = field(default_factory=_Known, init=False, repr=False, compare=False)

    async def schema(self) -> ReadableSchema:
        """Return the tables and columns that the role may read, and what the database says of them.

        Raises:
            ServiceFailed: The database does not answer, or has no such role.
        """
        async with self._administrator() as connection:
            if not await (await connection.execute(_ROLE, (self.role,))).fetchone():
                raise ServiceFailed(
                    f"The analytics database has no role {self.role}",
                    "Create a role that may only SELECT what may be asked; docs/operations.md shows it.",
                )
            return await read_schema(connection, self.role, self.schema_name)

    async def run(self, statement: str, reader: RowReader, limits: SqlLimits) -> SqlRows:
        """Run a statement that the guard wrote, and return its rows.

        Raises:
            InvalidRequest: PostgreSQL refuses it, or would take too much; the message names no value.
            StatementTimeout: It took longer than its time.
            ServiceUnavailable: The database does not answer.
        """
        start = time.perf_counter()
        one_more = replace(limits, rows=limits.rows + 1)
        held = _Held(limits)
        async with aclosing(self.stream(statement, reader, one_more)) as batches:
            async for batch in batches:
                held.add(batch)
        return held.result(time.perf_counter() - start)

    async def stream(
        self, statement: str, reader: RowReader, limits: SqlLimits
    ) -> AsyncGenerator[SqlBatch, None]:
        """Yield the rows of a statement, a batch at a time; the first batch comes without any, too.

        No more than a batch is held, here and at the server. What the statement takes there counts
        against its time, not what is done with its rows.

        Raises:
            InvalidRequest: PostgreSQL refuses it, or would take too much; the message names no value.
            StatementTimeout: It took longer than its time.
            ServiceUnavailable: The database does not answer.
        """
        async with self._bound(reader, limits) as connection:
            with _told(limits):
                await self._estimate(connection, statement, limits)
                async with connection.cursor("answer") as cursor:
                    await cursor.execute(statement.encode())
                    async with aclosing(_fetched(cursor, limits)) as batches:
                        async for batch in batches:
                            yield batch

    async def _estimate(
        self, connection: AsyncConnection[TupleRow], statement: str, limits: SqlLimits
    ) -> None:
        # binary, because that makes it the extended protocol, which takes one statement only
        plain = f"explain (format json) {statement}".encode()
        cursor = await connection.execute(plain, binary=True)
        [plan] = await cursor.fetchone() or ([],)
        if not isinstance(plan[0], dict):
            raise InvalidRequest("PostgreSQL has no plan for it: it is no query", "Write a SELECT.")
        cost = float(plan[0]["Plan"]["Total Cost"])
        if cost > limits.cost:
            raise InvalidRequest(
                "The query would take far too long: PostgreSQL expects "
                f"{cost:.2g} units of work, {limits.cost:.2g} are allowed",
                "Join tables by their keys, and narrow it by dates or symbols.",
            )

    @asynccontextmanager
    async def _bound(
        self, reader: RowReader, limits: SqlLimits
    ) -> AsyncIterator[AsyncConnection[TupleRow]]:
        """Lend a connection in a read-only transaction that sees this reader's rows only."""
        async with self._administrator() as connection, self._administrator() as other:
            pid = connection.info.backend_pid
            bound = await self._binds(other)
            try:
                if bound:
                    values = {"user": reader.user_id, "all": reader.everything, "pid": pid}
                    await other.execute(self._naming(_BIND), values)
                await self._lower(connection, reader, limits)
                yield connection
            finally:
                await connection.close()
                if bound:
                    await other.execute(self._naming(_UNBIND), {"pid": pid})

    async def _lower(
        self, connection: AsyncConnection[TupleRow], reader: RowReader, limits: SqlLimits
    ) -> None:
        """Give up what the connection could do beyond reading."""
        for name, value in _settings(self.schema_name, limits).items():
            await _set(connection, name, value)
        with suppress(
            errors.InsufficientPrivilege
        ):  # for superusers; the server's own limit stands
            await _set(connection, "temp_file_limit", f"{limits.temporary_kb}")
        scope = "all" if reader.everything else ""
        user = "" if reader.user_id is None else str(reader.user_id)
        await connection.execute(_TELL, {"user": user, "scope": scope})
        await self._become_reader(connection)
        await connection.set_autocommit(False)
        await connection.set_read_only(True)

    async def _become_reader(self, connection: AsyncConnection[TupleRow]) -> None:
        role = sql.Identifier(self.role)
        for order in ("set session authorization {}", "set role {}"):
            try:
                await connection.execute(sql.SQL(order).format(role))
            except (
                errors.InsufficientPrivilege,
                errors.UndefinedObject,
                errors.InvalidParameterValue,
            ):
                continue
            return
        raise ServiceFailed(
            f"The analytics database does not let its user act as {self.role}",
            f"Let an administrator grant {self.role} to the user that the assistant connects as.",
        )

    async def _binds(self, connection: AsyncConnection[TupleRow]) -> bool:
        if self._known.bound is None:
            table = self._naming("{identity}").as_string()
            [bound] = await (await connection.execute(_BOUND, (table,))).fetchone() or (False,)
            self._known.bound = bool(bound)
        return self._known.bound

    def _naming(self, statement: LiteralString) -> sql.Composed:
        return sql.SQL(statement).format(identity=sql.Identifier(*self.identity))

    @asynccontextmanager
    async def _administrator(self) -> AsyncIterator[AsyncConnection[TupleRow]]:
        with named_failures(_CONNECT_S):
            connection = await connect(
                self.server, application_name="aei-sql", connect_timeout=_CONNECT_S, autocommit=True
            )
            async with connection:
                yield connection


async def _set(connection: AsyncConnection[TupleRow], name: str, value: str) -> None:
    order = sql.SQL("set {} = {}").format(sql.Identifier(name), sql.Literal(value))
    await connection.execute(order)


def _settings(schema_name: str, limits: SqlLimits) -> Mapping[str, str]:
    milliseconds = f"{limits.seconds * 1000:.0f}"
    return {
        "statement_timeout": milliseconds,
        "lock_timeout": "500",
        "idle_in_transaction_session_timeout": "10000",
        "work_mem": f"{limits.memory_kb}",
        "max_parallel_workers_per_gather": "0",
        "jit": "off",
        "timezone": "UTC",
        "search_path": schema_name,
        "cursor_tuple_fraction": "1",  # all rows are read
        "default_transaction_read_only": "on",
    }


async def _fetched(
    cursor: AsyncServerCursor[TupleRow], limits: SqlLimits
) -> AsyncGenerator[SqlBatch, None]:
    spent, left, most = 0.0, limits.rows, _FIRST
    while True:
        start = time.perf_counter()
        rows = await cursor.fetchmany(min(most, left))
        spent += time.perf_counter() - start
        if spent > limits.seconds:
            raise errors.QueryCanceled
        described = cursor.description or ()
        names = tuple(column.name for column in described)
        yield SqlBatch(names, tuple(column.type_display for column in described), tuple(rows))
        left, most = left - len(rows), _BATCH
        if not rows or not left:
            return


@dataclass
class _Held:
    """What is held of the rows that are read: the first ones, their number, and the hash of all."""

    limits: SqlLimits
    first: SqlBatch | None = None
    rows: list[tuple[object, ...]] = field(default_factory=list)
    more: bool = False
    digest: RowsDigest = field(init=False)

    def __post_init__(self) -> None:
        self.digest = RowsDigest(self.limits.text_kb)

    def add(self, batch: SqlBatch) -> None:
        self.first = self.first or batch
        read = batch.rows[: self.limits.rows - self.digest.rows]
        self.more = len(read) < len(batch.rows)
        self.digest.add(read)
        kept = self.limits.rows if self.limits.kept is None else self.limits.kept
        self.rows += read[: max(0, kept - len(self.rows))]

    def result(self, seconds: float) -> SqlRows:
        columns, types = (self.first.columns, self.first.types) if self.first else ((), ())
        digest = self.digest
        return SqlRows(
            columns, tuple(self.rows), self.more, seconds, types, digest.rows, digest.sha256
        )


@contextmanager
def _told(limits: SqlLimits) -> Iterator[None]:
    """Turn what PostgreSQL says of a statement into what may be told of it."""
    try:
        yield
    except errors.QueryCanceled as error:
        raise StatementTimeout(
            f"The query took longer than {limits.seconds:g} s", "Ask for less."
        ) from error
    except psycopg.OperationalError as error:
        if error.sqlstate and error.sqlstate.startswith(("53", "54")):
            raise InvalidRequest(
                "The query takes too much memory or disk", "Ask for less."
            ) from None
        raise
    except psycopg.DatabaseError as error:
        raise _refused(error) from None


def _refused(error: psycopg.Error) -> InvalidRequest:
    """Return what may be told of a failure: names, never values."""
    state = error.sqlstate or ""
    if state.startswith(_OF_NAMES):
        return InvalidRequest(
            f"PostgreSQL refuses the query: {reason(error)}", "Correct the query."
        )
    return InvalidRequest(
        f"PostgreSQL cannot compute the query (SQLSTATE {state})",
        "A value does not fit: look at its casts, divisions and dates.",
    )
