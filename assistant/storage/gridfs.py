"""Originals in MongoDB's GridFS; the one module that knows pymongo.

    put ── chunks under a fresh id ──► files document {_id, filename: sha256}   = published
                    │                            │
                 invisible             unique index on filename: one writer wins

The files document is written last, and nothing is read without one, so its insert publishes the
whole blob or nothing. A unique index on `filename` decides between two writers; the loser
removes its own chunks, which no other writer shares because each upload has an id of its own.

The two collections are written and read as the GridFS specification lays them out, so any
GridFS tool reads them, but not through pymongo's streams: `AsyncGridIn` leaves the chunks of a
failed upload behind and sends the last 32 MB of chunks and the files document in one `close`,
so a failure there does not tell whether the file may have been published. Here that is known.
A failed `put` removes its chunks, except when the outcome of the last insert is unknown: the
server may still apply it, and a files document without chunks would be a half-stored file.
What a dead process or such a doubt leaves is invisible, and `sweep` removes it once it is old.

Avoided, so that compatible servers do: transactions, aggregation, updates that a unique index
may refuse, and replies over 48 MB (hence the explicit batch size).
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from mmap import mmap
from typing import Any, ParamSpec, Self, TypeVar

import anyio
from bson import Int64, ObjectId
from pymongo import ASCENDING, AsyncMongoClient, ReadPreference
from pymongo.errors import (
    AutoReconnect,
    ConnectionFailure,
    DuplicateKeyError,
    PyMongoError,
    ServerSelectionTimeoutError,
)
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from assistant.domain.errors import InvalidRequest, ServiceFailed, ServiceUnavailable
from assistant.domain.filings import BlobRef
from assistant.domain.records import StoredOriginal
from assistant.storage.originals import address, cut, missing, pieces, verify

_BUCKET = "originals"
_CHUNK_BYTES = 255 * 1024  # the GridFS default; 1, 4 and 8 MiB measured no faster
_BATCH_CHUNKS = 32  # 8 MB a message
_CLEANING_S = 10.0
_ATTEMPTS = 3
_SWEEP_BATCH = 1000
_HINT = "Check that MongoDB runs and that AEI_MONGODB_URL names it."

_P = ParamSpec("_P")
_T = TypeVar("_T")
_Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, in seconds, and how many connections to a server may be open.

    `connect_s` bounds looking for a server, connecting and waiting for a free connection,
    `reply_s` one reply, `call_s` one call of a method with its retries.
    """

    connect_s: float = 5.0
    reply_s: float = 60.0
    call_s: float = 300.0
    connections: int = 8


_DEFAULT = Limits()


