r"""The audit log's words: entries, their canonical text, the hash that links them, and the check.

    hash(n) = SHA-256( hash(n-1) "\n" n "\n" canonical JSON of the entry )

Changing, removing, inserting or reordering an entry breaks the link at that place. A log that was
rewritten from there on, or cut at its end, is whole in itself: that is seen only from what was noted
elsewhere, so each machine notes every link it saw below its data dir, and exports can be compared.
"""

import hashlib
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from assistant.domain.answers import Answer, Destination, Evidence, Question, Scope
from assistant.domain.auditing import AuditEntry, AuditKind, AuditRecord, Verdict
from assistant.domain.completions import Waiting
from assistant.domain.errors import AssistantError, InvalidRequest
from assistant.domain.events import Answered, ToolFinished, TurnEvent
from assistant.domain.filings import Filing, FoundPassage, Locator, Sensitivity
from assistant.domain.ingestion import IngestOutcome
from assistant.domain.people import Principal
from assistant.domain.records import Difference, Removal
from assistant.domain.reviews import ProposedExample
from assistant.domain.sql import SqlRows, SqlVerdict

GENESIS = "0" * 64
"""What stands in place of the hash before the first entry."""


def canonical(value: object) -> str:
    """Return JSON that is the same for the same value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def text_of(entry: AuditEntry, at: datetime) -> str:
    """Return the canonical text of an entry made at this moment (UTC)."""
    head = {"at": at.astimezone(UTC).isoformat(), "kind": entry.kind.value, "actor": entry.actor}
    return canonical(_storable(head | dict(entry.detail)))


def _storable(value: Any) -> Any:  # noqa: ANN401 -- JSON
    """Return the value without what PostgreSQL keeps in no text: NUL and lone surrogates."""
    match value:
        case str():
            return value.replace("\x00", "").encode("utf-8", "replace").decode()
        case dict():
            return {key: _storable(one) for key, one in value.items()}
        case list() | tuple():
            return [_storable(one) for one in value]
        case _:
            return value


def link(previous: str, seq: int, text: str) -> str:
    """Return the hash of entry `seq`, in hexadecimal."""
    return hashlib.sha256(f"{previous}\n{seq}\n{text}".encode()).hexdigest()


async def verify(records: AsyncIterator[AuditRecord], *noted: Mapping[int, str]) -> Verdict:
    """Read the whole log, oldest first, and name the first entry that is not as it was written.

    Args:
        records: The log.
        noted: Hashes noted outside of the log, by number.
    """
    count, head, anchored = 0, GENESIS, 0
    async for record in records:
        if reason := _broken(record, count + 1, head, noted):
            return Verdict(count, head, count + 1, reason, anchored)
        anchored += any(record.seq in notes for notes in noted)
        count, head = record.seq, record.hash
    if missing := [seq for notes in noted for seq in notes if seq > count]:
        reason = f"the log ends at {count}, but entry {max(missing)} was written"
        return Verdict(count, head, count + 1, reason, anchored)
    return Verdict(count, head, anchored=anchored)


def _broken(record: AuditRecord, seq: int, head: str, noted: Sequence[Mapping[int, str]]) -> str:
    if record.seq != seq:
        return f"entry {seq} is missing; entry {record.seq} stands in its place"
    if record.previous != head:
        return "it does not follow the entry before it"
    if record.hash != link(head, seq, record.text):
        return "its text is not what was written"
    if any(notes.get(seq, record.hash) != record.hash for notes in noted):
        return "it is not the entry that was noted when it was written"
    return ""


@dataclass
class Asked:
    """What one turn did, gathered from its events."""

    question: Question
    prompt: str
    _given: list[Evidence] = field(default_factory=list)
    _answer: Answer | None = None
    _sent: bool = False
    _given_then: list[Evidence] = field(default_factory=list)

    def note(self, event: TurnEvent) -> None:
        """Take in one event of the turn."""
        match event:
            case ToolFinished():
                self._given += event.evidence
            case Waiting():
                if event.sent_to is Destination.CLOUD:
                    self._sent, self._given_then = True, list(self._given)
            case Answered():
                self._answer = event.answer
                self._sent = self._sent or _left(event.answer)
            case _:
                pass

    def entry(self, failure: str = "", kept: str = "") -> AuditEntry:
        """Return the entry; without an answer it says that the turn failed or was stopped.

        `kept` is the digest that lets the answer be given again (see `ports.AnswerCache`).
        """
        asked = self.question
        detail = {
            "question": asked.text,
            "as_of": asked.as_of.isoformat(),
            "scope": list(asked.scope.documents),
            "given": _places(item.locator for item in self._given),
            "prompt": self.prompt,
            **(_answered(self._answer) if self._answer else {"outcome": failure}),
            **({"kept": kept} if kept else {}),
            "left_machine": self._left_machine(),
            **self._kept_back(),
        }
        return AuditEntry(AuditKind.ASK, asked.asked_by.id, detail)

    def _left_machine(self) -> list[str]:
        """Return what was sent to another machine; the passages are those of `given`."""
        if not self._sent:
            return []
        redacted = self._answer is not None and self._answer.route.redacted
        return ["redacted question" if redacted else "question", "given"]

    def _kept_back(self) -> dict[str, Any]:
        """Return the passages that were given only after the last prompt had left, where there are."""
        kept = self._given[len(self._given_then) :] if self._given_then else []
        return {"given_here": _places(item.locator for item in kept)} if kept else {}


def _answered(answer: Answer) -> dict[str, Any]:
    outcome = "asked back" if answer.clarification else "refused" if answer.refused else "answered"
    return {
        "outcome": outcome,
        "cited": _places(citation.locator for citation in answer.citations),
        "answer_sha256": hashlib.sha256(answer.text.encode()).hexdigest(),
        "model": answer.model,
        "destination": answer.route.destination.value,
        "reasons": list(answer.route.reasons),
        "cost_usd": str(answer.cost_usd),
        **({"cached_from": answer.cached_from} if answer.cached else {}),
    }


def _left(answer: Answer) -> bool:
    """Return whether question and passages went to another machine, answered there or not."""
    asked = (answer.route.destination, *answer.route.sent_to)
    return Destination.CLOUD in asked and not answer.cached


def _places(locators: Iterable[Locator]) -> list[list[str | int]]:
    """Return where passages stand: filing, page, first and last character."""
    return [[at.filing_id, at.page, at.start, at.end] for at in locators]


def searched(
    asked_by: Principal, text: str, scope: Scope, found: Iterable[FoundPassage]
) -> AuditEntry:
    """Return the entry of a search and the passages it gave."""
    detail = {
        "question": text,
        "scope": list(scope.documents),
        "given": _places(hit.locator for hit in found),
    }
    return AuditEntry(AuditKind.SEARCH, asked_by.id, detail)


def queried(
    asked_by: Principal,
    verdict: SqlVerdict,
    rows: SqlRows | None,
    failure: str,
    about: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Return the entry of a statement: what was asked, what ran, and the hash of the rows it gave.

    `about` is what is known of the question that it was written for.
    """
    detail: dict[str, Any] = {"sql": verdict.sql, "ran": verdict.ran, "outcome": failure}
    if rows is not None:
        detail |= {"outcome": "answered", "rows": rows.read, "truncated": rows.truncated}
        detail |= {"rows_sha256": rows.sha256}
    return AuditEntry(AuditKind.SQL, asked_by.id, {**(about or {}), **detail})


