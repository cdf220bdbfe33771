"""Fills the cells of a comparison from evidence, and words the table with the rows below it.

    Comparison + evidence ── each cell computed over its company's filings ── table, then the rows

Every cell is answered as a single question is: computed from the rows of one filing, the likeliest
first. A cell that no row states says so; no figure of another period or company fills it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from assistant.domain.answers import Evidence
from assistant.domain.comparisons import NOT_FOUND, CellQuestion, Comparison
from assistant.rag.asking import read_ask
from assistant.rag.compute import Result, compute
from assistant.rag.lookup import FilingTables, Operand
from assistant.rag.wording import calculation, formula, marks, stated_rows

_Cells = Mapping[tuple[int, int], Result]


def compare(comparison: Comparison, evidence: Sequence[Evidence]) -> list[str]:
    """Return the paragraphs of the answer, cited by label; none when no cell is found.

    Args:
        comparison: What is compared.
        evidence: What search found for all of its cells, labelled.
    """
    filings = _Filings(evidence)
    found = {
        (cell.row, cell.column): result
        for cell in comparison.cells
        if (result := filings.answer(cell)) is not None
    }
    if not found:
        return []
    paragraphs = [*_extremes(comparison, found), _table(comparison, found)]
    if comparison.left_out:
        paragraphs.append(f"Not compared for want of room: {comparison.left_out} more.")
    for number, name in enumerate(comparison.rows):
        paragraphs += _below(name, [found[key] for key in sorted(found) if key[0] == number])
    return paragraphs


class _Filings:
    """The tables of each filing, read once for all cells."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        ids = dict.fromkeys(item.locator.filing_id for item in evidence)
        self._tables = {
            id_: FilingTables([item for item in evidence if item.locator.filing_id == id_])
            for id_ in ids
        }

    def answer(self, cell: CellQuestion) -> Result | None:
        """Return a cell's figure from the first of its filings that states it."""
        ask = read_ask(cell.text)
        if ask is None:
            return None
        known = (self._tables[id_] for id_ in cell.filings if id_ in self._tables)
        results = (compute(ask, tables) for tables in known)
        return next((result for result in results if result is not None), None)


def _table(comparison: Comparison, found: _Cells) -> str:
    columns = range(len(comparison.columns))
    lines = [_line([comparison.corner, *comparison.columns])]
    lines.append("|" + "|".join([" --- ", *(" ---: " for _ in columns)]) + "|")
    for row, name in enumerate(comparison.rows):
        lines.append(_line([_name(name), *(_cell(found.get((row, at))) for at in columns)]))
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _name(name: str) -> str:
    return name.replace("|", "/")


def _cell(result: Result | None) -> str:
    return NOT_FOUND if result is None else f"{result.shown} {marks(result.operands)}"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A figure that competes: whose it is, and when."""

    name: str
    column: str
    result: Result


def _extremes(comparison: Comparison, found: _Cells) -> Iterator[str]:
    """Yield which is highest or lowest: of the companies in each column, else of the columns."""
    if not comparison.extreme:
        return
    entries = [
        _Entry(_name(comparison.rows[row]), comparison.columns[column], result)
        for (row, column), result in sorted(found.items())
    ]
    across = len(comparison.rows) == 1
    groups = comparison.rows if across else comparison.columns
    of: Callable[[_Entry], str] = (lambda one: one.name) if across else (lambda one: one.column)
    for group in groups:
        rivals = [entry for entry in entries if of(entry) == _name(group)]
        if len(rivals) < 2 or len({one.result.unit for one in rivals}) > 1:
            yield f"Which is {comparison.extreme} cannot be said: too few figures were found."
            continue
        whole = len(rivals) == len(comparison.columns if across else comparison.rows)
        yield _winner(comparison.extreme, rivals, whole=whole)


def _winner(extreme: str, rivals: Sequence[_Entry], *, whole: bool) -> str:
    values = [one.result.step.value for one in rivals]
    best = max(values) if extreme == "highest" else min(values)
    ties = [one for one in rivals if one.result.step.value == best]
    those = "" if whole else " of the figures found"
    stated = "; ".join(
        f"{one.name}, {one.column}, {one.result.shown} {marks(one.result.operands)}" for one in ties
    )
    return f"{extreme.capitalize()}{those}: {stated}"


def _below(name: str, results: Sequence[Result]) -> list[str]:
    """Return the calculations of a row and the filings' rows they stand on, each once."""
    if not results:
        return []
    done = [text for result in results if (text := calculation(result))]
    formulas = dict.fromkeys(formula(result) for result in results)
    operands: list[Operand] = [operand for result in results for operand in result.operands]
    rows = stated_rows(list(dict.fromkeys(operands)))
    steps = ["".join(formulas) + "\n".join(done)] if done else []
    first, *rest = [*steps, *rows]
    return [f"{_name(name)}\n{first}", *rest]
