"""BM25 over what a survey found (Robertson and Zaragoza 2009, k1 1.2, b 0.6), on arrays.

The same postings are scored twice: for passages as they are, and for pages, whose counts are the
sums of their passages'. Rarity is counted among the surveyed filings, which costs no further query
and makes words that stand on every page of a company's filings weigh little.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from assistant.domain.search import Field, Posting, Survey

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_K1 = 1.2
_B = 0.6


@dataclass(frozen=True)
class _Entries:
    """One stem in one field: positions of units (passages or pages), counts, lengths."""

    units: Ints
    counts: Floats
    lengths: Floats


class PageTerms:
    """Scores the pages of one survey for sets of stems; the order of pages is the survey's."""

    def __init__(self, survey: Survey) -> None:
        self._size = len(survey.pages)
        self._words = np.array([page.words for page in survey.pages], dtype=np.float64)
        self._layout = _Layout(survey)
        grouped: dict[tuple[Field, str], list[Posting]] = defaultdict(list)
        for posting in survey.postings:
            grouped[posting.field, posting.lexeme].append(posting)
        self._entries = {key: self._layout.entries(rows) for key, rows in grouped.items()}

    def on_page(self, stems: Collection[str]) -> Floats:
        """Return the score of each page as one text."""
        mean = max(1.0, float(self._words.mean())) if self._size else 1.0
        total = np.zeros(self._size)
        for entry in self._of(Field.TEXT, stems):
            counts = self._page_counts(entry)
            present = counts > 0
            rarity = _rarity(self._size, int(present.sum()))
            total[present] += rarity * _saturated(counts[present], self._words[present] / mean)
        return total

    def on_best_passage(self, stems: Collection[str]) -> Floats:
        """Return the score of each page's best passage."""
        scores = np.zeros(self._layout.passages)
        entries = list(self._of(Field.TEXT, stems))
        mean = _mean_length(entries)
        for entry in entries:
            rarity = _rarity(self._layout.passages, len(entry.units))
            scores[entry.units] += rarity * _saturated(entry.counts, entry.lengths / mean)
        best = np.zeros(self._size)
        np.maximum.at(best, self._layout.page_of, scores)
        return best

    def in_field(self, field: Field, stems: Collection[str]) -> Floats:
        """Return the score of each page's head or note heading."""
        total = np.zeros(self._size)
        entries = list(self._of(field, stems))
        mean = _mean_length(entries)
        for entry in entries:
            rarity = _rarity(self._size, len(entry.units))
            total[entry.units] += rarity * _saturated(entry.counts, entry.lengths / mean)
        return total

    def share_present(self, stems: Collection[str]) -> Floats:
        """Return the share of the stems that stand on each page."""
        total = np.zeros(self._size)
        for entry in self._of(Field.TEXT, stems):
            total += self._page_counts(entry) > 0
        return total / max(1, len(stems))

    def _page_counts(self, entry: _Entries) -> Floats:
        pages = self._layout.page_of[entry.units]
        counts: Floats = np.zeros(self._size)
        np.add.at(counts, pages, entry.counts)
        return counts

    def _of(self, field: Field, stems: Collection[str]) -> Iterable[_Entries]:
        for stem in sorted(stems):
            if (entry := self._entries.get((field, stem))) is not None:
                yield entry


class _Layout:
    """Where the pages and passages of each filing stand in one long array."""

    def __init__(self, survey: Survey) -> None:
        firsts: dict[str, list[int]] = defaultdict(list)
        self.page_at: dict[tuple[str, int], int] = {}
        page_base: dict[str, int] = {}
        for index, page in enumerate(survey.pages):
            filing, number = page.key
            page_base.setdefault(filing, index)
            self.page_at[filing, number] = index
            firsts[filing].append(page.first_passage)
        ends = _ends(survey.postings, firsts)
        self.passage_base: dict[str, int] = {}
        pieces, self.passages = [], 0
        for filing, starts in firsts.items():
            self.passage_base[filing] = self.passages
            within = np.searchsorted(np.array(starts), np.arange(ends[filing]), side="right") - 1
            pieces.append(page_base[filing] + np.maximum(within, 0))
            self.passages += ends[filing]
        self.page_of: Ints = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int64)

    def entries(self, postings: Iterable[Posting]) -> _Entries:
        units, counts, lengths = [], [], []
        for posting in postings:
            at = self._positions(posting)
            kept = at >= 0
            units.append(at[kept])
            counts.append(np.asarray(posting.counts, dtype=np.float64)[kept])
            lengths.append(np.asarray(posting.lengths, dtype=np.float64)[kept])
        return _Entries(np.concatenate(units), np.concatenate(counts), np.concatenate(lengths))

    def _positions(self, posting: Posting) -> Ints:
        """Return where the posting's units stand; -1 for a page without passages."""
        if posting.field is Field.TEXT:
            base = self.passage_base.get(posting.filing_id)
            ordinals = np.asarray(posting.ordinals, dtype=np.int64)
            return ordinals + base if base is not None else np.full(len(ordinals), -1)
        places = (self.page_at.get((posting.filing_id, page), -1) for page in posting.ordinals)
        return np.fromiter(places, dtype=np.int64, count=len(posting.ordinals))


def _ends(postings: Iterable[Posting], firsts: dict[str, list[int]]) -> dict[str, int]:
    """Return one past the last passage that matters, by filing."""
    ends = {filing: starts[-1] + 1 for filing, starts in firsts.items()}
    for posting in postings:
        if posting.field is Field.TEXT and posting.filing_id in ends:
            ends[posting.filing_id] = max(ends[posting.filing_id], posting.ordinals[-1] + 1)
    return ends


def _mean_length(entries: Collection[_Entries]) -> float:
    lengths = [entry.lengths.mean() for entry in entries if len(entry.lengths)]
    return max(1.0, float(np.mean(lengths))) if lengths else 1.0


def _rarity(units: int, holding: int) -> float:
    return float(np.log(1 + (units - holding + 0.5) / (holding + 0.5)))


def _saturated(counts: Floats, relative_length: Floats) -> Floats:
    return (_K1 + 1) * counts / (counts + _K1 * (1 - _B + _B * relative_length))
