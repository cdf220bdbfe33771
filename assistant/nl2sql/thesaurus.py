"""What words mean: a file of meanings and the words for them, and the words that a database brings along.

    [says] fee = ["fee", "commission"]   [phrases] "round trip" = "buy sell same"   [implies] fee = "trade"

Words are compared by their stems, and a misspelt one is taken for the one known word that is near.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rapidfuzz.distance import OSA

from assistant.domain.semantics import SemanticLayer


@dataclass(frozen=True)
class Thesaurus:
    """Words, and what they mean.

    Args:
        free: Words without meaning for a question, as stems.
        says: A word or phrase, as stems -> its meanings.
        implies: A meaning -> what goes without saying.
        spelled: The words that a misspelt one may be meant for.
        things: What rows are: the meanings that tables are called by.
    """

    free: frozenset[str]
    says: Mapping[tuple[str, ...], tuple[str, ...]]
    implies: Mapping[str, tuple[str, ...]]
    spelled: frozenset[str]
    things: frozenset[str]

    @cached_property
    def longest(self) -> int:
        """The number of words of the longest phrase."""
        return max(map(len, self.says), default=1)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Every stem that is known."""
        return self.free.union(*self.says)

    def closed(self, meanings: Iterable[str]) -> frozenset[str]:
        """Return meanings with all that goes without saying."""
        found = set(meanings)
        todo = list(found)
        while todo:
            for one in self.implies.get(todo.pop().removeprefix("not:"), ()):
                if one not in found:
                    found.add(one)
                    todo.append(one)
        return frozenset(found)


def read_thesaurus(path: Path, layer: SemanticLayer | None = None) -> Thesaurus:
    """Return the thesaurus of a TOML file.

    Args:
        path: The file; it knows what people call the things of a market.
        layer: What another database calls its tables and columns, in words that the file has not.
    """
    found = tomllib.loads(path.read_text("utf-8"))
    says: dict[str, tuple[str, ...]] = {}
    for meaning, phrases in found["says"].items():
        says |= dict.fromkeys(phrases, (meaning,))
    says |= {phrase: tuple(meanings.split()) for phrase, meanings in found["phrases"].items()}
    brought = dict(_layer_words(layer, says)) if layer else {}
    free = {word.replace("-", " ") for word in found["free"].split()}
    spelled = {
        word for phrase in [*says, *brought, *free] for word in phrase.split() if len(word) > 3
    }
    stemmed = {_stems(phrase): meanings for phrase, meanings in [*brought.items(), *says.items()]}
    nothing = {_stems(phrase): () for phrase in free if " " in phrase}
    return Thesaurus(
        frozenset(stem(word) for word in free if " " not in word),
        nothing | stemmed,
        {one: tuple(more.split()) for one, more in found["implies"].items()},
        frozenset(spelled) | set(found["calendar"].split()),
        frozenset(found["things"].split()) | frozenset(layer.tables if layer else ()),
    )


def _layer_words(
    layer: SemanticLayer, says: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield what a layer calls its metrics, columns and tables, what counts more last.

    What the file knows by its name keeps its meaning, so that the file's other words for it are known.
    """
    named = [(metric.name, metric.synonyms) for metric in layer.metrics]
    for meaning in layer.tables.values():
        named += [(name, column.synonyms) for name, column in meaning.columns.items()]
    named += [(name, meaning.synonyms) for name, meaning in layer.tables.items()]
    for name, synonyms in named:
        phrase = name.lower().replace("_", " ")
        said = says.get(phrase, (phrase.replace(" ", "_"),))
        for one in (phrase, *synonyms):
            yield one.lower(), said


def stem(word: str) -> str:
    """Return a word without the ending of its plural."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-3] + "y" if word.endswith("ies") and len(word) > 4 else word[:-1]
    return word


def _stems(phrase: str) -> tuple[str, ...]:
    return tuple(stem(word) for word in phrase.split())


def nearest_word(word: str, known: Iterable[str]) -> str:
    """Return the one known word that differs by a slip or two of the keys; empty when none does."""
    most = 1 if len(word) < 8 else 2
    near = [
        (slips, other)
        for other in known
        if other[0] == word[0] and abs(len(other) - len(word)) <= most
        if (slips := OSA.distance(word, other)) <= most
        if len(word) > 4 or len(other) == 4
    ]
    near.sort()
    unsure = len(near) > 1 and near[0][0] == near[1][0] and stem(near[0][1]) != stem(near[1][1])
    return "" if not near or unsure else near[0][1]
