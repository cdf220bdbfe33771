"""Reads a question: what to search for, where, with which tools; or what to ask back."""

from dataclasses import dataclass

from assistant.domain.answers import Choice, Query, Question
from assistant.ports import Catalogue
from assistant.rag.clarify import ask_back
from assistant.rag.reading import in_scope, read_question
from assistant.rag.scope import chip, matching, offers


@dataclass(frozen=True)
class Understander:
    """Turns a question into a query, by rules, with the companies that the catalogue knows."""

    catalogue: Catalogue

    async def query(self, question: Question) -> Query:
        """Return the query that a question stands for."""
        text = _one_text(question.text)
        filings = in_scope(await self.catalogue.filings(), question.scope)
        read = read_question(text, filings)
        chosen = bool(question.scope.documents)
        found = filings if chosen else matching(filings, read)
        return Query(
            text,
            question.scope,
            understanding=read,
            chip=chip(read, found, chosen=chosen),
            clarification=ask_back(text, filings, read),
        )

    async def offers(self, text: str) -> tuple[Choice, ...]:
        """Return the scopes that a question may be asked in instead, none for an empty store."""
        filings = await self.catalogue.filings()
        text = _one_text(text)
        return offers(text, filings, read_question(text, filings)) if filings else ()


def _one_text(text: str) -> str:
    """Return the text that is read and searched for; places in it stay the same for both."""
    return text.replace("\x00", " ").strip()
