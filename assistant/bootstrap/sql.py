"""Joins SQL: the guard over what may be read, the database that is read, and the audit log."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import date

from assistant.bootstrap import open_database
from assistant.bootstrap.trading import notes_on, open_market, ready
from assistant.domain.sql import SqlLimits
from assistant.nl2sql.execute import Execution
from assistant.nl2sql.guard import Guard
from assistant.ports import SqlEngine
from assistant.settings import Settings
from assistant.storage.analytics import AnalyticsDatabase
from assistant.storage.anchors import Anchors
from assistant.storage.audit import PostgresAudit
from assistant.storage.postgres import GivenServer


@dataclass(frozen=True)
class AskedData:
    """The database that SQL reads.

    Args:
        engine: The database, behind a role that only reads.
        today: The day that its data calls today; None: the real one.
        notes: Sentences that belong to every answer from it.
    """

    engine: SqlEngine
    today: date | None = None
    notes: tuple[str, ...] = ()


async def open_data(settings: Settings, stack: AsyncExitStack) -> AskedData:
    """Return the database of AEI_ANALYTICS_URL, or the product's own market, filled with the sample.

    Raises:
        ServiceFailed: Our own does not start, or its roles cannot be made.
    """
    url = settings.analytics_url.get_secret_value()
    if url:
        given = GivenServer(url)
        engine = AnalyticsDatabase(given, settings.analytics_role, settings.analytics_schema)
        return AskedData(engine, settings.sql_today)
    market = await open_market(settings, stack)
    origin = await ready(market)
    today = settings.sql_today or origin.today
    return AskedData(market.engine(), today, notes_on(origin, today))


async def open_guard(settings: Settings) -> Guard:
    """Return the guard over what the configured database lets be read.

    Raises:
        ServiceFailed: The database does not answer, or has no role that reads.
    """
    async with AsyncExitStack() as stack:
        data = await open_data(settings, stack)
        return await _guard_of(data.engine, settings)


@asynccontextmanager
async def open_execution(settings: Settings) -> AsyncIterator[Execution]:
    """Open what runs statements.

    Raises:
        ServiceFailed: A database does not answer.
    """
    limits = SqlLimits(settings.sql_timeout_s, settings.sql_max_rows)
    async with AsyncExitStack() as stack:
        data = await open_data(settings, stack)
        guard = await _guard_of(data.engine, settings)
        postgres = await open_database(settings, stack)
        audit = PostgresAudit(postgres, Anchors(settings.data_dir / "audit"))
        yield Execution(guard, data.engine, audit, limits, data.today)


async def _guard_of(engine: SqlEngine, settings: Settings) -> Guard:
    return Guard(await engine.schema(), settings.sql_max_rows)
