"""Fills the cells of a comparison from evidence, and words the table with the rows below it.

    Comparison + evidence ── each cell computed over its company's filings ── one scale ── table, then rows

Every cell is answered as a single question is: computed from the rows of one filing, the likeliest
first. A cell that no row states says so; no figure of another period or company fills it. Companies print
thousands, millions or billions; the cells of one figure share one of them, so that they can be compared by
eye, and the rows below the table stay as printed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from assistant.domain.answers import Evidence
from assistant.domain.comparisons import NOT_FOUND, CellQuestion, Comparison
from assistant.domain.filings import Locator
from assistant.rag.asking import read_ask
from assistant.rag.compute import Result, compute, show
from assistant.rag.lookup import FilingTables
from assistant.rag.wording import calculation, formula, marks, stated_rows

_LEFT_OUT = "At most twelve companies and ten periods are compared at once; the rest is left out."
_LEAST = 10  # of a scale, in the smallest amount that is shown in it
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
    scaled = _in_one_scale(comparison, found)
    paragraphs = [*_extremes(comparison, scaled), _table(comparison, scaled)]
    if comparison.left_out:
        paragraphs.append(_LEFT_OUT)
    for number, name in enumerate(comparison.rows):
        heads = {
            column: comparison.columns[column] for row, column in sorted(found) if row == number
        }
        results = {head: found[number, column] for column, head in heads.items()}
        paragraphs += _below("" if name in comparison.metrics else name, results)
    return paragraphs


class _Filings:
    """The tables of each filing, read once for all cells."""

    def __init__(self, evidence: Sequence[Evidence]) -> None:
        parts: dict[tuple[str, int], list[Evidence]] = {}
        seen = Counter[Locator]()
        for item in evidence:  # a page comes once for each figure that is compared
            parts.setdefault((item.locator.filing_id, seen[item.locator]), []).append(item)
            seen[item.locator] += 1
        self._tables = {key: FilingTables(items) for key, items in parts.items()}

    def answer(self, cell: CellQuestion) -> Result | None:
        """Return a cell's figure from the first of its filings that states it."""
        ask = read_ask(cell.text)
        if ask is None:
            return None
        tables = (self._tables.get((id_, cell.metric)) for id_ in cell.filings)
        results = (compute(ask, known) for known in tables if known)
        return next((result for result in results if result is not None), None)


def _in_one_scale(comparison: Comparison, found: _Cells) -> _Cells:
    """Write the stated amounts of each figure in the largest scale that leaves two digits of all."""
    scaled = dict(found)
    for metric in range(len(comparison.metrics)):
        cells = {(cell.row, cell.column) for cell in comparison.cells if cell.metric == metric}
        stated = {at: one for at, one in found.items() if at in cells and _is_stated(one)}
        scales = sorted({one.operands[0].scale or Decimal(1) for one in stated.values()})
        least = min((abs(one.step.value) for one in stated.values() if one.step.value), default=0)
        if len(scales) > 1:
            scale = max((one for one in scales if one * _LEAST <= least), default=scales[0])
            scaled |= {at: _rescaled(one, scale) for at, one in stated.items()}
    return scaled


def _is_stated(result: Result) -> bool:
    """Whether a result is an amount as one row states it, in a scale that is known."""
    return result.unit == "money" and len(result.operands) == 1 and bool(result.operands[0].scale)


def _rescaled(result: Result, scale: Decimal) -> Result:
    return replace(result, shown=show(result.step, result.unit, replace(result.ask, scale=scale)))


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


def _below(name: str, results: Mapping[str, Result]) -> list[str]:
    """Return the calculations of a row by column, and the filings' rows they stand on, each once."""
    if not results:
        return []
    done = [
        text.replace("Calculation", head, 1)
        for head, result in results.items()
        if (text := calculation(result))
    ]
    formulas = dict.fromkeys(map(formula, results.values()))
    operands = [operand for result in results.values() for operand in result.operands]
    rows = stated_rows(list(dict.fromkeys(operands)))
    steps = ["".join(formulas) + "\n".join(done)] if done else []
    first, *rest = [*steps, *rows]
    return [f"{_name(name)}\n{first}".strip(), *rest]
