"""What a search looks at: the pages of chosen filings, the words on them, and what they mean.

    Probe ──PassageIndex.survey──> Survey ──rag.pages──> order of pages ──read──> PageText

A survey holds numbers only; the text is read for the best pages alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.domain.filings import Sensitivity, Vector
from assistant.domain.structure import PageMarks

PageKey = tuple[str, int]
"""A filing's id and a page number, counted from 1."""


class Field(StrEnum):
    """Where a word stands."""

    TEXT = "text"
    HEAD = "head"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Probe:
    """What to look for: word groups (each a text, to be stemmed) and an embedding."""

    groups: tuple[str, ...]
    vector: Vector


@dataclass(frozen=True, slots=True)
class SurveyedPage:
    """A page without its text: what it is, how many words it has, its first passage's ordinal."""

    key: PageKey
    marks: PageMarks
    words: int
    first_passage: int


@dataclass(frozen=True, slots=True)
class Posting:
    """Where one stem stands in one filing.

    `ordinals` are ascending passages (pages for `Field.HEAD` and `Field.NOTE`); `counts` says how
    often it stands in each, `lengths` how many words each has.
    """

    field: Field
    lexeme: str
    filing_id: str
    ordinals: Sequence[int]
    counts: Sequence[int]
    lengths: Sequence[int]


@dataclass(frozen=True, slots=True)
class Survey:
    """What the index knows of the chosen filings.

    Args:
        pages: Their pages, by filing and number.
        groups: The stems of each group of the probe, in its order.
        postings: Of all these stems.
        similarity: Cosine of the probe's vector with the page's nearest passage.
    """

    pages: tuple[SurveyedPage, ...]
    groups: tuple[frozenset[str], ...]
    postings: tuple[Posting, ...]
    similarity: dict[PageKey, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Span:
    """A passage's place on its page, its header, and the lines carried in front of it."""

    ordinal: int
    start: int
    end: int
    section: str
    header: str
    carried: str = ""


@dataclass(frozen=True, slots=True)
class PageText:
    """A page as answers show it: verbatim text and the passages on it, in order."""

    key: PageKey
    document: str
    text: str
    spans: tuple[Span, ...]
    media_type: str = ""
    sensitivity: Sensitivity = Sensitivity.PUBLIC
