"""Every difference between originals, catalogue and index is planted, found and put right."""

from datetime import timedelta

import pytest
from bson import ObjectId

from assistant.bootstrap import open_app
from assistant.domain.answers import Scope
from assistant.domain.auditing import AuditKind
from assistant.domain.ingestion import IngestStatus, Upload
from assistant.domain.people import LOCAL_USER
from assistant.settings import Settings
from assistant.storage.gridfs import GridFsBlobs
from tests.servers.mongodb import REASON, available, breaking_proxy, mongodb

pytestmark = pytest.mark.anyio

NOW = timedelta(0)
TEXT = b"""HARTLEBURY LOOMS, INC.

Item 7. Management's Discussion

Total net sales were $12,505 thousand in fiscal 2024.
"""
STRAYS_ALLOWED = "set local session_replication_role = replica"


@pytest.fixture(scope="module", params=["postgresql", "gridfs"])
def mongodb_url(request, tmp_path_factory):
    if request.param == "postgresql":
        yield ""
        return
    if not available():
        pytest.skip(REASON)
    with mongodb(tmp_path_factory.mktemp("mongodb")) as url:
        yield url


@pytest.fixture
async def app(database, tmp_path, mongodb_url):
    settings = Settings(
        data_dir=tmp_path,
        database_url=database.url,
        mongodb_url=mongodb_url,
        mongodb_database=tmp_path.name[-30:].replace(".", "_"),
        readers=1,
        _env_file=None,
    )
    async with open_app(settings) as opened:
        yield opened


async def ingest(app, data=TEXT, name="Hartlebury 10-K 2024.txt"):
    [outcome] = [one async for one in app.ingest.ingest([Upload(name, data, name)])]
    return outcome


async def execute(app, *statements):
    async with app.postgres.connection() as connection:
        for statement in statements:
            await connection.execute(statement)


async def found(app, *, repair=False, older_than=NOW):
    run = app.upkeep.reconciler.run(LOCAL_USER, repair=repair, older_than=older_than)
    return [(one.kind, one.repaired) for one in await run]


async def repaired(app, kind):
    """A difference is found, put right, logged, and then gone."""
    assert await found(app) == [(kind, False)]
    assert await found(app, repair=True) == [(kind, True)]
    assert await found(app) == []
    [record] = await app.audit.latest(1)
    assert kind in record.text
    assert record.text.index(AuditKind.REPAIR.value)


async def test_a_healthy_store_gives_nothing_to_repair(app):
    outcome = await ingest(app)
    await ingest(app, name="copy.txt")
    await ingest(app, TEXT.replace(b"12,505", b"13,001"))
    await app.life.delete(outcome.filing.id, LOCAL_USER)
    assert await app.upkeep.run() == []


async def test_pages_and_passages_that_were_lost_are_read_again_from_the_original(app):
    outcome = await ingest(app)
    before = await app.search("net sales", Scope(), 5)
    await execute(app, "delete from page where number = 1")
    await repaired(app, "counts_differ")
    await execute(app, "delete from passage")
    await repaired(app, "counts_differ")
    await execute(app, "delete from posting")
    await repaired(app, "counts_differ")
    again = await app.search("net sales", Scope(), 5)
    assert [hit.text for hit in again] == [hit.text for hit in before]
    assert (await app.catalogue.get("Hartlebury 10-K 2024")).id == outcome.filing.id


async def test_rows_that_belong_to_no_filing_are_removed(app):
    await ingest(app)
    await execute(
        app,
        STRAYS_ALLOWED,
        "insert into page (filing_no, number, text) values (999, 1, 'stray')",
        "insert into fact (filing_no, position, concept, value, unit) values (999, 1, 'x', 1, '')",
    )
    assert await found(app) == [("rows_without_filing", False)] * 2
    assert await found(app, repair=True) == [("rows_without_filing", True)] * 2
    assert await found(app) == []


async def test_a_filing_that_lost_its_entry_gets_it_back(app):
    await ingest(app)
    await execute(app, "delete from placement")
    await repaired(app, "filing_without_entry")
    [filing] = await app.catalogue.filings()
    assert [entry.name for entry in filing.placements] == ["Hartlebury 10-K 2024"]


async def test_an_original_without_a_filing_is_removed_when_it_is_old_enough(app):
    await ingest(app)
    stray = await app.blobs.put(b"nobody's", "text/plain")
    assert await found(app, repair=True, older_than=timedelta(hours=1)) == []
    await repaired(app, "original_without_filing")
    assert await app.blobs.stat(stray.sha256) is None


async def test_a_deletion_that_was_cut_off_before_the_original_went_is_finished(app):
    outcome = await ingest(app)
    original = outcome.filing.original.sha256
    await app.life.records.remove(outcome.filing.id, outcome.filing.added_at.date())
    assert await app.blobs.stat(original) is not None
    await repaired(app, "removal_unfinished")
    assert await app.blobs.stat(original) is None


async def test_a_lost_original_is_named_and_comes_back_with_the_same_file(app):
    outcome = await ingest(app)
    await app.blobs.delete(outcome.filing.original.sha256)
    assert await found(app, repair=True) == [("original_missing", False)]
    assert (await ingest(app)).status is IngestStatus.DUPLICATE
    assert await found(app) == []
    assert await app.blobs.get(outcome.filing.original.sha256) == TEXT


async def test_pages_are_not_touched_when_the_original_is_lost_too(app):
    outcome = await ingest(app)
    await app.blobs.delete(outcome.filing.original.sha256)
    await execute(app, "delete from passage where ordinal = 0")
    kinds = await found(app, repair=True)
    assert sorted(kinds) == [("counts_differ", False), ("original_missing", False)]
    assert await app.catalogue.pages(outcome.filing.id)


async def test_a_damaged_original_is_named(app, mongodb_url):
    outcome = await ingest(app)
    if mongodb_url:
        await app.blobs._chunks.delete_many({})
    else:
        await execute(app, "delete from blob_chunk")
    assert await found(app, repair=True) == [("original_damaged", False)]
    assert (await app.catalogue.get(outcome.filing.id)).pages >= 1


async def test_an_upload_that_died_is_swept(app):
    if not isinstance(app.blobs, GridFsBlobs):
        return  # a write to PostgreSQL that died was rolled back
    await ingest(app)
    old = ObjectId("500000000000000000000000")
    await app.blobs._chunks.insert_one({"files_id": old, "n": 0, "data": b"half"})
    assert await found(app, repair=True) == [("upload_dead", True)]
    assert await found(app, repair=True) == []


async def test_a_store_of_originals_that_is_away_does_not_undo_a_deletion(
    database, tmp_path, mongodb_url
):
    if not mongodb_url:
        return  # originals are in the same database
    async with breaking_proxy(mongodb_url) as proxy:
        settings = Settings(
            data_dir=tmp_path,
            database_url=database.url,
            mongodb_url=proxy.url,
            mongodb_database="away",
            readers=1,
            _env_file=None,
        )
        async with open_app(settings) as app:
            outcome = await ingest(app)
            proxy.arm(0, times=1000)
            removal = await app.life.delete(outcome.filing.id, LOCAL_USER)
            assert removal.content_removed
            assert await app.catalogue.filings() == []
            assert await app.search("net sales", Scope(), 5) == []
            proxy.arm(0, times=0)
            await repaired(app, "removal_unfinished")
            assert await app.blobs.stat(removal.sha256) is None
