"""Joins SQL: the guard over what may be read, the database that is read, and the audit log."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from assistant.bootstrap import open_database
from assistant.domain.errors import ServiceUnavailable
from assistant.domain.sql import SqlLimits
from assistant.nl2sql.execute import Execution
from assistant.nl2sql.guard import Guard
from assistant.ports import SqlEngine
from assistant.settings import Settings
from assistant.storage.analytics import AnalyticsDatabase
from assistant.storage.anchors import Anchors
from assistant.storage.audit import PostgresAudit
from assistant.storage.postgres import GivenServer


def open_engine(settings: Settings) -> SqlEngine:
    """Return the database that SQL reads; nothing is asked of it yet.

    Raises:
        ServiceUnavailable: None is configured.
    """
    url = settings.analytics_url.get_secret_value()
    if not url:
        raise ServiceUnavailable(
            "There is no database to ask",
            "Set AEI_ANALYTICS_URL to a PostgreSQL database; docs/operations.md says what it needs.",
        )
    return AnalyticsDatabase(GivenServer(url), settings.analytics_role, settings.analytics_schema)


async def open_guard(settings: Settings) -> Guard:
    """Return the guard over what the configured database lets be read.

    Raises:
        ServiceFailed: The database does not answer, or has no role that reads.
    """
    return await _guard_of(open_engine(settings), settings)


@asynccontextmanager
async def open_execution(settings: Settings) -> AsyncIterator[Execution]:
    """Open what runs statements.

    Raises:
        ServiceFailed: A database does not answer.
    """
    engine = open_engine(settings)
    guard = await _guard_of(engine, settings)
    limits = SqlLimits(settings.sql_timeout_s, settings.sql_max_rows)
    async with AsyncExitStack() as stack:
        postgres = await open_database(settings, stack)
        audit = PostgresAudit(postgres, Anchors(settings.data_dir / "audit"))
        yield Execution(guard, engine, audit, limits)


async def _guard_of(engine: SqlEngine, settings: Settings) -> Guard:
    return Guard(await engine.schema(), settings.sql_max_rows)
