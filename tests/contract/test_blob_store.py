"""What every store of originals must do, on PostgreSQL and on GridFS."""

import asyncio
import gc
import hashlib
import os
import time
import warnings
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest
from bson import ObjectId
from gridfs import AsyncGridFSBucket
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo import AsyncMongoClient

from assistant.domain.errors import (
    InvalidRequest,
    NotFound,
    ServiceFailed,
    ServiceUnavailable,
)
from assistant.ports import BlobStore
from assistant.storage.blobs import PostgresBlobs
from assistant.storage.gridfs import GridFsBlobs, Limits
from assistant.storage.postgres import Postgres
from tests.servers.mongodb import REASON, BreakingProxy, available, breaking_proxy, mongodb

pytestmark = pytest.mark.anyio

MIB = 1 << 20
PDF = "application/pdf"
LARGE = os.urandom(3 * MIB + 17)
HUGE = os.urandom(12 * MIB)  # more than GridFS is sent in one message
HALF_WAY = 10 * MIB
ABSENT = "0" * 64


class Backend(Protocol):
    """A store, and what a test must do behind its back."""

    store: BlobStore

    async def chunks(self) -> int:
        """Count the stored pieces, whoever owns them."""

    async def damage(self) -> None:
        """Change bytes of the only blob without changing its length."""

    async def lose_a_chunk(self) -> None:
        """Remove the second piece of the only blob."""

    async def put_over_a_dropping_connection(self, data: bytes) -> None:
        """Put, and lose the connection when a part of the bytes was sent."""

    async def put_and_cancel_half_way(self, data: bytes) -> None:
        """Put, and cancel the task when a part of the bytes was sent."""

    async def sweep(self) -> None:
        """Do the store's housekeeping."""


@dataclass
class OnPostgres:
    postgres: Postgres
    store: PostgresBlobs

    async def chunks(self) -> int:
        async with self.postgres.connection() as connection:
            cursor = await connection.execute("select count(*) from blob_chunk")
            return (await cursor.fetchone())[0]

    async def damage(self) -> None:
        await self._execute(
            "update blob_chunk set data = set_byte(data, 7, 255 - get_byte(data, 7))"
        )

    async def lose_a_chunk(self) -> None:
        await self._execute("delete from blob_chunk where n = 1")

    async def put_over_a_dropping_connection(self, data: bytes) -> None:
        async with self.postgres.connection() as connection:
            writing = await self._stick(connection, data)
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_locks"
                " where relation = 'blob_chunk'::regclass and not granted"
            )
            await writing

    async def put_and_cancel_half_way(self, data: bytes) -> None:
        async with self.postgres.connection() as connection:
            writing = await self._stick(connection, data)
            writing.cancel()
            await writing

    async def sweep(self) -> None:
        """A transaction leaves nothing to sweep."""

    async def _stick(self, connection, data: bytes) -> asyncio.Task:
        """Start a put that waits for us after the blob's row, before its first chunk."""
        await connection.execute("lock table blob_chunk in exclusive mode")
        writing = asyncio.create_task(self.store.put(data, PDF))
        waiting = "select 1 from pg_locks where relation = 'blob_chunk'::regclass and not granted"
        for _ in range(500):
            cursor = await connection.execute(waiting)
            if await cursor.fetchone():
                return writing
            await asyncio.sleep(0.01)
        raise AssertionError("the put did not get to its chunks")

    async def _execute(self, statement: str) -> None:
        async with self.postgres.connection() as connection:
            await connection.execute(statement)


@dataclass
class OnGridFs:
    url: str
    database: str
    store: GridFsBlobs
    client: AsyncMongoClient

    @property
    def bucket(self):
        return self.client[self.database]["originals"]

    async def chunks(self) -> int:
        return await self.bucket.chunks.count_documents({})

    async def damage(self) -> None:
        chunk = await self.bucket.chunks.find_one({"n": 0})
        data = bytes([255 - chunk["data"][0]]) + chunk["data"][1:]
        await self.bucket.chunks.update_one({"_id": chunk["_id"]}, {"$set": {"data": data}})

    async def lose_a_chunk(self) -> None:
        await self.bucket.chunks.delete_one({"n": 1})

    async def put_over_a_dropping_connection(self, data: bytes) -> None:
        async with breaking_proxy(self.url) as proxy, self.through(proxy) as store:
            await store.stat(ABSENT)
            proxy.arm(HALF_WAY, times=9)
            await store.put(data, PDF)

    async def put_and_cancel_half_way(self, data: bytes) -> None:
        async with breaking_proxy(self.url) as proxy, self.through(proxy) as store:
            await store.stat(ABSENT)
            proxy.arm(HALF_WAY, stalls=True)
            writing = asyncio.create_task(store.put(data, PDF))
            await proxy.broke.wait()
            writing.cancel()
            await writing

    async def sweep(self) -> None:
        await self.store.sweep(timedelta(0))

    def through(self, proxy: BreakingProxy, **limits: float):
        return GridFsBlobs.open(proxy.url, self.database, replace(Limits(connect_s=2), **limits))


