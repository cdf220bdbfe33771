"""What phrases of a question can mean over a database: its tables, columns, figures and stored values.

A question is cut into parts, the longest known phrase first. A part keeps everything that its phrase can
mean; which of it is meant is decided where the whole question is read.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TypeVar

from assistant.domain.queries import LinkedValue
from assistant.domain.semantics import Metric, SemanticLayer
from assistant.domain.sql import ReadableSchema
from assistant.nl2sql.composing.periods import MONTHS, Period, read_period
from assistant.nl2sql.composing.speech import COMPARISONS, SPEECH, Say
from assistant.nl2sql.composing.tokens import Token, tokenise, words_of

T = TypeVar("T")
STATES = frozenset({"NULL", "NOT NULL", "true", "false"})
_LONG = 6
_VOWELS = frozenset("aeiouy")
_TIMES = frozenset(MONTHS) | frozenset(
    [
        "today",
        "yesterday",
        "since",
        "until",
        "till",
        "through",
        "before",
        "after",
        "prior",
        "past",
        "previous",
        "running",
        "trailing",
        "older",
        "than",
        "recent",
        "half",
        "monday",
        "january",
        "date",
        "new",
        "lifetime",
        "time",
        "quarter",
        "year",
        "month",
        "week",
        "day",
    ]
)


@dataclass(frozen=True, slots=True)
class Named:
    """A column or a figure that a phrase names; a `weak` one only where its table is named too."""

    table: str
    column: str = ""
    metric: Metric | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored value that a phrase names.

    A `weak` one counts only where its table or column is named too, one that is `bound` only right
    beside them. A `state` is `NULL`, `NOT NULL`, `true` or `false` as the semantic layer says it; text
    in the data is never one.
    """

    table: str
    column: str
    value: str
    weak: bool = False
    state: bool = False
    bound: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """A phrase of a question, and all that it can mean."""

    text: str
    words: tuple[str, ...]
    tables: tuple[str, ...] = ()
    names: tuple[Named, ...] = ()
    values: tuple[Stored, ...] = ()
    says: tuple[Say, ...] = ()
    period: Period | None = None
    number: Decimal | None = None
    unit: str = ""

    @property
    def known(self) -> bool:
        """Whether it means anything."""
        return bool(self.tables or self.names or self.values or self.says or self.period) or (
            self.number is not None
        )

    def says_any(self, *says: Say) -> bool:
        """Whether it does one of these."""
        return any(say in self.says for say in says)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """The phrases of a database."""

    phrases: Mapping[tuple[str, ...], Part]
    words: frozenset[str] = field(default_factory=frozenset)

    def parts(self, question: str, values: Sequence[LinkedValue] = ()) -> list[Part]:
        """Cut a question into parts.

        Args:
            question: In plain English.
            values: The stored values that its words were linked to.
        """
        found = _with_values(self.phrases, values)
        words = self.words | {word for phrase in found for word in phrase}
        tokens = tuple(_spelled(token, words) for token in tokenise(question))
        parts: list[Part] = []
        at = 0
        while at < len(tokens):
            part, taken = _longest(tokens, at, found)
            if part.period and parts and parts[-1].says_any(*COMPARISONS, Say.BETWEEN):
                part, taken = (
                    _with_number(Part(tokens[at].text, (tokens[at].word,)), tokens[at], 1),
                    1,
                )
            parts.append(part)
            at += taken
        return parts


def lexicon_of(layer: SemanticLayer, schema: ReadableSchema) -> Lexicon:
    """Return the phrases of what may be read of a database."""
    parts: dict[tuple[str, ...], Part] = {}
    for phrase, part in _phrases(layer, schema):
        words = words_of(phrase)
        if words:
            parts[words] = _merged(parts.get(words), replace(part, words=words))
    for words, says in SPEECH.items():
        parts[words] = _merged(parts.get(words), Part(" ".join(words), words, says=says))
    return Lexicon(parts, frozenset(word for phrase in parts for word in phrase) | _TIMES)


def _phrases(layer: SemanticLayer, schema: ReadableSchema) -> Iterator[tuple[str, Part]]:
    for name, readable in schema.tables.items():
        meaning = layer.tables.get(name)
        for phrase in {name.replace("_", " "), *(meaning.synonyms if meaning else ())}:
            yield phrase, Part(phrase, (), tables=(name,))
        for column, kind in readable.columns.items():
            yield from _column_phrases(layer, name, column, kind)
    for metric in layer.metrics:
        if all(table in schema.tables for table in metric.tables):
            for phrase in {metric.name, *metric.synonyms}:
                named = Named(metric.tables[0], metric=metric, weak=phrase.startswith("~"))
                yield phrase, Part(phrase, (), names=(named,))


