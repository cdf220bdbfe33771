"""Pages out of running text: what DOCX, HTML and TXT share, and the cleaning that all readers do.

    Part (kind, text) ... ── sections at major headings ── pages of about 6,000 characters

A document without pages becomes sections; a page is a section or, of a long one, as many whole
parts of it as fit. A page break never falls inside a table row.
"""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Block, BlockKind, Page

PAGE_CHARACTERS = 6000
_TITLE_CHARACTERS = 120
_CONTROLS = dict.fromkeys(
    (*(c for c in range(32) if c not in (9, 10)), *range(0x7F, 0xA0), 0xFEFF, 0xAD)
)
_CONTROLS.update(dict.fromkeys(range(0xD800, 0xE000)))
_SUSPECT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\ufeff\ud800-\udfff]")
_NUMBER = re.compile(r"[(\-\u2013—+]?\s*[$€£¥]?\s*\(?[\d.,]*\d[\d.,]*\s*\)?\s*[%x]?\)?")
_EMPTY_FIGURE = frozenset(["-", "\u2013", "—", "--", "$-", "$—", "N/A", "NM", "n/a", "n/m", "nm"])
ITEM = re.compile(
    r"^\s*(part\s+[ivx]+\b(?!\w)|item\s+\d{1,2}(\.\d\d)?\s?[a-c]?\s*[.:\-\u2013—)]?)", re.I
)
STATEMENT = re.compile(
    r"^\s*(?:(?:condensed |consolidated |unaudited )*(?:balance sheets?|statements? of "
    r"(?:consolidated |comprehensive |financial |cash |stockholders|shareholders|operations|"
    r"(?:net )?income|earnings|changes|equity|loss))|(?:condensed |consolidated )*notes to )"
    r"|^\s*(?:report of independent registered|signatures?$|(?:exhibit|ex)[- ]\d)",
    re.IGNORECASE,
)


class Part(NamedTuple):
    """A heading, paragraph or table.

    `level` 1-3 makes a heading begin a section. `starts_page`: a page break stands before it.
    """

    kind: BlockKind
    text: str
    level: int = 0
    starts_page: bool = False


def clean(text: str) -> str:
    """Return text without control characters (but tab and line feed) and lone surrogates."""
    return text.translate(_CONTROLS) if _SUSPECT.search(text) else text


def fold(text: str) -> str:
    """Return text with every run of white space made one space."""
    return " ".join(text.split())


def is_figure(text: str) -> bool:
    """Say whether a table cell holds a number, or the dash that stands for none."""
    return bool(_NUMBER.fullmatch(text)) or text in _EMPTY_FIGURE


def join_cells(cells: Iterable[str]) -> str:
    """Return a table row as one line: cells parted by two spaces, empty ones dropped.

    A currency sign joins the number after it, a closing bracket or percent sign the one before,
    because filings give them columns of their own.
    """
    line: list[str] = []
    for cell in map(fold, cells):
        if not cell:
            continue
        if (
            line
            and line[-1] in ("$", "€", "£", "¥", "(", "$(", "US$")
            and cell[0] in "0123456789.(—\u2013-"
        ) or (
            line and cell in (")", "%", ")%", "%)", "pts", "x") and line[-1][-1] in "0123456789)"
        ):
            line[-1] += cell
        else:
            line.append(cell)
    return "  ".join(line)


