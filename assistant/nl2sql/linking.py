"""What of a database a question is about: its tables, columns and stored values.

    question ── words ── mentions ── choose one meaning each ── tables ── columns ──> Linking

A phrase may mean several things ("closed": a price, a position); the tables that the rest of the
question speaks of decide. Nothing is sent anywhere, and no statement is written.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.domain.queries import EarlierQuery, LinkedValue, Linking
from assistant.domain.sql import RowReader
from assistant.nl2sql.joining import Joins
from assistant.nl2sql.mentions import Mention, mentions
from assistant.nl2sql.schema import Survey, Surveyor
from assistant.nl2sql.vocabulary import Kind, Meaning, Vocabulary, add_values, vocabulary_of

_MOST_TABLES = 4
_WEIGHT = {Kind.TABLE: 3.0, Kind.METRIC: 2.5, Kind.COLUMN: 1.5, Kind.VALUE: 0.8}
_PERIOD = re.compile(
    r"\b(?:19|20)\d\d\b|\btoday|\byesterday|\b(?:day|week|month|quarter|year|hour|minute)s?\b|ly\b|"
    r"\bytd\b|\bsince\b|\blast\b|\blatest\b|\brecent|\bpast\b|\bago\b|\bbefore\b|\bafter\b|\bduring\b|"
    r"\bjan|\bfeb|\bmar(?:ch)?\b|\bapr|\bmay\b|\bjun|\bjul|\baug|\bsep|\boct|\bnov|\bdec|\bwhen\b|\bnewest\b|"
    r"\boldest\b|\bfirst\b|\bover time\b|\btrend|\bever\b|\bnow\b|\bcurrent|\bq[1-4]\b|\bh[12]\b|\bmonday|"
    r"\btuesday|\bwednesday|\bthursday|\bfriday|\bdate\b",
    re.IGNORECASE,
)
_SUMMED = re.compile(
    r"\bhow many\b|\bhow much\b|\bnumber of\b|\bcount\b|\btotal\b|\baverage\b|\bmean\b|\bmedian\b|\bsum\b|"
    r"\bshare of\b|\bpercent|\brate\b|\bmoyen",
    re.IGNORECASE,
)
_REFERS_BACK = re.compile(
    r"\b(?:them|those|these|it|that|same|only|instead|ones|also|what about|how about|and)\b",
    re.IGNORECASE,
)


@dataclass
class _Kept:
    survey: Survey | None = None
    vocabulary: Vocabulary = field(default_factory=Vocabulary)


@dataclass(frozen=True)
class Linker:
    """Links questions to the database that a surveyor looks at."""

    surveyor: Surveyor
    _kept: _Kept = field(default_factory=_Kept, init=False, repr=False, compare=False)

    async def link(
        self, text: str, reader: RowReader, earlier: Sequence[EarlierQuery] = ()
    ) -> Linking:
        """Return what a question is about, best first.

        Args:
            text: The question.
            reader: Who asks: values of rows that belong to users are known to their owner only.
            earlier: What was asked before, newest last; a question that refers back needs it.

        Raises:
            ServiceFailed: The database does not answer.
        """
        survey, vocabularies = await self._known(reader)
        found = _read(text, survey, vocabularies)
        if earlier and (_REFERS_BACK.search(text) or not found.tables):
            before = _read(earlier[-1].question, survey, vocabularies)
            found = _together(before, found)
        return found

    async def _known(self, reader: RowReader) -> tuple[Survey, tuple[Vocabulary, ...]]:
        survey = await self.surveyor.survey()
        if self._kept.survey is not survey:
            self._kept.vocabulary = vocabulary_of(
                survey.schema, survey.layer, survey.values, survey.names
            )
            self._kept.survey = survey
        own = await self.surveyor.own_values(reader)
        if not own:
            return survey, (self._kept.vocabulary,)
        homes = _referring(survey)
        mine = Vocabulary()
        add_values(mine, {name: some for name, some in own.items() if name not in homes})
        return survey, (self._kept.vocabulary, mine)


def _read(text: str, survey: Survey, vocabularies: Sequence[Vocabulary]) -> Linking:
    found = mentions(text, vocabularies)
    joins = Joins.of(survey.layer, survey.schema)
    chosen = _choose(found, joins)
    tables = _tables(chosen, joins)
    values = _values(chosen, tables, joins)
    columns = _columns(text, chosen, tables, values, survey, joins)
    return Linking(tables, columns, values)


def _together(before: Linking, now: Linking) -> Linking:
    """Return what a question and the one that it refers to are about."""
    return Linking(
        _unique((*now.tables, *before.tables))[:_MOST_TABLES],
        _unique((*now.columns, *before.columns)),
        tuple(dict.fromkeys((*now.values, *before.values))),
    )


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A mention with what it is taken to mean."""

    mention: Mention
    meanings: tuple[Meaning, ...]


