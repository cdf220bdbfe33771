"""Writes statements without a language model: from verified examples first, else by composition.

A verified example was read by somebody, so it counts before a composed statement. Neither guesses: a
question that neither covers word by word is declined.
"""

from dataclasses import dataclass
from typing import Protocol

from assistant.domain.queries import DataQuestion, Draft, Linking, Written
from assistant.nl2sql.composing.composer import Composer


class WritesVerified(Protocol):
    """Writes the statement of a verified example that covers a question."""

    async def write(self, question: DataQuestion, linking: Linking) -> Written | None:
        """Return it; None where no example covers the question."""


@dataclass(frozen=True, slots=True)
class BuiltinWriter:
    """Writes what verified examples and the semantic layer cover.

    Args:
        composer: Composes statements over the database that is asked.
        examples: Its verified examples.
    """

    composer: Composer
    examples: WritesVerified

    async def write(self, question: DataQuestion, linking: Linking) -> Draft:
        """Return the statement of a question, what to ask back, or why there is none."""
        verified = await self.examples.write(question, linking)
        return verified or self.composer.compose(question, linking)
