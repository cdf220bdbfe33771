"""Finds the phrases of a vocabulary in a question: longest first, misspelled words put right.

A code, such as a ticker, counts as one where it is written as one: "IT" and "A" are words in most
sentences. Words of plain English are never taken for misspelled names.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.nl2sql.vocabulary import Meaning, Vocabulary
from assistant.nl2sql.words import ENGLISH, ENGLISH_WORDS, Token, spelled, stem, tokens

_LONGEST = 7  # words of a phrase


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase of a question, and what it may mean.

    Args:
        text: As it is written.
        start: Its first word, counted from 0.
        end: The word after its last one.
        meanings: What it may mean, at least one thing.
    """

    text: str
    start: int
    end: int
    meanings: tuple[Meaning, ...]


def mentions(text: str, vocabularies: Sequence[Vocabulary]) -> tuple[Mention, ...]:
    """Return the phrases of a text that some vocabulary knows, in order; none lies in another."""
    words = tokens(text)
    stems = [_put_right(one, vocabularies) for one in words]
    shouted = text.isupper()
    known = _known(vocabularies)
    found = []
    for start, end in _spans(len(words)):
        written = spelled(words[start:end], text)
        keys = {tuple(stems[start:end])}
        if end - start == 2:
            keys.add(("".join(stems[start:end]),))
        meant = [one for key in keys for one in known(key) if _written(one, written, shouted)]
        if meant:
            found.append(Mention(written, start, end, tuple(meant)))
    return _apart(found)


def _spans(count: int) -> Iterable[tuple[int, int]]:
    for length in range(min(_LONGEST, count), 0, -1):
        for start in range(count - length + 1):
            yield start, start + length


def _apart(found: Sequence[Mention]) -> tuple[Mention, ...]:
    """Keep the longest of what overlaps."""
    taken: set[int] = set()
    kept = []
    for one in found:
        places = set(range(one.start, one.end))
        if not places & taken:
            taken |= places
            kept.append(one)
    return tuple(sorted(kept, key=lambda one: one.start))


def _known(vocabularies: Sequence[Vocabulary]) -> Callable[[tuple[str, ...]], list[Meaning]]:
    def of(key: tuple[str, ...]) -> list[Meaning]:
        return [meaning for one in vocabularies for meaning in one.meanings(key)]

    return of


def _written(meaning: Meaning, written: str, shouted: bool) -> bool:
    """Whether a phrase is written so that it can mean this."""
    code = meaning.code
    if not code:
        return True
    if written == code and not shouted:
        return not (len(code) == 1 and code in "AI")
    plain = written.casefold()
    alike = plain == code.casefold() or plain.replace("-", "").replace(".", "") == code.casefold()
    return alike and len(plain) > 2 and stem(plain) not in ENGLISH


def _put_right(token: Token, vocabularies: Sequence[Vocabulary]) -> str:
    """Return the stem of a word, or of the known word that it is a misspelling of."""
    word = token.text.casefold()
    if len(word) < 4 or not word.isalpha() or token.stem in ENGLISH:
        return token.stem
    if any(one.meanings((token.stem,)) or word in one.words for one in vocabularies):
        return token.stem
    cutoff = 0.74 if len(word) > 4 else 0.79
    for choices in (*(one.words for one in vocabularies), ENGLISH_WORDS):
        best = process.extractOne(
            word, choices, scorer=OSA.normalized_similarity, score_cutoff=cutoff
        )
        if best and best[0][0] == word[0]:
            return stem(best[0])
    return token.stem
