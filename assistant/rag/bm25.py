"""BM25 over what a survey found (Robertson and Zaragoza 2009, k1 1.2, b 0.6), on arrays.

The same postings are scored twice: for passages as they are, and for pages, whose counts are the
sums of their passages'. Rarity is counted among the surveyed filings, which costs no further query
and makes words that stand on every page of a company's filings weigh little.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate, chain

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


class Layout:
    """Where the pages and passages of the surveyed filings stand, one filing after the other."""

    def __init__(self, survey: Survey) -> None:
        self.filings = {one.filing_id: at for at, one in enumerate(survey.filings)}
        self.numbers = [np.asarray(one.numbers, dtype=np.int64) for one in survey.filings]
        self._pages = _starts([len(numbers) for numbers in self.numbers])
        ends = _ends(survey)
        self._passages = _starts(ends)
        self.pages, self.passages = self._pages[-1], self._passages[-1]
        pieces = [
            np.maximum(np.searchsorted(one.firsts, np.arange(end), side="right") - 1, 0) + start
            for one, end, start in zip(survey.filings, ends, self._pages, strict=False)
        ]
        self.page_of: Ints = np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int64)

    def page_at(self, filing: int, numbers: Sequence[int]) -> Ints:
        """Return where the pages of a filing stand; -1 for one without passages."""
        held, asked = self.numbers[filing], np.asarray(numbers, dtype=np.int64)
        at = np.minimum(np.searchsorted(held, asked), max(0, len(held) - 1))
        found = held[at] == asked if len(held) else np.zeros(len(asked), dtype=bool)
        return np.where(found, at + self._pages[filing], -1)

    def entries(self, postings: Sequence[Posting]) -> _Entries:
        """Return the entries of one stem in one field; those of pages without passages not."""
        units = np.concatenate([self._units(posting) for posting in postings])
        kept = units >= 0
        counts = joined([posting.counts for posting in postings])
        lengths = joined([posting.lengths for posting in postings])
        return _Entries(units[kept], counts[kept], lengths[kept])

    def _units(self, posting: Posting) -> Ints:
        filing = self.filings[posting.filing_id]
        if posting.field is not Field.TEXT:
            return self.page_at(filing, posting.ordinals)
        at = np.asarray(posting.ordinals, dtype=np.int64) + self._passages[filing]
        return at if len(self.numbers[filing]) else np.full(len(at), -1)


class PageTerms:
    """Scores the pages of one survey for sets of stems; the order of pages is the survey's."""

    def __init__(self, survey: Survey, layout: Layout) -> None:
        self._layout = layout
        self._size = layout.pages
        self._words = joined([one.words for one in survey.filings])
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
        return np.bincount(pages, entry.counts, minlength=self._size).astype(np.float64)

    def _of(self, field: Field, stems: Collection[str]) -> Iterable[_Entries]:
        for stem in sorted(stems):
            if (entry := self._entries.get((field, stem))) is not None:
                yield entry


def joined(columns: Sequence[Sequence[float]]) -> Floats:
    """Return the columns of several filings as one array."""
    return np.fromiter(chain.from_iterable(columns), np.float64, sum(map(len, columns)))


def _starts(sizes: Iterable[int]) -> list[int]:
    return [0, *accumulate(sizes)]


def _ends(survey: Survey) -> list[int]:
    """Return one past the last passage that matters, by filing; 0 where no page has words."""
    ends = {one.filing_id: one.firsts[-1] + 1 for one in survey.filings if one.numbers}
    for posting in survey.postings:
        if posting.field is Field.TEXT and posting.filing_id in ends:
            ends[posting.filing_id] = max(ends[posting.filing_id], posting.ordinals[-1] + 1)
    return [ends.get(one.filing_id, 0) for one in survey.filings]


def _mean_length(entries: Collection[_Entries]) -> float:
    lengths = [entry.lengths.mean() for entry in entries if len(entry.lengths)]
    return max(1.0, float(np.mean(lengths))) if lengths else 1.0


def _rarity(units: int, holding: int) -> float:
    return float(np.log(1 + (units - holding + 0.5) / (holding + 0.5)))


def _saturated(counts: Floats, relative_length: Floats) -> Floats:
    return (_K1 + 1) * counts / (counts + _K1 * (1 - _B + _B * relative_length))
