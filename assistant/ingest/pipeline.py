"""The way of a filing: bytes in, an outcome out, a filing published or nothing kept.

    Upload -> known already? -> read (a process of its own) -> original, pages, passages, facts in
    one unit of work -> published

The unit of work is the acknowledgement: before it ends nothing of the filing can be found, after it
everything can. Reading the same bytes again changes nothing, so a batch that was cut off is simply
run again.
"""

import asyncio
import hashlib
import time
import uuid
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_attempt,
    wait_random_exponential,
)

from assistant.audit import ingested, refused
from assistant.domain.errors import (
    AlreadyPublished,
    AssistantError,
    FilingRejected,
    Rejection,
    ServiceUnavailable,
)
from assistant.domain.filings import BlobRef, Filing
from assistant.domain.findings import Finding
from assistant.domain.ingestion import (
    IngestOutcome,
    IngestStatus,
    Prepared,
    Progress,
    Stage,
    Upload,
)
from assistant.domain.records import Placement
from assistant.ingest.names import document_name, safe_file_name
from assistant.ports import (
    AuditLog,
    BlobStore,
    Catalogue,
    Facts,
    FilingReader,
    Findings,
    PassageIndex,
    UnitOfWork,
)

_TRIES = 5
Closing = Callable[[IngestStatus, Filing | None, AssistantError | None], Awaitable[None]]


async def _nothing(
    _status: IngestStatus, _filing: Filing | None, _error: AssistantError | None
) -> None:
    """Close nothing: the caller waits for the outcome itself."""


@dataclass(frozen=True)
class Entry:
    """How one file goes in.

    Args:
        told: Hears the stages.
        added_by: The id of the principal who adds the file.
        filing_id: The id of the filing; a new one when empty.
        closing: Called inside the unit of work that publishes, places or refuses the file.
    """

    told: Progress = lambda _stage: None
    added_by: str = ""
    filing_id: str = ""
    closing: Closing = _nothing


