"""Finds where originals, catalogue and index differ, and puts right what can be put right.

    catalogue <─> originals: lost, damaged, left over      deletions: finished
    catalogue <─> index: read again from the original      uploads that died: swept

Each check yields what differs with the way to put it right, if there is one; no repair loses a
filing. An original without a filing is left alone for a day: somebody may be about to publish it.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from assistant.audit import repaired
from assistant.domain.errors import AssistantError
from assistant.domain.filings import Filing
from assistant.domain.people import Principal
from assistant.domain.records import Difference
from assistant.ports import AuditLog, BlobStore, Catalogue, Inspector, Records
from assistant.records.life import Life

_log = logging.getLogger(__name__)
_DAY = timedelta(days=1)
_LOST = "Ingest the same file again, which restores it, or restore a backup; its text is kept."
_DAMAGED = "Delete the filing and ingest the file again, or restore a backup."

Repair = Callable[[], Awaitable[object]]
Found = AsyncIterator[tuple[Difference, Repair | None]]


@dataclass(frozen=True)
class Reconciler:
    """Compares the stores.

    Args:
        catalogue: Which filings there are.
        records: Which deletions are under way.
        inspector: What the database holds of each filing.
        blobs: The originals.
        audit: Where repairs are noted.
        life: Removes originals.
        reread: Writes a filing's pages, passages and facts again from its original.
    """

    catalogue: Catalogue
    records: Records
    inspector: Inspector
    blobs: BlobStore
    audit: AuditLog
    life: Life
    reread: Callable[[Filing], Awaitable[None]]

    async def run(
        self, by: Principal, *, repair: bool, older_than: timedelta = _DAY
    ) -> list[Difference]:
        """Return every difference; with `repair`, put right what can be, and log what was.

        Args:
            by: Who asks for it.
            repair: False only finds.
            older_than: The age that an original without a filing, or a dead upload, must have.
        """
        checks = (
            self._removals(),
            self._strays(),
            self._unplaced(),
            self._originals(older_than),
            self._uneven(),
            self._uploads(older_than, repair=repair),
        )
        found: list[Difference] = []
        for check in checks:
            async for difference, mend in check:
                found.append(await _mended(difference, mend) if repair and mend else difference)
        for difference in found:
            if difference.repaired:
                await self.audit.append(repaired(by.id, difference))
        return found

    async def _removals(self) -> Found:
        for sha256 in await self.records.pending():
            detail = "the filing was deleted, its original is not removed yet"
            found = Difference("removal_unfinished", sha256, detail)
            yield found, partial(self.life.remove_original, sha256)

    async def _strays(self) -> Found:
        for table, count in (await self.inspector.strays()).items():
            found = Difference("rows_without_filing", table, f"{count} rows belong to no filing")
            yield found, self.inspector.drop_strays

    async def _unplaced(self) -> Found:
        for filing in await self.inspector.unplaced():
            found = Difference("filing_without_entry", filing, "the list does not show it")
            yield found, partial(self.inspector.place_again, [filing])

    async def _originals(self, older_than: timedelta) -> Found:
        removing = set(await self.records.pending())
        border = datetime.now(UTC) - older_than
        # The originals are listed first: one that is published meanwhile is then in the catalogue.
        stored = [one async for one in self.blobs.stored()]
        wanted = await self.inspector.originals()
        for original in stored:
            sha256 = original.sha256
            filing, size = wanted.pop(sha256, ("", original.size))
            if not filing and original.stored_at < border and sha256 not in removing:
                found = Difference("original_without_filing", sha256, f"{original.size} bytes")
                yield found, partial(self.life.remove_original, sha256)
            elif filing and not size == original.size == original.held:
                detail = f"{original.held} of {size} bytes are stored"
                yield Difference("original_damaged", filing, detail, hint=_DAMAGED), None
        for sha256, (filing, _) in wanted.items():
            put_since = await self.blobs.stat(sha256) is not None
            if not put_since and not await self.catalogue.gone([filing]):
                yield Difference("original_missing", filing, f"SHA-256 {sha256}", hint=_LOST), None

    async def _uneven(self) -> Found:
        for uneven in await self.inspector.uneven():
            found = Difference("counts_differ", uneven.filing_id, f"{uneven.name}: {uneven.detail}")
            yield found, partial(self._read_again, uneven.filing_id)

    async def _uploads(self, older_than: timedelta, *, repair: bool) -> Found:
        """Sweep; what died is not seen by anybody, so it is only looked for to be removed."""
        if repair and (count := await self.blobs.sweep(older_than)):
            found = Difference("upload_dead", "originals", f"{count} uploads died half-way")
            yield replace(found, repaired=True), None

    async def _read_again(self, filing_id: str) -> None:
        await self.reread(await self.catalogue.get(filing_id))


async def _mended(difference: Difference, mend: Repair) -> Difference:
    try:
        await mend()
    except AssistantError as error:
        _log.warning("%s of %s: %s", difference.kind, difference.subject, error)
        return replace(difference, hint=f"{error.message}. {error.hint}")
    return replace(difference, repaired=True)
