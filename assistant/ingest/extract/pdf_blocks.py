"""Lines and blocks of a PDF page, out of its rows.

    Row ── line of text with word offsets ── headings, tables, paragraphs ── Block

A table is a run of lines that have figures in columns, with the short label lines between them. A
heading is a short line that is larger, bold, all capitals, or an Item of a form.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from assistant.domain.filings import Block, BlockKind, WordBox
from assistant.ingest.extract.pages import ITEM, fold, is_figure
from assistant.ingest.extract.pdf_rows import Row, gap_is_wide
from assistant.ingest.extract.pdf_words import Word, join_broken

_CURRENCY = frozenset(("$", "€", "£", "¥", "US$", "(", "$("))
_TRAILERS = frozenset((")", "%", ")%", "%)"))
_NEW_PARAGRAPH = 1.75  # of the line height, from baseline to baseline
_LABEL_WORDS = 14  # a line inside a table with more is prose
_SENTENCE_END = re.compile(r"[.,;:]$")
_BULLET = re.compile(r"^[•●▪■◦\u2013-]\s|^[•●▪■◦\u2013-]$|^\(?[a-z0-9]{1,3}[.)]\s")

Turn = Callable[[float, float, float, float], tuple[float, float, float, float]]
"""From a box (left, bottom, right, top) to the same box elsewhere."""


class Line(NamedTuple):
    """A line of text; `spans` are its words with their offsets in the line."""

    text: str
    spans: list[tuple[int, int, Word]]
    row: Row
    columns: int
    figures: int


class LaidOut(NamedTuple):
    """A page's text with its blocks, and the words with their offsets in the text."""

    text: str
    blocks: tuple[Block, ...]
    spans: list[tuple[int, int, Word]]


def lay_out(rows: Sequence[Row], is_bold: Callable[[int], bool]) -> LaidOut:
    """Return the page's text and blocks.

    Args:
        rows: In reading order.
        is_bold: Says whether the character at a pdfium index is set bold.
    """
    lines = _mend([_line(row) for row in rows])
    kinds = _kinds(lines, is_bold)
    pieces: list[str] = []
    blocks: list[Block] = []
    spans: list[tuple[int, int, Word]] = []
    at = begin = 0
    for i, line in enumerate(lines):
        spans.extend((at + start, at + end, word) for start, end, word in line.spans)
        at += len(line.text)
        pieces.append(line.text)
        if i + 1 == len(lines) or _block_ends(lines, kinds, i):
            blocks.append(Block(begin, at, kinds[i]))
            begin = at + 2
            pieces.append("\n\n")
            at += 2
        else:
            pieces.append("\n")
            at += 1
    return LaidOut("".join(pieces[:-1]), tuple(blocks), spans)


def box_words(spans: Sequence[tuple[int, int, Word]], turn: Turn) -> list[WordBox]:
    """Return the words' boxes, turned from user space to the page as it is displayed."""
    return [WordBox(start, end, *turn(*word.box)) for start, end, word in spans]


def _line(row: Row) -> Line:
    spans: list[tuple[int, int, Word]] = []
    text: list[str] = []
    at = start = 0
    columns: list[str] = []
    for i, cell in enumerate(row.cells):
        if i:
            wide = gap_is_wide(row.cells[i - 1], cell) and not _belong(text, cell.words)
            if wide:
                columns.append("".join(text[start:]).strip())
                start = len(text)
            text.append("  " if wide else " ")
            at += len(text[-1])
        for j, word in enumerate(cell.words):
            if j:
                text.append(" ")
                at += 1
            spans.append((at, at + len(word.text), word))
            text.append(word.text)
            at += len(word.text)
    columns.append("".join(text[start:]).strip())
    figures = sum(1 for column in columns if is_figure(column))
    return Line("".join(text), spans, row, len(columns), figures)


def _belong(text: list[str], words: list[Word]) -> bool:
    """Say whether a cell is one with the text before: "$" and its number, a number and "%"."""
    before, after = text[-1] if text else "", words[0].text
    if before in _CURRENCY:
        return after[0] in "0123456789.(-\u2013—"
    return after in _TRAILERS and len(words) == 1 and before[-1:] in "0123456789)"


def _mend(lines: list[Line]) -> list[Line]:
    """Bring the tail of a word that a line end broke up to its head.

    In a table it stays: the row below would lose the end of its label.
    """
    mended: list[Line] = []
    for line in lines:
        head = mended[-1] if mended else None
        if head is None or not head.spans[-1][2].broken:
            mended.append(line)
        elif line.columns > 1 or not _follows(head.spans[-1][2], line.spans[0][2]):
            mended[-1] = head._replace(text=f"{head.text}-")
            mended.append(line)
        else:
            mended[-1], rest = _join(head, line)
            if rest.spans:
                mended.append(rest)
    return mended


