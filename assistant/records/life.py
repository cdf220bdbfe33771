"""Deletes, holds and retains filings, and leaves an entry in the audit log for each.

    delete: entry, pages, passages, facts, certificate ── one unit of work ──> original removed

The unit is the deletion: from its commit on nothing of the filing is found, in any process. The
original may be in another store; it goes right after, and where that fails, the note which the unit
left makes the reconciler finish it.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime

from assistant.audit import about, certificate
from assistant.domain.auditing import AuditKind
from assistant.domain.errors import InvalidRequest, Kept, NotFound, ServiceFailed
from assistant.domain.filings import Filing, Sensitivity
from assistant.domain.people import Principal
from assistant.domain.records import Removal
from assistant.ports import (
    AuditLog,
    BlobStore,
    Catalogue,
    Findings,
    JobQueue,
    Records,
    UnitOfWork,
)

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Life:
    """The life of filings after they were added."""

    catalogue: Catalogue
    records: Records
    blobs: BlobStore
    findings: Findings
    audit: AuditLog
    queue: JobQueue
    work: UnitOfWork

    async def delete(self, document: str, by: Principal, reason: str = "") -> Removal:
        """Delete an entry (name or id), with the last one its content.

        Raises:
            NotFound: There is no such filing.
            Kept: A legal hold or a retention date keeps it.
        """
        filing = await self.catalogue.get(document)
        async with self.work.begin():
            removal = await self.records.remove(filing.entry.id, _today())
            if removal.content_removed:
                await self.queue.withdraw(removal.sha256)
            await self.audit.append(certificate(by.id, removal, reason))
        if removal.content_removed:
            try:
                await self.remove_original(removal.sha256)
            except ServiceFailed as error:  # the filing is deleted; the note makes it be finished
                _log.warning("The original of %s is not removed yet: %s", removal.name, error)
        return removal

    async def remove_original(self, sha256: str) -> bool:
        """Remove an original that no filing needs; True when there was one."""
        async with self.work.begin():
            return await self.records.settle(sha256) and await self.blobs.delete(sha256)

    async def hold(self, document: str, by: Principal, reason: str) -> Filing:
        """Put a filing on legal hold; several reasons hold it each on its own."""
        if not reason.strip():
            raise InvalidRequest("A legal hold needs a reason", "Name the matter: --reason.")
        filing = await self.catalogue.get(document)
        async with self.work.begin():
            await self.records.hold(filing.entry.id, reason)
            await self.audit.append(about(AuditKind.HOLD, by.id, filing, reason=reason))
        return await self.catalogue.get(filing.entry.id)

    async def release(self, document: str, by: Principal, reason: str = "") -> Filing:
        """Release one legal hold; the reason may be left out where there is only one.

        Raises:
            InvalidRequest: There is none, or there are several.
        """
        filing = await self.catalogue.get(document)
        held = filing.held_for
        if not reason and len(held) > 1:
            raise InvalidRequest(
                f"{filing.name} is held for {len(held)} reasons: {'; '.join(held)}",
                "Name the one to release: --reason.",
            )
        reason = reason or "".join(held)
        async with self.work.begin():
            if not await self.records.release(filing.entry.id, reason):
                raise InvalidRequest(
                    f"{filing.name} is not on hold" + (f" for {reason!r}" if reason else ""),
                    "`aei documents show` names its holds.",
                )
            await self.audit.append(about(AuditKind.RELEASE, by.id, filing, reason=reason))
        return await self.catalogue.get(filing.entry.id)

    async def retain(
        self, document: str, by: Principal, until: date, *, shorten: bool = False
    ) -> Filing:
        """Keep a filing to the end of a day; a date is brought forward only on purpose.

        Raises:
            Kept: The date is earlier than the one it has, and `shorten` is False.
        """
        filing = await self.catalogue.get(document)
        before = filing.retain_until
        if before and until < before and not shorten:
            raise Kept(
                f"{filing.name} must be kept until {before}, which is later than {until}",
                "Add --shorten to bring the date forward; the audit log keeps both.",
            )
        detail = {"until": until.isoformat(), "before": before.isoformat() if before else None}
        async with self.work.begin():
            await self.records.retain(filing.entry.id, until)
            await self.audit.append(about(AuditKind.RETAIN, by.id, filing, **detail))
        return await self.catalogue.get(filing.entry.id)

    async def label(self, document: str, by: Principal, label: Sensitivity) -> Filing:
        """Say how far a filing's text may travel, from now on, under all its names."""
        filing = await self.catalogue.get(document)
        detail = {"label": label.value, "before": filing.label.value}
        async with self.work.begin():
            await self.catalogue.label(filing.id, label)
            await self.audit.append(about(AuditKind.LABEL, by.id, filing, **detail))
        return await self.catalogue.get(document)

    async def release_text(self, document: str, by: Principal, reason: str) -> tuple[Filing, int]:
        """Let text that was kept out of answers into them; return of how many findings.

        Raises:
            InvalidRequest: There is no reason.
            NotFound: There is no such filing, or nothing of it is kept out.
        """
        reason = reason.strip()
        if not reason:
            raise InvalidRequest("There is no reason", "Say why with --reason.")
        filing = await self.catalogue.get(document)
        async with self.work.begin():
            count = await self.findings.release(filing.id, by.id, reason)
            await self.audit.append(about(AuditKind.RELEASE_TEXT, by.id, filing, reason=reason))
        return filing, count

    async def original(self, filing: Filing, by: Principal, part: str = "") -> None:
        """Note that an original, or a part of it, is handed out."""
        await self.audit.append(about(AuditKind.EXPORT, by.id, filing, part=part))

    async def expired(self) -> list[Filing]:
        """Return the filings whose retention date has passed and that nothing holds."""
        today = _today()
        return [
            one
            for one in await self.catalogue.filings()
            if one.retain_until and one.retain_until < today and not one.held_for
        ]

    async def expire(self, by: Principal) -> list[Removal]:
        """Delete what has expired, with all its entries."""
        removed: list[Removal] = []
        for filing in await self.expired():
            reason = f"retention ended on {filing.retain_until}"
            for entry in filing.placements:
                try:
                    removed.append(await self.delete(entry.id, by, reason))
                except (Kept, NotFound) as error:  # held or deleted by somebody else since
                    _log.info("%s did not expire: %s", filing.name, error)
        return removed


def _today() -> date:
    return datetime.now(UTC).date()