class GridFsBlobs:
    """Implements `ports.BlobStore` in a GridFS bucket named `originals`.

    Args:
        url: A `mongodb://` or `mongodb+srv://` URL.
        database: The database that holds the bucket.
        limits: Time-outs and pool size.

    Raises:
        InvalidRequest: The URL or its options are not valid.
    """

    def __init__(self, url: str, database: str, limits: Limits = _DEFAULT) -> None:
        self._where = _masked(url)
        self._call_s = limits.call_s
        try:
            self._client = _client(url, limits)
            store = self._client.get_database(database, read_preference=ReadPreference.PRIMARY)
        except (PyMongoError, ValueError) as error:
            raise self._refused(type(error).__name__) from error
        if not store.write_concern.acknowledged:
            raise self._refused("w=0 would not tell whether a file was stored")
        self._files = store[_BUCKET].files
        self._chunks = store[_BUCKET].chunks
        self._indexed = False

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, database: str, limits: Limits = _DEFAULT) -> AsyncIterator[Self]:
        """Open the store for the length of the block; it connects with the first call."""
        store = cls(url, database, limits)
        try:
            yield store
        finally:
            with anyio.CancelScope(shield=True):
                await store._client.close()

    async def put(self, data: bytes | mmap, media_type: str) -> BlobRef:
        """Store the bytes, all or none; see `ports.BlobStore`."""
        sha256 = await address(data)
        return await self._call(self._put, BlobRef(sha256, media_type, len(data)), data)

    async def get(self, sha256: str, start: int = 0, end: int | None = None) -> bytes:
        """Return the wanted bytes, reading only the chunks that hold them; see the port."""
        return await self._call(self._get, sha256, start, end)

    async def stat(self, sha256: str) -> BlobRef | None:
        """Return the ref of a wholly stored blob, or None."""
        document = await self._call(self._find, sha256)
        return _ref(document) if document else None

    async def delete(self, sha256: str) -> bool:
        """Remove a blob, from sight first; True when there was one."""
        document = await self._call(self._find, sha256)
        if document is None:
            return False
        await self._call(self._files.delete_one, {"_id": document["_id"]})
        await self._call(self._chunks.delete_many, {"files_id": document["_id"]})
        return True

    async def stored(self) -> AsyncIterator[StoredOriginal]:
        """Yield every blob; its chunks are counted, not read."""
        last = ""
        while page := await self._call(self._page, last):
            for document in page:
                yield await self._call(self._measured, document)
            last = page[-1]["filename"]

    async def sweep(self, older_than: timedelta = timedelta(days=1)) -> int:
        """Remove the chunks of uploads that died; returns how many uploads.

        Args:
            older_than: The age an upload must have. It must be longer than a `put` may take,
                or the sweep pulls the chunks from under a living one.
        """
        # An id tells its second only, so the border is rounded up to the next one.
        border = ObjectId.from_datetime(datetime.now(UTC) - older_than + timedelta(seconds=1))
        return await self._call(self._sweep, border)

    def _refused(self, reason: str) -> InvalidRequest:
        return InvalidRequest(
            f"{self._where} cannot be used as a MongoDB address ({reason}).",
            "Set AEI_MONGODB_URL to mongodb://USER:PASSWORD@HOST:PORT, with %-escapes in both.",
        )

    async def _put(self, ref: BlobRef, data: bytes | mmap) -> BlobRef:
        """Upload under a fresh id and publish, unless the same bytes are there."""
        stored = await self._find(ref.sha256)
        if stored:
            return _ref(stored)
        await self._index()
        upload = ObjectId()
        try:
            await self._upload(upload, data)
        except BaseException:
            await self._clean(upload)
            raise
        try:
            await self._files.insert_one(_files_document(upload, ref))
        except DuplicateKeyError:
            winner = await self._find(ref.sha256)
            if winner is None or winner["_id"] != upload:
                await self._clean(upload)
            if winner is None:
                raise AutoReconnect("the winner's blob was deleted: try again") from None
            return _ref(winner)
        return ref

    async def _upload(self, upload: ObjectId, data: bytes | mmap) -> None:
        numbers = pieces(range(len(data)), _CHUNK_BYTES)
        for first in numbers[::_BATCH_CHUNKS]:
            batch = numbers[first : first + _BATCH_CHUNKS]
            await self._chunks.insert_many(
                [
                    {
                        "files_id": upload,
                        "n": n,
                        "data": data[n * _CHUNK_BYTES : (n + 1) * _CHUNK_BYTES],
                    }
                    for n in batch
                ]
            )

    async def _clean(self, upload: ObjectId) -> None:
        """Remove the chunks of an upload that was not published, also while being cancelled."""
        with (
            anyio.move_on_after(_CLEANING_S, shield=True),
            suppress(PyMongoError),  # the first error is the one to report; `sweep` does the rest
        ):
            await self._chunks.delete_many({"files_id": upload})

    async def _index(self) -> None:
        if not self._indexed:
            await self._files.create_index([("filename", ASCENDING)], unique=True)
            await self._chunks.create_index(
                [("files_id", ASCENDING), ("n", ASCENDING)], unique=True
            )
            self._indexed = True

    async def _find(self, sha256: str) -> _Document | None:
        return await self._files.find_one({"filename": sha256})

    async def _get(self, sha256: str, start: int, end: int | None) -> bytes:
        document = await self._find(sha256)
        if document is None:
            raise missing(sha256)
        wanted = cut(document["length"], start, end)
        data = await self._read(document, wanted) if wanted else b""
        try:
            return await verify(_ref(document), wanted, data)
        except ServiceFailed:
            if await self._find(sha256) is None:  # deleted while it was read
                raise missing(sha256) from None
            raise

    async def _read(self, document: _Document, wanted: range) -> bytes:
        chunk_size = document["chunkSize"]
        numbers = pieces(wanted, chunk_size)
        cursor = self._chunks.find(
            {"files_id": document["_id"], "n": {"$gte": numbers.start, "$lt": numbers.stop}},
            {"_id": 0, "n": 1, "data": 1},
            sort=[("n", ASCENDING)],
            batch_size=_BATCH_CHUNKS,
        )
        async with cursor:
            chunks = [chunk async for chunk in cursor]
        if [chunk["n"] for chunk in chunks] != list(numbers):
            return b""
        skipped = wanted.start - numbers.start * chunk_size
        return b"".join(chunk["data"] for chunk in chunks)[skipped : skipped + len(wanted)]

    async def _page(self, after: str) -> list[_Document]:
        query = {"filename": {"$gt": after}}
        cursor = self._files.find(query, sort=[("filename", ASCENDING)], limit=_SWEEP_BATCH)
        async with cursor:
            return [document async for document in cursor]

    async def _measured(self, document: _Document) -> StoredOriginal:
        """Return a blob with as many bytes as its chunks, taken as full, can hold."""
        cursor = self._chunks.find({"files_id": document["_id"]}, {"_id": 0, "n": 1})
        async with cursor:
            numbers = [chunk["n"] async for chunk in cursor]
        size, chunk_size = document["length"], document["chunkSize"]
        whole = sorted(numbers) == list(pieces(range(size), chunk_size))
        held = size if whole else len(numbers) * chunk_size
        at = document["uploadDate"].replace(tzinfo=UTC)
        return StoredOriginal(document["filename"], size, held, at)

    async def _sweep(self, border: ObjectId) -> int:
        """Walk the chunks' index once; remove what no files document owns."""
        removed = 0
        batch: set[ObjectId] = set()
        cursor = self._chunks.find({"files_id": {"$lt": border}}, {"_id": 0, "files_id": 1})
        async with cursor:
            async for chunk in cursor:
                batch.add(chunk["files_id"])
                if len(batch) == _SWEEP_BATCH:
                    removed += await self._sweep_uploads(batch)
                    batch.clear()
        return removed + await self._sweep_uploads(batch)

    async def _sweep_uploads(self, uploads: set[ObjectId]) -> int:
        owned = self._files.find({"_id": {"$in": list(uploads)}}, {"_id": 1})
        async with owned:
            dead = uploads - {document["_id"] async for document in owned}
        for upload in dead:
            await self._chunks.delete_many({"files_id": upload})
        return len(dead)

    async def _call(
        self, operation: Callable[_P, Awaitable[_T]], *args: _P.args, **kwargs: _P.kwargs
    ) -> _T:
        """Run an operation that may be repeated, within the time-out; translate its errors."""
        retrying = AsyncRetrying(
            retry=retry_if_exception(_passes),
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.1, max=1),
            reraise=True,
        )
        try:
            with anyio.fail_after(self._call_s):
                return await retrying(operation, *args, **kwargs)
        except (ConnectionFailure, TimeoutError) as error:
            raise ServiceUnavailable(
                f"MongoDB at {self._where} did not answer ({type(error).__name__}).", _HINT
            ) from error
        except PyMongoError as error:
            raise ServiceFailed(
                f"MongoDB at {self._where} refused a request ({type(error).__name__}).",
                "Check the user, the password and the rights in AEI_MONGODB_URL.",
            ) from error


