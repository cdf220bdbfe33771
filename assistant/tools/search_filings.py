"""The tool that looks into the filings."""

from dataclasses import dataclass

from assistant.domain.answers import Evidence, Query, Question
from assistant.rag.retrieve import Retriever


@dataclass(frozen=True)
class SearchFilings:
    """Finds passages by words and meaning. Implements `ports.Tool`."""

    retriever: Retriever
    keep: int = 12

    @property
    def name(self) -> str:
        """The name that the plan and the log know it by."""
        return "search_filings"

    async def run(self, query: Query, question: Question) -> list[Evidence]:
        """Return the best passages, best first."""
        found = await self.retriever.search(query.text, query.scope, self.keep)
        return [
            Evidence(
                text=hit.text,
                locator=hit.locator,
                header=hit.header,
                score=hit.score,
                sensitivity=hit.sensitivity,
                media_type=hit.media_type,
            )
            for hit in found
        ]
