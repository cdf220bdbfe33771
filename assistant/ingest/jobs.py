"""Durable ingest: a file is acknowledged when its bytes and its job are stored, and read later.

    hand in: an archive becomes its files, each submitted by itself
    submit: bytes, ledger row and task in one unit of work          = acknowledged
    work:   read → publish and close the ledger row in one unit      = published

A worker that is killed anywhere leaves the job open and another one does it again; the filing's id
is the job's, so a second time finds what the first one did. Bytes of a refused file are let go
in a step of their own, which `tidy` repeats where a killed worker left it out.
"""

import asyncio
import hashlib
import logging
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.domain.errors import (
    AssistantError,
    DiskFull,
    FilingRejected,
    JobEnded,
    NotFound,
    QueueFull,
    ServiceFailed,
)
from assistant.domain.filings import Filing, entries
from assistant.domain.ingestion import IngestOutcome, IngestStatus, Progress, Stage, Upload
from assistant.domain.jobs import Arrival, Job, JobState, Unpack
from assistant.ingest.pipeline import Entry, Ingest
from assistant.ports import BlobStore, Catalogue, JobQueue, UnitOfWork

_log = logging.getLogger(__name__)
_ATTEMPTS = 8  # waits of 1, 2, 4... 60 s between them: a service may be gone for three minutes
_LOOK_FOR_ROOM_S = 5.0
_UNKNOWN_TYPE = "application/octet-stream"
_STATES = {
    Stage.READING: JobState.READING,
    Stage.EMBEDDING: JobState.EMBEDDING,
    Stage.INDEXING: JobState.STORING,
}


