"""What is done once a day, by whichever process is there: expire, reconcile, tidy, verify the log."""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta

from assistant.audit import verify
from assistant.domain.errors import AssistantError
from assistant.domain.people import SYSTEM
from assistant.domain.records import Difference
from assistant.ports import AnswerCache, AuditLog, Records
from assistant.records.life import Life
from assistant.records.reconcile import Reconciler

_log = logging.getLogger(__name__)
_DAILY = timedelta(days=1)
_LOOK_S = 600.0
_SETTLE_S = 30.0  # a server that just started answers first


@dataclass(frozen=True)
class Upkeep:
    """The daily run."""

    life: Life
    reconciler: Reconciler
    records: Records
    audit: AuditLog
    answers: AnswerCache

    async def run(self) -> list[Difference]:
        """Delete what expired, repair what differs; return what was found.

        What the reconciler cannot repair, and an audit log that is not whole, is logged as an error.
        """
        for removal in await self.life.expire(SYSTEM):
            _log.warning("%s expired and was deleted", removal.name)
        found = await self.reconciler.run(SYSTEM, repair=True)
        found += await broken_audit(self.audit)
        await self.answers.tend()
        for one in found:
            level = logging.WARNING if one.repaired else logging.ERROR
            _log.log(level, "%s: %s, %s. %s", one.kind, one.subject, one.detail, one.hint)
        return found

    async def daily(self) -> None:
        """Run once a day until cancelled; several processes share the turn."""
        await asyncio.sleep(_SETTLE_S)
        while True:
            try:
                if await self.records.claim("daily", _DAILY):
                    await self.run()
            except AssistantError as error:
                _log.warning("The daily run failed: %s", error)
            await asyncio.sleep(_LOOK_S)


async def broken_audit(audit: AuditLog) -> list[Difference]:
    """Return the first entry of the audit log that is not as it was written, if there is one."""
    verdict = await verify(audit.records(), await audit.noted())
    if verdict.broken is None:
        return []
    hint = "Find out who changed it; `aei audit verify --against EXPORT` compares."
    return [Difference("audit_broken", f"entry {verdict.broken}", verdict.reason, hint=hint)]
