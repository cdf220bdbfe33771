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
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
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
Progress = Callable[[int, Stage], None]


@dataclass(frozen=True)
class Ingest:
    """Reads, stores and publishes filings."""

    reader: FilingReader
    blobs: BlobStore
    catalogue: Catalogue
    index: PassageIndex
    facts: Facts
    audit: AuditLog
    findings: Findings
    work: UnitOfWork
    max_bytes: int
    at_once: int = 2

    async def ingest(
        self,
        uploads: Iterable[Upload | IngestOutcome],
        progress: Progress | None = None,
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
                    one = self._outcome(upload, partial(told, position), added_by)
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

    async def _outcome(
        self, upload: Upload | IngestOutcome, told: Callable[[Stage], None], added_by: str
    ) -> IngestOutcome:
        if isinstance(upload, IngestOutcome):
            return upload
        start = time.perf_counter()
        status, filing, error = IngestStatus.INDEXED, None, None
        findings: tuple[Finding, ...] = ()
        try:
            filing, findings = await self._one(upload, told, added_by)
        except AlreadyPublished:
            status, filing = IngestStatus.DUPLICATE, await self._placed(upload, added_by)
        except FilingRejected as rejection:
            status, error = IngestStatus.REJECTED, rejection
        told(Stage.DONE)
        path = upload.path or upload.file_name
        outcome = IngestOutcome(path, status, time.perf_counter() - start, filing, error, findings)
        if error is not None:
            await self.audit.append(refused(added_by, outcome, error))
        return outcome

    async def _one(
        self, upload: Upload, told: Callable[[Stage], None], added_by: str
    ) -> tuple[Filing, tuple[Finding, ...]]:
        self._check_size(upload)
        if await self._with_content(_sha256(upload.data)):
            raise AlreadyPublished(f"{upload.file_name} is already in the catalogue")
        told(Stage.READING)
        prepared = await self.reader.read(upload)
        told(Stage.INDEXING)
        filing = _filing(upload, prepared, added_by)
        published = await self._publish(filing, upload.data, prepared)
        return published, prepared.document.findings

    async def _publish(self, filing: Filing, data: bytes, prepared: Prepared) -> Filing:
        """Write everything or nothing; when the database went away, write it once more.

        A commit whose confirmation was lost is found again by the filing's id.
        """

        async def write() -> Filing:
            async with self.work.begin():
                published = await self.catalogue.publish(filing, prepared.document)
                await self.index.insert(filing.id, prepared.passages, prepared.vectors)
                await self.facts.insert(filing, prepared.document.facts)
                await self.findings.insert(filing.id, prepared.document.findings)
                await self.blobs.put(data, prepared.media_type)
                await self.audit.append(ingested(filing.added_by, published, IngestStatus.INDEXED))
            return published

        try:
            return await _tries()(write)
        except AlreadyPublished:
            known = await self._with_content(filing.original.sha256)
            if known is None or known.id != filing.id:
                raise
            return known

    async def _placed(self, upload: Upload, added_by: str) -> Filing:
        """Give bytes that are known an entry under this name too, and their original back if lost.

        Raises:
            ServiceUnavailable: They were deleted just now.
        """
        entry = _entry(upload, added_by)
        sha256 = _sha256(upload.data)
        async with self.work.begin():
            filing = await self.catalogue.place(sha256, entry, upload.sensitivity)
            if filing is None:
                raise ServiceUnavailable(f"{upload.file_name} was deleted just now", "Try again.")
            if await self.blobs.stat(sha256) is None:
                await self.blobs.put(upload.data, filing.original.media_type)
            await self.audit.append(ingested(added_by, filing, IngestStatus.DUPLICATE))
        return filing

    async def _with_content(self, sha256: str) -> Filing | None:
        found: Filing | None = await _tries()(self.catalogue.find_by_content, sha256)
        return found

    def _check_size(self, upload: Upload) -> None:
        document_name(upload.file_name)
        if not upload.data:
            raise FilingRejected(
                Rejection.EMPTY_FILE,
                f"{upload.file_name} is empty",
                "Check that it was saved or downloaded to the end.",
            )
        if len(upload.data) > self.max_bytes:
            raise too_large(upload.file_name, len(upload.data), self.max_bytes)


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


def _filing(upload: Upload, prepared: Prepared, added_by: str) -> Filing:
    entry = _entry(upload, added_by)
    return Filing(
        id=entry.id,
        name=entry.name,
        file_name=entry.file_name,
        original=BlobRef(_sha256(upload.data), prepared.media_type, len(upload.data)),
        pages=len(prepared.document.pages),
        passages=len(prepared.passages),
        warnings=prepared.document.warnings,
        sensitivity=upload.sensitivity,
        sample=upload.sample,
        added_by=added_by,
        cover=prepared.document.cover,
        placements=(entry,),
    )


def _entry(upload: Upload, added_by: str) -> Placement:
    return Placement(
        id=uuid.uuid4().hex,
        name=document_name(upload.file_name),
        file_name=safe_file_name(upload.file_name),
        collection=upload.collection,
        added_by=added_by,
    )
