"""Reads plain text, and the SEC's complete submissions of the 1990s and later.

    bytes ── charset ── SGML documents ── lines ── paragraphs, tables, headings ── pages

A submission is one file of several documents; each keeps its own sections, and a document inside
it that is HTML is read as HTML. Columns are what two or more spaces part.
"""

import re
from collections.abc import Iterable, Iterator

from assistant.domain.filings import BlockKind, Document
from assistant.domain.findings import Finding
from assistant.ingest.extract.charset import charset_warning, decode
from assistant.ingest.extract.html import read_html
from assistant.ingest.extract.pages import (
    ITEM,
    STATEMENT,
    Part,
    clean,
    fold,
    is_figure,
    no_text,
    paginate,
)
from assistant.ingest.extract.terms import Terms

_DOCUMENT = re.compile(r"<DOCUMENT>\s*\n(.*?)(?:</DOCUMENT>|\Z)", re.IGNORECASE | re.DOTALL)
_FIELD = re.compile(r"^<(TYPE|DESCRIPTION|FILENAME)>[ \t]*(.*)$", re.IGNORECASE | re.MULTILINE)
_PAGE_MARK = re.compile(r"^\s*<PAGE>\s*[\w-]*\s*$|\f", re.IGNORECASE)
_TABLE_MARK = re.compile(r"^\s*<(/?)TABLE>\s*", re.IGNORECASE)
_LAYOUT_TAG = re.compile(
    r"</?(?:PAGE|TABLE|CAPTION|S|C|FN|TEXT|SEC-HEADER|SEC-DOCUMENT|IMS-HEADER|IMS-DOCUMENT|R)>",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"<(?:html|body|div|font|p)[\s>]", re.IGNORECASE)
_ENCODED = re.compile(r"^begin [0-7]{3} \S+", re.MULTILINE)
_TAG_LINE = re.compile(r"^<[^>\n]*>.*$", re.MULTILINE)
_ENCODED_BLOCK = re.compile(r"^begin [0-7]{3} \S+\n(?:[ -`]{1,62}\n)*?(?:end\n|\Z)", re.MULTILINE)
_MACHINE = re.compile(r"(?:EX-10[01]\.|XML$|JSON$|ZIP$|EXCEL$|GRAPHIC$|PDF$)", re.IGNORECASE)
_GAP = re.compile(r" {2,}|\t+ *")
_LEADERS = re.compile(r"(?:\s?\.){4,}")
_TRACK = 78  # characters: a line of running text may not be wider to be a heading


class TextExtractor:
    """Reads text files.

    Args:
        terms: A file with more pages of text than their bound is refused with `too_large`.
    """

    def __init__(self, terms: Terms) -> None:
        self._terms = terms

    def extract(self, data: bytes) -> Document:
        """Return the text as pages: at page marks, at headings, or by size.

        Raises:
            FilingRejected: `no_text` or `too_large`.
        """
        decoded = decode(data)
        warnings = charset_warning(decoded)
        findings: list[Finding] = []
        text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
        is_submission = _DOCUMENT.search(text)
        parts = list(_submission(text, warnings, findings) if is_submission else read_lines(text))
        if not any(part.text.strip() for part in parts):
            raise no_text("it has no words")
        pages = paginate(parts, self._terms.max_pages)
        return Document(pages, tuple(warnings), findings=tuple(findings))


def read_lines(text: str) -> Iterator[Part]:
    """Yield the paragraphs, tables and headings of plain text."""
    lines: list[str] = []
    in_table = breaks = False
    for line in text.replace("\f", "\n\f\n").split("\n"):
        if _PAGE_MARK.search(line):
            yield from _parts(lines, in_table, breaks)
            lines, breaks = [_PAGE_MARK.sub("", line)], True
            continue
        mark = _TABLE_MARK.match(line)
        if mark or not line.strip():
            if mark or not in_table:
                yield from _parts(lines, in_table, breaks)
                breaks = breaks and not any(map(str.strip, lines))
                lines = []
            in_table = not mark[1] if mark else in_table
            line = _TABLE_MARK.sub("", line) if mark else line
        lines.append(line)
    yield from _parts(lines, in_table, breaks)


