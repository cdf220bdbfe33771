"""What stands in for linking and for the built-in writer where a database has neither."""

from collections.abc import Sequence

from assistant.domain.queries import DataQuestion, Declined, Draft, EarlierQuery, Linking
from assistant.domain.sql import RowReader


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
