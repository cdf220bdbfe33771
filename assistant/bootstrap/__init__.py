"""Builds the application from settings: the one place that names concrete backends."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.audit import searched
from assistant.bootstrap.agent import open_agent
from assistant.bootstrap.desk import DatabaseDesk
from assistant.bootstrap.memory import open_memory
from assistant.bootstrap.models import open_models
from assistant.domain.answers import Choice, Destination, Scope
from assistant.domain.errors import AmbiguousName
from assistant.domain.filings import FoundPassage
from assistant.domain.people import LOCAL_USER, Principal
from assistant.encoders.embedded import EmbeddedEmbedder
from assistant.encoders.rerank import LightReranker
from assistant.ingest.extract.ocr import is_installed
from assistant.ingest.jobs import IngestJobs
from assistant.ingest.pipeline import Ingest
from assistant.ingest.reader_protocol import Options
from assistant.ingest.reread import Rereader
from assistant.ingest.sandbox import Sandbox
from assistant.ports import (
    AuditLog,
    BlobStore,
    Catalogue,
    ChatModel,
    Embedder,
    Facts,
    FilingSource,
    Findings,
    JobQueue,
    Reranker,
    Tool,
    Worker,
)
from assistant.prompting import Prompts
from assistant.rag.answer import AnswerPrompt
from assistant.rag.compared import compare
from assistant.rag.retrieve import Retriever
from assistant.rag.understand import Understander
from assistant.records.collections import CollectionLabels
from assistant.records.life import Life
from assistant.records.reconcile import Reconciler
from assistant.records.upkeep import Upkeep
from assistant.routing.chain import Link
from assistant.routing.comparing import ComparingModel
from assistant.routing.metered import Meter
from assistant.routing.policy import read_policy
from assistant.routing.router import Router
from assistant.settings import ModelChoice, OcrChoice, RerankerChoice, Settings
from assistant.sources.archive import unpack
from assistant.sources.edgar import EdgarSource
from assistant.storage.anchors import Anchors
from assistant.storage.answers import PostgresAnswers
from assistant.storage.audit import PostgresAudit
from assistant.storage.blobs import PostgresBlobs
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.collections import PostgresCollections
from assistant.storage.embedded import EmbeddedPostgres
from assistant.storage.facts import PostgresFacts
from assistant.storage.findings import PostgresFindings
from assistant.storage.inspect import PostgresInspector
from assistant.storage.jobs import PostgresJobs
from assistant.storage.ledger import PostgresLedger
from assistant.storage.migrate import migrate
from assistant.storage.passages import PostgresPassages
from assistant.storage.postgres import ConnectionSource, GivenServer, PoolLimits, Postgres
from assistant.storage.records import PostgresRecords
from assistant.storage.room import Room
from assistant.storage.survey import PostgresSurveyor
from assistant.storage.tasks import TaskQueue
from assistant.tools.compare_filings import CompareFilings
from assistant.tools.judging import Verdicts
from assistant.tools.query_database import QueryDatabase
from assistant.tools.reconciling import Reconciliation, TableCheck
from assistant.tools.search_filings import SearchFilings
from assistant.turn import Assistant

if TYPE_CHECKING:
    from assistant.nl2sql.asking import DataDesk

PROMPTS = Path(__file__).parents[2] / "prompts"
_OCR_SHARE = 0.6  # of the time a file may take; the rest is for its other pages and the index
_EMBEDDER = "assistant.encoders.embedded:EmbeddedEmbedder.load"


@dataclass(frozen=True)
class App:
    """What the faces use. `links` are the models of the chain."""

    assistant: Assistant
    ingest: Ingest
    jobs: IngestJobs
    worker: Worker
    retriever: Retriever
    catalogue: Catalogue
    facts: Facts
    findings: Findings
    blobs: BlobStore
    audit: AuditLog
    meter: Meter
    life: Life
    collections: CollectionLabels
    upkeep: Upkeep
    links: tuple[Link, ...]
    postgres: Postgres
    sql: DatabaseDesk
    verdicts: Verdicts

    @property
    def models(self) -> Mapping[Destination, str]:
        """The names of the models that can be asked, by where they are."""
        return {link.destination: link.name for link in self.links if link.model}

    async def search(
        self, text: str, scope: Scope, limit: int, asked_by: Principal = LOCAL_USER
    ) -> list[FoundPassage]:
        """Return at most `limit` passages, best first. The audit log has it before it is returned."""
        found = await self.retriever.search(text, scope, limit)
        await self.audit.append(searched(asked_by, text, scope, found))
        return found

    async def scope(self, documents: Sequence[str], as_of: date | None = None) -> Scope:
        """Return the scope of these documents (names or ids), as of a day where one is given.

        Raises:
            NotFound: One of them is not in the catalogue.
        """
        for document in documents:
            with suppress(AmbiguousName):
                await self.catalogue.get(document)
        return Scope(tuple(documents), as_of)

    async def scopes(self, question: str) -> tuple[Choice, ...]:
        """Return the scopes that a question may be asked in; none while there are no filings."""
        return await self.assistant.understander.offers(question)

    async def ready(self) -> None:
        """Return when the database answers.

        Raises:
            ServiceFailed: It does not.
        """
        await self.postgres.ping()


@asynccontextmanager
async def open_app(
    settings: Settings, niceness: int = 0, *, warm: bool = False
) -> AsyncIterator[App]:
    """Open every configured backend, hand out the application, close them in turn.

    Args:
        settings: The whole configuration.
        niceness: How far reading processes stand back for others, 0 to 19.
        warm: Whether reading processes start before the first file comes.
    """
    async with AsyncExitStack() as stack:
        sandbox = reader(settings, niceness)
        stack.push_async_callback(sandbox.close)
        if warm:
            await sandbox.warm()
        postgres = await open_database(settings, stack)
        blobs = await open_blobs(settings, postgres, stack)
        catalogue = PostgresCatalogue(postgres)
        index = PostgresPassages(postgres)
        facts = PostgresFacts(postgres)
        findings = PostgresFindings(postgres)
        ledger = PostgresLedger(postgres)
        audit = PostgresAudit(postgres, Anchors(settings.data_dir / "audit"))
        records = PostgresRecords(postgres)
        queue, worker = open_queue(postgres)
        life = Life(catalogue, records, blobs, findings, audit, queue, postgres)
        rereader = Rereader(sandbox, blobs, catalogue, index, facts, findings, postgres)
        inspector = PostgresInspector(postgres)
        reconciler = Reconciler(catalogue, records, inspector, blobs, audit, life, rereader.reread)
        surveyor = PostgresSurveyor(postgres)
        embedder, closer = EmbeddedEmbedder.load(), reranker(settings.reranker)
        router, prompts = open_router(settings, embedder), Prompts(PROMPTS)
        models = await open_models(settings, router, prompts, ledger, stack)
        retriever = Retriever(catalogue, surveyor, embedder, closer)
        found: tuple[Tool, ...] = (SearchFilings(retriever, facts), CompareFilings(retriever))
        tools, understander = {tool.name: tool for tool in found}, Understander(catalogue)
        desk = DatabaseDesk(
            partial(
                _desk,
                settings,
                postgres,
                audit,
                router,
                prompts,
                models.answering,
                Reconciliation(catalogue, facts, understander, found[0]),
            )
        )
        age = timedelta(days=settings.answer_cache_days)
        answers = PostgresAnswers(postgres, settings.answer_cache_size, age)
        ingest = Ingest(
            reader=sandbox,
            blobs=blobs,
            catalogue=catalogue,
            index=index,
            facts=facts,
            audit=audit,
            findings=findings,
            work=postgres,
            max_bytes=settings.max_file_mb << 20,
            at_once=settings.readers,
            room=Room(settings.data_dir, settings.min_free_mb << 20).check,
        )
        yield App(
            assistant=Assistant(
                understander=understander,
                tools=tools,
                prompt=AnswerPrompt(prompts),
                model=open_agent(
                    settings,
                    ComparingModel(models.answering, compare),
                    models.calling,
                    tools,
                    understander,
                    router,
                    prompts,
                ),
                facts=facts,
                router=router,
                audit=audit,
                ledger=ledger,
                work=postgres,
                memory=open_memory(settings, answers, models),
                adviser=models.adviser,
                database=QueryDatabase(desk),
                table=TableCheck(catalogue, desk.runs),
            ),
            ingest=ingest,
            jobs=IngestJobs(
                ingest=ingest,
                queue=queue,
                blobs=blobs,
                catalogue=catalogue,
                work_unit=postgres,
                unpack=partial(unpack, max_bytes=ingest.max_bytes),
                limit=settings.queue_limit,
                keep_days=settings.jobs_keep_days,
            ),
            worker=worker,
            retriever=retriever,
            catalogue=catalogue,
            facts=facts,
            findings=findings,
            blobs=blobs,
            audit=audit,
            meter=models.meter,
            life=life,
            collections=CollectionLabels(PostgresCollections(postgres), audit, postgres),
            upkeep=Upkeep(life, reconciler, records, audit, answers),
            links=models.links,
            postgres=postgres,
            sql=desk,
            verdicts=Verdicts(desk.check, audit, desk.proposals),
        )


async def _desk(
    settings: Settings,
    postgres: Postgres,
    audit: AuditLog,
    router: Router,
    prompts: Prompts,
    model: ChatModel,
    filings: Reconciliation,
) -> "DataDesk":
    from assistant.bootstrap.sql import shared_desk  # noqa: PLC0415 -- it stands on this module

    desk = await shared_desk(settings, postgres, audit, router, prompts, model)
    return replace(desk, reconcile=filings.noted)


def open_router(settings: Settings, embedder: Embedder | None = None) -> Router:
    """Return the router, without opening a store or probing a service.

    Args:
        settings: The whole configuration.
        embedder: The embedded one, where it is loaded already.

    Raises:
        InvalidRequest: The policy file is not usable.
    """
    asked = None if settings.model is ModelChoice.AUTO else Destination(settings.model.value)
    policy = read_policy(settings.routing_policy)
    return Router.load(embedder or EmbeddedEmbedder.load(), policy, asked)


def reader(settings: Settings, niceness: int = 0) -> Sandbox:
    """Return what reads files, each in a process with the configured limits."""
    recognises = settings.ocr is OcrChoice.AUTO and is_installed()
    languages = settings.ocr_languages if recognises else ""
    seconds = settings.read_timeout_s * _OCR_SHARE
    return Sandbox(
        Options(
            _EMBEDDER,
            settings.max_pages,
            settings.read_memory_mb,
            languages,
            seconds,
            settings.read_timeout_s,
            niceness,
        ),
        size=settings.readers,
        timeout_s=settings.read_timeout_s,
    )


@asynccontextmanager
async def open_edgar(settings: Settings) -> AsyncIterator[FilingSource]:
    """Open SEC EDGAR as the settings name it.

    Raises:
        InvalidRequest: The settings do not say who asks.
    """
    opened = EdgarSource.open(
        settings.edgar_url, settings.edgar_user_agent, settings.max_file_mb << 20
    )
    async with opened as source:
        yield source


def reranker(choice: RerankerChoice) -> Reranker | None:
    """Return what looks closer at the pages that search found, if anything does."""
    match choice:
        case RerankerChoice.LIGHT:
            return LightReranker()
        case RerankerChoice.NONE:
            return None


async def open_database(settings: Settings, stack: AsyncExitStack) -> Postgres:
    """Open the configured server, or ours, brought to the newest schema.

    Raises:
        ServiceFailed: It does not start or answer, or its schema is newer than this release.
    """
    server = await migrated_server(settings, stack)
    limits = PoolLimits(size=settings.pool_size, statement_timeout_s=settings.statement_timeout_s)
    return await stack.enter_async_context(Postgres.open(server, limits))


async def migrated_server(settings: Settings, stack: AsyncExitStack) -> ConnectionSource:
    """Return the configured server, or ours, with the database at the newest schema.

    Raises:
        ServiceFailed: It does not start or answer, or its schema is newer than this release.
    """
    server = await database_server(settings, stack)
    await migrate(server)
    return server


async def database_server(settings: Settings, stack: AsyncExitStack) -> ConnectionSource:
    """Return the server that AEI_DATABASE_URL names, or the embedded one, running.

    Raises:
        ServiceFailed: The embedded one does not start.
    """
    if url := settings.database_url.get_secret_value():
        return GivenServer(url)
    return await stack.enter_async_context(EmbeddedPostgres(settings.data_dir).attach())


def open_queue(postgres: Postgres) -> tuple[JobQueue, Worker]:
    """Return the queue of jobs in the database, and a worker that takes from it."""
    tasks = TaskQueue(postgres)
    return PostgresJobs(postgres, tasks), tasks


async def open_blobs(settings: Settings, postgres: Postgres, stack: AsyncExitStack) -> BlobStore:
    """Open the store of originals: GridFS where AEI_MONGODB_URL is set, else PostgreSQL.

    Raises:
        ServiceUnavailable: MongoDB does not answer.
    """
    url = settings.mongodb_url.get_secret_value()
    if not url:
        return PostgresBlobs(postgres)
    from assistant.storage.gridfs import GridFsBlobs  # noqa: PLC0415 -- pymongo, where it is used

    return await stack.enter_async_context(GridFsBlobs.open(url, settings.mongodb_database))