def _client(url: str, limits: Limits) -> AsyncMongoClient[_Document]:
    connect_ms = int(limits.connect_s * 1000)
    return AsyncMongoClient(
        url,
        serverSelectionTimeoutMS=connect_ms,
        connectTimeoutMS=connect_ms,
        waitQueueTimeoutMS=connect_ms,
        socketTimeoutMS=int(limits.reply_s * 1000),
        maxPoolSize=limits.connections,
        retryReads=True,
        appname="aei",
    )


def _passes(error: BaseException) -> bool:
    """Say whether a second try may help: a lost connection yes, no server at all no."""
    return isinstance(error, ConnectionFailure) and not isinstance(
        error, ServerSelectionTimeoutError
    )


def _files_document(upload: ObjectId, ref: BlobRef) -> _Document:
    return {
        "_id": upload,
        "length": Int64(ref.size),
        "chunkSize": _CHUNK_BYTES,
        "uploadDate": datetime.now(UTC),
        "filename": ref.sha256,
        "metadata": {"media_type": ref.media_type},
    }


def _ref(document: _Document) -> BlobRef:
    return BlobRef(document["filename"], document["metadata"]["media_type"], document["length"])


def _masked(url: str) -> str:
    """Return the URL without its password and its options, which may hold secrets too."""
    return re.sub(r"//.*@", "//***@", url).partition("?")[0]
