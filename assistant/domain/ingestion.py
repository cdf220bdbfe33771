"""What happens to a file on its way into the store."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.domain.errors import AssistantError
from assistant.domain.filings import Document, Filing, Passage, Sensitivity, Vector
from assistant.domain.findings import Finding


class Stage(StrEnum):
    """Where a file stands on its way."""

    WAITING = "waiting"
    READING = "reading"
    EMBEDDING = "embedding"
    INDEXING = "indexing"
    DONE = "done"


Progress = Callable[[Stage], None]
"""Hears the stages that a file enters."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came in: its claimed name and its bytes.

    `path` is how the user named it; it is shown, never opened. Files of the same name in the same
    `collection` are versions of one filing. `password` opens a locked file; it is never stored.
    """

    file_name: str
    data: bytes
    path: str = ""
    sample: bool = False
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    collection: str = ""
    password: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A file that was read: its document, its passages, and one vector a passage."""

    media_type: str
    document: Document
    passages: tuple[Passage, ...]
    vectors: tuple[Vector, ...]


class IngestStatus(StrEnum):
    """How a file ended. The values are part of the CLI and REST contract."""

    INDEXED = "indexed"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class IngestOutcome:
    """How one file ended: a filing, or an error that says why not and what to do.

    `findings` are what was found in a file that was read now.
    """

    path: str
    status: IngestStatus
    seconds: float
    filing: Filing | None = None
    error: AssistantError | None = None
    findings: tuple[Finding, ...] = ()
