"""Cuts a document into passages: verbatim runs of one page, with a header for search.

    page ── blocks ── spans of at most MAX characters ── packed into passages

A passage never crosses a page, because a citation opens a page. A heading opens the passage that
it heads; a table is cut only between rows, and a later part of it carries its head beside its text.
`page.text[start:end] == passage.text`, always.
"""

import re
from collections.abc import Iterable, Iterator

from assistant.domain.filings import Block, BlockKind, Document, Page, Passage
from assistant.domain.structure import Cover
from assistant.ingest.carried import carried_to, headed
from assistant.ingest.findings.quarantine import unless_addressing, withheld_spans
from assistant.ingest.sections import body, running_heads

_MAX = 1500  # characters: about 350 tokens, three to four sentences of context each side of a fact
_MIN = 400
_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*")
_BREAK = re.compile(r"\n|(?<=[.;!?])\s+|\s+")
_SEPARATORS = re.compile(r"[_\-.\s]+")


def chunk(document: Document, name: str) -> list[Passage]:
    """Return the passages of a document in reading order.

    Args:
        document: What an extractor returned.
        name: The filing's name; it heads the passages where the cover names no company.
    """
    title = _title(document.cover, name)
    repeated = running_heads(document.pages)
    passages: list[Passage] = []
    for page, tables in zip(document.pages, headed(document.pages), strict=True):
        header = f"{title} · {page.section}" if page.section else title
        first, last = body(page.text, repeated)
        runs = _apart(withheld_spans(document, page.number), first, last)
        for start, end in (cut for run in runs for cut in _passages(page, *run)):
            place = (len(passages), page.number, page.section, start, end)
            carried = unless_addressing(carried_to(page.text, start, end, tables))
            passages.append(Passage(*place, page.text[start:end], header, carried))
    return passages


def _apart(spans: list[tuple[int, int]], first: int, last: int) -> Iterator[tuple[int, int]]:
    """Part what stands from `first` to `last` at withheld spans, which are runs of their own."""
    for start, end in spans:
        yield first, max(first, min(start, last))
        first = max(first, min(start, last))
        yield first, max(first, min(end, last))
        first = max(first, min(end, last))
    yield first, last


def _title(cover: Cover, name: str) -> str:
    """Return "company · form · period"; the filing's name stands for a company that is not known."""
    company = cover.company or unless_addressing(_SEPARATORS.sub(" ", name).strip())
    return " · ".join(part for part in (company, cover.form_name, cover.period) if part)


def _passages(page: Page, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Pack the page's spans, as many as fit, into runs without surrounding white space.

    Only what stands from `first` to `last` is packed: running heads and page numbers stand outside.
    """
    start = end = -1
    for block in _within(_blocks(page), first, last):
        for left, right in _spans(page.text, block):
            opens = block.kind is BlockKind.HEADING and end - start >= _MIN
            if start >= 0 and (right - start > _MAX or opens):
                yield from _trimmed(page.text, start, end)
                start = -1
            start, end = (left if start < 0 else start), right
    if start >= 0:
        yield from _trimmed(page.text, start, end)


def _blocks(page: Page) -> tuple[Block, ...]:
    if page.blocks:
        return page.blocks
    return tuple(Block(m.start(), m.end()) for m in _PARAGRAPH.finditer(page.text))


def _within(blocks: Iterable[Block], first: int, last: int) -> Iterator[Block]:
    for block in blocks:
        start, end = max(block.start, first), min(block.end, last)
        if start < end:
            yield Block(start, end, block.kind)


def _spans(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """Cut a block that is too long: tables between rows, prose after a sentence if it can be."""
    start = block.start
    while block.end - start > _MAX:
        end = _cut(text, start, start + _MAX, block.kind)
        yield start, end
        start = end
    if start < block.end:
        yield start, block.end


def _cut(text: str, start: int, limit: int, kind: BlockKind) -> int:
    floor = start + _MIN
    if kind is BlockKind.TABLE and (line := text.rfind("\n", floor, limit)) > 0:
        return line + 1
    sentence = word = 0
    for gap in _BREAK.finditer(text, floor, limit):
        word = gap.end()
        if text[gap.start() - 1] in ".;!?\n" or "\n" in gap.group():
            sentence = gap.end()
    return sentence or word or limit


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    stripped = text[start:end].strip()
    if stripped:
        left = text.index(stripped[0], start)
        yield left, left + len(stripped)
