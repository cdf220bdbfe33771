"""What plain-English SQL may read, and what becomes of a statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ReadableTable:
    """A table that may be read: its columns with their types, in order.

    `hidden` are columns that exist and may not be read; no statement learns anything of them.
    """

    name: str
    columns: Mapping[str, str]
    hidden: frozenset[str] = frozenset()
    comment: str = ""


@dataclass(frozen=True)
class ReadableSchema:
    """The tables that may be read, by name, all in one PostgreSQL schema."""

    tables: Mapping[str, ReadableTable]
    name: str = "public"


class Refusal(StrEnum):
    """Why a statement is not run. The values are part of the CLI contract."""

    PARSE_ERROR = "parse_error"
    NOT_ONE_STATEMENT = "not_one_statement"
    NOT_A_QUERY = "not_a_query"
    SIDE_EFFECT = "side_effect"
    FUNCTION = "function"
    TYPE = "type"
    TABLE = "table"
    COLUMN = "column"
    TOO_COMPLEX = "too_complex"
    LIMIT = "limit"


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a statement may run.

    Args:
        sql: The statement as it was given.
        rewritten: What is run instead: parsed, bounded, written anew; empty when it is refused.
        refusal: Why it is refused; None when it is allowed.
        reason: The same in words, naming what is wrong.
        tables: The tables that it reads, sorted.
    """

    sql: str
    rewritten: str = ""
    refusal: Refusal | None = None
    reason: str = ""
    tables: tuple[str, ...] = field(default=())

    @property
    def allowed(self) -> bool:
        """Whether it may run."""
        return self.refusal is None