@pytest.fixture(scope="module")
def mongodb_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if not available():
        pytest.skip(REASON)
    folder: Path = tmp_path_factory.mktemp("mongodb")
    with mongodb(folder) as url:
        yield url


@pytest.fixture
def dropped_sockets() -> Iterator[None]:
    """Let go of the socket that pymongo leaves open when it is cancelled while connecting.

    Otherwise the collector finds it during some later test and its warning fails that one.
    """
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture
async def on_gridfs(mongodb_url: str, dropped_sockets: None) -> AsyncIterator[OnGridFs]:
    database = f"aei_test_{uuid4().hex[:12]}"
    async with (
        AsyncMongoClient(mongodb_url) as client,
        GridFsBlobs.open(mongodb_url, database) as store,
    ):
        yield OnGridFs(mongodb_url, database, store, client)
        await client.drop_database(database)


@pytest.fixture
async def on_postgres(postgres: Postgres) -> OnPostgres:
    return OnPostgres(postgres, PostgresBlobs(postgres))


@pytest.fixture(params=["postgres", "gridfs"])
def backend(request: pytest.FixtureRequest) -> Backend:
    return request.getfixturevalue(f"on_{request.param}")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("size", [0, 1, 255 * 1024, 256 * 1024, len(LARGE)])
async def test_bytes_come_back_as_they_were_put(backend: Backend, size: int):
    data = LARGE[:size]
    ref = await backend.store.put(data, PDF)
    assert (ref.sha256, ref.media_type, ref.size) == (sha256(data), PDF, size)
    assert await backend.store.get(ref.sha256) == data
    assert await backend.store.stat(ref.sha256) == ref


async def test_the_same_bytes_give_the_same_ref_and_are_stored_once(backend: Backend):
    first = await backend.store.put(LARGE, PDF)
    chunks = await backend.chunks()
    again = await backend.store.put(LARGE, "text/plain")
    assert again == first
    assert await backend.store.stat(first.sha256) == first
    assert await backend.chunks() == chunks > 1


async def test_a_range_is_what_slicing_the_bytes_gives(backend: Backend):
    ref = await backend.store.put(LARGE, PDF)
    bounds = [
        (0, 10), (5, 5), (10, 5), (1000, 2000), (255 * 1024 - 3, 256 * 1024 + 3),
        (100_000, 2_900_000), (len(LARGE) - 4, None), (len(LARGE) - 4, len(LARGE) + 99),
        (len(LARGE), None), (len(LARGE) + 5, len(LARGE) + 9), (256 * 1024, 512 * 1024),
    ]  # fmt: skip
    for start, end in bounds:
        assert await backend.store.get(ref.sha256, start, end) == LARGE[start:end], (start, end)


async def test_any_range_is_what_slicing_the_bytes_gives(backend: Backend):
    ref = await backend.store.put(LARGE[: 600 * 1024], PDF)
    bound = st.integers(0, 700 * 1024)
    drawn: list[tuple[int, int | None]] = []

    @settings(max_examples=25, database=None, suppress_health_check=list(HealthCheck))
    @given(bound, st.none() | bound)
    def draw(start: int, end: int | None) -> None:
        drawn.append((start, end))

    draw()
    for start, end in drawn:
        expected = LARGE[: 600 * 1024][start:end]
        assert await backend.store.get(ref.sha256, start, end) == expected, (start, end)


async def test_any_range_of_an_empty_blob_is_empty(backend: Backend):
    ref = await backend.store.put(b"", "text/plain")
    assert await backend.store.get(ref.sha256, 0, 10) == b""
    assert await backend.store.get(ref.sha256, 3) == b""


async def test_a_negative_bound_is_refused(backend: Backend):
    ref = await backend.store.put(b"abc", "text/plain")
    with pytest.raises(InvalidRequest, match="-1"):
        await backend.store.get(ref.sha256, -1)


