"""What a search looks at: the pages of chosen filings, the words on them, and what they mean.

    Probe ──PassageIndex.survey──> Survey ──rag.pages──> order of pages ──read──> PageText

A survey holds numbers only; the text is read for the best pages alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
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
class Speaking:
    """Which of many filings to survey: those that speak most of what is asked.

    Args:
        words: What a search over everything looks for, beside the probe's vector.
        weight: Points of the filing that it finds most; the others get their share of them.
        most: How many filings are surveyed.
        narrow: Whether the given filings are so few passages that all are compared; else an index
            of everything is asked, and what it finds elsewhere is left out.
    """

    words: str
    weight: float
    most: int
    narrow: bool = False


@dataclass(frozen=True, slots=True)
class SurveyedFiling:
    """The pages of a filing that hold words, without their text; and how near its passages are.

    Args:
        filing_id: Which filing.
        points: What speaks for it.
        numbers: The pages, ascending; `marks`, `words` and `firsts` (the first passage's ordinal)
            are theirs.
        near_pages: The page of each passage.
        near: Cosine of each passage with the probe's vector.
    """

    filing_id: str
    points: float
    numbers: Sequence[int]
    marks: Sequence[PageMarks]
    words: Sequence[int]
    firsts: Sequence[int]
    near_pages: Sequence[int] = ()
    near: Sequence[float] = ()


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
    """What the index knows of the chosen filings. In columns: it holds thousands of pages.

    Args:
        filings: Those that were surveyed.
        groups: The stems of each group of the probe, in its order.
        postings: Of all these stems.
        state: The state that the catalogue was in; None where it holds no filing.
    """

    filings: tuple[SurveyedFiling, ...]
    groups: tuple[frozenset[str], ...]
    postings: tuple[Posting, ...]
    state: int | None = None


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
    """A page as answers show it: verbatim text and the passages on it, in order.

    `withheld` are the runs (first character, one past the last) of its text that are no evidence.
    """

    key: PageKey
    document: str
    text: str
    spans: tuple[Span, ...]
    media_type: str = ""
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    withheld: tuple[tuple[int, int], ...] = ()
