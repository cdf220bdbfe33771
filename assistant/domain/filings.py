"""Filings, their pages, and the passages we index and cite.

    Filing ── original: BlobRef
       └── Document ── Page (text, blocks, word boxes)
                          └── Passage ── Locator (page, section, start, end)

A `Locator` is born when a passage is cut and is what a citation opens; nothing recomputes it.
Offsets count characters of `Page.text`, so `page.text[start:end]` is the passage, verbatim.
"""

import struct
from array import array
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple, TypeAlias

from assistant.domain.facts import Fact
from assistant.domain.findings import Finding
from assistant.domain.records import Placement
from assistant.domain.structure import Cover, PageMarks

Vector: TypeAlias = "array[float]"
"""An embedding: an `array` of 32-bit floats (type code "f")."""


class Sensitivity(StrEnum):
    """Where text may travel, from freest to strictest. `RESTRICTED` never leaves this machine."""

    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class MediaType(StrEnum):
    """The kinds of file we read."""

    PDF = "application/pdf"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    HTML = "text/html"
    TEXT = "text/plain"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    CSV = "text/csv"
    MARKDOWN = "text/markdown"
    EMAIL = "message/rfc822"
    RTF = "application/rtf"


READ_TYPES = "PDF, DOCX, HTML, TXT, XLSX, PPTX, CSV, Markdown, e-mail (.eml), RTF"
"""The kinds of file we read, as a user names them."""


@dataclass(frozen=True, slots=True)
class BlobRef:
    """A stored original, addressed by the SHA-256 of its bytes; `size` in bytes."""

    sha256: str
    media_type: str
    size: int


class WordBox(NamedTuple):
    """Where one word of a page's text is printed.

    `start` and `end` are offsets into `Page.text`; the box is in points from the page's lower
    left corner, as PDF counts.
    """

    start: int
    end: int
    left: float
    bottom: float
    right: float
    top: float


_BOX = struct.Struct("<IHhhhh")
_BOX_UNITS = 4  # in a point; int16 then spans pages up to 8,191 points (113 inches)


def pack_boxes(boxes: Iterable[WordBox]) -> bytes:
    """Return the boxes as 14 bytes each, rounded to a quarter of a point."""
    columns = tuple(zip(*boxes, strict=True))
    if not columns:
        return b""
    starts, ends, *sides = columns
    lengths = [min(end - start, 65535) for start, end in zip(starts, ends, strict=True)]
    near = [[round(value * _BOX_UNITS) for value in side] for side in sides]
    try:
        return b"".join(map(_BOX.pack, starts, lengths, *near))
    except struct.error:
        near = [[max(-32768, min(32767, value)) for value in side] for side in near]
        return b"".join(map(_BOX.pack, starts, lengths, *near))


def unpack_boxes(packed: bytes) -> Iterator[WordBox]:
    """Yield the boxes that `pack_boxes` packed."""
    for start, length, *sides in _BOX.iter_unpack(packed):
        left, bottom, right, top = (side / _BOX_UNITS for side in sides)
        yield WordBox(start, start + length, left, bottom, right, top)


class BlockKind(StrEnum):
    """What a run of lines is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class Block:
    """A run of `Page.text` from `start` to `end` that belongs together, in reading order."""

    start: int
    end: int
    kind: BlockKind = BlockKind.PARAGRAPH


class TextSource(StrEnum):
    """How the text of a page was read. `NONE`: nothing could be."""

    TEXT = "text"
    OCR = "ocr"
    REPAIRED = "repaired"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a PDF, or one section of a document without pages.

    `number` is 1-based. A table row is one line, its cells parted by two or more spaces or a tab.
    `boxes` holds the packed word boxes of a PDF page (see `unpack_boxes`), `width` and `height`
    its size in points. `marks` says what the page is, `source` how its text was read.
    """

    number: int
    text: str
    section: str = ""
    blocks: tuple[Block, ...] = ()
    width: float = 0.0
    height: float = 0.0
    boxes: bytes = b""
    marks: PageMarks = PageMarks()
    source: TextSource = TextSource.TEXT


@dataclass(frozen=True, slots=True)
class Document:
    """A file's text with its structure kept. What an `Extractor` returns.

    `warnings` are sentences that name what could not be read, and where; `facts` are the numbers that
    the file tags by machine, in the order they stand; `findings` say what it hides or would do.
    `blank`: nothing is printed on any page, so there is nothing to find and nothing was lost.
    """

    pages: tuple[Page, ...]
    warnings: tuple[str, ...] = ()
    cover: Cover = Cover()
    facts: tuple[Fact, ...] = ()
    findings: tuple[Finding, ...] = ()
    blank: bool = False