def judged(by: Principal, question: str, sql: str, right: bool) -> AuditEntry:
    """Return the entry of what somebody says of an answer from the database."""
    outcome = "judged right" if right else "judged wrong"
    return AuditEntry(AuditKind.SQL, by.id, {"question": question, "sql": sql, "outcome": outcome})


def unqueried(asked_by: Principal, outcome: str, about: Mapping[str, Any]) -> AuditEntry:
    """Return the entry of a question to a database that ended without a statement that ran."""
    return AuditEntry(AuditKind.SQL, asked_by.id, {**about, "outcome": outcome})


@dataclass
class RowsDigest:
    """The hash of the rows of a result, taken while they are read; the same rows have the same hash.

    Each row is a line of canonical JSON: null for what is not known, every other value as Python's
    `str` writes it (numbers with all their places, moments in UTC, since the session's zone is UTC).

    Args:
        most_kb: What that text may have in all, in KiB; None: as much as there is.
        rows: How many rows were taken in.
        size: The bytes of their text.
    """

    most_kb: int | None = None
    rows: int = 0
    size: int = 0
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, rows: Iterable[Sequence[object]]) -> None:
        """Take in rows, in their order.

        Raises:
            InvalidRequest: There is more text than may be.
        """
        for row in rows:
            line = canonical([None if value is None else str(value) for value in row])
            text = f"{line}\n".encode("utf-8", "replace")
            self._hash.update(text)
            self.rows += 1
            self.size += len(text)
            if self.most_kb is not None and self.size > self.most_kb * 1024:
                raise InvalidRequest(
                    f"The result is larger than {self.most_kb // 1024} MiB",
                    "Ask for fewer rows or columns.",
                )

    @property
    def sha256(self) -> str:
        """The hash so far, in hexadecimal."""
        return str(self._hash.hexdigest())


