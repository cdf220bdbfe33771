"""Which lines of a table's head go in front of a part of it that stands elsewhere.

    page 1   CONSOLIDATED BALANCE SHEETS         page 2   Long-term debt   700   720
             (In millions)                                    └── carried: title, units line, heads
             2022  2021
             Total assets  2,600  2,400

A table that is cut between rows, or by the end of a page, loses what its figures mean. Each part
gets the lines it needs: caption, units line, column heads, the section its first row stands in. They
stand beside the text of a passage, never in it, so that citations quote the page. A page continues
the table before it only where nothing but rows ends the one and begins the other, no new caption or
heads stand between, and the rows fit the heads; else nothing is carried.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from assistant.domain.filings import Page
from assistant.ingest.sections import body, opens_note_or_item, running_heads
from assistant.printed.cells import parts
from assistant.printed.heads import is_head_line, is_units_line
from assistant.printed.tables import Row, Statement, Table, is_prose, statement_named, tables

_CAPTION = 100  # characters of a line that may be a caption
_MOST_LINES = 8
_MOST = 500  # characters that are carried
_TITLE_LINES = 4  # lines between the top of a page and the rows that go on there
_TAIL = 3  # short lines between the last row and the foot of its page
_FIT = 0.8  # share of the rows that the heads must fit
_OPENS = re.compile(r"[A-Z($]|\d+\.\s")  # how a caption or a units line begins
_FOOTNOTE = re.compile(r"accompanying\s+notes|see\s+notes|integral\s+part|continued", re.I)


class Headed(NamedTuple):
    """A table of a page with the lines that head it; lines that were carried start below 0."""

    table: Table
    above: tuple[tuple[int, str], ...]


def headed(pages: Sequence[Page]) -> list[list[Headed]]:
    """Return the tables of each page, those that go on from the page before under its lines."""
    repeated = running_heads(pages)
    found: list[list[Headed]] = []
    last: Headed | None = None
    for page in pages:
        start, end = body(page.text, repeated)
        text = page.text[start:end]
        here = [Headed(_moved(table, start), _needed(table, start)) for table in tables(text)]
        if last is not None and here and _goes_on(last, here[0], page.text[start:]):
            carried = tuple((-1, line) for _, line in last.above)
            here[0] = Headed(_under(here[0].table, last.table), carried)
        found.append(here)
        last = here[-1] if here and _reaches_the_end(here[-1], page.text[:end]) else None
    return found


def carried_to(text: str, start: int, end: int, found: Sequence[Headed]) -> str:
    """Return the lines to carry in front of a passage that begins with rows.

    Args:
        text: A page.
        start: First character of the passage.
        end: Where it ends.
        found: The page's tables.
    """
    for table, above in found:
        row = next((row for row in table.rows if row.end > start), None)
        if row is None:
            continue
        below = row.start < end and not any(map(is_prose, text[start : row.start].split("\n")))
        lines = [line for at, line in above if at < start] if below else []
        if lines and row.section and _section_before(table, row, start):
            lines.append(f"{row.section}:")
        return "\n".join(lines)
    return ""


def _section_before(table: Table, row: Row, start: int) -> bool:
    """Whether the section of a row was opened before the passage that begins at `start`."""
    return any(other.section == row.section and other.start < start for other in table.rows)


def _moved(table: Table, by: int) -> Table:
    rows = (replace(row, start=row.start + by, end=row.end + by) for row in table.rows)
    return replace(table, rows=tuple(rows))


def _under(table: Table, head: Table) -> Table:
    """Return a table that goes on, under the heads of the one it continues."""
    return replace(table, heads=head.heads, scale=head.scale, statement=head.statement)


def _needed(table: Table, by: int) -> tuple[tuple[int, str], ...]:
    """Return the lines of a head that say what its figures mean; none where it names no period."""
    if not table.heads.cells:
        return ()
    kept = [line for line in table.above if _says_columns(line[1])]
    first = min((at for at, _ in kept), default=0)
    captions = [line for line in table.above if line[0] < first and _is_caption(line[1])]
    lines = [*captions[-2:], *kept][:_MOST_LINES]
    while sum(len(line) for _, line in lines) > _MOST:
        lines.pop()
    return tuple((at + by, line) for at, line in lines)


def _says_columns(line: str) -> bool:
    if is_head_line(line) or len(parts(line)) > 1:
        return not is_prose(line)
    return is_units_line(line) and _is_caption(line)


def _is_caption(line: str) -> bool:
    """Whether a line may name a table: short, and no part of a sentence."""
    return len(line) <= _CAPTION and bool(_OPENS.match(line)) and not line.endswith((".", ";", ","))


def _reaches_the_end(last: Headed, text: str) -> bool:
    """Whether a table with heads is the last thing on its page."""
    if not last.above or not last.table.rows:
        return False
    tail = [line for line in text[last.table.rows[-1].end :].split("\n") if line.strip()]
    return len(tail) <= _TAIL and all(_is_tail(line) for line in tail)


def _is_tail(line: str) -> bool:
    return bool(_FOOTNOTE.search(line)) or (
        len(line) <= _CAPTION and not line.strip().endswith(".")
    )


def _goes_on(last: Headed, first: Headed, text: str) -> bool:
    """Whether a page's first table is the rest of the last one of the page before."""
    table = first.table
    if table.heads.cells or len(table.above) > _TITLE_LINES or not table.rows:
        return False
    if not all(_may_go_on(line, last.table.statement) for _, line in table.above):
        return False
    counts = Counter(len(row.cells) for row in table.rows)
    usual = Counter(len(row.cells) for row in last.table.rows).most_common(1)[0][0]
    fitting = sum(n for count, n in counts.items() if last.table.heads.periods(count))
    return counts.most_common(1)[0][0] == usual and fitting >= _FIT * len(table.rows)


def _may_go_on(line: str, statement: Statement) -> bool:
    """Whether a line above rows leaves them part of the table before: no caption, no other heads."""
    named = statement_named(line)
    if named or _FOOTNOTE.search(line):
        return named in {Statement.OTHER, statement}
    section = len(line) < _CAPTION and len(parts(line)) == 1 and not line.rstrip().endswith(".")
    return section and not opens_note_or_item(line)
