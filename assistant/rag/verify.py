"""Checks an answer against what it cites, without asking a model.

    answer text ── segments, each ended by its marks ── quote in the cited page
                     ├─ equations, done again ────────── derived
                     └─ figures ── value, scale, unit, sign, period, item, company ── verified

A figure is verified when the evidence cited for it states the same value for the period, the item
and the company that its sentence names; derived when it is recomputed from verified figures of the
answer; else unsupported. A figure without a mark, or missing from what its mark points to, is
unsupported; so is one that the facts tagged in the cited filing contradict. A quote is verbatim text of the cited page: the lines from the first to the last that
the answer took from it, else the evidence as a whole. Nothing is matched by similarity.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from types import MappingProxyType

from assistant.domain.answers import Citation, Evidence, Figure, FigureStatus
from assistant.domain.facts import Fact
from assistant.printed.fiscal import AskedPeriod
from assistant.rag.arithmetic import Equation, equations
from assistant.rag.claims import Claim, claim_around, companies, fits, is_of
from assistant.rag.derive import recomputed
from assistant.rag.figures import Found, figures
from assistant.rag.matching import agrees, is_other_item, says_loss, states
from assistant.rag.sources import Source, sources
from assistant.rag.tagged import Agreement, compare

_NO_FACTS: Mapping[str, Sequence[Fact]] = MappingProxyType({})
_MARKS = re.compile(r"(?:\[\d+\]\s?)+")
_WORD = re.compile(r"[^\s|>*`]+")
_ROW = re.compile(r"^>.*$|^[^|\n]*\|.*$", re.M)
_LONGEST_QUOTE_SEARCH = 1200  # characters of a segment that are looked for
_LONGEST_QUOTE = 6000  # characters of a quote that joins several rows


@dataclass(frozen=True, slots=True)
class Checked:
    """The citations of an answer and the verdict on each of its figures."""

    citations: tuple[Citation, ...]
    figures: tuple[Figure, ...]

    @property
    def unsupported(self) -> tuple[str, ...]:
        """The figures that the evidence does not support, as written, each once."""
        wrong = (one.text for one in self.figures if one.status is FigureStatus.UNSUPPORTED)
        return tuple(dict.fromkeys(wrong))


@dataclass(frozen=True, slots=True)
class _Segment:
    """A run of the answer with the numbers of the marks that end it."""

    text: str
    numbers: tuple[int, ...]


class _Cited:
    """A piece of evidence as verification reads it."""

    def __init__(self, n: int, evidence: Evidence, facts: Sequence[Fact]) -> None:
        self.n = n
        self.evidence = evidence
        self.facts = facts

    @cached_property
    def sources(self) -> tuple[Source, ...]:
        """Every figure it states; read once."""
        return sources(self.evidence)


@dataclass(frozen=True, slots=True)
class _Judged:
    """A figure with its verdict, and the citations of its operands when it is derived."""

    found: Found
    status: FigureStatus
    citation: int | None = None
    operands: tuple[int, ...] = ()
    fact: Fact | None = None


def verify(
    text: str, cited: Sequence[Evidence], facts: Mapping[str, Sequence[Fact]] = _NO_FACTS
) -> Checked:
    """Check an answer whose marks [1], [2], ... stand for `cited`, in that order.

    Args:
        text: The answer.
        cited: The evidence its marks stand for.
        facts: What the cited filings tag, by their ids.
    """
    known = [
        _Cited(n, evidence, facts.get(evidence.locator.filing_id, ()))
        for n, evidence in enumerate(cited, start=1)
    ]
    segments = list(_segments(text, len(cited)))
    sums = [judged for segment in segments for judged in _sums(segment, known)]
    judged = [one for segment in segments for one in _judge(segment, known, sums)]
    return Checked(tuple(_citations(segments, known)), tuple(map(_figure, judged)))


def _figure(judged: _Judged) -> Figure:
    found = judged.found
    return Figure(
        found.text,
        found.value,
        found.unit,
        judged.status,
        judged.citation,
        judged.operands,
        judged.fact,
    )


def _segments(text: str, known: int) -> Iterator[_Segment]:
    start = 0
    for marks in _MARKS.finditer(text):
        numbers = tuple(int(n) for n in re.findall(r"\d+", marks.group()))
        valid = tuple(n for n in numbers if 1 <= n <= known)
        yield _Segment(text[start : marks.start()], valid)
        start = marks.end()
    if text[start:].strip():
        yield _Segment(text[start:], ())


def _judge(
    segment: _Segment, known: Sequence[_Cited], sums: Sequence[_Judged]
) -> Iterator[_Judged]:
    """Yield the verdict on each figure of a segment."""
    found = list(figures(segment.text))
    cited = [known[n - 1] for n in segment.numbers]
    strange = _names_another_company(segment.text, cited)
    in_sums = [(one.start, one.end) for one in equations(segment.text)]
    judged: list[_Judged] = []
    for figure in found:
        loose = any(start <= figure.start < end for start, end in in_sums)
        one = _computed(figure, sums, segment.text) if segment.numbers else None
        stated = None if strange else _stated(segment.text, figure, found, cited, loose=loose)
        judged.append(stated or one or _Judged(figure, FigureStatus.UNSUPPORTED))
    yield from (_or_derived(one, judged, segment.text, strange=strange) for one in judged)


def _or_derived(judged: _Judged, others: Sequence[_Judged], text: str, *, strange: bool) -> _Judged:
    """Try an unsupported figure as the difference, growth or ratio of verified ones beside it."""
    if judged.status is not FigureStatus.UNSUPPORTED or strange:
        return judged
    verified = [one for one in others if one.status is FigureStatus.VERIFIED]
    operands = recomputed(judged.found, [one.found for one in verified], text)
    if not operands:
        return judged
    numbers = tuple(
        dict.fromkeys(one.citation for one in verified if one.found in operands and one.citation)
    )
    return _Judged(judged.found, FigureStatus.DERIVED, numbers[0] if numbers else None, numbers)


def _names_another_company(text: str, cited: Sequence[_Cited]) -> bool:
    """Whether the segment speaks of a company that none of its evidence is of."""
    return any(
        not any(is_of(name, one.evidence) for one in cited) for name in companies(text) if cited
    )


def _stated(
    text: str, figure: Found, found: Sequence[Found], cited: Sequence[_Cited], *, loose: bool
) -> _Judged | None:
    """Return the verdict of a figure that cited evidence states as the text says it."""
    quoted = loose or _is_quoted(text, figure)
    claim = claim_around(text, figure, found)
    for one in cited:
        matching = [source for source in one.sources if agrees(figure, source, text, quoted=quoted)]
        if not quoted:
            matching = [
                source
                for source in matching
                if _in_period(source, claim.periods)
                and not is_other_item(source, claim, one.sources)
            ]
        said, fact = _tagged(figure, claim, matching, one, quoted=quoted)
        if (matching and said is not Agreement.CONTRADICTED) or _printed(figure, fact, one):
            return _Judged(figure, FigureStatus.VERIFIED, one.n, fact=fact)
    return None


def _tagged(
    figure: Found, claim: Claim, matching: Sequence[Source], one: _Cited, *, quoted: bool
) -> tuple[Agreement, Fact | None]:
    """Return what the filing's own facts say of a figure that its text states.

    A row or a sentence that is not the item's own may tell of a part of it; no fact contradicts that.
    """
    if quoted or not one.facts:
        return Agreement.SILENT, None
    said, fact = compare(figure, claim, one.facts)
    own_row = any(source.is_cell and states(source, claim.metrics) for source in matching)
    return (said if fact or own_row else Agreement.SILENT), fact


def _printed(figure: Found, fact: Fact | None, one: _Cited) -> bool:
    """Whether an equal fact is printed in the evidence, perhaps in parentheses as an outflow is."""
    if fact is None or (figure.value < 0) != (fact.value < 0):
        return False
    return any(abs(source.value) == abs(fact.value) for source in one.sources)


def _is_quoted(text: str, figure: Found) -> bool:
    """Whether a figure stands in a row that the answer quotes, cells parted by bars."""
    return any(row.start() <= figure.start < row.end() for row in _ROW.finditer(text))


def _in_period(source: Source, asked: Sequence[AskedPeriod]) -> bool:
    if not asked:
        return True
    if source.period is not None:
        return fits(source.period, asked)
    return not source.years or any(period.year in source.years for period in asked)


def _sums(segment: _Segment, known: Sequence[_Cited]) -> Iterator[_Judged]:
    """Yield the results of the segment's equations that come out, their operands all stated."""
    cited = [known[n - 1] for n in segment.numbers]
    for equation in equations(segment.text):
        operands = _operands(segment, equation, cited)
        if operands is not None and _comes_out(equation, operands):
            numbers = tuple(dict.fromkeys(n for n, _ in operands))
            first = numbers[0] if numbers else None
            yield _Judged(equation.result, FigureStatus.DERIVED, first, numbers)


