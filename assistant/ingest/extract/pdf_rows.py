"""Rows of a PDF page: what stands on one line is one line.

    words ── runs with small gaps: Cell ── same baseline: Row ── prose columns parted ── rows

pdfium breaks a table row where a file draws it cell by cell, and reads prose columns well where it
can. Rows by baseline keep label and numbers together; a run of rows becomes two columns only when
both sides are prose that fills its side, so that a table is never torn apart.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from assistant.ingest.extract.pdf_words import Word

_CELL_GAP = 0.9  # of the line height: wider than a justified word space
_SAME_LINE = 0.3  # of the line height
_RAISED = 0.5  # the same for a smaller font: a superscript's baseline
_SHIFTED = 0.6  # the same for cells beside each other: a label set higher than its figures
_FULL, _RAGGED = 0.7, 0.4  # of a column's width: lines of running text, and of a list beside it
_SMALL_LETTERS = 0.5  # of words begin with one in running text; in lists of names few do
_MAX_COLUMNS_DEPTH = 4
_FIGURE = re.compile(
    r"\d[\d,.]*\d|^[$\u2014\d]$|^\(?\d[%)]?$"
)  # "12.5", "$", a dash; not "(a)" or "1."


class Cell(NamedTuple):
    """Words that stand close together on one baseline."""

    words: list[Word]
    left: float
    right: float
    base: float
    size: float


class Row(NamedTuple):
    """Cells on one line, left to right."""

    cells: list[Cell]
    left: float
    right: float
    base: float
    size: float


def read_rows(words: Sequence[Word]) -> list[Row]:
    """Return the rows of a page in reading order, top to bottom, column after column."""
    return _part_columns(_rows(_cells(words)), _MAX_COLUMNS_DEPTH)


def rows_as_drawn(words: Sequence[Word]) -> list[Row]:
    """Return rows in the order the words come, for text that runs right to left."""
    runs: list[list[Word]] = []
    for word in words:
        if runs and abs(runs[-1][-1].base - word.base) <= _RAISED * (word.top - word.bottom):
            runs[-1].append(word)
        else:
            runs.append([word])
    return [_row([_cell(run)]) for run in runs]


def gap_is_wide(before: Cell, after: Cell) -> bool:
    """Say whether two neighbours of a row are parted like columns rather than like words."""
    return after.left - before.right > _CELL_GAP * min(before.size, after.size)


def _cell(words: list[Word]) -> Cell:
    return Cell(
        words,
        min(word.left for word in words),
        max(word.right for word in words),
        words[0].base,
        max(word.top - word.bottom for word in words),
    )


def _row(cells: list[Cell]) -> Row:
    anchor = max(cells, key=lambda cell: cell.size)
    right = max(cell.right for cell in cells)
    return Row(cells, min(cell.left for cell in cells), right, anchor.base, anchor.size)


def _cells(words: Sequence[Word]) -> list[Cell]:
    cells: list[Cell] = []
    run: list[Word] = []
    right = base = size = 0.0
    for word in words:
        height = word.top - word.bottom
        if run and not (
            abs(word.base - base) <= _SAME_LINE * size * 0.5
            and -0.5 * size <= word.left - right <= _CELL_GAP * min(size, height)
        ):
            cells.append(_cell(run))
            run = []
        if not run:
            base, size = word.base, height
        run.append(word)
        right = word.right
    if run:
        cells.append(_cell(run))
    return cells


def _rows(cells: list[Cell]) -> list[Row]:
    rows: list[list[Cell]] = []
    base = size = 0.0
    for cell in sorted(cells, key=lambda cell: (-cell.base, cell.left)):
        if rows:
            share = _SAME_LINE if 0.8 <= cell.size / (size or 1) <= 1.25 else _RAISED
            near = base - cell.base <= share * max(size, cell.size)
            if near and not any(_overlap(cell, other) for other in rows[-1]):
                rows[-1].append(cell)
                if cell.size > size:
                    base, size = cell.base, cell.size
                continue
        rows.append([cell])
        base, size = cell.base, cell.size
    return _join_shifted([_row(sorted(row, key=lambda cell: cell.left)) for row in rows])


def _overlap(a: Cell, b: Cell) -> bool:
    return min(a.right, b.right) - max(a.left, b.left) > 1


def _join_shifted(rows: list[Row]) -> list[Row]:
    """Join a row with the one below when they interlock: lines of prose always overlap."""
    joined: list[Row] = []
    for row in rows:
        above = joined[-1] if joined else None
        if above and above.base - row.base <= _SHIFTED * min(above.size, row.size):
            cells = sorted([*above.cells, *row.cells], key=lambda cell: cell.left)
            if all(a.right <= b.left + 1 for a, b in pairwise(cells)):
                joined[-1] = _row(cells)
                continue
        joined.append(row)
    return joined


def _part_columns(rows: list[Row], depth: int) -> list[Row]:
    """Return the rows with every run of prose columns read column by column."""
    gutter = _gutter(rows) if depth else None
    if gutter is None:
        return rows
    parted: list[Row] = []
    run: list[Row] = []
    for row in rows:
        if _is_tabular(row) or any(cell.left < gutter < cell.right for cell in row.cells):
            parted += [*_part_run(run, gutter, depth), row]
            run = []
        else:
            run.append(row)
    return parted + _part_run(run, gutter, depth)


def _part_run(run: list[Row], gutter: float, depth: int) -> list[Row]:
    left = [_row(cells) for row in run if (cells := [c for c in row.cells if c.left < gutter])]
    right = [_row(cells) for row in run if (cells := [c for c in row.cells if c.left >= gutter])]
    few, many = sorted((len(left), len(right)))
    if few < 3 or few * 3 < many or not (_is_column(left) and _is_column(right)):
        return run
    if not (_is_running_text(left) or _is_running_text(right)):
        return run
    return _part_columns(left, depth - 1) + _part_columns(right, depth - 1)


def _is_column(rows: list[Row]) -> bool:
    """Say whether rows can be a column: words, few gaps, no short labels."""
    prose = sum(1 for row in rows if any(_is_prose(cell) for cell in row.cells))
    whole = sum(1 for row in rows if not _has_wide_gap(row))
    return prose * 2 >= len(rows) and whole * 10 >= len(rows) * 7 and _fill(rows) > _RAGGED


def _is_running_text(rows: list[Row]) -> bool:
    """Say whether lines fill their column and most words begin with a small letter."""
    words = [word.text[0] for row in rows for cell in row.cells for word in cell.words]
    letters, small = sum(map(str.isalpha, words)), sum(map(str.islower, words))
    return _fill(rows) > _FULL and small > _SMALL_LETTERS * letters


def _fill(rows: list[Row]) -> float:
    """Return how much of the column's width half of the rows take at least."""
    edge, begin = max(row.right for row in rows), min(row.left for row in rows)
    return median((row.right - row.left) / max(edge - begin, 1) for row in rows)


