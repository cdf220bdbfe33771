"""Reads a question: what to search for, where, with which tools."""

from dataclasses import dataclass, replace

from assistant.domain.answers import Query, Question
from assistant.ports import Catalogue
from assistant.rag.comparing import read_comparison
from assistant.rag.reading import in_scope, read_question


@dataclass(frozen=True)
class Understander:
    """Turns a question into a query, by rules, with the companies that the catalogue knows."""

    catalogue: Catalogue

    async def query(self, question: Question) -> Query:
        """Return the query that a question stands for."""
        text = question.text.strip()
        filings = in_scope(await self.catalogue.filings(), question.scope)
        query = Query(text, question.scope, understanding=read_question(text, filings))
        if comparison := read_comparison(text, filings):
            return replace(query, tools=("compare_filings",), comparison=comparison)
        return query
