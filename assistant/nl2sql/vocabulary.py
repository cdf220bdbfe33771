"""What people call the parts of a database: phrases, and what each may mean there.

    SemanticLayer + values ──> Vocabulary: ("market", "cap") -> instruments.market_cap

A phrase may mean several things; which of them is meant, the rest of a question decides (`linking`).
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from assistant.domain.semantics import ColumnMeaning, Metric, SemanticLayer
from assistant.domain.sql import ReadableSchema
from assistant.nl2sql.metrics import Reads, reads
from assistant.nl2sql.names import name_phrases
from assistant.nl2sql.schema import Values
from assistant.nl2sql.words import ENGLISH, phrase, plain_words, tells_time

_CODE = re.compile(r"[A-Z0-9][A-Z0-9.\-^=/]{0,9}")
_TIME_ENDING = re.compile(r"_(?:at|on)$")
_LONGEST_PHRASE = 7  # words
_WEAK = 0.05  # of words that mean something else in most questions


class Kind(StrEnum):
    """What a phrase may be a name of."""

    TABLE = "table"
    COLUMN = "column"
    VALUE = "value"
    METRIC = "metric"


@dataclass(frozen=True, slots=True)
class Meaning:
    """One thing that a phrase may mean.

    Args:
        kind: What it is.
        tables: The tables that it lies in, the one that counts first.
        columns: The columns that it is made of, as `table.column`.
        values: The stored values that it names: (`table.column`, value).
        weight: How sure the phrase means this and nothing else, 0 to 1.
        code: The value as it must be written to be meant, as a ticker must; empty where case is nothing.
        metric: The name of the figure, of a METRIC.
    """

    kind: Kind
    tables: tuple[str, ...]
    columns: tuple[str, ...] = ()
    values: tuple[tuple[str, str], ...] = ()
    weight: float = 1.0
    code: str = ""
    metric: str = ""


@dataclass
class Vocabulary:
    """Phrases with their meanings."""

    phrases: dict[tuple[str, ...], list[Meaning]] = field(default_factory=dict)
    words: set[str] = field(default_factory=set)
    """Words of the phrases as they are spelled, which misspelled ones are compared with."""

    def add(self, text: str, meaning: Meaning) -> None:
        """Note what a phrase may mean."""
        key = phrase(text)
        if not 1 <= len(key) <= _LONGEST_PHRASE:
            return
        keys = [key]
        if len(key) == 2 and all(len(one) > 2 for one in key):
            keys.append(("".join(key),))  # people write "marketcap" and "stoploss"
        if tells_time(key) or (meaning.kind is Kind.VALUE and len(key) == 1 and key[0] in ENGLISH):
            meaning = replace(meaning, weight=_WEAK)
        for one in keys:
            known = self.phrases.setdefault(one, [])
            if not any(_same(meaning, other) for other in known):
                known.append(meaning)
        self.words.update(word for word in plain_words(text) if len(word) > 3)

    def meanings(self, key: tuple[str, ...]) -> list[Meaning]:
        """Return what a phrase may mean, given as stems."""
        return self.phrases.get(key, [])


def vocabulary_of(
    schema: ReadableSchema,
    layer: SemanticLayer,
    values: Values,
    names: Mapping[str, Mapping[str, str]],
) -> Vocabulary:
    """Return what people call the parts of a database."""
    found = Vocabulary()
    for table, meaning in layer.tables.items():
        for text in (table, *meaning.synonyms):
            found.add(text, Meaning(Kind.TABLE, (table,)))
        for column, says in meaning.columns.items():
            _add_column(found, table, column, says, values.get(f"{table}.{column}"))
    for metric in layer.metrics:
        _add_metric(found, metric, reads(metric, schema))
    for name, pairs in names.items():
        _add_names(found, name, pairs)
    add_values(found, values, schema)
    return found


def add_values(vocabulary: Vocabulary, values: Values, schema: ReadableSchema) -> None:
    """Add sampled values to a vocabulary; those of a foreign key belong to what it refers to."""
    keys = {f"{one.table}.{column}" for one in schema.references for column in one.columns}
    for column, some in values.items():
        if column in keys:
            continue
        table = column.partition(".")[0]
        for value in some:
            code = value if _CODE.fullmatch(value) else ""
            named = Meaning(Kind.VALUE, (table,), (column,), ((column, value),), 0.6, code)
            vocabulary.add(value, named)


def _add_column(
    found: Vocabulary, table: str, column: str, says: ColumnMeaning, known: Iterable[str] | None
) -> None:
    name = f"{table}.{column}"
    for text in (column, _TIME_ENDING.sub("", column), *says.synonyms):
        found.add(text, Meaning(Kind.COLUMN, (table,), (name,), weight=0.9))
    stored = set(known) if known is not None else None
    for text, value in says.values.items():
        if stored is None or value in stored:
            found.add(text, Meaning(Kind.VALUE, (table,), (name,), ((name, value),), 0.9))


def _add_metric(found: Vocabulary, metric: Metric, read: Reads) -> None:
    meaning = Meaning(Kind.METRIC, metric.tables, read.columns, read.values, metric=metric.name)
    for text in (metric.name, *metric.synonyms):
        found.add(text, meaning)


def _add_names(found: Vocabulary, column: str, pairs: Mapping[str, str]) -> None:
    table = column.partition(".")[0]
    for text, value in name_phrases(pairs):
        found.add(text, Meaning(Kind.VALUE, (table,), (column,), ((column, value),), 0.95))


def _same(one: Meaning, other: Meaning) -> bool:
    return (one.kind, one.columns or one.tables, one.values, one.metric) == (
        other.kind,
        other.columns or other.tables,
        other.values,
        other.metric,
    )
