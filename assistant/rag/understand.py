"""Reads a question: what to search for, where, with which tools."""

from dataclasses import dataclass, replace

from assistant.domain.answers import Query, Question
from assistant.ports import Catalogue
from assistant.rag.reading import in_scope, read_question
from assistant.rag.superseded import known, superseded


@dataclass(frozen=True)
class Understander:
    """Turns a question into a query, by rules, with the companies that the catalogue knows."""

    catalogue: Catalogue

    async def query(self, question: Question) -> Query:
        """Return the query that a question stands for."""
        text = question.text.strip()
        scope = replace(question.scope, as_of=question.as_of)
        everything = await self.catalogue.filings()
        return Query(
            text,
            scope,
            understanding=read_question(text, in_scope(everything, scope)),
            superseded=superseded(known(everything, scope.as_of)),
        )