def _follows(head: Word, tail: Word) -> bool:
    """Say whether pdfium has one word right after the other, a hyphen or a line end between."""
    return 1 <= tail.at - head.at - len(head.text) <= 3


def _join(head: Line, tail: Line) -> tuple[Line, Line]:
    start, _, last = head.spans[-1]
    first = tail.spans[0][2]
    text = head.text[:start] + join_broken(last.text, first.text)
    spans = [*head.spans, (len(text) - len(first.text), len(text), first)]
    rest = tail.spans[1:]
    cut = rest[0][0] if rest else len(tail.text)
    moved = [(start - cut, end - cut, word) for start, end, word in rest]
    return head._replace(text=text, spans=spans), tail._replace(text=tail.text[cut:], spans=moved)


def _kinds(lines: Sequence[Line], is_bold: Callable[[int], bool]) -> list[BlockKind]:
    kinds = [BlockKind.PARAGRAPH] * len(lines)
    for start, end in _tables(lines):
        kinds[start:end] = [BlockKind.TABLE] * (end - start)
    body = median(line.row.size for line in lines) if lines else 0.0
    for i, line in enumerate(lines):
        runs_on = i + 1 < len(lines) and lines[i + 1].text[:1].islower()
        if kinds[i] is BlockKind.PARAGRAPH and not runs_on and _is_heading(line, body, is_bold):
            kinds[i] = BlockKind.HEADING
    return kinds


def _tables(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """Return runs of lines that make tables, as [start, end)."""
    certain = [i for i, line in enumerate(lines) if _is_table_row(line)]
    runs: list[list[int]] = []
    for i in certain:
        if (
            runs
            and all(_may_stand_in_table(line) for line in lines[runs[-1][1] : i])
            and (i - runs[-1][1] <= 6)
        ):
            runs[-1][1] = i + 1
        else:
            runs.append([i, i + 1])
    grown: list[tuple[int, int]] = []
    for start, end in runs:
        begin = start
        while (
            begin and lines[begin - 1].columns > 1 and begin - 1 >= (grown[-1][1] if grown else 0)
        ):
            begin -= 1
        if end - begin > 1:
            grown.append((begin, end))
    return grown


def _is_table_row(line: Line) -> bool:
    return (line.columns > 1 and line.figures > 0) or line.columns > 2


def _may_stand_in_table(line: Line) -> bool:
    return line.columns > 1 or len(line.spans) <= _LABEL_WORDS


def _is_heading(line: Line, body: float, is_bold: Callable[[int], bool]) -> bool:
    text = line.text
    if len(text) > 110 or len(line.spans) > 16 or not any(map(str.isalpha, text)):
        return False
    if ITEM.match(text):
        return len(line.spans) < 14 and not text.rstrip().endswith((",", ";"))
    if _SENTENCE_END.search(text) or line.columns > 1 or text[0].islower():
        return False
    letters = sum(map(str.isalpha, text))
    if line.row.size > body * 1.15 or (letters > 3 and text.isupper()):
        return True
    return is_bold(line.spans[0][2].at) and is_bold(line.spans[-1][2].at)


def _block_ends(lines: Sequence[Line], kinds: Sequence[BlockKind], i: int) -> bool:
    if kinds[i] is not kinds[i + 1]:
        return True
    if kinds[i] is BlockKind.TABLE:
        return False
    here, below = lines[i].row, lines[i + 1].row
    drop = here.base - below.base
    if drop < 0 or drop > _NEW_PARAGRAPH * max(here.size, below.size):
        return True
    if kinds[i] is BlockKind.HEADING:
        return abs(here.size - below.size) > 1 or bool(ITEM.match(lines[i + 1].text))
    return bool(_BULLET.match(lines[i + 1].text))


def item_heading(text: str, blocks: Sequence[Block]) -> list[tuple[int, str]]:
    """Return where Items of a form begin on a page, with their names.

    A page that names more than three is a table of contents and begins none.
    """
    found = []
    for block, after in pairwise([*blocks, None]):
        if block is None or block.kind is not BlockKind.HEADING:
            continue
        first, *more = text[block.start : block.end].splitlines()
        line = fold(first)
        if not re.match(r"(?i)item\s+\d", line):
            continue
        if len(line) < 10 and after is not None:
            line = f"{line} {fold(more[0] if more else text[after.start : after.end])}"
        found.append((block.start, line[:120]))
    return found if len(found) <= 3 else []