def reviewed(by: Principal, example: ProposedExample) -> AuditEntry:
    """Return the entry of an example that was proposed, verified or rejected."""
    detail = {
        "example": example.id,
        "state": example.state.value,
        "question": example.question,
        "sql": example.sql,
        "reason": example.reason,
    }
    return AuditEntry(AuditKind.EXAMPLE, by.id, detail)


def ingested(actor: str, filing: Filing, status: str) -> AuditEntry:
    """Return the entry of a file that is in the catalogue, newly or under one more name."""
    return AuditEntry(AuditKind.INGEST, actor, {"status": status, **named(filing)})


def refused(actor: str, outcome: IngestOutcome, error: AssistantError) -> AuditEntry:
    """Return the entry of a file that was refused."""
    detail = {"status": outcome.status.value, "path": outcome.path, "code": error.code}
    return AuditEntry(AuditKind.INGEST, actor, detail)


def certificate(actor: str, removal: Removal, reason: str) -> AuditEntry:
    """Return the entry of a deletion: what was removed, by whom and why."""
    detail = {
        "document": removal.document_id,
        "file_name": removal.file_name,
        "collection": removal.collection,
        "version": removal.version,
        "sha256": removal.sha256,
        "size": removal.size,
        "content_removed": removal.content_removed,
        "remaining": list(removal.remaining),
        "removed": removal.counts,
        "reason": reason,
    }
    return AuditEntry(AuditKind.DELETE, actor, detail)


def labelled_collection(
    by: Principal, name: str, label: Sensitivity, before: Sensitivity | None
) -> AuditEntry:
    """Return the entry of a collection's label; `before` is None where it was not known."""
    detail = {"collection": name, "label": label.value, "before": before and before.value}
    return AuditEntry(AuditKind.LABEL, by.id, detail)


def repaired(actor: str, difference: Difference) -> AuditEntry:
    """Return the entry of a difference between the stores that was put right."""
    detail = {"repair": difference.kind, "subject": difference.subject, "found": difference.detail}
    return AuditEntry(AuditKind.REPAIR, actor, detail)


def about(kind: AuditKind, actor: str, filing: Filing, **detail: Any) -> AuditEntry:  # noqa: ANN401 -- JSON
    """Return an entry about one filing."""
    return AuditEntry(kind, actor, named(filing) | detail)


def named(filing: Filing) -> dict[str, Any]:
    """Return what names a filing in the log."""
    return {
        "document": filing.entry.id,
        "file_name": filing.entry.file_name,
        "collection": filing.entry.collection,
        "version": filing.entry.version,
        "sha256": filing.original.sha256,
    }
