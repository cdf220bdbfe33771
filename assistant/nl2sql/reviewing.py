"""How a statement that somebody found right becomes a verified example: proposed, reviewed, then used.

    propose ── guard ──> proposed ── a reviewer: guard again, run once ──> verified | rejected

A proposal may hold what only who asked should know: only reviewers and who made it see it, and who
proposes cannot approve unless he reviews. What is verified answers everybody, each with his own rights.
"""

import hashlib
from dataclasses import dataclass

from assistant.audit import reviewed
from assistant.domain.errors import Forbidden, InvalidRequest, UnsafeSql
from assistant.domain.people import Principal, Role
from assistant.domain.reviews import ExampleState, ProposedExample
from assistant.domain.semantics import Example
from assistant.domain.sql import ReadableSchema
from assistant.nl2sql.execute import Execution
from assistant.ports import UnitOfWork, VerifiedExamples

_REVIEWERS = {Role.COMPLIANCE, Role.ADMIN}
_LONGEST = 2_000  # characters of a question


@dataclass(frozen=True)
class Reviewing:
    """Keeps proposals, and lets reviewers decide.

    Args:
        store: Where they are kept.
        work: Makes a decision and its audit entry one.
        execution: Judges and runs statements.
    """

    store: VerifiedExamples
    work: UnitOfWork
    execution: Execution

    async def propose(self, question: str, sql: str, by: Principal) -> ProposedExample:
        """Propose a statement for a question; the same again changes nothing.

        Raises:
            InvalidRequest: The question is empty or too long.
            UnsafeSql: The guard refuses the statement.
        """
        asked = " ".join(question.split())
        if not asked or len(asked) > _LONGEST:
            raise InvalidRequest(
                f"A question of 1 to {_LONGEST} characters is needed", "Name what was asked."
            )
        self._judged(sql)
        async with self.work.begin():
            found = await self.store.add(asked, sql.strip(), by.id)
            await self.execution.audit.append(reviewed(by, found))
        return found

    async def listed(self, by: Principal, everything: bool = False) -> list[ProposedExample]:
        """Return what is to be reviewed, or all; who does not review sees his own."""
        states = tuple(ExampleState) if everything else (ExampleState.PROPOSED,)
        found = await self.store.all(states)
        return [one for one in found if by.role in _REVIEWERS or one.proposed_by == by.id]

    async def approve(self, id: int, by: Principal) -> ProposedExample:
        """Make a proposal a verified example. It is judged again, costed and run once.

        Raises:
            Forbidden: This person doesn't review.
            NotFound: There is no such proposal.
            InvalidRequest: The guard or the database refuses the statement (now).
        """
        _only_reviewers(by)
        await self.execution.run((await self.store.get(id)).sql, by)
        return await self._decided(id, ExampleState.VERIFIED, by)

    async def reject(self, id: int, by: Principal, reason: str = "") -> ProposedExample:
        """Keep a proposal, or what was verified, from answering.

        Raises:
            Forbidden: This person doesn't review.
            NotFound: There is no such proposal.
        """
        _only_reviewers(by)
        return await self._decided(id, ExampleState.REJECTED, by, reason.strip())

    async def verified(self) -> tuple[Example, ...]:
        """Return what was verified, and may still be run."""
        found = await self.store.all((ExampleState.VERIFIED,))
        return tuple(
            Example(one.question, one.sql, one.judged_by)
            for one in found
            if self.execution.guard.check(one.sql).allowed
        )

    async def _decided(
        self, id: int, state: ExampleState, by: Principal, reason: str = ""
    ) -> ProposedExample:
        async with self.work.begin():
            decided = await self.store.judge(id, state, by.id, reason)
            await self.execution.audit.append(reviewed(by, decided))
        return decided

    def _judged(self, sql: str) -> None:
        verdict = self.execution.guard.check(sql)
        if not verdict.allowed:
            raise UnsafeSql(
                f"The statement is not proposed: {verdict.reason}",
                "Only one SELECT of the tables and columns that may be read; see docs/security.md.",
            )


def fingerprint(schema: ReadableSchema) -> str:
    """Return what tells one database from another: its schema and its tables, not where it is."""
    text = "\n".join((schema.name, *sorted(schema.tables)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _only_reviewers(by: Principal) -> None:
    if by.role not in _REVIEWERS:
        raise Forbidden(
            "Only compliance decides on proposed examples",
            "Ask somebody of that role to review it.",
        )
