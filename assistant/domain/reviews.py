"""Statements that somebody found right, and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ExampleState(StrEnum):
    """What became of a proposal. Only verified ones answer questions."""

    PROPOSED = "proposed"
    VERIFIED = "verified"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class ProposedExample:
    """A question and the statement that somebody found right for it.

    Args:
        id: Its number.
        question: As it was asked; it may hold what only who asked should know.
        sql: The statement.
        state: What became of it.
        proposed_by: Who found it right, by id.
        proposed_at: When.
        judged_by: Who reviewed it; empty as long as nobody did.
        judged_at: When.
        reason: Why it was rejected.
    """

    id: int
    question: str
    sql: str
    state: ExampleState
    proposed_by: str
    proposed_at: datetime
    judged_by: str = ""
    judged_at: datetime | None = None
    reason: str = ""