def _choose(found: Sequence[Mention], joins: Joins) -> list[_Chosen]:
    """Settle what each mention means: first what can mean one thing only, then the rest by that."""
    evidence = Evidence(joins)
    for one in found:
        for meaning in _sure(one):
            evidence.count(meaning, 1 / len(_sure(one)))
    chosen = []
    for one in sorted(found, key=lambda mention: len(mention.meanings)):
        ranked = [(_fit(meaning, one, evidence, found), meaning) for meaning in one.meanings]
        meanings = tuple(_best(ranked))
        if len(one.meanings) > 1:
            for meaning in meanings:
                evidence.count(meaning, 0.5 / len(meanings))
        chosen.append(_Chosen(one, meanings))
    return sorted(chosen, key=lambda one: one.mention.start)


def _sure(mention: Mention) -> list[Meaning]:
    """Return the meanings that need no other words: all of one table, or tables by their names."""
    if len({meaning.tables[0] for meaning in mention.meanings}) == 1:
        return list(mention.meanings)
    return [meaning for meaning in mention.meanings if meaning.kind is Kind.TABLE]


def _best(ranked: Sequence[tuple[float, Meaning]]) -> Iterable[Meaning]:
    """Return the best part of the schema and the best values among some meanings."""
    parts = [(fit, one) for fit, one in ranked if one.kind is not Kind.VALUE]
    values = [(fit, one) for fit, one in ranked if one.kind is Kind.VALUE]
    for some in (parts, values):
        if some:
            top = max(fit for fit, _ in some)
            yield from (one for fit, one in some if fit >= top - 0.3)


def _fit(
    meaning: Meaning, mention: Mention, evidence: "Evidence", found: Sequence[Mention]
) -> float:
    """Return how well a meaning fits a question that speaks of these tables."""
    of = evidence.of
    said = max(of[table] for table in evidence.places(meaning))
    others = sum(of[table] for table in meaning.tables) / len(meaning.tables)
    return max(said, others) + meaning.weight + _nearby(meaning, mention, found)


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
                best = max(best, (1.5 if same else 1.0) / away)
    return best


@dataclass(frozen=True)
class Evidence:
    """How much of a question speaks of each table."""

    joins: Joins
    of: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))

    def count(self, meaning: Meaning, share: float) -> None:
        """Add what a meaning says; a key such as a ticker says nothing of which table is meant."""
        if self.is_key(meaning):
            return
        for at, table in enumerate(meaning.tables):
            weight = _WEIGHT[meaning.kind] * meaning.weight * (1.0 if at == 0 else 0.7)
            self.of[table] += weight * share

    def is_key(self, meaning: Meaning) -> bool:
        """Whether a value is a key that other tables refer to."""
        return meaning.kind is Kind.VALUE and bool(self.joins.referring(meaning.columns[0]))

    def places(self, meaning: Meaning) -> set[str]:
        """Return the tables that may hold what is meant: for a key also those that refer to it."""
        referring = self.joins.referring(meaning.columns[0]) if self.is_key(meaning) else ()
        return {meaning.tables[0], *referring}


def _tables(chosen: Sequence[_Chosen], joins: Joins) -> tuple[str, ...]:
    evidence = Evidence(joins)
    meanings = [meaning for one in chosen for meaning in one.meanings]
    for one in chosen:
        for meaning in one.meanings:
            evidence.count(meaning, 1 / len(one.meanings))
    score = evidence.of or {one.tables[0]: 1.0 for one in meanings}
    ranked = sorted(score, key=lambda table: -score[table])
    # what others refer to describes them, and comes after them
    ranked.sort(key=lambda table: any(joins.refers(other, table) for other in ranked[:3]))
    return joins.connected(ranked[:_MOST_TABLES], _MOST_TABLES)


def _values(
    chosen: Sequence[_Chosen], tables: Sequence[str], joins: Joins
) -> tuple[LinkedValue, ...]:
    found: dict[tuple[str, str], LinkedValue] = {}
    for one in chosen:
        for meaning in one.meanings:
            near = Evidence(joins).places(meaning) | set(meaning.tables)
            if near & set(tables):
                for column, value in meaning.values:
                    found.setdefault((column, value), LinkedValue(one.mention.text, column, value))
    return tuple(found.values())


def _columns(
    text: str,
    chosen: Sequence[_Chosen],
    tables: Sequence[str],
    values: Sequence[LinkedValue],
    survey: Survey,
    joins: Joins,
) -> tuple[str, ...]:
    if not tables:
        return ()
    layer = survey.layer.tables
    named = [
        column
        for one in chosen
        for meaning in one.meanings
        for column in meaning.columns
        if column.partition(".")[0] in tables
    ]
    keyed = [
        f"{table}.{joins.key_in(table, value.column)}"
        for value in values
        for table in tables
        if joins.key_in(table, value.column)
    ]
    joined = joins.columns(tables)
    timed = []
    if _PERIOD.search(text):
        timed = [f"{table}.{layer[table].time}" for table in tables if layer[table].time]
    main = tables[0]
    shown = [] if _SUMMED.search(text) else [f"{main}.{name}" for name in layer[main].shown]
    found = _unique((*named, *keyed, *timed, *joined, *shown))
    return tuple(one for one in found if one.partition(".")[0] in tables)


def _referring(survey: Survey) -> set[str]:
    return {f"{one.table}.{one.columns[0]}" for one in survey.schema.references}


def _unique(some: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(some))
