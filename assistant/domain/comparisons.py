"""The same figure of several companies or periods: what is compared, and the table that results.

    Comparison (rows x columns, one question a cell) ── answered ── Table (one figure a cell)

A comparison is the plan: it says which filings may answer each cell, before any text is read. A
table is what the answer shows: every cell a figure with its citation, or that it was not found.
"""

from dataclasses import dataclass
from decimal import Decimal

from assistant.domain.understanding import Understanding

NOT_FOUND = "not found"
"""What a cell says that no row of the filings states."""


@dataclass(frozen=True, slots=True)
class CellQuestion:
    """A question of its own for one cell.

    Args:
        row: Which row, counted from 0.
        column: Which column, counted from 0.
        metric: Which of the figures compared, counted from 0.
        text: The question without its company ("What was the revenue in FY2024?").
        filings: Ids of the filings that may answer, the likeliest first; none for a company that
            no filing is of.
    """

    row: int
    column: int
    metric: int
    text: str
    filings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CellSearch:
    """One search that finds pages for cells of one company and period."""

    text: str
    understanding: Understanding


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a question compares.

    Args:
        metrics: The figures compared, as the question names them.
        corner: What the rows are: "Company", or the one company whose figures they are.
        rows: Their names.
        columns: Names of the periods, metrics, or both.
        cells: The question of each cell, row by row.
        searches: What to search for.
        extreme: "highest" or "lowest" where the question asks which one is.
        left_out: How many rows or columns exceed the limit.
    """

    metrics: tuple[str, ...]
    corner: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: tuple[CellQuestion, ...]
    searches: tuple[CellSearch, ...]
    extreme: str = ""
    left_out: int = 0

    @property
    def filings(self) -> tuple[str, ...]:
        """The filings (ids) that are likeliest to answer the cells, each once."""
        return tuple(dict.fromkeys(id_ for cell in self.cells for id_ in cell.filings[:1]))

    @property
    def breadth(self) -> int:
        """How many times as much evidence it needs as a question for one figure."""
        return max(1, len(self.searches) * len(self.metrics))


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell of an answer: as written, its value in `unit`, and the citations it stands on.

    `value` is None where the filings state none; `citation` is the first of `citations`.
    """

    text: str
    value: Decimal | None = None
    unit: str = ""
    citations: tuple[int, ...] = ()

    @property
    def citation(self) -> int | None:
        """The number of the citation that the figure stands on first."""
        return self.citations[0] if self.citations else None


@dataclass(frozen=True, slots=True)
class TableRow:
    """A named row."""

    name: str
    cells: tuple[TableCell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of an answer. `corner` names what the rows are; each row has a cell a column."""

    corner: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
