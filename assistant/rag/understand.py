"""Reads a question: what to search for, where, with which tools; or what to ask back."""

from dataclasses import dataclass, replace

from assistant.domain.answers import Choice, Query, Question
from assistant.ports import Catalogue
from assistant.rag.clarify import ask_back
from assistant.rag.comparing import read_comparison
from assistant.rag.followups import stand_alone
from assistant.rag.reading import in_scope, read_question
from assistant.rag.scope import chip, matching, offers
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
        text = stand_alone(_one_text(question.text), earlier, filings)
        read = read_question(text, filings)
        comparison = None if read.shared else read_comparison(text, filings)
        chosen = bool(scope.documents)
        compared = [one for one in filings if comparison and one.id in comparison.filings]
        found = filings if chosen else compared or matching(filings, read)
        return Query(
            text,
            scope,
            tools=("compare_filings",) if comparison else ("search_filings",),
            understanding=read,
            superseded=superseded(known(everything, scope.as_of)),
            chip=chip(read, found, chosen=chosen),
            clarification=None if comparison else ask_back(text, filings, read),
            comparison=comparison,
        )

    async def offers(self, text: str) -> tuple[Choice, ...]:
        """Return the scopes that a question may be asked in instead, none for an empty store."""
        filings = await self.catalogue.filings()
        text = _one_text(text)
        return offers(text, filings, read_question(text, filings)) if filings else ()


def _one_text(text: str) -> str:
    """Return the text that is read and searched for; places in it stay the same for both."""
    return text.replace("\x00", " ").strip()
