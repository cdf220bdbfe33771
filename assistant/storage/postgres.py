"""The door to PostgreSQL: a bounded pool, one transaction a storage call, or one for several.

Whoever wants a connection asks `Postgres.connection()`. Outside a unit of work that is a
transaction of its own; inside `begin()` all calls share one, also across modules, because the open
unit travels in a context variable. Every connection has its time limits, and every psycopg failure
that is not about the statement's own content leaves here as an error of the domain. `read` answers
several statements in one round trip.

A server that went away is survived: a connection is tried before it is lent, a dead one is
replaced, and each new one asks the server's source first, which starts the embedded server again.
The pool retries its connects by itself; only the first one, outside the pool, is retried here.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Protocol

import anyio
import psycopg
from pgvector.psycopg import register_vector_async
from psycopg import AsyncConnection
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
)

from assistant.domain.errors import (
    AssistantError,
    ServiceFailed,
    ServiceUnavailable,
)
from assistant.storage.failures import named_failures
from assistant.storage.locks import LOCK

Connection = AsyncConnection[TupleRow]
_MAINTENANCE = "-c maintenance_work_mem=1GB -c statement_timeout=0"
_BEGIN = "begin isolation level repeatable read read only"


class ConnectionSource(Protocol):
    """Knows where the server is, and brings it back when it can."""

    async def dsn(self) -> str:
        """Return a connection string of a server that should answer now."""
        ...


@dataclass(frozen=True)
class GivenServer:
    """A server that somebody else runs.

    Args:
        url: Its connection string; may hold a password, so it is never shown.
    """

    url: str

    async def dsn(self) -> str:
        """Return the connection string as it was given."""
        return self.url


@dataclass(frozen=True)
class PoolLimits:
    """How much of the server one process may use.

    Args:
        size: Connections at most.
        statement_timeout_s: A statement that takes longer is cancelled.
        lock_timeout_s: So is one that waits longer for a lock.
        idle_in_transaction_s: A transaction that does nothing for so long is ended.
        connect_timeout_s: How long a caller waits for a connection.
    """

    size: int = 8
    statement_timeout_s: float = 30
    lock_timeout_s: float = 10
    idle_in_transaction_s: float = 120
    connect_timeout_s: float = 30

    def settings(self) -> dict[str, str]:
        """Return what every connection is told when it is made.

        Prepared statements keep their plan, so search parameters belong to the connection.
        """
        return {
            "statement_timeout": f"{self.statement_timeout_s * 1000:.0f}",
            "lock_timeout": f"{self.lock_timeout_s * 1000:.0f}",
            "idle_in_transaction_session_timeout": f"{self.idle_in_transaction_s * 1000:.0f}",
        }


class _Unit:
    """An open unit of work; a task that outlives it must not use its connection."""

    def __init__(self, owner: "Postgres", connection: Connection) -> None:
        self.owner = owner
        self.connection = connection
        self.over = False
        self.after: list[Callable[[], None]] = []


_unit: ContextVar[_Unit | None] = ContextVar("aei_unit_of_work", default=None)
_trusting: ContextVar[bool] = ContextVar("aei_trusting", default=False)


class Postgres:
    """Implements `ports.UnitOfWork`; lends connections to the adapters of this package."""

    def __init__(self, server: ConnectionSource, limits: PoolLimits) -> None:
        self._server = server
        self._limits = limits
        self._failure: AssistantError | None = None
        self.pool: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            self._conninfo,
            kwargs=self._connect_arguments(),
            min_size=1,
            max_size=limits.size,
            timeout=limits.connect_timeout_s,
            configure=self._configure,
            check=_check,
            name="aei",
            open=False,
        )

    @classmethod
    @asynccontextmanager
    async def open(
        cls, server: ConnectionSource, limits: PoolLimits | None = None
    ) -> AsyncIterator["Postgres"]:
        """Open the pool on a migrated database and close it when the block is left.

        Raises:
            ServiceFailed: The server does not answer, or has no extension `vector`.
        """
        opened = cls(server, limits or PoolLimits())
        await opened._try_once()
        await opened.pool.open()
        try:
            yield opened
        finally:
            with anyio.CancelScope(shield=True):
                await opened.pool.close()

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Connection]:
        """Lend a connection: the open unit of work's, or one with a transaction of its own.

        The transaction is committed when the block is left, rolled back when it raises.

        Raises:
            ServiceUnavailable: No connection could be had, or the server went away.
            StatementTimeout: A statement, or its wait for a lock, took too long.
        """
        unit = self._open_unit()
        with named_failures(self._limits.statement_timeout_s):
            if unit is not None:
                yield unit.connection
            else:
                async with self._transaction() as connection:
                    yield connection

    async def read(self, *asked: tuple[str, Mapping[str, Any]]) -> list[list[TupleRow]]:
        """Return the rows of statements that only read, in one round trip and of one moment.

        A pipeline sends them together, and begin and commit with them; psycopg's own begin would
        wait for its answer. Inside a unit of work they see what the unit has written. Raises what
        `connection` raises.

        Args:
            asked: Statements with their values; settings that one makes locally hold for the rest.
        """
        if self._open_unit() is not None:
            async with self.connection() as connection:
                return await _answers(connection, asked)
        with named_failures(self._limits.statement_timeout_s):
            trusting = _trusting.set(True)
            try:
                return await self._read(asked)
            except psycopg.OperationalError as error:
                if not _is_lost(error):
                    raise
            finally:
                _trusting.reset(trusting)
            return await self._read(asked)

    async def _read(self, asked: Sequence[tuple[str, Mapping[str, Any]]]) -> list[list[TupleRow]]:
        async with self._transaction() as connection:
            await connection.set_autocommit(True)  # the begin is ours
            try:
                return (await _answers(connection, [(_BEGIN, {}), *asked, ("commit", {})]))[1:-1]
            finally:
                if connection.info.transaction_status is TransactionStatus.IDLE:
                    await connection.set_autocommit(False)

    @asynccontextmanager
    async def begin(self, content: str = "") -> AsyncIterator[None]:
        """Open a unit of work: storage calls inside the block are committed together or not.

        A unit inside a unit takes part in the outer one. Units about the same `content` (a
        SHA-256) wait for each other. Raises what `connection` raises.
        """
        if self._open_unit() is not None:
            yield
            return
        with named_failures(self._limits.statement_timeout_s):
            async with self._transaction() as connection:
                if content:
                    await connection.execute(LOCK, (content,))
                outer, unit = _unit.get(), _Unit(self, connection)
                _unit.set(unit)
                try:
                    yield
                finally:
                    unit.over = True
                    _unit.set(outer)
        for call in unit.after:
            call()

    def after_commit(self, call: Callable[[], None]) -> None:
        """Call this when the open unit of work is committed; now, when none is open."""
        if (unit := self._open_unit()) is not None:
            unit.after.append(call)
        else:
            call()

    @asynccontextmanager
    async def maintenance(self) -> AsyncIterator[Connection]:
        """Lend a connection outside the pool for work that takes minutes: no transaction, no limits.

        Raises what `connection` raises.
        """
        with named_failures(self._limits.statement_timeout_s):
            arguments = self._connect_arguments() | {"autocommit": True, "options": _MAINTENANCE}
            async with await connect(self._server, **arguments) as connection:
                yield connection

    @property
    def server(self) -> ConnectionSource:
        """Where the database is, for connections outside the pool."""
        return self._server

    async def ping(self) -> None:
        """Return when the server answers a query. Raises `ServiceFailed` when it does not."""
        async with self.connection() as connection:
            await connection.execute("select 1")

    def _open_unit(self) -> _Unit | None:
        unit = _unit.get()
        return unit if unit and unit.owner is self and not unit.over else None

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[Connection]:
        try:
            async with self.pool.connection() as connection:
                yield connection
                if connection.info.transaction_status is TransactionStatus.INERROR:
                    # a commit would silently be a rollback
                    raise ServiceFailed(
                        "A statement failed and its error was ignored; nothing was written."
                    )
        except PoolTimeout as error:
            raise self._failure or ServiceUnavailable(
                f"No database connection within {self._limits.connect_timeout_s:g} s.",
                "The database is busy or gone: try again, or see `aei doctor`.",
            ) from error

    def _connect_arguments(self) -> dict[str, object]:
        return {
            "application_name": "aei",
            "connect_timeout": max(2, round(self._limits.connect_timeout_s)),
        }

    async def _conninfo(self) -> str:
        """Ask the source; what it says when it fails is better than the pool's time-out."""
        try:
            conninfo = await self._server.dsn()
        except AssistantError as error:
            self._failure = error
            raise
        self._failure = None
        return conninfo

    async def _configure(self, connection: Connection) -> None:
        settings = self._limits.settings()
        await connection.execute(
            "select set_config(name, value, false) from unnest(%s::text[], %s::text[]) "
            "as setting(name, value)",
            (list(settings), list(settings.values())),
        )
        await connection.commit()
        await register_vector_async(connection)

    async def _try_once(self) -> None:
        """Connect outside the pool, whose time-out would hide the reason of a failure."""
        with named_failures(self._limits.statement_timeout_s):
            connection = await connect(self._server, **self._connect_arguments())
            async with connection:
                found = await connection.execute("select 1 from pg_type where typname = 'halfvec'")
                if await found.fetchone() is None:
                    raise ServiceFailed(
                        "The database has no extension vector, version 0.7 or newer.",
                        "Install the extension vector (pgvector) there: `create extension vector`.",
                    )