def _submission(text: str, warnings: list[str], findings: list[Finding]) -> Iterator[Part]:
    first = _DOCUMENT.search(text)
    header = text[: first.start()] if first else ""
    if header.strip():
        yield Part(BlockKind.HEADING, "Submission header", 1)
        lines = (clean(fold_gaps(line)) for line in _LAYOUT_TAG.sub("", header).split("\n"))
        yield Part(BlockKind.PARAGRAPH, "\n".join(line for line in lines if line))
    left_out: list[str] = []
    for match in _DOCUMENT.finditer(text):
        fields = {name.upper(): fold(value) for name, value in _FIELD.findall(match[1][:2000])}
        if _is_data(fields.get("TYPE", ""), match[1]):
            told = (fields.get(key) for key in ("TYPE", "FILENAME"))
            left_out.append(clean(" ".join(filter(None, told))) or "unnamed")
        else:
            yield from _document(match[1], fields, warnings, findings)
    if left_out:
        shown = ", ".join(left_out[:10]) + (", ..." if len(left_out) > 10 else "")
        warnings.append(
            f"{len(left_out)} part(s) of the submission hold pictures or data for machines and were "
            f"left out: {shown}."
        )


def _is_data(kind: str, text: str) -> bool:
    """Say whether a document of a submission is an attached file or written for machines."""
    head = text[:4000]
    if _MACHINE.match(kind) or "<PDF>" in head[:1000].upper():
        return True
    encoded = _ENCODED.search(head)
    return encoded is not None and not _TAG_LINE.sub("", head[: encoded.start()]).strip()


def _document(
    text: str, fields: dict[str, str], warnings: list[str], findings: list[Finding]
) -> Iterator[Part]:
    name = " ".join(filter(None, (fields.get("TYPE"), fields.get("DESCRIPTION")))) or "Document"
    body = _FIELD.sub("", text[:2000]) + text[2000:]
    body = re.sub(r"<SEQUENCE>\s*\d+", "", body[:2000], count=1) + body[2000:]
    body, encoded = _ENCODED_BLOCK.subn("", body)
    if encoded:
        warnings.append(f"{encoded} file(s) inside the part {clean(name)!r} were left out.")
    yield Part(BlockKind.HEADING, clean(name), 1, starts_page=True)
    if _MARKUP.search(body[:4000]):
        read = read_html(body)
        warnings.extend(read.warnings)
        findings.extend(read.findings)
        yield from read.parts
    else:
        yield from read_lines(body)


def fold_gaps(line: str) -> str:
    """Return a line with its columns parted by two spaces, and dot leaders dropped."""
    return _GAP.sub("  ", _LEADERS.sub("  ", line.strip()))


def _parts(lines: Iterable[str], in_table: bool, breaks: bool) -> Iterator[Part]:
    """Yield a run of lines without a blank one as one part; a table may hold blank lines."""
    kept = [fold_gaps(clean(_LAYOUT_TAG.sub("", line))) for line in lines]
    kept = [line for line in kept if line and not re.fullmatch(r"[-=_ ]{4,}", line)]
    if not kept:
        return
    if in_table or _is_table(kept):
        yield Part(BlockKind.TABLE, "\n".join(kept), 0, breaks)
    elif len(kept) <= 3 and (level := _heading_level(kept)) is not None:
        yield Part(BlockKind.HEADING, "\n".join(kept), level, breaks)
    else:
        yield Part(BlockKind.PARAGRAPH, "\n".join(kept), 0, breaks)


def _is_table(lines: list[str]) -> bool:
    rows = sum(1 for line in lines if _is_row(line.split("  ")))
    return rows * 2 >= len(lines) and rows > (len(lines) > 1)


def _is_row(cells: list[str]) -> bool:
    return len(cells) > 2 or (len(cells) == 2 and is_figure(cells[-1].strip("$ ")))


def _heading_level(lines: list[str]) -> int | None:
    """Return the level of a heading, or None for other text."""
    text = lines[0]
    if len(text) > _TRACK or not any(map(str.isalpha, text)):
        return None
    item = ITEM.match(text)
    if item and (text[: item.end()].isupper() or text[-1] not in ",;"):
        return 1 if item.group().strip()[:1] in "Pp" else 2
    whole = " ".join(lines)
    if whole.isupper() and sum(map(str.isalpha, whole)) > 3:
        return 3 if STATEMENT.match(text) else 0
    return None
