"""What a message wants, how hard it is, and whether it may be sensitive: four small linear models.

    text, message before it -> signs ‖ embedding ‖ hashed words -> intent, complexity, two doubts

Each is a logistic regression; `python -m benchmarks.router` makes its weights from our own messages
and prints their cross-validated figures. One doubt reads words, the other meaning, so that they miss
different things. A long text is doubted window by window: a sentence cannot hide in a page.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from assistant.domain.routing import Intent
from assistant.ports import Embedder
from assistant.routing.features import Features, Numbers, hashed, unit

_WEIGHTS = Path(__file__).with_name("weights.npz")
_SENTENCE = re.compile(r"(?<=[.!?;\u3002\uff01\uff1f])\s+|\n+")
_WINDOW = 240  # characters a window has at least, where the text goes on
_WINDOWS = 64
INTENTS = tuple(sorted(Intent))
SIGN_WEIGHT = np.float32(0.3)


@dataclass(frozen=True, slots=True)
class Belief:
    """Shares of belief from 0 to 1.

    Args:
        intents: One an intent, in the order of `INTENTS`; they sum to 1.
        complex: That answering takes several steps of reasoning.
        doubts: That it is sensitive, by words and by meaning.
        unread: Whether the text is longer than what was read of it.
    """

    intents: Numbers
    complex: float
    doubts: tuple[float, float]
    unread: bool = False


@dataclass(frozen=True)
class Inputs:
    """A message as the classifiers see it: three blocks of numbers."""

    signs: Numbers
    meaning: Numbers
    words: Numbers

    @property
    def all(self) -> Numbers:
        """The blocks in the order of the weights."""
        return np.concatenate([self.signs, self.meaning, self.words])


@dataclass(frozen=True)
class Classifier:
    """Believes things about messages. `weights` has a matrix and a bias for each question."""

    features: Features
    embedder: Embedder
    weights: dict[str, Numbers]

    @classmethod
    def load(cls, embedder: Embedder) -> "Classifier":
        """Read the weights that ship with the product; they fit the embedded embedding only."""
        with np.load(_WEIGHTS) as file:
            weights = {name: file[name].astype(np.float32) for name in file.files}
        return cls(Features.load(), embedder, weights)

    async def believe(self, text: str, previous: str = "") -> Belief:
        """Return what to believe of a text and the message before it (empty: there is none)."""
        windows = _windows(text)
        whole, *parts = await self._inputs([text, *windows[:_WINDOWS]], previous)
        intents = np.exp(self._scores("intent", whole.all))
        doubted = [whole, *parts]
        return Belief(
            intents=intents / intents.sum(),
            complex=_share(self._scores("complex", whole.all)),
            doubts=(
                max(_share(self._scores("sensitive_words", _wording(one))) for one in doubted),
                max(_share(self._scores("sensitive_meaning", _meaning(one))) for one in doubted),
            ),
            unread=len(windows) > _WINDOWS,
        )

    async def _inputs(self, texts: Sequence[str], previous: str) -> list[Inputs]:
        return await inputs(self.features, self.embedder, texts, previous)

    def _scores(self, name: str, numbers: Numbers) -> Numbers:
        scores: Numbers = self.weights[name] @ numbers + self.weights[f"{name}_bias"]
        return scores - scores.max() if len(scores) > 1 else scores


async def inputs(
    features: Features, embedder: Embedder, texts: Sequence[str], previous: str
) -> list[Inputs]:
    """Return what the classifiers see of each text after the same earlier message."""
    before = [previous] if previous else []
    vectors = [np.array(v, np.float32) for v in await embedder.embed([*texts, *before])]
    signs_before = features.signs_of(previous) if previous else 0 * features.signs_of("")
    words_before = hashed(previous) if previous else np.float32(0)
    meaning_before = vectors[-1] if previous else np.float32(0)
    there = np.array([1.0 if previous else 0.0], np.float32)
    return [
        Inputs(
            np.concatenate([features.signs_of(text), signs_before, there]) * SIGN_WEIGHT,
            unit(vector + meaning_before),
            unit(hashed(text) + words_before),
        )
        for text, vector in zip(texts, vectors, strict=False)
    ]


def _wording(seen: Inputs) -> Numbers:
    return np.concatenate([seen.signs, seen.words])


def _meaning(seen: Inputs) -> Numbers:
    return np.concatenate([seen.signs, seen.meaning])


def _share(scores: Numbers) -> float:
    return float(1 / (1 + np.exp(-scores[0])))


def _windows(text: str) -> list[str]:
    """Return the text in runs of sentences; none where it is one run."""
    windows: list[str] = []
    for sentence in _SENTENCE.split(text):
        if windows and len(windows[-1]) + len(sentence) < _WINDOW:
            windows[-1] += f" {sentence}"
        else:
            windows += [
                sentence[at : at + 2 * _WINDOW] for at in range(0, len(sentence), 2 * _WINDOW)
            ]
    return windows if len(windows) > 1 else []
