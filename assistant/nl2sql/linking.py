"""What of a database a question is about: its tables, columns and stored values.

    question ── mentions ── choose one meaning each ── tables ── values, columns, periods ──> Linking

Nothing is sent anywhere, and no statement is written.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from assistant.domain.queries import EarlierQuery, LinkedValue, Linking
from assistant.domain.sql import RowReader
from assistant.nl2sql.choosing import Chooser, is_key
from assistant.nl2sql.joining import Joins
from assistant.nl2sql.mentions import mentions
from assistant.nl2sql.schema import Survey, Surveyor, Values
from assistant.nl2sql.vocabulary import Kind, Vocabulary, add_values, vocabulary_of

_MOST_READERS = 256
_LONGEST = 4_000  # characters of a question that are read
_LISTED = 2  # columns that tell the rows of a table which is grouped by
_PERIOD = re.compile(
    r"\b(?:19|20)\d\d\b|\btoday|\byesterday|\b(?:day|week|month|quarter|year|hour|minute)s?\b|ly\b|"
    r"\bytd\b|\bsince\b|\blast\b|\blatest\b|\brecent|\bpast\b|\bago\b|\bbefore\b|\bafter\b|\bduring\b|"
    r"\bjan|\bfeb|\bmar(?:ch)?\b|\bapr|\bmay\b|\bjun|\bjul|\baug|\bsep|\boct|\bnov|\bdec|\bwhen\b|"
    r"\bnewest\b|\boldest\b|\bfirst\b|\bover time\b|\btrend|\bever\b|\bnow\b|\bcurrent|\bq[1-4]\b|"
    r"\bh[12]\b|\bmonday|\btuesday|\bwednesday|\bthursday|\bfriday|\bdate\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b|\byears?\b|ly\b", re.IGNORECASE)
_LENGTH = re.compile(
    r"(?:\b(?:last|past|previous|next|coming|trailing|within|rolling|over)\s+(?:the\s+)?(?:last\s+)?)?"
    r"\b(\d+|one|two|three|four|five|six|seven|eight|nine|ten|twelve|thirty|sixty|ninety)[\s-]"
    r"(?:trading |calendar |business )?(?:day|week|month|quarter|year|hour|minute)s?\b"
    r"|\b(?:last|past|previous|trailing|than an?|within an?|over an?)\s+"
    r"(?:hour|day|week|month|quarter|year)\b|\b(?:an?|one)\s+(?:hour|day|week|month|quarter|year) ago\b",
    re.IGNORECASE,
)
_NUMBERS = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve".split()  # noqa: SIM905
    )
} | {"thirty": "30", "sixty": "60", "ninety": "90"}
_SUMMED = re.compile(
    r"\bhow many\b|\bhow much\b|\bnumber of\b|\bcount\b|\btotal\b|\baverage\b|\bmean\b|\bmedian\b|"
    r"\bsum\b|\bshare of\b|\bpercent(?:age)? of\b|\brate\b|\bmoyen",
    re.IGNORECASE,
)
_GROUPED = re.compile(
    r"\b(?:each|per|by|every|which|who|whose)\s+(?:of\s+)?(?:my\s+)?$", re.IGNORECASE
)
_OWN = re.compile(r"\b(?:my|mine)\b", re.IGNORECASE)
_REFERS_BACK = re.compile(
    r"^\W*(?:and|or|but|only|just|now|also|same|what about|how about|by|per|without|with|excluding|"
    r"including|sort|group|split|order (?:them|it)|then)\b|"
    r"\b(?:them|those|these|ones?|instead|the same|that one)\b|\b(?:of|for|in) it\b",
    re.IGNORECASE,
)


@dataclass
class _Kept:
    survey: Survey | None = None
    vocabulary: Vocabulary = field(default_factory=Vocabulary)
    own: dict[RowReader, tuple[Values, Vocabulary]] = field(default_factory=dict)


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
        text = text[:_LONGEST]
        alone = _Reading(text, survey, vocabularies)
        if earlier and (_REFERS_BACK.search(text) or not alone.names_tables):
            text = f"{earlier[-1].question[:_LONGEST]} {text}"
            return _Reading(text, survey, vocabularies).linking()
        return alone.linking()

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
        values, mine = self._kept.own.get(reader, ({}, self._kept.vocabulary))
        if values is not own:
            mine = Vocabulary()
            add_values(mine, own, survey.schema)
            if len(self._kept.own) >= _MOST_READERS:
                self._kept.own.clear()
            self._kept.own[reader] = own, mine
        return survey, (self._kept.vocabulary, mine)


class _Reading:
    """One question, read with what is known of the database."""

    def __init__(self, text: str, survey: Survey, vocabularies: Sequence[Vocabulary]) -> None:
        self._text = text
        self._layer = survey.layer
        self._schema = survey.schema
        self._joins = Joins.of(survey.layer, survey.schema)
        chooser = Chooser(self._joins, list(survey.layer.tables))
        self._chosen = chooser.choose(mentions(text, vocabularies))
        self._tables = self._with_own(chooser.tables(self._chosen))

    @property
    def names_tables(self) -> bool:
        """Whether anything but keys, such as tickers, says what the question is about."""
        return any(
            not is_key(meaning, self._joins) for one in self._chosen for meaning in one.meanings
        )

    def linking(self) -> Linking:
        """Return what the question is about."""
        values = self._values()
        return Linking(self._tables, self._columns(values), values, self._periods())

    def _with_own(self, tables: tuple[str, ...]) -> tuple[str, ...]:
        """Return the tables, with the first of users' own where "my" is said of none of these.

        "My best stock" is about trades: nobody owns a row of `instruments`.
        """
        owned = [name for name, table in self._layer.tables.items() if table.owner]
        if not _OWN.search(self._text) or set(owned) & set(tables):
            return tables
        own = [one for one in owned if all(self._joins.refers(one, table) for table in tables)]
        return (*own[:1], *tables) if tables else tables

    def _values(self) -> tuple[LinkedValue, ...]:
        found: dict[tuple[str, str], LinkedValue] = {}
        for one in self._chosen:
            for meaning in one.meanings:
                if is_key(meaning, self._joins) or set(meaning.tables) & set(self._tables):
                    for column, value in meaning.values:
                        linked = LinkedValue(one.mention.text, column, value)
                        found.setdefault((column, value), linked)
        return tuple(found.values())

    def _columns(self, values: Sequence[LinkedValue]) -> tuple[str, ...]:
        named = (
            column for one in self._chosen for meaning in one.meanings for column in meaning.columns
        )
        keyed = (
            f"{table}.{key}"
            for value in values
            for table in self._tables
            if (key := self._joins.key_in(table, value.column))
        )
        joined = self._joins.columns(self._tables)
        found = _unique((*named, *keyed, *self._timed(), *joined, *self._shown()))
        return tuple(one for one in found if one.partition(".")[0] in self._tables)

    def _timed(self) -> Iterable[str]:
        """Return the columns of time that a period is about, and those of a year."""
        tables = self._tables if _PERIOD.search(self._text) else ()
        for table in tables:
            if time := self._layer.tables[table].time:
                yield f"{table}.{time}"
            if _YEAR.search(self._text):
                yield from (
                    f"{table}.{column}"
                    for column, kind in self._schema.tables[table].columns.items()
                    if "year" in column.split("_") and kind in ("integer", "smallint")
                )

    def _shown(self) -> Iterable[str]:
        """Return what a list of rows shows, and what tells apart the rows that are grouped by."""
        if self._tables and not _SUMMED.search(self._text):
            main = self._tables[0]
            yield from (f"{main}.{name}" for name in self._layer.tables[main].shown)
            for table in self._tables[1:]:
                if any(self._joins.refers(one, table) for one in self._tables):
                    yield from self._listed(table)
        for one in self._chosen:
            place = self._text.find(one.mention.text)
            if _GROUPED.search(self._text[:place]):
                for meaning in one.meanings:
                    if meaning.kind is Kind.TABLE:
                        yield from self._listed(meaning.tables[0])

    def _listed(self, table: str) -> Iterable[str]:
        yield from (f"{table}.{name}" for name in self._layer.tables[table].shown[:_LISTED])

    def _periods(self) -> tuple[LinkedValue, ...]:
        times = (self._layer.tables[table].time for table in self._tables)
        columns = [
            f"{table}.{time}" for table, time in zip(self._tables, times, strict=True) if time
        ]
        if not columns:
            return ()
        found = []
        for one in _LENGTH.finditer(self._text):
            said = (one[1] or "1").casefold()
            found.append(LinkedValue(one[0].strip(), columns[0], _NUMBERS.get(said, said)))
        return tuple(found)


def _unique(some: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(some))
