"""Chooses what the phrases of a question mean, and so which tables it is about.

A phrase may mean several things ("closed": a price, a position). What can mean one thing only is settled
first; the rest follows the tables that are spoken of by then, and the words that stand near.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from assistant.nl2sql.joining import Joins
from assistant.nl2sql.mentions import Mention
from assistant.nl2sql.vocabulary import Kind, Meaning

MOST_TABLES = 4
_ALIKE = 0.3  # meanings that fit as well as this are both kept
_APART = 0.7  # a reading that fits worse than another one of its words by more is none
_HINT = 0.2  # evidence for a table that alone is none
_JOINED = 0.7  # what a figure over several tables says of the others
_NAMED = 0.8  # what it adds that words are the name of a table
_SUBJECT = 1.0  # what it adds to be named first
_WEIGHT = {Kind.TABLE: 3.0, Kind.METRIC: 2.5, Kind.COLUMN: 1.5, Kind.VALUE: 0.8}


@dataclass(frozen=True, slots=True)
class Chosen:
    """A mention with what it is taken to mean."""

    mention: Mention
    meanings: tuple[Meaning, ...]


@dataclass(frozen=True)
class Chooser:
    """Chooses meanings over one database.

    Args:
        joins: How its tables belong together.
        order: Its tables; where nothing tells which is meant, the one that stands first is.
    """

    joins: Joins
    order: Sequence[str]

    def choose(self, found: Sequence[Mention]) -> list[Chosen]:
        """Return what each mention means, in the order of the question."""
        evidence = _Evidence(self.joins)
        for one in found:
            sure = _sure(one)
            for meaning in sure:
                evidence.count(meaning, 1 / len(sure))
        chosen = []
        for one in sorted(found, key=lambda mention: len(mention.meanings)):
            meanings = tuple(_best(self._ranked(one, evidence, found)))
            if len(one.meanings) > 1:
                for meaning in meanings:
                    evidence.count(meaning, 0.5 / len(meanings))
            chosen.append(Chosen(one, meanings))
        return sorted(chosen, key=lambda one: one.mention.start)

    def tables(self, chosen: Sequence[Chosen]) -> tuple[str, ...]:
        """Return the tables that are spoken of, best first, at most four."""
        evidence = _Evidence(self.joins)
        for one in chosen:
            for meaning in one.meanings:
                evidence.count(meaning, 1 / len(one.meanings))
        for table in _subject(chosen):
            evidence.of[table] += _SUBJECT
        score = evidence.of or {m.tables[0]: 1.0 for one in chosen for m in one.meanings}
        sure = [table for table in score if score[table] > _HINT] or list(score)
        best = sorted(sure, key=lambda table: -score[table])[:MOST_TABLES]
        # what others refer to describes them, and comes after them
        ranked = sorted(best, key=lambda table: any(self.joins.refers(one, table) for one in best))
        return self.joins.connected(ranked, MOST_TABLES)

    def _ranked(
        self, mention: Mention, evidence: "_Evidence", found: Sequence[Mention]
    ) -> list[tuple[float, Meaning]]:
        """Return how well each meaning of a mention fits the question."""
        fits = [
            evidence.speaks_of(meaning) + _nearby(meaning, mention, found)
            for meaning in mention.meanings
        ]
        if not any(fits):
            fits = [self._first_named(meaning.tables[0]) for meaning in mention.meanings]
        named = {one.tables[0] for one in mention.meanings if one.kind is Kind.TABLE}
        return [
            (fit + one.weight + (_NAMED if one.tables[0] in named else 0.0), one)
            for fit, one in zip(fits, mention.meanings, strict=True)
        ]

    def _first_named(self, table: str) -> float:
        return float(len(self.order) - self.order.index(table)) if table in self.order else 0.0


@dataclass(frozen=True)
class _Evidence:
    """How much of a question speaks of each table."""

    joins: Joins
    of: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def count(self, meaning: Meaning, share: float) -> None:
        """Add what a meaning says; a key such as a ticker says nothing of which table is meant."""
        if is_key(meaning, self.joins):
            return
        for at, table in enumerate(meaning.tables):
            weight = _WEIGHT[meaning.kind] * meaning.weight * (1.0 if at == 0 else _JOINED)
            self.of[table] += weight * share

    def speaks_of(self, meaning: Meaning) -> float:
        """Return how much speaks of the tables that a meaning lies in."""
        places = {meaning.tables[0]}
        if is_key(meaning, self.joins):
            places |= set(self.joins.referring(meaning.columns[0]))
        said = max(self.of[table] for table in places)
        return max(said, sum(self.of[table] for table in meaning.tables) / len(meaning.tables))


def is_key(meaning: Meaning, joins: Joins) -> bool:
    """Whether a value is a key that other tables refer to."""
    return meaning.kind is Kind.VALUE and bool(joins.referring(meaning.columns[0]))


def _subject(chosen: Sequence[Chosen]) -> list[str]:
    """Return the table that a question names first."""
    named = (
        meaning.tables[0]
        for one in chosen
        for meaning in one.meanings
        if meaning.kind is Kind.TABLE
    )
    return list(islice(named, 1))


def _sure(mention: Mention) -> list[Meaning]:
    """Return the meanings that need no other words: all of one table, or tables by their names."""
    if len({meaning.tables[0] for meaning in mention.meanings}) == 1:
        return list(mention.meanings)
    return [meaning for meaning in mention.meanings if meaning.kind is Kind.TABLE]


def _best(ranked: Sequence[tuple[float, Meaning]]) -> Iterable[Meaning]:
    """Return the best part of the schema and the best values among some meanings."""
    parts = [(fit, one) for fit, one in ranked if one.kind is not Kind.VALUE]
    values = [(fit, one) for fit, one in ranked if one.kind is Kind.VALUE]
    best, first = max(ranked, key=lambda pair: pair[0])
    for some in (parts, values):
        top = max((fit for fit, _ in some), default=0.0)
        beside = any(set(one.tables) & set(first.tables) for _, one in some)
        if beside or top >= best - _APART:
            yield from (one for fit, one in some if fit >= top - _ALIKE)


def _nearby(meaning: Meaning, mention: Mention, found: Sequence[Mention]) -> float:
    """Return what it adds that words next to a mention speak of the same table or column."""
    best = 0.0
    for other in found:
        if other is mention:
            continue
        away = max(other.start - mention.end, mention.start - other.end) + 1
        for one in other.meanings:
            same = set(meaning.columns) & set(one.columns)
            if same or (one.kind is Kind.TABLE and one.tables[0] in meaning.tables):
                best = max(best, (1.5 if same else 1.0) * one.weight / away)
    return best
