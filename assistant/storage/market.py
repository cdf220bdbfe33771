"""The product's own market: settled, filled, emptied, and opened for reading.

It is the schema `market` of the product's database. Whoever asks it comes through
`analytics.AnalyticsDatabase` as a role that only reads; what is here runs as the database's user and no
statement of a question gets near it.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import psycopg
from psycopg import sql

from assistant.domain.errors import InvalidRequest
from assistant.domain.trading import MarketData, MarketRows, Origin
from assistant.storage.analytics import AnalyticsDatabase
from assistant.storage.failures import named_failures, reason
from assistant.storage.market_roles import READER, settle_roles
from assistant.storage.postgres import Connection, ConnectionSource, connect

SCHEMA = "market"
TABLES = (
    *("users", "instruments", "portfolios", "prices_daily", "prices_intraday", "orders", "trades"),
    *("positions", "predictions", "recommendations", "recommendation_feedback", "filing_record"),
)
"""The tables that hold data, each after those that it refers to."""
_LOCK_KEY = 0x6165692D6D6B  # "aei-mk"
_TIMEOUT_S = 120
_CHUNK = 1 << 20  # bytes of a file at a time
_ORIGIN = """
select sample, today from market.origin
union all
select false, null where exists (select from market.users) or exists (select from market.instruments)
limit 1
"""
_NOTE = """
insert into market.origin (sample, today) values (%s, %s)
on conflict (only_row) do update
set sample = excluded.sample, today = excluded.today, loaded_at = now()
"""
_NEXT_TRADE = """
select setval('market.trade_number', coalesce(max(trade_id), 0) + 1, false) from market.trades
"""


@dataclass(frozen=True)
class Market:
    """The market in one database.

    Args:
        server: Where the database is, as the user who owns the schema.
        ours: Whether the server is the embedded one, where nobody else has a database.
        reader: The role that questions run as.
    """

    server: ConnectionSource
    ours: bool = False
    reader: str = READER

    def engine(self) -> AnalyticsDatabase:
        """Return the market as questions read it. Implements `ports.SqlEngine`."""
        return AnalyticsDatabase(self.server, self.reader, SCHEMA, (SCHEMA, "session_identity"))

    async def settle(self) -> None:
        """Make the roles and grants that reading needs; quick where they are there.

        Raises:
            ServiceUnavailable: The database's user may not make a role.
        """
        async with self._alone() as connection:
            await settle_roles(connection, self.reader, ours=self.ours)

    async def origin(self) -> Origin | None:
        """Return what the data is; None while there is none, and nobody said that there will be."""
        async with self._connection() as connection:
            found = await (await connection.execute(_ORIGIN)).fetchone()
        return Origin(*found) if found else None

    async def counts(self) -> Mapping[str, int]:
        """Return how many rows each table holds."""
        async with self._connection() as connection:
            return {table: await _count(connection, table) for table in TABLES}

    async def fill(self, data: MarketData, origin: Origin) -> bool:
        """Fill an empty market; False, and nothing done, where somebody has been there.

        All or nothing: a fault in between leaves it empty.
        """
        async with self._alone() as connection:
            if await (await connection.execute(_ORIGIN)).fetchone():
                return False
            await connection.execute(_NOTE, (origin.sample, origin.today))
            for table, rows in data.items():
                await _copy(connection, table, rows)
        await self._tidy()
        return True

    async def clear(self) -> None:
        """Take all rows away, and note that what comes next is no sample."""
        async with self._alone() as connection:
            await _empty(connection)
            await connection.execute(_NOTE, (False, None))

    async def forget(self) -> None:
        """Take all rows away, also the note of what they were, so that the sample may come again."""
        async with self._alone() as connection:
            await _empty(connection)
            await connection.execute("delete from market.origin")

    async def read(self, folder: Path) -> Mapping[str, int]:
        """Add the rows of the CSV files in a folder: `TABLE.csv`, the first line names the columns.

        All or nothing.

        Returns:
            The rows added, by table.

        Raises:
            InvalidRequest: There is no such file, or PostgreSQL refuses a row; the message has its line.
        """
        files = {table: folder / f"{table}.csv" for table in TABLES}
        found = {table: file for table, file in files.items() if file.is_file()}
        if not found:
            raise InvalidRequest(
                f"{folder} holds none of the market's tables",
                f"Name the files after them: {', '.join(f'{table}.csv' for table in TABLES)}.",
            )
        async with self._alone() as connection:
            await connection.execute(_NOTE, (False, None))
            added = {
                table: await _copy_file(connection, table, file) for table, file in found.items()
            }
        await self._tidy()
        return added

    async def _tidy(self) -> None:
        """Tell the planner what is there, and the sequence of trades where it stands."""
        async with self._connection() as connection:
            await connection.execute(_NEXT_TRADE)
            for table in TABLES:
                await connection.execute(sql.SQL("analyze {}").format(_named(table)))

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Connection]:
        """Lend a connection in a transaction that no other of its kind runs beside."""
        async with self._connection() as connection, connection.transaction():
            await connection.execute("select pg_advisory_xact_lock(%s)", (_LOCK_KEY,))
            yield connection

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        with named_failures(_TIMEOUT_S):
            connection = await connect(
                self.server, application_name="aei-market", connect_timeout=10, autocommit=True
            )
            async with connection:
                await connection.execute(f"set statement_timeout = '{_TIMEOUT_S}s'")
                yield connection


def _named(table: str) -> sql.Identifier:
    return sql.Identifier(SCHEMA, table)


async def _count(connection: Connection, table: str) -> int:
    query = sql.SQL("select count(*) from {}").format(_named(table))
    [count] = await (await connection.execute(query)).fetchone() or (0,)
    return int(count)


async def _empty(connection: Connection) -> None:
    tables = sql.SQL(", ").join(map(_named, TABLES))
    await connection.execute(sql.SQL("truncate {}").format(tables))


async def _copy(connection: Connection, table: str, data: MarketRows) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, data.columns))
    order = sql.SQL("copy {} ({}) from stdin").format(_named(table), columns)
    async with connection.cursor() as cursor, cursor.copy(order) as copy:
        for row in data.rows:
            await copy.write_row(row)


async def _copy_file(connection: Connection, table: str, file: Path) -> int:
    try:
        async with await anyio.open_file(file, "rb") as source:
            head = (await source.readline()).decode("utf-8-sig")
            columns = [one.strip().strip('"') for one in head.split(",")]
            order = sql.SQL("copy {} ({}) from stdin with (format csv, header)").format(
                _named(table), sql.SQL(", ").join(map(sql.Identifier, columns))
            )
            async with connection.cursor() as cursor:
                async with cursor.copy(order) as copy:
                    await copy.write(head)
                    while chunk := await source.read(_CHUNK):
                        await copy.write(chunk)
                return cursor.rowcount
    except (psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError) as error:
        where = (error.diag.context or "").partition(":")[0]
        raise InvalidRequest(
            f"{file.name}: {reason(error)}{f' ({where})' if where else ''}",
            "Nothing was added. `aei market --help` names what the files need.",
        ) from None
    except UnicodeDecodeError:
        raise InvalidRequest(f"{file.name} is no UTF-8 text", "Save it as UTF-8.") from None
