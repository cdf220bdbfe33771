"""One turn of a conversation with the places in its text that a follow-up may replace.

    "What was Acme's total revenue in fiscal 2024?"
              name  subject       when

`name`, `subject` and `when` are how a later question says the same company, item and time.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.domain.filings import Filing
from assistant.domain.understanding import Metric, Periods, Topic, Understanding
from assistant.rag.companies import directory, name_spans, named, spoken_name
from assistant.rag.periods import period_spans
from assistant.rag.reading import read_question
from assistant.rag.subject import names
from assistant.rag.vocabulary import plain, vocabulary

Span = tuple[int, int]

_QUALIFIER = re.compile(
    r"(?:\b(?:total|net|adjusted|diluted|basic|consolidated|gross|annual|quarterly|reported|average|"
    r"overall|combined)\s+)+$",
    re.I,
)
_PREPOSITION = re.compile(
    r"\b(?:(?:as\s+of|at\s+(?:the\s+)?(?:year-)?end\s+of|at\s+year-end|for\s+the\s+(?:fiscal\s+)?(?:year|quarter)"
    r"\s+end(?:ed|ing)|for|in|at|on|during|over|by|through|since)\s+)?(?:the\s+)?(?:fiscal\s+)?$",
    re.I,
)
_OWNED = re.compile(
    r"^\s+((?:[\w&%-]+\s+){0,5}?[\w&%-]+)(?=\s+(?:in|for|at|on|during|over|as|by|of|from|to|come|came)\b|\s*[?.,]|\s*$)"
)
_OBJECT = re.compile(r"\s+(?:expenses?|costs?|charges?|balances?)\b", re.I)
_POSSESSIVE = re.compile(r"(?:['\u2019]s?)$")


@dataclass(frozen=True)
class Said:
    """A text of one turn, read.

    Args:
        text: The text.
        read: What it was read as.
        companies: Where it names companies.
        told: How a sentence names each of the companies.
    """

    text: str
    read: Understanding
    companies: tuple[Span, ...]
    told: tuple[str, ...]

    @cached_property
    def times(self) -> list[Span]:
        """Where it names times."""
        return period_spans(self.text)

    @cached_property
    def figures(self) -> list[Span]:
        """Where it names figures, with the adjectives in front of them."""
        terms = ((*self._widened(start, end), term) for start, end, term in self._terms)
        return [(start, end) for start, end, term in terms if isinstance(term, Metric)]

    @cached_property
    def parts(self) -> list[Span]:
        """Where it names, with capitals, something that is no company: a segment, a product."""
        own = {word for start, end in self.companies for word in _words(self.text[start:end])}
        found = (part for part in names(self.text) if not own.issuperset(_words(part)))
        starts = ((self.text.find(part), part) for part in found)
        return [(start, start + len(part)) for start, part in starts if start >= 0]

    @property
    def periods(self) -> Periods:
        """The times it names."""
        return self.read.periods

    @property
    def name(self) -> str:
        """The companies as a sentence names them; empty where there is none."""
        return " and ".join(self.told)

    @property
    def owner(self) -> str:
        """The companies as the owner of what follows: "Acme's "; empty where there is none."""
        return f"{possessive(self.name)} " if self.name else "the "

    @property
    def subject(self) -> str:
        """What it asks for, in its own words; empty where it cannot be told."""
        if self.figures:
            start, end = self.figures[0]
            own = (first for first, last in self.parts if self.text[last:start].isspace())
            return self.text[next(own, start) : end]
        for _, end in self.companies:
            if _POSSESSIVE.search(self.text[:end]) and (owned := _OWNED.match(self.text[end:])):
                return owned[1]
        told = next((self.text[start:end] for start, end, _ in self._terms), "")
        return told or self.read.core

    @property
    def when(self) -> str:
        """Its time with a preposition: "in fiscal 2024", "at December 31, 2024"; or empty."""
        if len(self.times) != 1:
            words = spelled(self.periods)
            return f"in {words}" if words else ""
        start, end = self.times[0]
        before = _PREPOSITION.search(self.text, 0, start)
        phrase = self.text[before.start() if before else start : end].strip()
        bare = re.match(
            r"(?:the\b|fiscal\b|\d|FY|Q\d|first|second|third|fourth|[A-Z])", phrase, re.I
        )
        return f"in {phrase}" if bare and not _starts_with_preposition(phrase) else phrase

    @cached_property
    def _terms(self) -> list[tuple[int, int, Metric | Topic]]:
        written = plain(self.text)
        return vocabulary().spans(written) if len(written) == len(self.text) else []

    def _widened(self, start: int, end: int) -> Span:
        before, after = _QUALIFIER.search(self.text, 0, start), _OBJECT.match(self.text, end)
        return before.start() if before else start, after.end() if after else end


def said(text: str, filings: Sequence[Filing]) -> Said:
    """Return a turn's text, read, with every known company written as a sentence writes it.

    Args:
        text: The question of the turn.
        filings: The filings that may answer.
    """
    text = " ".join(text.split())
    known = directory(filings)
    found = named(text, known)
    told = {company.name: spoken_name(company.name) for company in found.companies}
    for start, end in reversed(name_spans(text, found.words)):
        meant = named(text[start:end], known).companies
        if len(meant) == 1:
            owned = _POSSESSIVE.search(text[start:end])
            name = _told(meant[0].name, text[start : owned.start() + start if owned else end])
            told[meant[0].name] = name
            text = text[:start] + (possessive(name) if owned else name) + text[end:]
    spans = tuple(name_spans(text, named(text, known).words))
    read = read_question(text, filings)
    return Said(text, read, spans, tuple(told.get(one, one) for one in read.companies))


def _told(printed: str, written: str) -> str:
    """Return how a sentence names a company: as printed, or as written where print may be misread.

    A filing without a cover is called by its file's name: "Acme 10-K 2024" would name a time.
    """
    spoken = spoken_name(printed)
    as_written = written.title() if written.islower() else written
    return as_written if re.search(r"\d", spoken) else spoken


def possessive(name: str) -> str:
    """Return a name as the owner of what follows: "Acme's", "Acme Foods'"."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def spelled(periods: Periods) -> str:
    """Return times as an analyst writes them: "Q2 FY2024", "FY2020 to FY2022"; empty for none."""
    if not periods.years:
        return ""
    years = [f"FY{year}" for year in periods.years]
    quarter = f"Q{periods.quarter} " if periods.quarter else ""
    filled = len(years) > 2 and periods.years[-1] - periods.years[0] == len(years) - 1
    span = f"{years[0]} to {years[-1]}" if filled else " and ".join(years)
    return quarter + span


def _starts_with_preposition(phrase: str) -> bool:
    return bool(
        re.match(
            r"(?:as of|at|for|in|on|during|over|by|through|since|between|from)\b", phrase, re.I
        )
    )


def _words(text: str) -> list[str]:
    return [_POSSESSIVE.sub("", word).lower() for word in text.split()]
