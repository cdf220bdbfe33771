"""What every test may ask for: the event loop, the evaluation data, a database."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from assistant.storage.embedded import EmbeddedPostgres
from assistant.storage.migrate import migrate
from assistant.storage.postgres import ConnectionSource, GivenServer, PoolLimits, Postgres

TEMPLATE = "aei_test_template"


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def eval_dir() -> Path:
    """The folder of evaluation data; skips where there is none."""
    folder = Path(os.environ.get("AEI_EVAL_DIR", "../shared/eval"))
    if not folder.is_dir():
        pytest.skip(f"no evaluation data in {folder} (AEI_EVAL_DIR)")
    return folder


@pytest.fixture(scope="session")
async def database_server(
    anyio_backend: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ConnectionSource]:
    """One server for the whole run: an embedded one, or AEI_TEST_DATABASE_URL."""
    given = os.environ.get("AEI_TEST_DATABASE_URL", "")
    if given:
        yield GivenServer(given)
        return
    async with EmbeddedPostgres(tmp_path_factory.mktemp("server")).attach() as server:
        async with await _administrator(server) as connection:
            await connection.execute("alter system set fsync = off")
            await connection.execute("select pg_reload_conf()")
        yield server


@pytest.fixture(scope="session")
async def template_database(database_server: ConnectionSource) -> AsyncIterator[str]:
    """The name of a migrated database that others are copied from."""
    name = f"{TEMPLATE}_{uuid4().hex[:8]}"
    async with await _administrator(database_server) as connection:
        await connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    await migrate(await _database(database_server, name))
    yield name
    await _drop(database_server, name)


@pytest.fixture
async def database(
    database_server: ConnectionSource, template_database: str
) -> AsyncIterator[GivenServer]:
    """A fresh, migrated database, dropped afterwards."""
    async with fresh_database(database_server, template_database) as fresh:
        yield fresh


@asynccontextmanager
async def fresh_database(server: ConnectionSource, template: str) -> AsyncIterator[GivenServer]:
    """Copy the migrated database, for as long as the block runs."""
    name = f"aei_test_{uuid4().hex[:12]}"
    create = sql.SQL("create database {} template {}")
    async with await _administrator(server) as connection:
        await connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    yield await _database(server, name)
    await _drop(server, name)


@pytest.fixture
async def empty_database(database_server: ConnectionSource) -> AsyncIterator[GivenServer]:
    """A fresh database without any table or extension, dropped afterwards."""
    async with fresh_database(database_server, "template1") as fresh:
        yield fresh


@pytest.fixture
async def postgres(database: GivenServer) -> AsyncIterator[Postgres]:
    """An open pool on a fresh, migrated database."""
    limits = PoolLimits(size=4, statement_timeout_s=30, connect_timeout_s=15)
    async with Postgres.open(database, limits) as opened:
        yield opened


async def _administrator(server: ConnectionSource) -> psycopg.AsyncConnection:
    return await psycopg.AsyncConnection.connect(await server.dsn(), autocommit=True)


async def _database(server: ConnectionSource, name: str) -> GivenServer:
    return GivenServer(make_conninfo(await server.dsn(), dbname=name))


async def _drop(server: ConnectionSource, name: str) -> None:
    async with await _administrator(server) as connection:
        await connection.execute(
            sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name))
        )
