"""Files of a result: what is remembered so that it can be run again, and what comes of that."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from assistant.domain.people import Principal


@dataclass(frozen=True, slots=True)
class KeptResult:
    """A statement that answered a question. Its rows are read again, with the rights of who asked.

    Args:
        question: As it was asked; empty where a statement was given.
        statement: As it was written, before it was judged and bounded.
        asked_by: Whose rows it reads, and the only one who may have them.
        rows_sha256: Of the rows that were answered.
        expires_at: From then on it is not known.
    """

    question: str
    statement: str
    asked_by: Principal
    rows_sha256: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Download:
    """A file with the rows of a result; whoever gets it removes it.

    Args:
        path: Where it is.
        kind: `csv`, `xlsx` or `parquet`.
        media_type: Of its content.
        rows: How many rows it has.
        rows_sha256: Of these rows, as the audit log has it.
        truncated: There were more rows than a file may have.
        same: The rows are those of the answer; None where that had only some of them.
    """

    path: Path
    kind: str
    media_type: str
    rows: int
    rows_sha256: str
    truncated: bool
    same: bool | None = None
