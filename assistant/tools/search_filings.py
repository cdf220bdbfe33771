"""The tool that looks into the filings."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.domain.answers import Evidence, Query, Question
from assistant.domain.filings import FoundPassage, MediaType
from assistant.ports import Facts
from assistant.rag.retrieve import FoundPage, Retriever
from assistant.rag.tagged import PERIOD_END, concepts_of

_WHOLE = 6000  # characters; a page up to that size is one piece of evidence


@dataclass(frozen=True)
class SearchFilings:
    """Finds pages, and hands on each as one run of neighbouring passages. Implements `ports.Tool`.

    A statement answers only as a whole: its column heads stand far above the row that is asked for.
    """

    retriever: Retriever
    facts: Facts
    keep: int = 12

    @property
    def name(self) -> str:
        """The name that the plan and the log know it by."""
        return "search_filings"

    async def run(self, query: Query, question: Question) -> list[Evidence]:
        """Return the best pages, best first, one piece of evidence each."""
        found = await self.retriever.find(query.text, query.scope, self.keep, query.understanding)
        evidence = [evidence_of(page) for page in admitted(found)]
        return await self._with_facts(evidence, concepts_of(query.text))

    async def _with_facts(
        self, evidence: list[Evidence], concepts: Sequence[str]
    ) -> list[Evidence]:
        pages = (item for item in evidence if item.media_type == MediaType.HTML)
        filings = list(dict.fromkeys(item.locator.filing_id for item in pages))
        if not filings or not concepts:
            return evidence
        found = await self.facts.of(filings, (*concepts, PERIOD_END))
        whole = {
            filing: tuple(fact for fact in facts if not fact.dimensions)
            for filing, facts in found.items()
        }
        return [replace(item, facts=whole.get(item.locator.filing_id, ())) for item in evidence]


def admitted(found: Sequence[FoundPage]) -> list[FoundPage]:
    """Return the pages with a passage that may be evidence, the best such one first."""
    pages = []
    for page in found:
        free = [span for span in page.spans if not page.is_quarantined(span)]
        if free:
            held = [span for span in page.spans if page.is_quarantined(span)]
            pages.append(replace(page, spans=(*free, *held)))
    return pages


def segment(found: FoundPage, budget: int) -> FoundPassage:
    """Return one run of the page: its best passage with the neighbours that fit `budget` characters.

    Neighbours join on both sides in turn, the one above first: it holds a table's heads. None joins
    that is quarantined, nor any beyond it.
    """
    best = found.spans[0]
    spans = sorted(found.spans, key=lambda span: span.ordinal)
    first = last = spans.index(best)

    def joins(index: int) -> bool:
        if not 0 <= index < len(spans) or found.is_quarantined(spans[index]):
            return False
        start, end = spans[min(index, first)].start, spans[max(index, last)].end
        return end - start <= budget

    grown = True
    while grown:
        grown = False
        if joins(first - 1):
            first, grown = first - 1, True
        if joins(last + 1):
            last, grown = last + 1, True
    return found.run(spans[first], spans[last], best)


def evidence_of(found: FoundPage) -> Evidence:
    """Return a page as one piece of evidence."""
    hit = segment(found, _WHOLE)
    return Evidence(
        text=hit.text,
        locator=hit.locator,
        header=hit.header,
        score=hit.score,
        sensitivity=hit.sensitivity,
        media_type=hit.media_type,
        carried=hit.carried,
    )
