"""Makes the weights of the router's classifiers, and prints what they are worth.

    python -m benchmarks.router             cross-validated figures, five folds, by line of origin
    python -m benchmarks.router --write     and writes assistant/routing/weights.npz

Lines that come from one template never stand in two folds.
"""

import argparse
import asyncio
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold

from assistant.encoders.embedded import EmbeddedEmbedder
from assistant.routing import classifier
from assistant.routing.classifier import Inputs, inputs
from assistant.routing.features import Features
from benchmarks.router.messages import Message, messages

WEIGHTS = Path(classifier.__file__).with_name("weights.npz")
_FOLDS = 5


async def seen(examples: list[Message]) -> list[Inputs]:
    """Return what the classifiers see of each message."""
    features, embedder = Features.load(), EmbeddedEmbedder.load()
    return [(await inputs(features, embedder, [e.text], e.previous))[0] for e in examples]


def questions(examples: list[Message], shown: list[Inputs]) -> dict[str, tuple]:
    """Return the inputs, labels and regularisation of each classifier."""
    everything = csr_matrix(np.array([one.all for one in shown]))
    wording = csr_matrix(np.array([np.concatenate([s.signs, s.words]) for s in shown]))
    meaning = csr_matrix(np.array([np.concatenate([s.signs, s.meaning]) for s in shown]))
    sensitive = np.array([e.sensitive for e in examples])
    return {
        "intent": (everything, np.array([e.intent for e in examples]), 10),
        "complex": (everything, np.array([e.complex for e in examples]), 10),
        "sensitive_words": (wording, sensitive, 10),
        "sensitive_meaning": (meaning, sensitive, 10),
    }


def model(strength: float) -> LogisticRegression:
    """Return an untrained classifier."""
    return LogisticRegression(C=strength, max_iter=300, tol=1e-3)


def main() -> None:
    """Train, print, and write where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the weights")
    arguments = parser.parse_args()
    examples = list(messages())
    groups = [e.group for e in examples]
    print(f"{len(set(groups))} lines, {len(examples)} messages")
    weights = {}
    for name, (numbers, labels, strength) in questions(
        examples, asyncio.run(seen(examples))
    ).items():
        right = []
        for train, test in GroupKFold(_FOLDS).split(numbers, labels, groups):
            fitted = model(strength).fit(numbers[train], labels[train])
            right.append(fitted.score(numbers[test], labels[test]))
        print(
            f"{name:18} accuracy {np.mean(right):.3f} (folds {min(right):.3f} to {max(right):.3f})"
        )
        fitted = model(strength).fit(numbers, labels)
        weights[name] = fitted.coef_.astype(np.float16)
        weights[f"{name}_bias"] = fitted.intercept_.astype(np.float32)
    if arguments.write:
        np.savez_compressed(WEIGHTS, **weights)
        print(f"wrote {WEIGHTS} ({WEIGHTS.stat().st_size / 1e3:.0f} kB)")


if __name__ == "__main__":
    main()
