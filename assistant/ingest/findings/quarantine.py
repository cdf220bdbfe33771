"""All findings of one document: what it hides, what in it addresses a model, what it would run.

    hidden text (from the reader) ─┐
    pages ── screen ───────────────┼── Document with findings, their sentences among its warnings
    bytes ── active content ───────┘

Hidden text is not on the pages. Text that addresses a model stays there, because a reader sees it
too; its places are marked, and cutting makes them passages of their own that are never evidence.
What is put in front of every passage (company, section) is dropped when it addresses a model.
"""

import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import cast

from assistant.domain.filings import Document, MediaType, Page
from assistant.domain.findings import (
    CROPPED,
    MOST_FINDINGS,
    Finding,
    FindingKind,
    Severity,
    excerpt_of,
    warnings_of,
)
from assistant.domain.structure import Cover
from assistant.screening.screen import screen

# Loaded when the first file of its kind comes, as readers are.
_OFFICE = "assistant.ingest.findings.active_office:active_office"
_ACTIVE = {
    MediaType.PDF: "assistant.ingest.findings.active_pdf:active_pdf",
    MediaType.HTML: "assistant.ingest.findings.active_html:active_html",
    MediaType.DOCX: _OFFICE,
    MediaType.XLSX: _OFFICE,
    MediaType.PPTX: _OFFICE,
}


def inspected(document: Document, data: bytes, media_type: MediaType) -> Document:
    """Return the document with all its findings.

    Args:
        document: What a reader returned, its cover read and its pages marked.
        data: The file's bytes.
        media_type: What `sniff` returned.
    """
    lengths = {page.number: len(page.text) for page in document.pages}
    hidden = (_judged(one, lengths.get(one.page, 0)) for one in document.findings)
    found = [*hidden, *_addressing(document.pages), *_active(data, media_type)]
    grave = sorted(found, key=lambda one: -list(Severity).index(one.severity))[:MOST_FINDINGS]
    kept = tuple(one for one in found if one in grave)
    return replace(
        document,
        pages=tuple(map(_with_plain_section, document.pages)),
        cover=_plain_cover(document.cover),
        findings=kept,
        warnings=(*document.warnings, *warnings_of(kept)),
    )


def withheld_spans(document: Document, page: int) -> list[tuple[int, int]]:
    """Return the runs of a page that are kept out of evidence, in order, none meeting another."""
    spans = (
        (one.start, one.end)
        for one in document.findings
        if one.page == page and one.withheld and one.spans_text
    )
    apart: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
        else:
            apart.append((start, end))
    return apart


def unless_addressing(text: str) -> str:
    """Return a text that is put beside passages, or nothing when it addresses a model."""
    return "" if text and screen(text) else text


def _judged(hidden: Finding, length: int) -> Finding:
    """Return hidden text as grave as it is: text that addresses a model is hidden on purpose.

    Of a page that shows only a part of itself the whole text is withheld.
    """
    if hidden.rule == CROPPED:
        return replace(hidden, end=length, withheld=True)
    return replace(hidden, severity=Severity.HIGH) if screen(hidden.excerpt) else hidden


def _addressing(pages: tuple[Page, ...]) -> Iterator[Finding]:
    for page in pages:
        for one in screen(page.text):
            yield Finding(
                FindingKind.INSTRUCTION,
                one.rule,
                one.severity,
                excerpt_of(page.text[one.start : one.end]),
                page.number,
                page.section if not screen(page.section) else "",
                one.start,
                one.end,
                withheld=not one.kept,
            )


def _active(data: bytes, media_type: MediaType) -> list[Finding]:
    if media_type not in _ACTIVE:
        return []
    look = cast("Callable[[bytes], list[Finding]]", pkgutil.resolve_name(_ACTIVE[media_type]))
    return look(data)


def _with_plain_section(page: Page) -> Page:
    return replace(page, section="") if page.section and screen(page.section) else page


def _plain_cover(cover: Cover) -> Cover:
    names = tuple(name for name in cover.other_names if not screen(name))
    company = "" if screen(cover.company) else cover.company
    return replace(cover, company=company, other_names=names)
