"""Finds the pages that a question needs: filings first, then pages, then the passages on them.

    question ── read ── filings chosen ── pages surveyed and ranked ── text of the best read ── reranked

Two round trips: the survey of the chosen filings, the text of the best pages. The catalogue's filings
are kept in memory, and a survey tells whether they have changed; then they are read again and the
survey is made again, unless the question was understood from them a moment ago: while a batch is
read they change many times a second. Where a question names no known company, the survey asks the whole index by its
core words and by meaning which filings speak of it; where it names one, a search costs what its
filings cost, whatever the size of the store.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from assistant.domain.answers import Scope
from assistant.domain.filings import Filing, FoundPassage, Locator, Vector
from assistant.domain.search import PageKey, PageText, Probe, Span, Speaking, Survey
from assistant.domain.understanding import Understanding
from assistant.ports import Catalogue, Embedder, PageIndex, Reranker
from assistant.rag.documents import MOST, POINTS, Points, choose
from assistant.rag.pages import WEIGHTS, Weights, order, probe_groups, with_phrases, with_signal
from assistant.rag.reading import in_scope, read_question

_READ = 32  # pages whose text is read for the second step, at least; as many are reranked
_NARROW = 5_000  # passages of a scope that are compared one by one


@dataclass(frozen=True, slots=True)
class _Surveyed:
    survey: Survey
    understanding: Understanding
    filings: Sequence[Filing]


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A page that search returned, its best passage first in `spans`; higher scores are better."""

    page: PageText
    spans: tuple[Span, ...]
    score: float

    def is_quarantined(self, span: Span) -> bool:
        """Whether a passage addresses a model, so that it is no evidence."""
        return any(span.start < end and start < span.end for start, end in self.page.withheld)

    def passages(self) -> list[FoundPassage]:
        """Return the page's passages, best first."""
        return [self.run(span, span, span) for span in self.spans]

    def run(self, first: Span, last: Span, at: Span) -> FoundPassage:
        """Return the page's text from `first` to `last`, under the header of the passage `at`."""
        start, end = first.start, last.end
        filing_id, number = self.page.key
        return FoundPassage(
            text=self.page.text[start:end],
            header=at.header,
            locator=Locator(filing_id, self.page.document, number, at.section, start, end),
            score=round(self.score, 6),
            sensitivity=self.page.sensitivity,
            media_type=self.page.media_type,
            quarantined=self.is_quarantined(at),
            carried=first.carried,
        )


@dataclass(frozen=True)
class Retriever:
    """Finds pages and passages."""

    catalogue: Catalogue
    pages: PageIndex
    embedder: Embedder
    reranker: Reranker | None = None
    weights: Weights = WEIGHTS
    points: Points = POINTS

    async def search(self, text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        """Return at most `limit` passages: the best of each page, in the order of pages, then the rest.

        None for a text without words.
        """
        found = [page.passages() for page in await self.find(text, scope, limit)]
        firsts = [passages[0] for passages in found]
        rest = [passage for passages in found for passage in passages[1:]]
        return (firsts + rest)[:limit]

    async def find(
        self, text: str, scope: Scope, limit: int, understanding: Understanding | None = None
    ) -> list[FoundPage]:
        """Return at most `limit` pages, best first.

        Args:
            text: The question, stand-alone.
            scope: Which filings may answer.
            limit: How many pages at most.
            understanding: What the question was read as, from the filings as they are now; read here
                when it is not given.
        """
        text = text.replace("\x00", " ").strip()
        if not text:
            return []
        [vector] = await self.embedder.embed([text])
        listing = self.catalogue.listing()
        found = await self._survey(text, vector, listing.filings, scope, understanding)
        if understanding is None and found.survey.state != listing.state:
            filings = await self.catalogue.filings()
            found = await self._survey(text, vector, filings, scope, understanding)
        ranked = order(found.survey, found.understanding, max(limit, _READ), self.weights)
        texts = await self.pages.read([key for key, _ in ranked])
        asked = found.understanding
        again = with_phrases(ranked, texts, asked, self.weights)
        names = {filing.id: filing.name for filing in found.filings}
        best = await self._reranked(asked, again, texts)
        return [
            _found(replace(texts[key], document=names[key[0]]), score, asked)
            for key, score in best[:limit]
        ]

    async def _reranked(
        self,
        understanding: Understanding,
        ranked: Sequence[tuple[PageKey, float]],
        texts: Mapping[PageKey, PageText],
    ) -> list[tuple[PageKey, float]]:
        """Return the pages in the order that their best passages ask for; the tail stays as it is."""
        near, far = ranked[:_READ], ranked[_READ:]
        spans = [(key, texts[key], span) for key, _ in near for span in texts[key].spans]
        if self.reranker is None or not spans:
            return list(ranked)
        passages = [page.text[span.start : span.end] for _, page, span in spans]
        asked = " ".join((understanding.core, *understanding.phrases))
        scores = await self.reranker.score(asked, passages)
        best: dict[PageKey, float] = {}
        for (key, _, _), score in zip(spans, scores, strict=True):
            best[key] = max(score, best.get(key, 0.0))
        return [*with_signal(near, best, self.weights.reranked), *far]

    async def _survey(
        self,
        text: str,
        vector: Vector,
        filings: Sequence[Filing],
        scope: Scope,
        understanding: Understanding | None,
    ) -> _Surveyed:
        """Return what the index knows, of the filings as they are believed to be."""
        held = in_scope(filings, scope)
        understanding = understanding or read_question(text, held)
        chosen = choose(held, understanding, self.points)
        speaking = None
        if len(chosen) > MOST:
            words = understanding.core or text
            narrow = sum(one.passages for one in held) <= _NARROW
            speaking = Speaking(words, self.points.found, MOST, narrow)
        probe = Probe(probe_groups(understanding), vector)
        survey = await self.pages.survey(probe, chosen, speaking)
        return _Surveyed(survey, understanding, held)


def _found(page: PageText, score: float, understanding: Understanding) -> FoundPage:
    words = {word.lower() for word in understanding.core.split()}
    phrases = [phrase.lower() for phrase in understanding.phrases]

    def told(span: Span) -> int:
        text = page.text[span.start : span.end].lower()
        return sum(word in text for word in words) * 2 + sum(phrase in text for phrase in phrases)

    best = max(page.spans, key=told)
    rest = [span for span in page.spans if span is not best]
    return FoundPage(page, (best, *rest), score)
