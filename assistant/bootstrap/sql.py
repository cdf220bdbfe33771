"""Joins SQL: the guard over what may be read, the database that is read, and the audit log."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from assistant.bootstrap import PROMPTS, migrated_server, open_database, open_router, reranker
from assistant.bootstrap.models import open_models
from assistant.bootstrap.trading import notes_on, own_market, ready
from assistant.bootstrap.verified import make_examples, make_reviewing
from assistant.domain.semantics import Example, SemanticLayer
from assistant.domain.sql import ReadableSchema, SqlLimits
from assistant.encoders.embedded import EmbeddedEmbedder
from assistant.nl2sql.asking import DataDesk
from assistant.nl2sql.builtin import BuiltinWriter
from assistant.nl2sql.composing.composer import composer_of
from assistant.nl2sql.downloads import Downloads
from assistant.nl2sql.execute import Execution
from assistant.nl2sql.generating import StatementPrompt
from assistant.nl2sql.guard import Guard
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.reviewing import Reviewing
from assistant.nl2sql.schema import Surveyor
from assistant.nl2sql.semantics import completed, describes, market_layer, read_layer
from assistant.nl2sql.sending import Sending
from assistant.ports import AuditLog, ChatModel, Router, SqlEngine
from assistant.prompting import Prompts
from assistant.rag.retrieve import Retriever
from assistant.rag.understand import Understander
from assistant.settings import Settings
from assistant.storage.analytics import AnalyticsDatabase
from assistant.storage.anchors import Anchors
from assistant.storage.audit import PostgresAudit
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.facts import PostgresFacts
from assistant.storage.ledger import PostgresLedger
from assistant.storage.postgres import ConnectionSource, GivenServer, Postgres
from assistant.storage.results import PostgresResults
from assistant.storage.room import Room
from assistant.storage.survey import PostgresSurveyor
from assistant.tools.reconciling import Reconciliation
from assistant.tools.search_filings import SearchFilings

_LARGEST_FILE_KB = 2 << 20  # of a file's rows as text; what they take in the file is less


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


async def asked_data(settings: Settings, server: ConnectionSource) -> AskedData:
    """Return the database of AEI_ANALYTICS_URL, or the market in ours, which begins with a sample.

    Args:
        settings: The whole configuration.
        server: Where the product's own database is, at the newest schema.

    Raises:
        ServiceFailed: The market's roles cannot be made, or the database does not answer.
    """
    today = date.fromisoformat(settings.sql_today) if settings.sql_today else None
    if settings.analytics_url.get_secret_value():
        return AskedData(_given(settings), today)
    market = own_market(settings, server)
    origin = await ready(market)
    today = today or origin.today
    return AskedData(market.engine(), today, notes_on(origin, today))


async def open_guard(settings: Settings) -> Guard:
    """Return the guard over what the configured database lets be read.

    Raises:
        ServiceFailed: The database does not answer, or has no role that reads.
    """
    async with AsyncExitStack() as stack:
        return await _guard_of(await _engine(settings, stack), settings)


@asynccontextmanager
async def open_execution(settings: Settings) -> AsyncIterator[tuple[Execution, Downloads]]:
    """Open what runs statements, and what writes their rows to files.

    Raises:
        ServiceFailed: A database does not answer.
    """
    async with AsyncExitStack() as stack:
        postgres = await open_database(settings, stack)
        audit = PostgresAudit(postgres, Anchors(settings.data_dir / "audit"))
        execution = await _execution(settings, postgres.server, audit)
        layer = layer_of(settings, execution.guard.schema)
        yield execution, _downloads(settings, postgres, execution, layer)


@asynccontextmanager
async def open_desk(
    settings: Settings, verified: tuple[Example, ...] = ()
) -> AsyncIterator[DataDesk]:
    """Open what answers questions from the database: models, router, and what runs statements.

    Args:
        settings: The whole configuration.
        verified: Examples that count beside those of the semantic layer.

    Raises:
        ServiceFailed: A database does not answer.
        InvalidRequest: A setting is not usable.
    """
    async with AsyncExitStack() as stack:
        postgres = await open_database(settings, stack)
        router, prompts = open_router(settings), Prompts(PROMPTS)
        models = await open_models(settings, router, prompts, PostgresLedger(postgres), stack)
        audit = PostgresAudit(postgres, Anchors(settings.data_dir / "audit"))
        desk = await shared_desk(
            settings, postgres, audit, router, prompts, models.answering, verified
        )
        yield replace(desk, reconcile=_reconciliation(settings, postgres).noted)


async def shared_desk(
    settings: Settings,
    postgres: Postgres,
    audit: AuditLog,
    router: Router,
    prompts: Prompts,
    model: ChatModel,
    verified: tuple[Example, ...] = (),
) -> DataDesk:
    """Return the desk of a product that is open, over what that has open; `verified` count beside its own.

    Raises:
        ServiceFailed: The database does not answer.
    """
    execution = await _execution(settings, postgres.server, audit)
    layer = layer_of(settings, execution.guard.schema)
    layer = replace(layer, examples=(*verified, *layer.examples))
    downloads = _downloads(settings, postgres, execution, layer)
    return make_desk(
        execution, router, prompts, model, layer, downloads, make_reviewing(postgres, execution)
    )


def _reconciliation(settings: Settings, postgres: Postgres) -> Reconciliation:
    """Return what holds results against the filings of a store that nothing else has open."""
    catalogue, facts = PostgresCatalogue(postgres), PostgresFacts(postgres)
    closer = reranker(settings.reranker)
    pages = Retriever(catalogue, PostgresSurveyor(postgres), EmbeddedEmbedder.load(), closer)
    return Reconciliation(catalogue, facts, Understander(catalogue), SearchFilings(pages, facts))


def _downloads(
    settings: Settings, postgres: Postgres, execution: Execution, layer: SemanticLayer
) -> Downloads:
    """Return what writes the rows of results to files, within limits of its own."""
    rows = settings.sql_max_download_rows
    limits = SqlLimits(settings.sql_download_timeout_s, rows, text_kb=_LARGEST_FILE_KB)
    wider = replace(execution, guard=Guard(execution.guard.schema, rows), limits=limits)
    folder = settings.data_dir / "downloads"
    room = Room(settings.data_dir, settings.min_free_mb << 20)
    return Downloads(wider, PostgresResults(postgres), layer, folder, room.check)


def make_desk(
    execution: Execution,
    router: Router,
    prompts: Prompts,
    model: ChatModel,
    layer: SemanticLayer,
    downloads: Downloads,
    reviewing: Reviewing,
) -> DataDesk:
    """Return the desk over a database; faces that have models open already share them with it."""
    linker = Linker(Surveyor(execution.engine, layer))
    examples = make_examples(linker, layer, execution, reviewing.verified)
    return DataDesk(
        linker=linker,
        builtin=BuiltinWriter(composer_of(layer, execution.guard.schema), examples, linker),
        model=model,
        prompt=StatementPrompt(prompts, execution.guard.schema, layer, examples.nearest),
        sending=Sending(router, execution.guard.schema, layer),
        execution=execution,
        downloads=downloads,
        layer=layer,
        reviewing=reviewing,
    )


@asynccontextmanager
async def open_reviewing(settings: Settings) -> AsyncIterator[Reviewing]:
    """Open what proposals of verified examples are reviewed with.

    Raises:
        ServiceFailed: A database does not answer.
    """
    async with AsyncExitStack() as stack:
        postgres = await open_database(settings, stack)
        audit = PostgresAudit(postgres, Anchors(settings.data_dir / "audit"))
        yield make_reviewing(postgres, await _execution(settings, postgres.server, audit))


@asynccontextmanager
async def open_linker(settings: Settings) -> AsyncIterator[Linker]:
    """Open what links questions to the configured database.

    Raises:
        ServiceFailed: The database does not answer, or has no role that reads.
        InvalidRequest: The file of AEI_SQL_LAYER cannot be read.
    """
    async with AsyncExitStack() as stack:
        engine = await _engine(settings, stack)
        yield Linker(Surveyor(engine, layer_of(settings, await engine.schema())))


def layer_of(settings: Settings, schema: ReadableSchema) -> SemanticLayer:
    """Return what the configured database means: its own file, ours, or what it says of itself.

    Raises:
        InvalidRequest: The file of AEI_SQL_LAYER cannot be read.
    """
    if settings.sql_layer:
        return completed(read_layer(Path(settings.sql_layer)), schema)
    market = market_layer()
    return completed(market if describes(market, schema) else SemanticLayer(), schema)


def sql_limits(settings: Settings) -> SqlLimits:
    """Return what a statement may take."""
    return SqlLimits(settings.sql_timeout_s, settings.sql_max_rows)


async def _execution(settings: Settings, server: ConnectionSource, audit: AuditLog) -> Execution:
    data = await asked_data(settings, server)
    guard = await _guard_of(data.engine, settings)
    return Execution(guard, data.engine, audit, sql_limits(settings), data.today, data.notes)


async def _engine(settings: Settings, stack: AsyncExitStack) -> SqlEngine:
    """Return the database that SQL reads; of ours, only where it is the one, more has to be opened."""
    if settings.analytics_url.get_secret_value():
        return _given(settings)
    return (await asked_data(settings, await migrated_server(settings, stack))).engine


def _given(settings: Settings) -> AnalyticsDatabase:
    given = GivenServer(settings.analytics_url.get_secret_value())
    return AnalyticsDatabase(given, settings.analytics_role, settings.analytics_schema)


async def _guard_of(engine: SqlEngine, settings: Settings) -> Guard:
    return Guard(await engine.schema(), settings.sql_max_rows)
