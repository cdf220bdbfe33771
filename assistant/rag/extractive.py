"""Answers without a language model: states the best supported sentences or table rows, verbatim.

    evidence ── units (sentences, table rows) ── scored against the question ── best few, or none

A unit's score is the share of the question's words it holds, each word weighted by how rare it is
among the units (inverse document frequency), so that a word found nowhere counts most against an
answer. Words that name the filing (its header) are met by the filing, not asked of the sentence; where the
question names a filing that is among the evidence, only that filing may answer.
It does not compute, and it does not guess: below the threshold it refuses.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assistant.domain.answers import Evidence

_THRESHOLD = 0.5
_STATEMENTS = 3
_KEEP = 0.8  # a further statement scores at least this share of the best
_HEAD_LINES = 6  # how far above a row its column heads may stand
_LONGEST = 600  # characters of a statement; a longer run is no sentence

_GAP = re.compile(r" {2,}|\t+")
_SENTENCE_END = re.compile(r"(?<=[.!?])[\"\u201d)]?\s+(?=[A-Z\"\u201c(\u2022])")
_WORD = re.compile(r"[a-z]+(?:['\u2019&][a-z]+)*|\d[\d,.]*\d|\d", re.I)
_YEARS = re.compile(r"\b(?:19|20)\d\d\b")
_ASKS_FOR_FIGURE = re.compile(
    r"\bhow (?:much|many)\b|\b(?:amount|total|ratio|margin|percent|percentage|growth|usd|dollars?"
    r"|millions?|billions?|thousands?|value|number)\b|[$%]",
    re.I,
)
_STOP = frozenset(
    re.findall(
        r"\w+",
        "a an and any are as at based be been between by can company could did do does each for "
        "from give had has have how if in information into is it its me much many of on or "
        "please provide provided question s se shall should show state statement tell than that "
        "the their there these they this those to us usd using was we were what when where which "
        "who why will with would year years you your fiscal fy answer round amount dollars "
        "million millions billion thousand during end ended ending ",
    )
)


@dataclass(frozen=True, slots=True)
class Statement:
    """Verbatim text of one piece of evidence, and how well it meets the question (0 to 1+)."""

    label: str
    text: str
    score: float
    is_row: bool = False


@dataclass(frozen=True, slots=True)
class _Unit:
    evidence: Evidence
    rank: int
    text: str
    terms: frozenset[str]
    head: str = ""

    @property
    def is_row(self) -> bool:
        return "\n" not in self.text and bool(_GAP.search(self.text))


def best_statements(question: str, evidence: Sequence[Evidence]) -> list[Statement]:
    """Return at most three statements, best first; none when the evidence holds no answer.

    Args:
        question: The question, stand-alone.
        evidence: What search found, labelled, best first.
    """
    asked = _terms(question)
    of_filing = named(question, evidence)
    units = [unit for rank, item in enumerate(of_filing) for unit in _units(item, rank)]
    if not units or not asked:
        return []
    rarity = _rarity(asked, units)
    scored = sorted(
        ((_score(unit, question, asked, rarity), unit) for unit in units),
        key=lambda pair: -pair[0],
    )
    best = scored[0][0]
    if best < _THRESHOLD:
        return []
    kept: dict[str, Statement] = {}
    for score, unit in scored:
        if score < max(best * _KEEP, _THRESHOLD) or len(kept) == _STATEMENTS:
            break
        kept.setdefault(" ".join(unit.text.split()), _statement(unit, score))
    return list(kept.values())


def named(question: str, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Keep the evidence of the filings whose titles hold most of the question's words."""
    asked = _terms(question)
    met = [len(_letters(_title(item) & asked)) for item in evidence]
    return [item for item, count in zip(evidence, met, strict=True) if count == max(met)]


def _title(evidence: Evidence) -> frozenset[str]:
    return _terms(evidence.header.removesuffix(evidence.locator.section))


def _letters(terms: frozenset[str]) -> list[str]:
    return [term for term in terms if term[0].isalpha()]


def _statement(unit: _Unit, score: float) -> Statement:
    text = f"{unit.head}\n{unit.text}" if unit.head else unit.text
    return Statement(unit.evidence.label, text, round(score, 4), unit.is_row)


def _score(unit: _Unit, question: str, asked: frozenset[str], rarity: dict[str, float]) -> float:
    met = asked & (unit.terms | _terms(unit.head))
    in_header = (asked - met) & _terms(unit.evidence.header)
    wanted = sum(rarity[term] for term in asked - in_header)
    if not wanted or not met:
        return 0.0
    coverage = sum(rarity[term] for term in met) / wanted
    years = set(_YEARS.findall(question))
    seen = set(_YEARS.findall(f"{unit.text} {unit.head}"))
    figure = _ASKS_FOR_FIGURE.search(question) and re.search(r"\d", _YEARS.sub("", unit.text))
    density = len(met) / (len(unit.terms) + 4)
    return (
        coverage * (1.0 if not years or years & seen or in_header & years else 0.85)
        + (0.10 if figure else 0.0)
        + 0.15 * density
        + 0.10 / (1 + unit.rank)
    )


def _rarity(asked: frozenset[str], units: Sequence[_Unit]) -> dict[str, float]:
    counts = Counter(term for unit in units for term in unit.terms & asked)
    return {term: math.log(1 + len(units) / (0.5 + counts[term])) for term in asked}


def _units(evidence: Evidence, rank: int) -> Iterator[_Unit]:
    """Cut evidence into table rows, each with its column heads, and sentences."""
    lines = evidence.text.split("\n")
    prose: list[str] = []
    for number, line in enumerate(lines):
        if not _is_row(line):
            prose.append(line)
            continue
        yield from _sentences(prose, evidence, rank)
        prose = []
        yield _Unit(evidence, rank, line.strip(), _terms(line), _head(lines, number))
    yield from _sentences(prose, evidence, rank)


def _sentences(lines: Sequence[str], evidence: Evidence, rank: int) -> Iterator[_Unit]:
    for sentence in _SENTENCE_END.split("\n".join(lines)):
        text = sentence.strip()
        if 20 <= len(text) <= _LONGEST and " " in text:
            yield _Unit(evidence, rank, text, _terms(text))


def _is_row(line: str) -> bool:
    cells = [cell for cell in _GAP.split(line.strip()) if cell]
    label = cells[0] if cells else ""
    return (
        len(cells) > 1
        and any(c.isalpha() for c in label)
        and any(re.search(r"\d", cell) for cell in cells[1:])
        and not all(_YEARS.search(cell) for cell in cells[1:])
    )


def _head(lines: Sequence[str], row: int) -> str:
    """Return the nearest line above a row that names years: its column heads."""
    for line in reversed(lines[max(0, row - 40) : row]):
        if not _is_row(line) and len(_YEARS.findall(line)) > 1 and len(line) < _LONGEST:
            return line.strip()
    return ""


def _terms(text: str) -> frozenset[str]:
    words = (word.lower().replace("\u2019", "'") for word in _WORD.findall(text))
    return frozenset(_stem(word) for word in words if word not in _STOP and len(word) > 1)


def _stem(word: str) -> str:
    """Strip possessive and plural; enough to meet "revenues" with "revenue"."""
    word = word.removesuffix("'s")
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        return word[:-1]
    return word
