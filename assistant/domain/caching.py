"""An answer that was given before, and what it is found by."""

from dataclasses import dataclass

from assistant.domain.answers import Answer, Destination
from assistant.domain.people import Principal


@dataclass(frozen=True, slots=True)
class CacheKey:
    """What an answer is kept under.

    Args:
        digest: SHA-256, in hexadecimal, of everything that the answer depends on.
        version: The state of the catalogue that it was read from (see `domain.filings.Listing`).
        expected: Where the answer is to be made; one made elsewhere is not kept.
    """

    digest: str
    version: int
    expected: Destination


@dataclass(frozen=True, slots=True)
class EarlierAnswer:
    """A kept answer, and the number of the audit entry that vouches for it."""

    answer: Answer
    entry: int


def rights(principal: Principal) -> str:
    """Return what a principal may read, in one word: who has other rights gets no answer of theirs."""
    return principal.role.value