@dataclass(frozen=True, slots=True)
class Filing:
    """A filing of the catalogue. `name` is the uploaded file's name without its extension.

    `superseded_by` is the id of the next amendment that restates its statements, or empty.
    `placements` are its entries, oldest first; `placement` is the id of the one that it is shown as,
    empty for the one that gave it its own id. `replaced_by` is the id of a newer version, where none
    of its entries is the current one. `held_for` are the reasons of its legal holds; it must be kept
    to the end of the day `retain_until`. `label` is its own, `sensitivity` the strictest of that and
    of the labels of the collections it is placed in.
    """

    id: str
    name: str
    file_name: str
    original: BlobRef
    pages: int
    passages: int
    warnings: tuple[str, ...] = ()
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    sample: bool = False
    added_by: str = ""
    added_at: datetime | None = None
    cover: Cover = Cover()
    superseded_by: str = ""
    placements: tuple[Placement, ...] = ()
    placement: str = ""
    replaced_by: str = ""
    held_for: tuple[str, ...] = ()
    retain_until: date | None = None
    label: Sensitivity = Sensitivity.PUBLIC

    @property
    def entry(self) -> Placement:
        """The entry of the catalogue that it is shown as."""
        shown = self.placement or self.id
        own = Placement(shown, self.name, self.file_name, added_by=self.added_by)
        return next((one for one in self.placements if one.id == shown), own)

    @property
    def standing(self) -> tuple[str, ...]:
        """What a list says of the entry besides its name: where it is, its version, what keeps it."""
        entry = self.entry
        told = (
            f"in {entry.collection}" if entry.collection else "",
            f"version {entry.version}" if entry.version > 1 else "",
            "" if entry.is_current else "not current",
            "superseded" if self.superseded_by else "",
            "on hold" if self.held_for else "",
            f"kept until {self.retain_until}" if self.retain_until else "",
        )
        return tuple(filter(None, told))

    @property
    def current(self) -> "Filing | None":
        """The filing as its oldest entry that no newer version replaced; None where all were."""
        if not self.placements or self.placements[0].is_current:
            return self
        found = (one for one in self.placements if one.is_current)
        return next((self.shown_as(one) for one in found), None)

    def named(self, names: Collection[str]) -> "list[Filing]":
        """Return the filing as its first entry with one of these names or ids, if there is one.

        A name means a current version; an id any.
        """
        if len(self.placements) < 2 and self.id not in names and self.name not in names:
            return []  # asked of every filing by every question
        entries = self.placements or (self.entry,)
        by_id = (one for one in entries if one.id in names)
        by_name = (one for one in entries if one.is_current and one.name in names)
        return [self.shown_as(one) for one in (*by_id, *by_name)][:1]

    def shown_as(self, entry: Placement) -> "Filing":
        """Return the filing under the name of one of its entries."""
        if (entry.id, entry.file_name) == (self.placement or self.id, self.file_name):
            return self
        return replace(self, name=entry.name, file_name=entry.file_name, placement=entry.id)


def entries(filings: Iterable[Filing]) -> list[Filing]:
    """Return each filing once for every entry that it has, shown as that entry."""
    return [one.shown_as(entry) for one in filings for entry in one.placements or (one.entry,)]


@dataclass(frozen=True, slots=True)
class Listing:
    """The filings of the catalogue, newest first, and the state that it was in; None: it was empty."""

    filings: tuple[Filing, ...] = ()
    state: int | None = None


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a passage stands: enough to open and highlight it in the original."""

    filing_id: str
    document: str
    page: int
    section: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit of retrieval: a verbatim run of one page.

    `header` (document, section) stands in front of `text` for search, never in a quote; so does
    `carried`: caption, units line and column heads of the table that goes on in it.
    """

    ordinal: int
    page: int
    section: str
    start: int
    end: int
    text: str
    header: str = ""
    carried: str = ""

    @property
    def searched(self) -> str:
        """What its meaning is taken from: header, carried lines, text."""
        return "\n".join(part for part in (self.header, self.carried, self.text) if part)


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage that search returned; a higher `score` is better.

    A `quarantined` one addresses a model: it is shown to whoever searches, and is never evidence.
    """

    text: str
    header: str
    locator: Locator
    score: float
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    media_type: str = ""
    carried: str = ""
    quarantined: bool = False

    @property
    def key(self) -> tuple[str, int, int]:
        """What identifies the passage: filing, page and first character."""
        return (self.locator.filing_id, self.locator.page, self.locator.start)
