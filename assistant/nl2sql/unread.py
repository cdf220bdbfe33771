"""What stands in for linking and for the built-in writer where a database has neither."""

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.queries import DataQuestion, Declined, Draft, EarlierQuery, Linking
from assistant.domain.sql import RowReader
from assistant.nl2sql.examples import Examples


class NoLinks:
    """Links a question to nothing: a model is shown every table."""

    async def link(
        self, text: str, reader: RowReader, earlier: Sequence[EarlierQuery] = ()
    ) -> Linking:
        """Return that nothing was found."""
        return Linking()


class NoWriter:
    """Writes nothing."""

    async def write(self, question: DataQuestion, linking: Linking) -> Draft:
        """Decline."""
        return Declined(
            "No language model answers, and nothing verified is like this question",
            "Start a local model (Ollama), or ask one of the verified questions.",
        )


@dataclass(frozen=True)
class OnlyVerified:
    """Writes what verified examples cover."""

    examples: Examples

    async def write(self, question: DataQuestion, linking: Linking) -> Draft:
        """Return an example's statement, or decline."""
        found = await self.examples.write(question, linking)
        return found or await NoWriter().write(question, linking)
