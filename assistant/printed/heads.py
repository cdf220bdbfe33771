"""Reads the head of a table: which period each column is for.

    "Three Months Ended          Six Months Ended"            spans: 3 months, 6 months
    "July 29, 2023  July 30, 2022  July 29, 2023  ..."         one period a column

Page text keeps the order of cells, not their places, so a head is laid over the values by counting:
one to one, each head over the same number of columns, or periods first and comparisons after.
Where no such reading fits, there is none: a column's period is never guessed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from assistant.printed.cells import parts, read_line
from assistant.printed.fiscal import MONTHS, ColumnPeriod, dates, quarters, spans, years

_UNITS = re.compile(r"\b(?:thousands|millions?|billions?|except|per share|unaudited)\b", re.I)
_COMPARISON = re.compile(r"\bvs\.?\b|\bversus\b|change|increase|decrease|variance|percent|%", re.I)
_LONGEST = 220  # characters of a line of column heads
_HEAD_WORDS = re.compile(
    rf"\([^)]*\)|\b(?:{MONTHS}|(?:first|second|third|fourth)\s+quarters?|(?:three|six|nine|twelve|"
    r"thirteen|fourteen|sixteen|twenty-(?:four|six|eight)|thirty-(?:six|nine)|forty|"
    r"fifty-(?:two|three))|half|ytd|Q[1-4]|[1-4]Q|FY|fiscal|years?|quarters?|months?|"
    r"weeks?|periods?|ended|ending|for|the|as|of|at|on|and|in|to|dates?|unaudited|audited|restated|"
    r"millions|thousands|billions|u\.s\.|usd|dollars?)\b",
    re.I,
)
_OTHER_WORD = re.compile(r"[A-Za-z]{2,}|[.;:]\s*$")


@dataclass(frozen=True, slots=True)
class Heads:
    """The cells of a head, a period each (None: a comparison), and the names below them."""

    cells: tuple[ColumnPeriod | None, ...] = ()
    names: tuple[str, ...] = ()

    def periods(self, count: int) -> tuple[ColumnPeriod | None, ...]:
        """Return the period of each of `count` values; none where they do not fit the head."""
        known = [cell for cell in self.cells if cell is not None]
        grouped = _grouped(self.cells, self.names)
        compared = [cell for cell in grouped if cell is not None]
        if count == len(grouped):
            return grouped
        if count == len(self.cells):
            return self.cells
        if count in {len(known), len(compared)} and known:
            return tuple(known if count == len(known) else compared)
        if len(known) == len(self.cells):
            return _spread(known, count)
        leading = self.cells[: len(known)] == tuple(known) and count > len(self.cells)
        return (*known, *[None] * (count - len(known))) if leading and not self.names else ()

    def name(self, index: int, count: int) -> str:
        """Return the name below the period of the value at `index`; empty when it has none."""
        return self.names[index] if count == len(self.names) else ""


def _spread(known: Sequence[ColumnPeriod], count: int) -> tuple[ColumnPeriod | None, ...]:
    if not known or count % len(known):
        return ()
    each = count // len(known)
    return tuple(period for period in known for _ in range(each))


def _grouped(
    cells: Sequence[ColumnPeriod | None], names: Sequence[str]
) -> tuple[ColumnPeriod | None, ...]:
    """Lay periods over named columns: a group begins where the first name comes again."""
    found: list[ColumnPeriod | None] = []
    group = -1
    for name in names:
        if name == names[0]:
            group += 1
        comparison = bool(_COMPARISON.fullmatch(name.strip("() ")))
        inside = 0 <= group < len(cells) and not comparison
        found.append(cells[group] if inside else None)
    return tuple(found) if group > 0 else ()


def is_head_line(line: str) -> bool:
    """Whether a line without values names periods as column heads do."""
    read = read_line(line)
    if read.is_head:
        return True
    if read.cells or len(line) > _LONGEST:
        return False
    cells = parts(line)
    if len(cells) > 1:
        return any(_names_period(cell) for cell in cells)
    return _names_period(line.strip()) and not _OTHER_WORD.search(_HEAD_WORDS.sub(" ", line))


def is_units_line(line: str) -> bool:
    """Whether a line says what figures are in: "(in millions, except per share)"."""
    return len(line) <= _LONGEST and bool(_UNITS.search(line))


def _names_period(cell: str) -> bool:
    if len(cell) > 90:
        return False
    return bool(years(cell) or quarters(cell) or any(spans(cell)) or _is_date_head(cell))


def _is_date_head(cell: str) -> bool:
    found = dates(cell)
    return bool(found) and len(cell) < 40


def read_heads(block: Sequence[str]) -> Heads:
    """Return what the lines above the first row say of its columns."""
    lines = [line for line in block if len(line) <= _LONGEST]
    main = next((n for n in reversed(range(len(lines))) if _is_main(lines[n])), None)
    if main is None:
        return Heads()
    cells = _with_lengths(_cells(lines[main]), lines[: main + 1])
    cells = _with_months(cells, lines[: main + 1])
    return Heads(tuple(cells), _names(lines[main + 1 :]))


def _is_main(line: str) -> bool:
    """Whether the line names years: bare, or in dates; a title with one year in prose is none."""
    found = [cell for cell in parts(line) if years(cell) or quarters(cell)]
    if len(found) > 1 or read_line(line).is_head:
        return bool(found)
    return bool(found) and is_head_line(line) and len(line.strip()) < 60


def _cells(line: str) -> list[ColumnPeriod | None]:
    found: list[ColumnPeriod | None] = []
    for position, part in enumerate(parts(line)):
        named = _periods_of(part)
        if not named and position == 0:  # "(in millions)", "At December 31"
            continue
        found += named or [None]
    return found


def _periods_of(part: str) -> list[ColumnPeriod]:
    """Return the periods a printed cell names; none for "2022 vs. 2021"."""
    if _COMPARISON.search(part) and not _UNITS.search(part):
        return []
    if named := quarters(part):
        return named
    dated = [period for period in dates(part) if period.year]
    if dated:
        return [replace(period, months=_length(part)) for period in dated]
    return [ColumnPeriod(year, months=_length(part)) for year in years(part)]


def _length(text: str) -> int:
    return next((months for months, _ in spans(text)), 0)


def _with_lengths(
    cells: Sequence[ColumnPeriod | None], lines: Sequence[str]
) -> list[ColumnPeriod | None]:
    """Give each period the length that the head above it names."""
    found = next((named for line in reversed(lines) if (named := _line_spans(line))), [])
    known = [cell for cell in cells if cell is not None]
    if not found or len(known) % len(found):
        return list(cells)
    each = len(known) // len(found)
    lengths = iter([length for length in found for _ in range(each)])
    return [cell and _of_length(cell, *next(lengths)) for cell in cells]


def _of_length(cell: ColumnPeriod, months: int, quarter: int) -> ColumnPeriod:
    return replace(cell, months=cell.months or months, quarter=0 if cell.month else quarter)


def _line_spans(line: str) -> list[tuple[int, int]]:
    return [span for part in parts(line) if len(part) < 90 for span in spans(part)]


def _with_months(
    cells: Sequence[ColumnPeriod | None], lines: Sequence[str]
) -> list[ColumnPeriod | None]:
    """Give bare years the month that a head without year names ("Years Ended December 31,")."""
    if any(cell and cell.month for cell in cells):
        return list(cells)
    for line in reversed(lines):
        found = [date.month for part in parts(line) for date in dates(part) if not date.year]
        known = sum(cell is not None for cell in cells)
        if found and (len(found) == 1 or len(found) == known):
            months = iter(found * known if len(found) == 1 else found)
            return [cell and replace(cell, month=next(months)) for cell in cells]
    return list(cells)


def _names(lines: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the line below the periods with most cells."""
    best: list[str] = []
    for line in lines:
        cells = parts(line)
        if cells and _UNITS.search(cells[0]):
            cells = cells[1:]
        best = cells if len(cells) > max(len(best), 1) else best
    return tuple(best)
