"""Reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009)."""

from collections.abc import Sequence
from dataclasses import replace

from assistant.domain.filings import FoundPassage

_K = 60


def fuse(rankings: Sequence[Sequence[FoundPassage]]) -> list[FoundPassage]:
    """Merge rankings into one, best first.

    A passage scores the sum of 1 / (60 + rank) over the rankings it stands in; ranks count from 1.
    Ties keep the order of filing, page and position, so that a result never depends on chance.
    """
    passages = {hit.key: hit for ranking in rankings for hit in ranking}
    scores = dict.fromkeys(passages, 0.0)
    for ranking in rankings:
        for rank, hit in enumerate(ranking, start=1):
            scores[hit.key] += 1 / (_K + rank)
    best_first = sorted(scores, key=lambda key: (-scores[key], key))
    return [replace(passages[key], score=round(scores[key], 6)) for key in best_first]
