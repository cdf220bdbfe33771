"""What the audit log holds: who did what to which filing, linked by hashes.

    AuditEntry ── appended ──> AuditRecord(seq, previous, hash)

An entry names filings, pages and offsets, never their text: the log cannot be deleted from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class AuditKind(StrEnum):
    """What happened."""

    ASK = "ask"
    SEARCH = "search"
    INGEST = "ingest"
    DELETE = "delete"
    HOLD = "hold"
    RELEASE = "release"
    RELEASE_TEXT = "release_text"
    RETAIN = "retain"
    LABEL = "label"
    EXPORT = "export"
    REPAIR = "repair"
    SQL = "sql"
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One thing that somebody did; `detail` holds JSON values only."""

    kind: AuditKind
    actor: str
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """An entry as the log keeps it: its number from 1, its canonical text, and its two hashes.

    `hash` covers `previous`, `seq` and `text` (see `assistant.audit.link`).
    """

    seq: int
    text: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the log is whole. `broken` is the number of the first entry that is not as written.

    Args:
        entries: How many entries were read.
        head: The hash of the last one.
        broken: None when every entry is as it was written.
        reason: What is wrong with it, in words.
        anchored: How many entries were also compared with what this machine noted outside.
    """

    entries: int
    head: str
    broken: int | None = None
    reason: str = ""
    anchored: int = 0
