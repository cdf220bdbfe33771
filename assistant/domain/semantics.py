"""What a database means: the semantic layer that plain-English questions are read with."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ColumnMeaning:
    """What a column holds.

    Args:
        says: In a sentence.
        synonyms: What people call it.
        unit: `USD`, `%`, `shares`, ...; empty where it has none.
        values: What people call a stored value: word or phrase in lower case -> the value as stored.
        named_by: The column of the same table that holds the names people use for this one's values,
            as a company's name stands for its ticker; empty where the values are the names.
    """

    says: str = ""
    synonyms: tuple[str, ...] = ()
    unit: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    named_by: str = ""


@dataclass(frozen=True, slots=True)
class TableMeaning:
    """What a row of a table is.

    Args:
        says: In a sentence.
        synonyms: What people call its rows.
        columns: What its columns hold, by name.
        time: The column that a period in a question is about; empty where it has none.
        owner: The column of the user whose row it is; empty where rows belong to nobody.
        shown: The columns that a list of its rows shows, in order.
    """

    says: str = ""
    synonyms: tuple[str, ...] = ()
    columns: Mapping[str, ColumnMeaning] = field(default_factory=dict)
    time: str = ""
    owner: str = ""
    shown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Join:
    """How two tables belong together: `on` is an SQL condition with their names."""

    left: str
    right: str
    on: str


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure with a name.

    Args:
        name: As the field calls it: `win rate`.
        sql: An expression over `tables`, with their names; an aggregate where `aggregate`.
        tables: The tables that it is made of, the one that is counted first.
        synonyms: What people call it.
        where: An SQL condition that belongs to it; empty where there is none.
        unit: `USD`, `%`, `ratio`, ...
        aggregate: Whether `sql` sums up rows; else it is a figure of one row.
    """

    name: str
    sql: str
    tables: tuple[str, ...]
    synonyms: tuple[str, ...] = ()
    where: str = ""
    unit: str = ""
    aggregate: bool = True
    says: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """A question whose statement somebody verified; `verified_by` says who, `also` is said for it too."""

    question: str
    sql: str
    verified_by: str = ""
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SemanticLayer:
    """Everything that is known of what a database means."""

    tables: Mapping[str, TableMeaning] = field(default_factory=dict)
    joins: tuple[Join, ...] = ()
    metrics: tuple[Metric, ...] = ()
    examples: tuple[Example, ...] = ()
