"""Writes statements without a language model: from verified examples first, else by composition.

A verified example was read by somebody, so it counts before a composed statement. Neither guesses: a
question that neither covers word by word is declined.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from assistant.domain.queries import DataQuestion, Draft, EarlierQuery, Linking, Written
from assistant.domain.sql import RowReader
from assistant.nl2sql.composing.composer import Composer
from assistant.nl2sql.execute import reader_of


class WritesVerified(Protocol):
    """Writes the statement of a verified example that covers a question."""

    async def write(self, question: DataQuestion, linking: Linking) -> Written | None:
        """Return it; None where no example covers the question."""


class FindsValues(Protocol):
    """Finds the stored values that the words of a question name."""

    async def link(
        self, text: str, reader: RowReader, earlier: Sequence[EarlierQuery] = ()
    ) -> Linking:
        """Return them, as far as this reader may know of them."""


@dataclass(frozen=True, slots=True)
class BuiltinWriter:
    """Writes what verified examples and the semantic layer cover.

    Args:
        composer: Composes statements over the database that is asked.
        examples: Its verified examples.
        linker: Finds the values that earlier questions named, for what goes on from them.
    """

    composer: Composer
    examples: WritesVerified
    linker: FindsValues

    async def write(self, question: DataQuestion, linking: Linking) -> Draft:
        """Return the statement of a question, what to ask back, or why there is none."""
        verified = await self.examples.write(question, linking)
        if verified:
            return verified
        values = list(linking.values)
        for one in question.earlier:
            before = await self.linker.link(one.question, reader_of(question.asked_by))
            values += before.values
        return self.composer.compose(question, replace(linking, values=tuple(values)))
