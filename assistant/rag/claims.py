"""What a sentence of an answer says around a figure: the period, the item, the company.

Only what stands there plainly is read: a period right behind the figure ("in FY2019") or the last
one before it, pairs joined by "respectively", an item of the vocabulary, a company in the
possessive. A claim that names none of these is checked for its value alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.domain.answers import Evidence
from assistant.printed.fiscal import MONTHS, AskedPeriod, ColumnPeriod, asked_period, asked_periods
from assistant.rag.figures import Found
from assistant.rag.line_items import find_terms, metrics, plain

_PERIOD = re.compile(
    r"\b(?:(?:Q[1-4]|(?:first|second|third|fourth)(?:\s+fiscal)?\s+quarter)\s*(?:of\s*)?)?"
    r"(?:FY\s*'?\d{2,4}|fiscal(?:\s+years?)?\s*'?\d{2,4}|(?:19|20)\d\d)\b",
    re.I,
)
_BEHIND = re.compile(
    r"\s*(?:\w+\s+){0,2}?\(?(?:in|for|during|at|as of|at the end of|by|through)?\s*(?:the\s+)?"
    r"(?:(?:fiscal\s+)?(?:year|quarter)s?\s+(?:ended\s+|of\s+)?)?"
    rf"(?:(?:{MONTHS})\s+\d{{1,2}},?\s+)?(?=(?:Q[1-4]|FY|fiscal|first|second|third|fourth|20|19))",
    re.I,
)
_CLAUSE_END = re.compile(r"[.;!?\n](?=\s|$)")
_POSSESSIVE = re.compile(
    r"(?<![\w.])((?:(?:[A-Z][\w&.-]*|&|and|of|[A-Z]\.)\s+){0,5}[A-Z][\w&.-]*?)(?:['\u2019]s|s['\u2019])\s"
)
_SUBJECT = re.compile(
    r"(?:^|[.,;:]\s+|\n)((?:(?:[A-Z][\w&.-]*|&|and|of|[A-Z]\.)\s+){0,5}[A-Z][\w&.-]*)\s+"
    r"(?:reported|posted|recorded|generated|had|earned|spent|paid|held|disclosed|showed|stated)\b"
)
_ORDINARY = frozenset(
    [
        "the",
        "company",
        "its",
        "our",
        "their",
        "management",
        "board",
        "shareholders",
        "stockholders",
        "parent",
        "group",
        "firm",
        "bank",
        "segment",
        "year",
        "today",
        "yes",
        "no",
        "fy",
        "fiscal",
        "total",
        "in",
        "for",
        "at",
        "by",
        "of",
        "and",
        "a",
        "an",
        "on",
        "as",
        "from",
        "with",
        "this",
        "that",
        "inc",
        "corp",
        "corporation",
        "co",
        "ltd",
        "plc",
        "llc",
        "incorporated",
        "holdings",
        "international",
    ]
)
_SHORT_NAME = 4  # letters of a name that may be an abbreviation


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said around a figure. Empty fields are not said.

    `words` is the clause as labels are compared, with a space around it.
    """

    periods: tuple[AskedPeriod, ...]
    metrics: frozenset[str]
    words: str = ""


def claim_around(text: str, found: Found, all_found: Sequence[Found]) -> Claim:
    """Return what the clause around a figure says of it."""
    start, end = _clause(text, found)
    clause = text[start:end]
    inside = [figure for figure in all_found if start <= figure.start < end]
    periods = _respectively(clause, found, inside) or _periods(text, start, found, end)
    words = f" {plain(clause)} "
    return Claim(periods, _metrics(text, start, found), words)


def _clause(text: str, found: Found) -> tuple[int, int]:
    ends = [match.end() for match in _CLAUSE_END.finditer(text)]
    start = max((end for end in ends if end <= found.start), default=0)
    return start, min((end for end in ends if end >= found.end), default=len(text))


def _respectively(clause: str, found: Found, inside: Sequence[Found]) -> tuple[AskedPeriod, ...]:
    """Pair figures with periods in their order where the sentence says "respectively"."""
    if "respectively" not in clause.lower():
        return ()
    periods = asked_periods(clause)
    if len(periods) != len(inside):
        return ()
    return (periods[[figure.start for figure in inside].index(found.start)],)


def _periods(text: str, start: int, found: Found, end: int) -> tuple[AskedPeriod, ...]:
    """Return the period behind the figure, else the last before it in its clause."""
    behind = _BEHIND.match(text, found.end, end)
    if behind and (named := asked_period(text[behind.end() : end])):
        return (named[0],)
    before = text[start : found.start]
    matches = list(_PERIOD.finditer(before))
    if not matches:
        return ()
    last = asked_period(matches[-1].group())
    if last is None:
        return ()
    if len(matches) > 1 and re.fullmatch(
        r"\s*(?:and|to|through|-|\u2013|versus|vs\.?|compared (?:to|with))\s*",
        before[matches[-2].end() : matches[-1].start()],
    ):
        first = asked_period(matches[-2].group())
        return (first[0], last[0]) if first else (last[0],)
    return (last[0],)


def _metrics(text: str, start: int, found: Found) -> frozenset[str]:
    """Return the item named last before the figure in its clause."""
    terms = find_terms(text[start : found.start])
    return frozenset({terms[-1].id} & set(metrics())) if terms else frozenset()


def fits(period: ColumnPeriod, asked: Sequence[AskedPeriod]) -> bool:
    """Whether a column may hold what a claim says of a period.

    Lenient where heads say little: a year that ends in January or February may carry either name.
    """
    return any(_fits(period, one) for one in asked)


def _fits(period: ColumnPeriod, asked: AskedPeriod) -> bool:
    late = period.month in {1, 2} and period.year - 1 == asked.year
    if not asked.quarter:
        return period.year == asked.year or late
    if period.quarter or (period.month and period.months in {0, 3}):
        return period.matches(asked)
    return abs(period.year - asked.year) <= 1


def companies(text: str) -> list[str]:
    """Return the names that a text makes the owner or the reporter of a figure."""
    found = (
        " ".join(match[1].split())
        for pattern in (_POSSESSIVE, _SUBJECT)
        for match in pattern.finditer(text)
    )
    return [name for name in found if _distinct(name)]


def _distinct(name: str) -> list[str]:
    words = re.findall(r"[A-Za-z0-9]+", name)
    return [
        word.lower()
        for word in words
        if word.lower() not in _ORDINARY and not re.fullmatch(rf"(?i){MONTHS}|FY\d+|Q[1-4]", word)
    ]


def is_of(name: str, evidence: Evidence) -> bool:
    """Whether evidence may be of a company: its header or its text holds the name.

    A short name may be letters of the full one in order: "Amex" of American Express.
    """
    header = re.sub(r"[^a-z0-9]", "", evidence.header.lower())
    words = _distinct(name)
    if all(len(word) == 1 for word in words):  # "P&G"
        words = ["".join(words)]
    if all(word in header for word in words):
        return True
    text = re.sub(r"[^a-z0-9]", "", evidence.text.lower())
    if all(word in text for word in words):
        return True
    short = "".join(words)
    header = re.sub(r"^the", "", header)
    return len(short) <= _SHORT_NAME and _in_order(short, header)


def _in_order(letters: str, text: str) -> bool:
    """Whether text begins with the first letter and holds the others in order."""
    if not text.startswith(letters[:1]):
        return False
    rest = iter(text)
    return all(letter in rest for letter in letters)