def _operands(
    segment: _Segment, equation: Equation, cited: Sequence[_Cited]
) -> list[tuple[int, Source]] | None:
    """Return the source of each figure of a sum; None when one is not stated."""
    found: list[tuple[int, Source]] = []
    for figure in figures(segment.text):
        if not equation.start <= figure.start < equation.end:
            continue
        match = next(
            (
                (one.n, source)
                for one in cited
                for source in one.sources
                if agrees(figure, source, segment.text, quoted=True)
            ),
            None,
        )
        if match is None:
            return None
        found.append(match)
    return found


def _comes_out(equation: Equation, operands: Sequence[tuple[int, Source]]) -> bool:
    """Whether a sum equals its stated result, in the unit and scale that is stated."""
    result, value = equation.result, equation.value
    if result.unit == "%":
        value *= 100
    scales = {source.scale for _, source in operands if source.scale not in {None, 1}}
    if result.scale != 1 and abs(value) < result.scale and len(scales) == 1:
        value *= scales.pop() or 1
    return abs(value - result.value) <= result.tolerance


def _computed(figure: Found, sums: Sequence[_Judged], text: str) -> _Judged | None:
    """Return the derived verdict of a figure that repeats the result of a sum.

    A fall may be written by its size: "fell by 41.7%" where the sum gives -41.7%.
    """
    fall = says_loss(text, figure)
    same = (
        one
        for one in sums
        if one.found.unit == figure.unit
        and (one.found.value == figure.value or (fall and one.found.value == -figure.value))
    )
    one = next(same, None)
    return replace(one, found=figure) if one else None


