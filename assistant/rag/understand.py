"""Reads a question: what to search for, where, with which tools."""

from dataclasses import dataclass

from assistant.domain.answers import Query, Question
from assistant.ports import Catalogue
from assistant.rag.followups import stand_alone
from assistant.rag.reading import in_scope, read_question


@dataclass(frozen=True)
class Understander:
    """Turns a question into a query, by rules, with the companies that the catalogue knows.

    The query's text stands alone: what a follow-up leaves out comes from the turns before it.
    """

    catalogue: Catalogue

    async def query(self, question: Question) -> Query:
        """Return the query that a question stands for."""
        filings = in_scope(await self.catalogue.filings(), question.scope)
        earlier = [turn.text for turn in question.history]
        text = stand_alone(question.text.strip(), earlier, filings)
        return Query(text, question.scope, understanding=read_question(text, filings))