@dataclass(frozen=True)
class Ingest:
    """Reads, stores and publishes filings.

    `room` raises `DiskFull` where the disk has none for a file of so many bytes.
    """

    reader: FilingReader
    blobs: BlobStore
    catalogue: Catalogue
    index: PassageIndex
    facts: Facts
    findings: Findings
    audit: AuditLog
    work: UnitOfWork
    max_bytes: int
    at_once: int = 2
    room: Callable[[int], None] = lambda _size: None

    async def ingest(
        self,
        uploads: Iterable[Upload | IngestOutcome],
        progress: Callable[[int, Stage], None] | None = None,
        added_by: str = "",
    ) -> AsyncGenerator[IngestOutcome, None]:
        """Ingest a batch; yield how each file ended, as it ends.

        Args:
            uploads: The files, taken one by one as there is room, so that a large batch is never in
                memory. An outcome among them (a file that could not be opened) is passed on.
            progress: Called with a file's position in the batch and the stage it enters.
            added_by: The id of the principal who adds the files.
        """
        told = progress or (lambda _position, _stage: None)
        waiting = enumerate(uploads)
        running: set[asyncio.Task[IngestOutcome]] = set()
        try:
            while True:
                for position, upload in _take(waiting, self.at_once + 1 - len(running)):
                    told(position, Stage.WAITING)
                    one = self._outcome(upload, Entry(partial(told, position), added_by))
                    running.add(asyncio.create_task(one))
                if not running:
                    break
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                for task in done:
                    yield task.result()
            await self.index.tend()
        finally:
            for task in running:
                task.cancel()
            for task in running:
                with suppress(asyncio.CancelledError, AssistantError):
                    await task

    async def _outcome(self, upload: Upload | IngestOutcome, entry: Entry) -> IngestOutcome:
        return upload if isinstance(upload, IngestOutcome) else await self.one(upload, entry)

    async def one(self, upload: Upload, entry: Entry) -> IngestOutcome:
        """Ingest one file and return how it ended.

        Raises:
            ServiceFailed: Something that the product stands on gave no answer for a while.
            DiskFull: The disk has no room; nothing of the file is kept.
        """
        start = time.perf_counter()
        status, filing, error = IngestStatus.INDEXED, None, None
        findings: tuple[Finding, ...] = ()
        try:
            filing, findings = await self._one(upload, entry)
        except AlreadyPublished:
            status, filing = IngestStatus.DUPLICATE, await self._placed(upload, entry)
        except FilingRejected as rejection:
            status, error = IngestStatus.REJECTED, rejection
        entry.told(Stage.DONE)
        path = upload.path or upload.file_name
        outcome = IngestOutcome(path, status, time.perf_counter() - start, filing, error, findings)
        if error is not None:
            async with self.work.begin():
                await entry.closing(status, None, error)
                await self.audit.append(refused(entry.added_by, outcome, error))
        return outcome

    async def _one(self, upload: Upload, entry: Entry) -> tuple[Filing, tuple[Finding, ...]]:
        self.check(upload.file_name, len(upload.data))
        if await self._with_content(_sha256(upload.data)):
            raise AlreadyPublished(f"{upload.file_name} is already in the catalogue")
        self.room(len(upload.data))
        entry.told(Stage.READING)
        prepared = await self.reader.read(upload, entry.told)
        entry.told(Stage.INDEXING)
        filing = _filing(upload, prepared, entry)
        published = await self._publish(filing, upload.data, prepared, entry)
        return published, prepared.document.findings

    async def _publish(
        self, filing: Filing, data: bytes, prepared: Prepared, entry: Entry
    ) -> Filing:
        """Write everything or nothing; when the database went away, write it once more.

        A commit whose confirmation was lost is found again by the filing's id.
        """

        async def write() -> Filing:
            async with self.work.begin(filing.original.sha256):
                published = await self.catalogue.publish(filing, prepared.document)
                await self.index.insert(filing.id, prepared.passages, prepared.vectors)
                await self.facts.insert(filing, prepared.document.facts)
                await self.findings.insert(filing.id, prepared.document.findings)
                await self.blobs.put(data, prepared.media_type)
                await entry.closing(IngestStatus.INDEXED, published, None)
                await self.audit.append(ingested(entry.added_by, published, IngestStatus.INDEXED))
            return published

        try:
            return await _tries()(write)
        except AlreadyPublished:
            known = await self._with_content(filing.original.sha256)
            if known is None or known.id != filing.id:
                raise
            return known

    async def _placed(self, upload: Upload, entry: Entry) -> Filing:
        """Give bytes that are known an entry under this name too, and their original back if lost.

        Raises:
            ServiceUnavailable: They were deleted just now.
        """
        placed = _placement(upload, entry.added_by)
        sha256 = _sha256(upload.data)
        async with self.work.begin(sha256):
            filing = await self.catalogue.place(sha256, placed, upload.sensitivity)
            if filing is None:
                raise ServiceUnavailable(f"{upload.file_name} was deleted just now", "Try again.")
            if await self.blobs.stat(sha256) is None:
                await self.blobs.put(upload.data, filing.original.media_type)
            await entry.closing(IngestStatus.DUPLICATE, filing, None)
            await self.audit.append(ingested(entry.added_by, filing, IngestStatus.DUPLICATE))
        return filing

    async def _with_content(self, sha256: str) -> Filing | None:
        found: Filing | None = await _tries()(self.catalogue.find_by_content, sha256)
        return found

    def check(self, file_name: str, size: int) -> None:
        """Look at what can be told without reading: the name, and the size in bytes.

        Raises:
            FilingRejected: The name says nothing, or the file is empty or too large.
        """
        document_name(file_name)
        if not size:
            raise FilingRejected(
                Rejection.EMPTY_FILE,
                f"{file_name} is empty",
                "Check that it was saved or downloaded to the end.",
            )
        if size > self.max_bytes:
            raise too_large(file_name, size, self.max_bytes)


def too_large(file_name: str, size: int, limit: int) -> FilingRejected:
    """Return the rejection of a file of `size` bytes where `limit` are allowed."""
    return FilingRejected(
        Rejection.TOO_LARGE,
        f"{file_name} has {size / 2**20:.0f} MiB; {limit / 2**20:.0f} MiB are allowed",
        "Split the file, or raise AEI_MAX_FILE_MB.",
    )


def _tries() -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception(lambda e: isinstance(e, AssistantError) and e.retryable),
        stop=stop_after_attempt(_TRIES),
        wait=wait_random_exponential(multiplier=0.5, max=8),
        reraise=True,
    )


def _take(
    waiting: Iterator[tuple[int, Upload | IngestOutcome]], room: int
) -> Iterator[tuple[int, Upload | IngestOutcome]]:
    while room > 0 and (item := next(waiting, None)) is not None:
        yield item
        room -= 1


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _filing(upload: Upload, prepared: Prepared, entry: Entry) -> Filing:
    placed = _placement(upload, entry.added_by, entry.filing_id)
    return Filing(
        id=placed.id,
        name=placed.name,
        file_name=placed.file_name,
        original=BlobRef(_sha256(upload.data), prepared.media_type, len(upload.data)),
        pages=len(prepared.document.pages),
        passages=len(prepared.passages),
        warnings=prepared.document.warnings,
        sensitivity=upload.sensitivity,
        label=upload.sensitivity,
        sample=upload.sample,
        added_by=entry.added_by,
        cover=prepared.document.cover,
        placements=(placed,),
    )


def _placement(upload: Upload, added_by: str, placement_id: str = "") -> Placement:
    return Placement(
        id=placement_id or uuid.uuid4().hex,
        name=document_name(upload.file_name),
        file_name=safe_file_name(upload.file_name),
        collection=upload.collection,
        added_by=added_by,
    )
