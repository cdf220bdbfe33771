"""Tables of spreadsheets and CSV files as parts: rows as lines, the header with every part.

A filing's table fits a page; a sheet of ten thousand rows does not, so every page of it begins with
the row that names the columns. A cell that is empty under a named column becomes a dash, because a
row that lost a cell would read as figures of other columns.
"""

from collections.abc import Iterable, Iterator, Sequence

from assistant.domain.filings import BlockKind
from assistant.ingest.extract.pages import PAGE_CHARACTERS, Part, clean, fold, is_figure

_EMPTY = "—"
_HEADER_WITHIN = 8  # rows; a title and a units line may stand above the header


def table_parts(rows: Iterable[Sequence[str]]) -> Iterator[Part]:
    """Yield the rows as tables of at most a page, in order; blank rows part tables.

    Args:
        rows: Cells by column; empty text where a cell is empty.
    """
    run: list[Sequence[str]] = []
    header: Sequence[str] = ()
    size = above = 0
    for row in rows:
        cells = [fold(clean(cell)) for cell in row]
        if not any(cells):
            yield from _part(run, header)
            run, size, header, above = [], 0, (), 0
            continue
        line = sum(len(cell) + 2 for cell in cells)
        if run and size + line > PAGE_CHARACTERS:
            yield from _part(run, header)
            run = [header] if header else []
            size = sum(len(cell) + 2 for cell in header)
        if not header and above < _HEADER_WITHIN and _is_header(cells):
            header = cells
        run.append(cells)
        size += line
        above += 1
    yield from _part(run, header)


def _part(rows: list[Sequence[str]], header: Sequence[str]) -> Iterator[Part]:
    lines = [line for row in rows if (line := _line(row, header))]
    if lines:
        kind = BlockKind.TABLE if len(lines) > 1 else BlockKind.PARAGRAPH
        yield Part(kind, "\n".join(lines))


def _line(row: Sequence[str], header: Sequence[str]) -> str:
    filled = [i for i, cell in enumerate(row) if cell]
    if not filled:
        return ""
    figures = any(is_figure(row[i]) for i in filled)
    named = {i for i, cell in enumerate(header) if cell} if figures and header is not row else set()
    cells = (row[i] or (_EMPTY if i in named else "") for i in range(filled[0], len(row)))
    return "  ".join(cell for cell in cells if cell)


def _is_header(cells: Sequence[str]) -> bool:
    """Say whether a row names columns: several cells, of which few are figures."""
    named = [cell for cell in cells if cell]
    figures = sum(1 for cell in named if is_figure(cell) and not _is_year(cell))
    return len(named) > 1 and figures * 4 <= len(named)


def _is_year(cell: str) -> bool:
    return cell.isdigit() and 1900 <= int(cell[:4]) <= 2100 and len(cell) == 4
