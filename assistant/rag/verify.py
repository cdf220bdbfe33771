"""Checks an answer against what it cites, without asking a model.

    answer text ── segments, each ended by its marks ── quote in the cited page
                                                     └─ figures, each looked up in the cited text

A quote is verbatim text of the cited evidence: the segment itself where the evidence holds it, else
the evidence as a whole. A figure is verified when the text cited for it holds the same value; a
figure without a mark, or missing from what its mark points to, is unsupported.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from assistant.domain.answers import Citation, Evidence, Figure, FigureStatus
from assistant.rag.figures import Found, figures

_MARKS = re.compile(r"(?:\[\d+\]\s?)+")
_WORD = re.compile(r"[^\s|>*`]+")
_LONGEST_QUOTE_SEARCH = 1200  # characters of a segment that are looked for


@dataclass(frozen=True, slots=True)
class Checked:
    """The citations of an answer and the verdict on each of its figures."""

    citations: tuple[Citation, ...]
    figures: tuple[Figure, ...]


def verify(text: str, cited: Sequence[Evidence]) -> Checked:
    """Check an answer whose marks [1], [2], ... stand for `cited`, in that order."""
    quotes: dict[int, Evidence] = {}
    found: list[Figure] = []
    for segment, numbers in _segments(text, len(cited)):
        for n in numbers:
            quotes.setdefault(n, _quoted(cited[n - 1], segment))
        found += [_judged(figure, numbers, cited) for figure in figures(segment)]
    citations = (
        Citation(n, quote.locator, quote.text, quote.media_type)
        for n, quote in sorted(quotes.items())
    )
    return Checked(tuple(citations), tuple(found))


def _segments(text: str, known: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield each run of text with the numbers of the marks that end it."""
    start = 0
    for marks in _MARKS.finditer(text):
        numbers = tuple(int(n) for n in re.findall(r"\d+", marks.group()))
        yield text[start : marks.start()], tuple(n for n in numbers if 1 <= n <= known)
        start = marks.end()
    if text[start:].strip():
        yield text[start:], ()


def _quoted(evidence: Evidence, segment: str) -> Evidence:
    """Narrow the evidence to the segment, white space and Markdown marks aside."""
    for claim in (segment, segment.strip().rsplit("\n", 1)[-1]):
        words = _WORD.findall(claim[-_LONGEST_QUOTE_SEARCH:])
        pattern = r"[\s|>*`]+".join(re.escape(word) for word in words)
        if words and (match := re.search(pattern, evidence.text)):
            offset = evidence.locator.start
            place = replace(
                evidence.locator, start=offset + match.start(), end=offset + match.end()
            )
            return replace(evidence, text=match.group(), locator=place)
    return evidence


def _judged(figure: Found, numbers: Sequence[int], cited: Sequence[Evidence]) -> Figure:
    for n in numbers:
        if any(_same(figure, other) for other in figures(cited[n - 1].text)):
            return Figure(figure.text, figure.value, figure.unit, FigureStatus.VERIFIED, n)
    return Figure(figure.text, figure.value, figure.unit, FigureStatus.UNSUPPORTED, None)


def _same(one: Found, other: Found) -> bool:
    return one.value == other.value and (one.unit == other.unit or not (one.unit and other.unit))