def name_pages(numbers: Iterable[int]) -> str:
    """Return page numbers as a reader writes them: "3, 7-9"."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def no_text(what: str) -> FilingRejected:
    """Return the rejection of a file that was read and holds no text."""
    return FilingRejected(
        Rejection.NO_TEXT,
        f"The file holds no text: {what}.",
        "Save it with a text layer (run OCR over a scan) and add it again.",
    )


def paginate(parts: Iterable[Part], max_pages: int) -> tuple[Page, ...]:
    """Return the parts as pages: sections at headings of level 1-3, long sections split.

    Raises:
        FilingRejected: `no_text` when no part holds a character, `too_large` when the pages are
            more than `max_pages`.
    """
    pages: list[Page] = []
    sections = list(_sections(parts))
    for title, section in sections:
        for group in _groups(section):
            pages.append(_page(len(pages) + 1, title, group))
            if len(pages) > max_pages:
                raise FilingRejected(
                    Rejection.TOO_LARGE,
                    f"The file has more than {max_pages} pages of text.",
                    "Split the file, or raise AEI_MAX_PAGES.",
                )
    if not pages:
        raise no_text("it has tags or empty paragraphs only")
    if len(pages) > 1 and not any(page.section for page in pages):
        return tuple(_page_named(page, f"Part {page.number}") for page in pages)
    return tuple(pages)


def _page_named(page: Page, section: str) -> Page:
    return Page(page.number, page.text, section, page.blocks)


def _sections(parts: Iterable[Part]) -> Iterator[tuple[str, list[Part]]]:
    title, section = "", list[Part]()
    for part in parts:
        text = part.text.strip("\n")
        if not text.strip():
            continue
        if part.kind is BlockKind.HEADING and part.level:
            if any(p.kind is not BlockKind.HEADING for p in section):
                yield title, section
                section = []
            elif not section:
                title = ""
            title = _title(title if section else "", text)
        section.append(part._replace(text=text))
    if section:
        yield title, section


def _title(before: str, heading: str) -> str:
    """Return the section's name; "Item 7." and the line after it make one name."""
    heading = fold(heading)
    bare = before and re.fullmatch(
        r"(?i)(part\s+[ivx]+|item\s+[\d.]+[a-c]?)\s*[.:\-\u2013—]?", before
    )
    return (f"{before} {heading}" if bare else heading)[:_TITLE_CHARACTERS]


def _groups(section: list[Part]) -> Iterator[list[Part]]:
    group, size = list[Part](), 0
    for part in section:
        for piece in _pieces(part):
            full = size + len(piece.text) > PAGE_CHARACTERS
            breaks = piece.starts_page and any(p.kind is not BlockKind.HEADING for p in group)
            if group and (full or breaks):
                kept = _trailing_headings(group)
                yield group[: len(group) - kept]
                group = group[len(group) - kept :]
                size = sum(len(part.text) + 2 for part in group)
            group.append(piece)
            size += len(piece.text) + 2
    if group:
        yield group


def _trailing_headings(group: list[Part]) -> int:
    """Return how many headings at the end belong to what the next page begins with."""
    kept = 0
    while kept < len(group) - 1 and group[-1 - kept].kind is BlockKind.HEADING:
        kept += 1
    return kept


def _pieces(part: Part) -> Iterator[Part]:
    """Yield a part, cut at line ends, or at spaces where a line is longer than a page."""
    if len(part.text) <= PAGE_CHARACTERS:
        yield part
        return
    lines, size = list[str](), 0
    for line in _short_lines(part.text):
        if lines and size + len(line) > PAGE_CHARACTERS:
            yield Part(part.kind, "\n".join(lines))
            lines, size = [], 0
        lines.append(line)
        size += len(line) + 1
    if lines:
        yield Part(part.kind, "\n".join(lines))


def _short_lines(text: str) -> Iterator[str]:
    for line in text.split("\n"):
        start = 0
        while len(line) - start > PAGE_CHARACTERS:
            cut = line.rfind(" ", start + 1, start + PAGE_CHARACTERS)
            cut = cut if cut > start else start + PAGE_CHARACTERS
            yield line[start:cut]
            start = cut + (line[cut] == " ")
        yield line[start:]


def _page(number: int, section: str, parts: list[Part]) -> Page:
    text, blocks, start = list[str](), list[Block](), 0
    for part in parts:
        text.append(part.text)
        blocks.append(Block(start, start + len(part.text), part.kind))
        start += len(part.text) + 2
    return Page(number, "\n\n".join(text), section, tuple(blocks))
