"""Reads a question: what to search for, where, with which tools."""

from dataclasses import dataclass, replace

from assistant.domain.answers import Query, Question
from assistant.ports import Catalogue
from assistant.rag.followups import stand_alone
from assistant.rag.reading import in_scope, read_question
from assistant.rag.superseded import known, superseded


@dataclass(frozen=True)
class Understander:
    """Turns a question into a query, by rules, with the companies that the catalogue knows.

    The query's text stands alone: what a follow-up leaves out comes from the turns before it.
    """

    catalogue: Catalogue

    async def query(self, question: Question) -> Query:
        """Return the query that a question stands for."""
        scope = replace(question.scope, as_of=question.as_of)
        everything = await self.catalogue.filings()
        filings = in_scope(everything, scope)
        earlier = [turn.text for turn in question.history]
        text = stand_alone(question.text.strip(), earlier, filings)
        return Query(
            text,
            scope,
            understanding=read_question(text, filings),
            superseded=superseded(known(everything, scope.as_of)),
        )
