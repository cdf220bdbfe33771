"""What plain-English SQL may read, and what becomes of a statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class ReadableTable:
    """A table that may be read.

    Args:
        name: Its name.
        columns: Columns that may be read, with their types, in order.
        hidden: Columns that exist and may not be read; no statement learns anything of them.
        comment: What the database says of it.
        comments: What the database says of its columns, by their names.
        choices: The values that a column is limited to, where it is.
        key: The columns that tell its rows apart.
        owned: Whether its rows are shown by who asks (row-level security).
    """

    name: str
    columns: Mapping[str, str]
    hidden: frozenset[str] = frozenset()
    comment: str = ""
    comments: Mapping[str, str] = field(default_factory=dict)
    choices: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    owned: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """Columns of a table that name a row of another one: a foreign key."""

    table: str
    columns: tuple[str, ...]
    other: str
    other_columns: tuple[str, ...]


@dataclass(frozen=True)
class ReadableSchema:
    """The tables that may be read, by name, all in one PostgreSQL schema, and how they refer."""

    tables: Mapping[str, ReadableTable]
    name: str = "public"
    references: tuple[Reference, ...] = ()


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
class SqlVerdict:
    """Whether a statement may run.

    Args:
        sql: The statement as it was given.
        rewritten: What is run instead: parsed, bounded, written anew; empty when it is refused.
        ran: The same with the clock of the data, as the database got it; empty while it has not run.
        refusal: Why it is refused; None when it is allowed.
        reason: The same in words, naming what is wrong.
        tables: The tables that it reads, sorted.
        bounded: The limit that the guard set, where the statement has none of its own or a higher
            one; else 0.
    """

    sql: str
    rewritten: str = ""
    refusal: Refusal | None = None
    reason: str = ""
    tables: tuple[str, ...] = ()
    ran: str = ""
    bounded: int = 0

    @property
    def allowed(self) -> bool:
        """Whether it may run."""
        return self.refusal is None


@dataclass(frozen=True, slots=True)
class RowReader:
    """Whose rows a statement may see.

    Args:
        user_id: Rows of this user, where rows belong to users; None: of no user.
        everything: Rows of all users, for those who watch over them.
    """

    user_id: int | None = None
    everything: bool = False


@dataclass(frozen=True, slots=True)
class SqlLimits:
    """What a statement may take.

    Args:
        seconds: Its time, on the server.
        rows: The rows that are fetched at most.
        cost: The cost that PostgreSQL's planner may expect at most, in its own unit (a page read is 1).
        memory_kb: Memory of a sort or a hash, in KiB.
        temporary_kb: Disk for what does not fit into that, in KiB.
        text_kb: What all rows of an answer may be in size, as text, in KiB.
        kept: The rows that are held of those that are fetched; None holds all.
    """

    seconds: float = 10
    rows: int = 10_000
    cost: float = 50_000_000
    memory_kb: int = 16_384
    temporary_kb: int = 262_144
    text_kb: int = 65_536
    kept: int | None = None


@dataclass(frozen=True, slots=True)
class SqlBatch:
    """Some rows of a result, in their order. Each batch names the columns and their types.

    `types` are as PostgreSQL shows them: `numeric(14,4)`, `timestamptz`.
    """

    columns: tuple[str, ...]
    types: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True, slots=True)
class SqlRows:
    """What a statement gave.

    Args:
        columns: Their names; two may be the same.
        rows: The rows that are held, the first ones.
        truncated: There were more rows than the limit.
        seconds: What it took.
        types: The types of the columns, as PostgreSQL shows them.
        read: How many rows were read; as many as are held, or more.
        sha256: Of all rows that were read, in their order; see `assistant.audit.RowsDigest`.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    truncated: bool
    seconds: float
    types: tuple[str, ...] = ()
    read: int = 0
    sha256: str = ""
