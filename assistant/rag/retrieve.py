"""Hybrid search: words and meaning, each ranked by the database, fused here."""

from dataclasses import dataclass

from assistant.domain.answers import Scope
from assistant.domain.filings import FoundPassage
from assistant.ports import Embedder, PassageIndex
from assistant.rag.fusion import fuse
from assistant.rag.understand import searchable


@dataclass(frozen=True)
class Retriever:
    """Finds the passages that a question needs."""

    index: PassageIndex
    embedder: Embedder
    candidates: int = 100

    async def search(self, text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        """Return at most `limit` passages, best first; none for a text without words."""
        text = searchable(text)
        if not text:
            return []
        [vector] = await self.embedder.embed([text])
        rankings = await self.index.search(text, vector, scope, max(self.candidates, limit))
        return fuse(rankings)[:limit]
