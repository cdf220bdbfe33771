"""A file that was handed in, and where it stands: from received bytes to an outcome.

queued → reading → embedding → storing → published
↑_______ retry _______|             ↘ rejected | dead | cancelled
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from mmap import mmap

from assistant.domain.errors import AssistantError, FilingRejected, Rejection
from assistant.domain.filings import Sensitivity
from assistant.domain.ingestion import IngestOutcome, IngestStatus


class JobState(StrEnum):
    """Where a job stands. The values are part of the REST contract."""

    QUEUED = "queued"
    READING = "reading"
    EMBEDDING = "embedding"
    STORING = "storing"
    PUBLISHED = "published"
    REJECTED = "rejected"
    DEAD = "dead"
    CANCELLED = "cancelled"

    @property
    def over(self) -> bool:
        """Whether nothing happens to the job any more by itself."""
        return self in {self.PUBLISHED, self.REJECTED, self.DEAD, self.CANCELLED}

    @property
    def progress(self) -> float:
        """How far the job is, from 0 to 1."""
        return 1.0 if self.over else OPEN.index(self) / len(OPEN)


OPEN = tuple(state for state in JobState if not state.over)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A file that was handed in: its claimed name and its bytes, in memory or mapped from disk.

    `path` is how the user named it; it is shown, never opened. Files of the same name in the same
    `collection` are versions of one filing.
    """

    file_name: str
    data: bytes | mmap
    path: str = ""
    sample: bool = False
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    collection: str = ""


Unpack = Callable[[Arrival], tuple[int, Iterator[Arrival | IngestOutcome]]]
"""Takes an upload apart: how many files it holds, then each, or an outcome that says why not.

What is no archive is one file, itself.
"""


@dataclass(frozen=True, slots=True)
class Job:
    """The ingest of one file.

    `id` becomes the filing's id, `filing_id` is the catalogue entry that the file ended as. `seconds` holds the time spent in each state that was left.
    `holds_original` says whether the received bytes are kept for this job alone.
    """

    id: str
    file_name: str
    path: str
    sha256: str
    size: int
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    sample: bool = False
    collection: str = ""
    added_by: str = ""
    state: JobState = JobState.QUEUED
    attempts: int = 0
    status: IngestStatus | None = None
    filing_id: str = ""
    error: AssistantError | None = None
    holds_original: bool = True
    seconds: tuple[tuple[JobState, float], ...] = ()
    created_at: datetime | None = None
    started_at: datetime | None = None
    finished_at: datetime | None = None

    @property
    def progress(self) -> float:
        """How far the job is, from 0 to 1."""
        return self.state.progress

    @property
    def duration(self) -> float:
        """Seconds from the first reading to the end; 0 before the end."""
        if self.finished_at is None or self.started_at is None:
            return 0.0
        return (self.finished_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class QueueHealth:
    """How many jobs are open and dead, and how many workers live."""

    waiting: int
    dead: int
    workers: int


def told_error(code: str, message: str, hint: str) -> AssistantError | None:
    """Return the error that was kept with a job, by its code; None where there is no code."""
    if not code:
        return None
    if code in set(Rejection):
        return FilingRejected(Rejection(code), message, hint)
    error = AssistantError(message, hint)
    error.code = code
    return error