def _has_wide_gap(row: Row) -> bool:
    return any(gap_is_wide(a, b) for a, b in pairwise(row.cells))


def _gutter(rows: list[Row]) -> float | None:
    """Return an x between two columns of prose, or None when there are none.

    Four lines that begin at one place right of other prose are a column.
    """
    votes: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for row in rows:
        for before, cell in pairwise(row.cells):
            if cell.left - before.right > 4 and _is_prose(cell) and _is_prose(before):
                votes[round(cell.left / 4)].append((before.right, cell.left))
    if not votes:
        return None
    place = max(votes, key=lambda place: len(votes[place]))
    near = [vote for p in (place - 1, place, place + 1) for vote in votes.get(p, ())]
    if len(near) < 4:
        return None
    end, start = max(end for end, _ in near), min(start for _, start in near)
    return end + min(6.0, (start - end) / 2)


def _is_tabular(row: Row) -> bool:
    """Say whether a row has a column that holds a figure."""
    return len(row.cells) > 1 and any(
        not any(word.text[0].isalpha() for word in cell.words)
        and any(_FIGURE.search(word.text) for word in cell.words)
        for cell in row.cells
    )


def _is_prose(cell: Cell) -> bool:
    letters = sum(1 for word in cell.words if word.text[0].isalpha())
    return letters >= 3 and letters * 3 >= len(cell.words) * 2