async def _answers(
    connection: Connection, asked: Sequence[tuple[str, Mapping[str, Any]]]
) -> list[list[TupleRow]]:
    """Send all statements before the first answer is waited for."""
    cursors = [connection.cursor(binary=True) for _ in asked]
    async with connection.pipeline():
        for cursor, (statement, values) in zip(cursors, asked, strict=True):
            await cursor.execute(statement.encode(), values or None)
    return [await cursor.fetchall() if cursor.description else [] for cursor in cursors]


async def _check(connection: Connection) -> None:
    """Try a connection before it is lent, but for a reading, which is tried again when it fails.

    Trying costs a round trip.
    """
    if not _trusting.get():
        await AsyncConnectionPool.check_connection(connection)


def _is_lost(error: psycopg.OperationalError) -> bool:
    """Whether the connection is gone: the client says so without a code, a server that ends with 57P."""
    return error.sqlstate is None or error.sqlstate.startswith(("08", "57P"))


async def connect(server: ConnectionSource, **arguments: object) -> Connection:
    """Return one connection outside any pool.

    Tries again a few times within two seconds: a server that was just killed may still take the
    connection, and its source can then bring it back.

    Raises:
        ServiceFailed: The server can't be brought back, or the connection string can't be read.
        psycopg.OperationalError: The server does not answer or refuses.
    """
    patient = AsyncRetrying(
        retry=retry_if_exception_type(psycopg.OperationalError),
        stop=stop_after_attempt(4),
        wait=wait_exponential(0.1, exp_base=3),
        reraise=True,
    )
    return await patient(_connect_once, server, arguments)


async def _connect_once(server: ConnectionSource, arguments: dict[str, object]) -> Connection:
    conninfo = await server.dsn()
    try:
        return await AsyncConnection.connect(conninfo, **arguments)  # type: ignore[arg-type]
    except psycopg.ProgrammingError:
        raise ServiceFailed(
            "The database's connection string can't be read.",
            "Write AEI_DATABASE_URL as postgresql://user:password@host:5432/database.",
        ) from None