async def test_a_missing_blob_is_named_and_has_no_stat(backend: Backend):
    assert await backend.store.stat(ABSENT) is None
    with pytest.raises(NotFound, match=ABSENT):
        await backend.store.get(ABSENT)
    with pytest.raises(NotFound, match=ABSENT):
        await backend.store.get(ABSENT, 5, 5)
    assert await backend.store.delete(ABSENT) is False


async def test_a_deleted_blob_is_gone_with_its_chunks_and_can_be_put_again(backend: Backend):
    ref = await backend.store.put(LARGE, PDF)
    other = await backend.store.put(b"other", PDF)
    assert await backend.store.delete(ref.sha256) is True
    assert await backend.store.stat(ref.sha256) is None
    assert await backend.chunks() == 1
    assert await backend.store.delete(ref.sha256) is False
    assert await backend.store.get(other.sha256) == b"other"
    await backend.store.put(LARGE, PDF)
    assert await backend.store.get(ref.sha256) == LARGE


async def test_damaged_bytes_are_an_error_and_are_not_handed_out(backend: Backend):
    ref = await backend.store.put(LARGE, PDF)
    await backend.damage()
    with pytest.raises(ServiceFailed, match=f"{ref.sha256} is damaged"):
        await backend.store.get(ref.sha256)


async def test_a_lost_chunk_is_an_error_also_for_a_range(backend: Backend):
    ref = await backend.store.put(LARGE, PDF)
    await backend.lose_a_chunk()
    with pytest.raises(ServiceFailed, match=f"{ref.sha256} is damaged"):
        await backend.store.get(ref.sha256, 200 * 1024, 800 * 1024)
    assert await backend.store.get(ref.sha256, 0, 100) == LARGE[:100]


async def test_every_stored_blob_is_listed_with_what_is_held_of_it(backend: Backend):
    assert [one async for one in backend.store.stored()] == []
    small = await backend.store.put(b"small", PDF)
    empty = await backend.store.put(b"", PDF)
    large = await backend.store.put(LARGE, PDF)
    listed = [one async for one in backend.store.stored()]
    assert [one.sha256 for one in listed] == sorted([small.sha256, empty.sha256, large.sha256])
    assert {(one.size, one.held) for one in listed} == {(size, size) for size in (0, 5, len(LARGE))}
    assert all(one.stored_at.tzinfo for one in listed)

    await backend.lose_a_chunk()
    [damaged] = [one async for one in backend.store.stored() if one.held != one.size]
    assert damaged.sha256 == large.sha256
    assert damaged.held < damaged.size


async def test_two_writers_of_the_same_bytes_both_succeed_and_store_them_once(backend: Backend):
    alone = await backend.store.put(LARGE, PDF)
    chunks = await backend.chunks()
    await backend.store.delete(alone.sha256)
    refs = await asyncio.gather(*(backend.store.put(LARGE, PDF) for _ in range(4)))
    assert set(refs) == {alone}
    assert await backend.chunks() == chunks
    assert await backend.store.get(alone.sha256) == LARGE


async def test_writers_of_different_bytes_do_not_mix(backend: Backend):
    contents = [LARGE[n:] for n in range(4)]
    refs = await asyncio.gather(*(backend.store.put(data, PDF) for data in contents))
    assert await asyncio.gather(*(backend.store.get(ref.sha256) for ref in refs)) == contents


async def test_a_dropped_connection_leaves_nothing_to_see(backend: Backend):
    with pytest.raises(ServiceUnavailable):
        await backend.put_over_a_dropping_connection(HUGE)
    assert await backend.store.stat(sha256(HUGE)) is None
    with pytest.raises(NotFound):
        await backend.store.get(sha256(HUGE))
    await backend.sweep()
    assert await backend.chunks() == 0


async def test_a_put_after_a_dropped_connection_succeeds(backend: Backend):
    with pytest.raises(ServiceUnavailable):
        await backend.put_over_a_dropping_connection(HUGE)
    ref = await backend.store.put(HUGE, PDF)
    await backend.sweep()
    assert await backend.store.get(ref.sha256) == HUGE


async def test_a_cancelled_put_leaves_nothing(backend: Backend):
    with pytest.raises(asyncio.CancelledError):
        await backend.put_and_cancel_half_way(HUGE)
    assert await backend.store.stat(sha256(HUGE)) is None
    assert await backend.chunks() == 0


