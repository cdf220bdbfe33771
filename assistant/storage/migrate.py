"""Brings a database to the newest schema: numbered files, each applied once, in order.

Runs at every start. An advisory lock lets one process do it while others wait; each file is one
transaction with its row in `schema_migration`, so a failure leaves the schema at the last whole
file. Files that were applied never change: their hash is checked, and a schema from a newer
release is refused.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources

import psycopg
from psycopg import errors

from assistant.domain.errors import ServiceFailed
from assistant.storage.failures import named_failures, reason
from assistant.storage.postgres import (
    Connection,
    ConnectionSource,
    PoolLimits,
    connect,
)

LOCK_KEY = 0x6165692D7363  # "aei-sc"
PATIENCE = PoolLimits(statement_timeout_s=0, lock_timeout_s=600)
"""Migrations may run long; another process may be at it that long."""


@dataclass(frozen=True)
class Migration:
    """One numbered file.

    Args:
        number: Its place in the order, from 1.
        name: What follows the number in the file's name.
        sql: Its statements.
    """

    number: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """The hash of the statements, in hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def bundled_migrations() -> list[Migration]:
    """Return the migrations that this release brings, in order.

    Raises:
        ServiceFailed: A file is misnamed, or the numbers are not 1, 2, 3...
    """
    found = []
    for file in (resources.files("assistant.storage") / "migrations").iterdir():
        if not file.name.endswith(".sql"):
            continue
        match = re.fullmatch(r"(\d{4})_(\w+)\.sql", file.name)
        if match is None:
            raise ServiceFailed(f"{file.name} is not named like a migration, NNNN_name.sql.")
        sql = file.read_text(encoding="utf-8")
        found.append(Migration(int(match[1]), match[2], sql))
    found.sort(key=lambda migration: migration.number)
    if [migration.number for migration in found] != list(range(1, len(found) + 1)):
        raise ServiceFailed("The numbers of the bundled migrations are not 1, 2, 3...")
    return found


async def migrate(
    server: ConnectionSource, migrations: Sequence[Migration] | None = None
) -> list[Migration]:
    """Apply what is missing; returns what was applied now.

    Args:
        server: Where the database is.
        migrations: In order; the bundled ones when omitted.

    Raises:
        ServiceFailed: The server does not answer or lacks the extension `vector`, a migration
            failed, an applied one was changed, or the database is of a newer release.
    """
    wanted = bundled_migrations() if migrations is None else migrations
    with named_failures(PATIENCE.statement_timeout_s):
        connection = await connect(server, application_name="aei-migrate", autocommit=True)
        async with connection:
            await connection.execute("set lock_timeout = '600s'")
            await connection.execute("set statement_timeout = 0")
            await connection.execute("select pg_advisory_lock(%s)", (LOCK_KEY,))
            applied = await _applied(connection)
            _check(applied, wanted)
            missing = [one for one in wanted if one.number not in applied]
            for migration in missing:
                await _apply(connection, migration)
            return missing


async def _applied(connection: Connection) -> dict[int, tuple[str, str]]:
    """Return number -> (name, hash) of what the database has."""
    # asked first: `create table` needs a right that a migrated database's user may lack
    found = await connection.execute("select to_regclass('schema_migration') is not null")
    row = await found.fetchone()
    if row is None or not row[0]:
        await connection.execute(
            """
            create table schema_migration (
                number     integer primary key,
                name       text not null,
                sha256     text not null,
                applied_at timestamptz not null default now()
            )
            """
        )
    rows = await connection.execute("select number, name, sha256 from schema_migration")
    return {number: (name, sha256) for number, name, sha256 in await rows.fetchall()}


def _check(applied: dict[int, tuple[str, str]], wanted: Sequence[Migration]) -> None:
    newest = max((migration.number for migration in wanted), default=0)
    beyond = max(applied, default=0)
    if beyond > newest:
        raise ServiceFailed(
            f"The database is at migration {beyond:04}; this release knows up to {newest:04}.",
            "Update the assistant to the release that wrote the database.",
        )
    for migration in wanted:
        name, sha256 = applied.get(migration.number, (migration.name, migration.sha256))
        if sha256 != migration.sha256:
            raise ServiceFailed(
                f"Migration {migration.number:04}_{name} was applied to the database with other "
                "contents than this release has.",
                "Use the release that wrote the database, or restore a backup into a new one.",
            )


async def _apply(connection: Connection, migration: Migration) -> None:
    label = f"Migration {migration.number:04}_{migration.name}"
    try:
        async with connection.transaction():
            await connection.execute(migration.sql.encode())
            await connection.execute(
                "insert into schema_migration (number, name, sha256) values (%s, %s, %s)",
                (migration.number, migration.name, migration.sha256),
            )
    except (
        errors.FeatureNotSupported,
        errors.UndefinedFile,
        errors.InsufficientPrivilege,
    ) as error:
        raise ServiceFailed(
            f"{label} failed: {reason(error)}.",
            "Install the extension vector (pgvector) in the server, and let an administrator run "
            "`create extension vector` in the database and let its user make schemas there "
            "(`grant create on database`).",
        ) from error
    except psycopg.OperationalError:
        raise
    except psycopg.Error as error:
        raise ServiceFailed(
            f"{label} failed: {reason(error)}.", "Please report this; nothing of it was applied."
        ) from error
