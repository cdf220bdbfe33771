"""What people say of an answer from the database: noted, and where it is right, proposed as an example.

    question, statement, right? ── guard ── audit log
                                └─ right ── a proposal, used after somebody has reviewed it

A verdict is added, never changed: each stands in the log under who gave it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from assistant.audit import judged
from assistant.domain.errors import UnsafeSql
from assistant.domain.people import Principal
from assistant.domain.sql import SqlVerdict
from assistant.ports import AuditLog

_NOTED = "Noted. Ask again in other words, or name tables and columns; nothing is learnt from it."
_PROPOSED = "Noted, and proposed as a verified example: it is used once somebody has reviewed it."
_RIGHT = "Noted that the rows are right."


class Proposes(Protocol):
    """Keeps proposals of verified examples for review."""

    async def propose(self, question: str, sql: str, by: Principal) -> object:
        """Add a proposal; the same by the same person again changes nothing."""


@dataclass(frozen=True)
class Verdicts:
    """Takes in verdicts on answers.

    Args:
        check: The guard's verdict on a statement.
        audit: Where they are noted.
        proposals: Where what is right is proposed; None: nowhere.
    """

    check: Callable[[str], Awaitable[SqlVerdict]]
    audit: AuditLog
    proposals: Callable[[], Awaitable[Proposes | None]]

    async def take(self, question: str, sql: str, right: bool, by: Principal) -> str:
        """Note whether a statement answers a question; return what became of that, in a sentence.

        Raises:
            UnsafeSql: The statement is none that the database answers with.
            ServiceFailed: The database or the audit log gave no usable answer.
        """
        verdict = await self.check(sql)
        if not verdict.allowed:
            raise UnsafeSql(
                f"The statement is no answer of the database: {verdict.reason}",
                "Send the statement as the answer told it.",
            )
        await self.audit.append(judged(by, question, sql, right))
        if not right:
            return _NOTED
        proposals = await self.proposals()
        if proposals is None:
            return _RIGHT
        await proposals.propose(question, sql, by)
        return _PROPOSED