@dataclass(frozen=True)
class IngestJobs:
    """Takes files in, works them off, and tells how they ended. Implements `ports.JobHandler`.

    Args:
        unpack: Takes archives apart.
        limit: How many files may wait.
        keep_days: Jobs that ended so long ago are forgotten.
    """

    ingest: Ingest
    queue: JobQueue
    blobs: BlobStore
    catalogue: Catalogue
    work_unit: UnitOfWork
    unpack: Unpack
    limit: int = 10_000
    keep_days: int = 30

    async def check_room(self, files: int = 1) -> None:
        """Return when so many more files may be handed in.

        Raises:
            QueueFull: They may not, now.
        """
        waiting = (await self.queue.health()).waiting
        if waiting + files > self.limit:
            raise QueueFull(
                f"{waiting} files wait to be read; {self.limit} may wait",
                "Hand the files in later, start another `aei worker`, or raise AEI_QUEUE_LIMIT.",
            )

    async def count(self, arrival: Arrival) -> int:
        """Return how many jobs an upload becomes: an archive one a file in it."""
        count, _ = await asyncio.to_thread(self.unpack, arrival)
        return count

    async def hand_in(self, arrival: Arrival, added_by: str = "") -> AsyncGenerator[Job, None]:
        """Take an upload in, an archive file by file; yield each job once its file is safe.

        A file of an archive that is refused at sight gets a job too, which is over at once.

        Raises:
            QueueFull: Too many files wait already; an archive that does not fit leaves nothing.
            ServiceFailed: The file after the last job could not be stored.
        """
        try:
            self.ingest.check(arrival.file_name, len(arrival.data))
        except FilingRejected:
            yield await self.submit(arrival, added_by)
            return
        count, files = await asyncio.to_thread(self.unpack, arrival)
        await self.check_room(count)
        while file := await asyncio.to_thread(next, files, None):
            if isinstance(file, Arrival):
                yield await self.submit(file, added_by)
            else:
                yield await self._refuse(file, added_by)

    async def submit(self, arrival: Arrival, added_by: str = "") -> Job:
        """Take a file in. When this returns, the file is safe and will be read.

        A file that is refused at sight gets a job too, which is over at once.

        Raises:
            QueueFull: Too many files wait already.
            DiskFull: The disk has no room for it; nothing of it is kept.
            ServiceFailed: It could not be stored; nothing of it is kept.
        """
        digest = await asyncio.to_thread(hashlib.sha256, arrival.data)
        job = Job(
            id=uuid.uuid4().hex,
            file_name=arrival.file_name,
            path=arrival.path or arrival.file_name,
            sha256=digest.hexdigest(),
            size=len(arrival.data),
            sensitivity=arrival.sensitivity,
            sample=arrival.sample,
            collection=arrival.collection,
            added_by=added_by,
        )
        return await self._admit(job, arrival)

    async def outcomes(self, jobs: Sequence[Job]) -> list[IngestOutcome | None]:
        """Return how each of these jobs ended; None for those that are not over."""
        wanted = {job.filing_id for job in jobs if job.filing_id}
        filings = await self.catalogue.filings() if wanted else []
        known = {one.entry.id: one for one in entries(filings) if one.entry.id in wanted}
        return [await self._outcome(job, known.get(job.filing_id)) for job in jobs]

    async def release(self, job: Job) -> None:
        """Let the received bytes of a job that is over go, unless somebody else needs them."""
        async with self.work_unit.begin(job.sha256):
            await self.queue.let_go(job.id)
            others = await self.queue.holding(job.sha256)
            if not others and await self.catalogue.find_by_content(job.sha256) is None:
                await self.blobs.delete(job.sha256)

    async def tidy(self) -> None:
        """Let go of bytes that a killed worker left, forget old jobs, look after the index."""
        for job in await self.queue.finished(self.keep_days):
            if job.holds_original:
                await self.release(job)
            if job.state is not JobState.REJECTED or not job.holds_original:
                await self.queue.forget(job.id)
        await self.ingest.index.tend()

    async def work(self, job_id: str, attempt: int) -> None:
        """Read and publish the file of a job; does nothing when it is over.

        Raises:
            AssistantError: Something the product stands on was missing; try again later.
        """
        job = await self.queue.get(job_id)
        if job.state.over:
            return
        if attempt >= _ATTEMPTS:
            await self._bury(job, _left(job, attempt))
            return
        await self._wait_for_room(job)
        try:
            await self._read(job, attempt + 1)
        except JobEnded:
            _log.info("Job %s ended while it was worked on", job_id)
        except NotFound as error:
            await self._bury(job, error)
        except AssistantError as error:
            if not error.retryable or attempt + 1 == _ATTEMPTS:
                await self._bury(job, error)
                return
            await self.queue.enter(job.id, JobState.QUEUED, attempt + 1)
            raise

    async def _wait_for_room(self, job: Job) -> None:
        """Return when the disk has room for what will be written; a file that waits is not lost."""
        while True:
            try:
                return self.ingest.room(job.size)
            except DiskFull as error:
                _log.warning("%s waits: %s", job.file_name, error.message)
                await asyncio.sleep(_LOOK_FOR_ROOM_S)

    async def _refuse(self, outcome: IngestOutcome, added_by: str) -> Job:
        """Record a file that could not be taken out of its archive."""
        name = PurePosixPath(outcome.path).name
        job = Job(uuid.uuid4().hex, name, outcome.path, "", 0, added_by=added_by)
        return await self.queue.add(_refused(job, outcome.error))

    async def _admit(self, job: Job, arrival: Arrival) -> Job:
        try:
            self.ingest.check(job.file_name, job.size)
        except FilingRejected as rejection:
            return await self.queue.add(_refused(job, rejection))
        await self.check_room()
        self.ingest.room(job.size)
        async with self.work_unit.begin(job.sha256):
            await self.blobs.put(arrival.data, _UNKNOWN_TYPE)
            return await self.queue.add(job)

    async def _read(self, job: Job, attempt: int) -> None:
        await self.queue.enter(job.id, JobState.READING, attempt)
        data = await self.blobs.get(job.sha256)
        upload = Upload(job.file_name, data, job.path, job.sample, job.sensitivity, job.collection)

        async def closing(
            status: IngestStatus, filing: Filing | None, error: AssistantError | None
        ) -> None:
            state = JobState.REJECTED if error else JobState.PUBLISHED
            entry = filing.entry.id if filing else ""
            await self.queue.close(job.id, state, status, entry, error)

        async with self._noting(job.id) as told:
            entry = Entry(told, job.added_by, job.id, closing)
            outcome = await self.ingest.one(upload, entry)
        if outcome.error:
            await self.release(job)

    async def _outcome(self, job: Job, filing: Filing | None) -> IngestOutcome | None:
        if not job.state.over:
            return None
        status, error = job.status or IngestStatus.REJECTED, job.error
        if job.state is JobState.CANCELLED:
            error = JobEnded(f"{job.file_name} was cancelled", f"See `aei jobs retry {job.id}`.")
        read_now = filing is not None and status is IngestStatus.INDEXED
        found = await self.ingest.findings.of(filing.id) if filing and read_now else []
        return IngestOutcome(job.path, status, job.duration, filing, error, tuple(found))

    @asynccontextmanager
    async def _noting(self, job_id: str) -> AsyncIterator[Progress]:
        """Write the stages that are told into the ledger, in order, beside the work."""
        stages: asyncio.Queue[JobState | None] = asyncio.Queue()

        async def write() -> None:
            while state := await stages.get():
                try:
                    await self.queue.enter(job_id, state)
                except ServiceFailed as error:
                    _log.info("The stage of job %s is not shown: %s", job_id, error)

        def told(stage: Stage) -> None:
            if stage in _STATES:
                stages.put_nowait(_STATES[stage])

        writer = asyncio.create_task(write())
        try:
            yield told
            stages.put_nowait(None)
            await writer
        finally:
            writer.cancel()

    async def _bury(self, job: Job, error: AssistantError) -> None:
        """Put a job among the dead, with the reason; its bytes are kept for another try."""
        _log.error("Job %s of %s is given up: %s", job.id, job.file_name, error.message)
        await self.queue.close(job.id, JobState.DEAD, error=error)


def _refused(job: Job, rejection: AssistantError | None) -> Job:
    return replace(
        job,
        state=JobState.REJECTED,
        status=IngestStatus.REJECTED,
        error=rejection,
        holds_original=False,
    )


def _left(job: Job, attempt: int) -> ServiceFailed:
    return ServiceFailed(
        f"{job.file_name} was begun {attempt} times and its worker ended each time",
        f"See the worker's log, then `aei jobs retry {job.id}`.",
    )
