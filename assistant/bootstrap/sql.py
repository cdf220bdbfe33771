"""Joins SQL: the guard over what may be read, the database that is read, and the audit log."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from assistant.bootstrap import PROMPTS, open_database, open_router
from assistant.bootstrap.models import open_models
from assistant.domain.errors import ServiceUnavailable
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import ReadableSchema, SqlLimits
from assistant.nl2sql.asking import DataDesk
from assistant.nl2sql.downloads import Downloads
from assistant.nl2sql.execute import Execution
from assistant.nl2sql.generating import StatementPrompt, words_in_common
from assistant.nl2sql.guard import Guard
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.schema import Surveyor
from assistant.nl2sql.semantics import completed, market_layer, read_layer
from assistant.nl2sql.sending import Sending
from assistant.nl2sql.unread import NoWriter
from assistant.ports import AuditLog, ChatModel, KeptResults, Router, SqlEngine
from assistant.prompting import Prompts
from assistant.settings import Settings
from assistant.storage.analytics import AnalyticsDatabase
from assistant.storage.anchors import Anchors
from assistant.storage.audit import PostgresAudit
from assistant.storage.ledger import PostgresLedger
from assistant.storage.postgres import GivenServer
from assistant.storage.results import PostgresResults
from assistant.storage.room import Room

_LARGEST_FILE_KB = 2 << 20  # of a file's rows as text; what they take in the file is less


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
async def open_execution(settings: Settings) -> AsyncIterator[tuple[Execution, Downloads]]:
    """Open what runs statements, and what writes their rows to files.

    Raises:
        ServiceFailed: A database does not answer.
    """
    engine = open_engine(settings)
    guard = await _guard_of(engine, settings)
    async with AsyncExitStack() as stack:
        postgres = await open_database(settings, stack)
        audit = PostgresAudit(postgres, Anchors(settings.data_dir / "audit"))
        execution = Execution(guard, engine, audit, sql_limits(settings))
        layer = layer_of(settings, guard.schema)
        yield execution, downloads_of(settings, execution, PostgresResults(postgres), layer)


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[DataDesk]:
    """Open what answers questions from the database: models, router, and what runs statements.

    Raises:
        ServiceFailed: A database does not answer.
        InvalidRequest: A setting is not usable.
    """
    async with AsyncExitStack() as stack:
        postgres = await open_database(settings, stack)
        router, prompts = open_router(settings), Prompts(PROMPTS)
        models = await open_models(settings, router, prompts, PostgresLedger(postgres), stack)
        audit = PostgresAudit(postgres, Anchors(settings.data_dir / "audit"))
        results = PostgresResults(postgres)
        yield await shared_desk(settings, audit, results, router, prompts, models.answering)


async def shared_desk(
    settings: Settings,
    audit: AuditLog,
    results: KeptResults,
    router: Router,
    prompts: Prompts,
    model: ChatModel,
) -> DataDesk:
    """Return the desk of a product that is open, over what that has open.

    Raises:
        ServiceFailed: The database does not answer.
    """
    engine = open_engine(settings)
    guard = await _guard_of(engine, settings)
    execution = Execution(guard, engine, audit, sql_limits(settings))
    layer = layer_of(settings, guard.schema)
    downloads = downloads_of(settings, execution, results, layer)
    return make_desk(execution, router, prompts, model, layer, downloads)


def downloads_of(
    settings: Settings, execution: Execution, results: KeptResults, layer: SemanticLayer
) -> Downloads:
    """Return what writes the rows of results to files, within limits of its own."""
    rows = settings.sql_max_download_rows
    limits = SqlLimits(settings.sql_download_timeout_s, rows, text_kb=_LARGEST_FILE_KB)
    wider = replace(execution, guard=Guard(execution.guard.schema, rows), limits=limits)
    folder = settings.data_dir / "downloads"
    room = Room(settings.data_dir, settings.min_free_mb << 20)
    return Downloads(wider, results, layer, folder, room.check)


def make_desk(
    execution: Execution,
    router: Router,
    prompts: Prompts,
    model: ChatModel,
    layer: SemanticLayer,
    downloads: Downloads,
) -> DataDesk:
    """Return the desk over a database; faces that have models open already share them with it."""
    return DataDesk(
        linker=Linker(Surveyor(execution.engine, layer)),
        builtin=NoWriter(),
        model=model,
        prompt=StatementPrompt(
            prompts, execution.guard.schema, layer, words_in_common(layer.examples)
        ),
        sending=Sending(router, layer),
        execution=execution,
        downloads=downloads,
        layer=layer,
    )


async def open_linker(settings: Settings) -> Linker:
    """Return what links questions to the configured database.

    Raises:
        ServiceFailed: The database does not answer, or has no role that reads.
        InvalidRequest: The file of AEI_SQL_LAYER cannot be read.
    """
    engine = open_engine(settings)
    return Linker(Surveyor(engine, layer_of(settings, await engine.schema())))


def layer_of(settings: Settings, schema: ReadableSchema) -> SemanticLayer:
    """Return what the configured database means: its own file, ours, or what it says of itself.

    Raises:
        InvalidRequest: The file of AEI_SQL_LAYER cannot be read.
    """
    if settings.sql_layer:
        return completed(read_layer(settings.sql_layer), schema)
    market = market_layer()
    ours = market.tables.keys() <= schema.tables.keys()
    return completed(market if ours else SemanticLayer(), schema)


def sql_limits(settings: Settings) -> SqlLimits:
    """Return what a statement may take."""
    return SqlLimits(settings.sql_timeout_s, settings.sql_max_rows)


async def _guard_of(engine: SqlEngine, settings: Settings) -> Guard:
    return Guard(await engine.schema(), settings.sql_max_rows)