def _column_phrases(
    layer: SemanticLayer, table: str, column: str, kind: str
) -> Iterator[tuple[str, Part]]:
    meaning = layer.tables[table].columns.get(column) if table in layer.tables else None
    for phrase in {column.replace("_", " "), *(meaning.synonyms if meaning else ())}:
        if kind == "boolean":  # "recommendations that users accepted" are those where it is true
            yield phrase, Part(phrase, (), values=(Stored(table, column, "true", state=True),))
        named = Named(table, column, weak=phrase.startswith("~"))
        yield phrase, Part(phrase, (), names=(named,))
    if meaning:
        for phrase, value in meaning.values.items():
            weak, bound = phrase.startswith("~"), phrase.startswith("!")
            stored = Stored(table, column, value, weak, value in STATES, bound)
            yield phrase, Part(phrase, (), values=(stored,))


def _merged(one: Part | None, other: Part) -> Part:
    if one is None:
        return other
    return replace(
        one,
        tables=_united(one.tables, other.tables),
        names=_united(one.names, other.names),
        values=_united(one.values, other.values),
        says=_united(one.says, other.says),
    )


def _united(one: tuple[T, ...], other: tuple[T, ...]) -> tuple[T, ...]:
    return one + tuple(item for item in other if item not in one)


def _with_values(
    phrases: Mapping[tuple[str, ...], Part], values: Sequence[LinkedValue]
) -> Mapping[tuple[str, ...], Part]:
    found = dict(phrases)
    for linked in values:
        words = words_of(linked.text)
        table, _, column = linked.column.partition(".")
        if words:
            given = phrases.get(words)
            if given and any(one.table == table for one in given.values):
                continue
            part = Part(linked.text, words, values=(Stored(table, column, linked.value),))
            found[words] = _merged(found.get(words), part)
    return found


def _longest(
    tokens: Sequence[Token], at: int, phrases: Mapping[tuple[str, ...], Part]
) -> tuple[Part, int]:
    """Return the part that begins at a token, and how many tokens it takes."""
    first = phrases.get((tokens[at].word,))
    named = bool(first and first.values) and _in_capitals(tokens[at])
    period = None if named else read_period(tokens, at)
    for taken in range(min(6, len(tokens) - at), 0, -1):
        if period and period[1] >= taken:
            text = period[0].words
            return Part(text, words_of(text), period=period[0]), period[1]
        words = tuple(token.word for token in tokens[at : at + taken])
        if words in phrases and not _shouted(tokens[at], taken, phrases[words]):
            text = " ".join(token.text for token in tokens[at : at + taken])
            part = replace(phrases[words], text=text, words=words)
            if taken == 1 and named:
                part = replace(part, says=())  # the ticker AT is not the word "at"
            return _with_number(part, tokens[at], taken), taken
    token = tokens[at]
    if re.fullmatch(r"p\d{1,2}", token.word):
        share = Decimal(token.word[1:])
        return Part(token.text, (token.word,), says=(Say.PERCENTILE,), number=share), 1
    return _with_number(Part(token.text, (token.word,)), token, 1), 1


def _shouted(token: Token, taken: int, part: Part) -> bool:
    """Whether a name in capitals looks like a little word: "IT", "ALL" and "ON" are names."""
    bare = not (part.tables or part.names or part.values)
    return taken == 1 and bare and _in_capitals(token)


def _in_capitals(token: Token) -> bool:
    return len(token.text) > 1 and token.text.isupper() and token.text.isalpha()


def _with_number(part: Part, token: Token, taken: int) -> Part:
    if taken == 1 and token.number is not None:
        return replace(part, number=token.number, unit=token.unit)
    return part


def _spelled(token: Token, words: frozenset[str] | set[str]) -> Token:
    """Return a token with its one possible correction, where its word is unknown.

    Names are not corrected, and nothing becomes a word without a meaning: "Boeing" is not "being".
    """
    if token.word in words or token.number is not None or token.day or len(token.word) < 4:
        return token
    if not token.word.isalpha() or not token.text.islower():
        return token
    near = {word for word in words if _near(token.word, word)}
    if any(SPEECH.get((word,)) == (Say.NOISE,) for word in near):
        return token
    return replace(token, word=near.pop()) if len(near) == 1 else token


def _near(one: str, other: str) -> bool:
    """Whether a letter was left out, added or swapped with its neighbour, or a vowel was mistaken.

    The first letter is right, and the last one too: another ending makes another word of it.
    """
    if one[0] != other[0] or abs(len(one) - len(other)) > 1 or len(other) < 4:
        return False
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    a, b = one[start:], other[start:]
    if not a or not b:
        return False
    vowels = a[0] in _VOWELS and b[0] in _VOWELS and a[1:] == b[1:]
    swapped = a[:2] == b[:2][::-1] and a[2:] == b[2:]
    return vowels or swapped or (len(one) >= _LONG and (a[1:] == b or a == b[1:]))
