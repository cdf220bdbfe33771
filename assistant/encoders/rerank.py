"""Reorders what search found by how much of the question one passage holds together.

    question words x texts ── which of them stand in each ── rarity-weighted share ── a score a text

A page's words may be spread over its columns; the passage that answers holds them side by side. Words
count in the form they are printed in, because the index before has compared their stems. Rarity is
counted among the texts given, so a word that all of them hold says little. Late interaction over
static word vectors (MaxSim, Khattab and Zaharia 2020) was measured as well: letting near words count in
place of the word itself found fewer pages, at ten times the cost (docs/evaluation.md).
"""

import math
import re
from collections import Counter
from collections.abc import Sequence

_WORD = re.compile(r"[a-z][a-z&'-]{2,}")


class LightReranker:
    """Scores by words alone, in this process. Implements `ports.Reranker`."""

    async def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return the share of the question's words in each text, 0 to 1, rare words counting more."""
        asked = _words(question)
        held = [asked & _words(text) for text in texts]
        counts = Counter(word for words in held for word in words)
        rarity = {word: _rarity(counts[word], len(texts)) for word in sorted(asked)}
        total = sum(rarity.values()) or 1.0
        return [sum(rarity[word] for word in sorted(words)) / total for words in held]


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))


def _rarity(count: int, texts: int) -> float:
    """Inverse document frequency as BM25 has it (Robertson and Zaragoza 2009)."""
    return math.log(1 + (texts - count + 0.5) / (count + 0.5))