async def test_sixty_megabytes_come_back(backend: Backend):
    data = os.urandom(60 * MIB)
    started = time.perf_counter()
    ref = await backend.store.put(data, PDF)
    put = time.perf_counter()
    same = await backend.store.get(ref.sha256) == data
    got = time.perf_counter()
    part = await backend.store.get(ref.sha256, 30 * MIB, 31 * MIB)
    print(f"put {60 / (put - started):.0f} MiB/s, get {60 / (got - put):.0f} MiB/s")  # pytest -s
    assert same
    assert part == data[30 * MIB : 31 * MIB]


async def test_gridfs_tools_can_read_what_is_stored(on_gridfs: OnGridFs):
    ref = await on_gridfs.store.put(LARGE, PDF)
    bucket = AsyncGridFSBucket(on_gridfs.client[on_gridfs.database], "originals")
    stream = await bucket.open_download_stream_by_name(ref.sha256)
    assert (stream.length, stream.metadata) == (len(LARGE), {"media_type": PDF})
    assert await stream.read() == LARGE


async def test_one_lost_connection_is_made_good_by_trying_again(on_gridfs: OnGridFs):
    async with breaking_proxy(on_gridfs.url) as proxy, on_gridfs.through(proxy) as store:
        await store.stat(ABSENT)
        proxy.arm(len(LARGE) // 2, times=1)
        ref = await store.put(LARGE, PDF)
        assert proxy.faults_left == 0
        assert await store.get(ref.sha256) == LARGE


async def test_a_lost_answer_to_the_last_insert_neither_loses_nor_doubles_the_blob(
    on_gridfs: OnGridFs,
):
    async with breaking_proxy(on_gridfs.url) as proxy, on_gridfs.through(proxy) as store:
        await store.put(b"creates the indexes", PDF)
        proxy.sent = 0
        await store.put(b"first", PDF)
        proxy.arm(proxy.sent - 10, delivers=True)  # the last message of the next put
        ref = await store.put(b"other", PDF)
        assert proxy.faults_left == 0
        assert await store.get(ref.sha256) == b"other"
    assert await on_gridfs.bucket.files.count_documents({}) == 3
    assert await on_gridfs.chunks() == 3


async def test_a_server_that_stops_answering_is_given_up(on_gridfs: OnGridFs):
    async with (
        breaking_proxy(on_gridfs.url) as proxy,
        on_gridfs.through(proxy, reply_s=0.3, call_s=1.5) as store,
    ):
        await store.stat(ABSENT)
        proxy.arm(0, times=99, stalls=True)
        started = time.perf_counter()
        with pytest.raises(ServiceUnavailable):
            await store.stat(ABSENT)
        assert time.perf_counter() - started < 4


async def test_a_sweep_spares_stored_blobs_and_young_uploads(on_gridfs: OnGridFs):
    ref = await on_gridfs.store.put(LARGE, PDF)
    stored = await on_gridfs.chunks()
    await on_gridfs.bucket.chunks.insert_one({"files_id": ObjectId(), "n": 0, "data": b"dead"})
    assert await on_gridfs.store.sweep() == 0
    assert await on_gridfs.store.sweep(timedelta(0)) == 1
    assert await on_gridfs.chunks() == stored
    assert await on_gridfs.store.get(ref.sha256) == LARGE


@pytest.mark.usefixtures("dropped_sockets")
async def test_an_absent_mongodb_is_named_without_its_password():
    url = "mongodb://ann:s3cret@127.0.0.1:1/?authSource=admin"
    async with GridFsBlobs.open(url, "aei", Limits(connect_s=0.3)) as store:
        started = time.perf_counter()
        with pytest.raises(ServiceUnavailable, match=r"mongodb://\*\*\*@127\.0\.0\.1:1") as raised:
            await store.put(b"abc", "text/plain")
        assert time.perf_counter() - started < 2
    assert "AEI_MONGODB_URL" in raised.value.hint
    assert "s3cret" not in raised.value.message


@pytest.mark.parametrize(
    "url", ["", "http://127.0.0.1", "mongodb://", "mongodb://h:port", "mongodb://h/?w=0"]
)
def test_an_invalid_mongodb_url_is_refused(url: str):
    with pytest.raises(InvalidRequest) as raised:
        GridFsBlobs(url, "aei")
    assert "AEI_MONGODB_URL" in raised.value.hint