def _citations(segments: Sequence[_Segment], known: Sequence[_Cited]) -> Iterator[Citation]:
    """Yield a citation a number, its quote spanning all that the answer took from it."""
    places: dict[int, list[tuple[int, int]]] = {}
    for segment in segments:
        for n in segment.numbers:
            places.setdefault(n, []).extend(_places(known[n - 1].evidence, segment.text))
    for n, found in sorted(places.items()):
        evidence = known[n - 1].evidence
        start = min((place[0] for place in found), default=0)
        end = max((place[1] for place in found), default=len(evidence.text))
        if end - start > _LONGEST_QUOTE and found:
            start, end = found[0]
        offset = evidence.locator.start
        locator = replace(evidence.locator, start=offset + start, end=offset + end)
        yield Citation(n, locator, evidence.text[start:end], evidence.media_type)


def _places(evidence: Evidence, segment: str) -> Iterator[tuple[int, int]]:
    """Yield where evidence holds the segment, or its quoted lines; white space and bars aside."""
    lines = [line for line in segment.split("\n") if line.startswith(">")]
    whole = next(_found(evidence, [segment, segment.strip().rsplit("\n", 1)[-1]]), None)
    if whole:
        yield whole
    elif lines:
        yield from _found(evidence, lines)


def _found(evidence: Evidence, claims: Sequence[str]) -> Iterator[tuple[int, int]]:
    for claim in claims:
        words = _WORD.findall(claim[-_LONGEST_QUOTE_SEARCH:])
        pattern = r"[\s|>*`]+".join(re.escape(word) for word in words)
        if words and (match := re.search(pattern, evidence.text)):
            yield match.start(), match.end()
