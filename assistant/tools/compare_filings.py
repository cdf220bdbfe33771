"""The tool that gathers what a comparison needs: pages for every company and period in it.

It searches each company and period on its own, because one search for all of them would spend its
filings and pages on the first. Cells are computed later from the labelled evidence, by the same
path that answers a single question, so the turn has one way and every figure is checked on it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

from assistant.domain.answers import Evidence, Query, Question, Scope
from assistant.domain.comparisons import CellSearch
from assistant.domain.search import PageKey
from assistant.rag.retrieve import FoundPage, Retriever
from assistant.tools.search_filings import admitted, evidence_of

_AT_ONCE = 4  # searches; each takes a connection of the pool


@dataclass(frozen=True)
class CompareFilings:
    """Finds the best pages of each company and period. Implements `ports.Tool`."""

    retriever: Retriever
    keep: int = 8

    @property
    def name(self) -> str:
        """The name that the plan and the log know it by."""
        return "compare_filings"

    async def run(self, query: Query, question: Question) -> list[Evidence]:
        """Return the pages of each search, the best of every search first, once for each figure.

        A page that states two figures is two pieces of evidence, so that each is cited by its row.
        """
        if query.comparison is None:
            return []
        gate = asyncio.Semaphore(_AT_ONCE)
        found = await asyncio.gather(
            *(self._pages(search, query.scope, gate) for search in query.comparison.searches)
        )
        pages = [evidence_of(page) for page in admitted(_in_turn(found))]
        return pages * len(query.comparison.metrics)

    async def _pages(
        self, search: CellSearch, scope: Scope, gate: asyncio.Semaphore
    ) -> list[FoundPage]:
        async with gate:
            return await self.retriever.find(search.text, scope, self.keep, search.understanding)


def _in_turn(found: Sequence[Sequence[FoundPage]]) -> list[FoundPage]:
    """Return the best page of each search, then the second best of each, no page twice."""
    kept: dict[PageKey, FoundPage] = {}
    for page in chain.from_iterable(zip_longest(*found)):
        if page is not None:
            kept.setdefault(page.page.key, page)
    return list(kept.values())
