r"""Tells when two questions are the same one: a normal form that drops nothing an answer depends on.

    "Please tell me Acme's capital expenditures in fiscal 2024."  ─┐
    "What was capex of Acme in FY2024?"                            ─┴─> any order: acme | capex | fy2024
    "Did capex of Acme grow faster than revenue?"                  ───> in order: did capex of acme ...

Similarity must not decide this: another year or sign is closer to a question than its paraphrase.
So only what is known to mean nothing is dropped (case, courtesy, closing marks, white space), and only
ways of writing one thing are made one. Where a question names at most one company, one period and one
figure, and every other word is of a closed list, the order of these parts says nothing; in any other
question the order stays.
"""

import re
import unicodedata
from collections.abc import Sequence
from itertools import pairwise

from assistant.domain.filings import Filing
from assistant.rag.companies import directory, name_spans, named
from assistant.rag.line_items import find_terms
from assistant.rag.periods import period_spans

Span = tuple[int, int]

_QUOTES = str.maketrans(
    {"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " ", "\u202f": " "}
)
_GREETING = r"(?:hi|hello|hey|good\s+(?:morning|afternoon|evening))\s*[,!.]"
_TELL_ME = (
    r"(?:(?:can|could|would)\s+you\s+)?(?:(?:please|kindly)\s+)?(?:tell|give|show)\s+me\b"
    r"|(?:can|could|would)\s+you\b|i(?:'d|\s+would)\s+like\s+to\s+(?:know|see)\b"
    r"|i\s+(?:want|need)\s+to\s+(?:know|see)\b|do\s+you\s+know\b|please\b|kindly\b"
)
_LEAD = re.compile(rf"^(?:(?:{_GREETING}|{_TELL_ME})[\s,:]*)+", re.I)
_TAIL = re.compile(
    r"(?:[\s,.!?]+(?:please|thanks(?:\s+in\s+advance)?|thank\s+you(?:\s+very\s+much)?|many\s+thanks))+"
    r"[\s.!?]*$",
    re.I,
)
_CLOSING = re.compile(r"[.?!\u2026]+(?=\s|$)")
_QUOTED = re.compile(r"\"|(?<!\w)'|'(?!\w)")
_FISCAL = re.compile(r"\b(?:fiscal\s+years?|fiscal|fy)\s*'?(\d{4}|\d\d)\b")
_ORDINALS = {
    "first": 1,
    "1st": 1,
    "second": 2,
    "2nd": 2,
    "third": 3,
    "3rd": 3,
    "fourth": 4,
    "4th": 4,
}
_QUARTER = re.compile(rf"\b(?:([1-4])q|({'|'.join(_ORDINALS)})\s+quarter)\b")
_SPELLED = tuple(
    (re.compile(rf"(?<![\w&])(?:{pattern})(?![\w&])"), short)
    for pattern, short in (
        (r"what's", "what is"),
        (r"per\s+cent", "percent"),
        (r"year[\s-]over[\s-]year|y/y", "yoy"),
        (r"versus|vs\.", "vs"),
        (r"capital\s+expenditures?|cap\s?ex", "capex"),
        (r"research\s+(?:and|&)\s+development", "r&d"),
        (r"selling,?\s+general,?\s+(?:and|&)\s+administrative", "sg&a"),
        (r"costs?\s+of\s+goods\s+sold", "cogs"),
        (r"earnings\s+per\s+share", "eps"),
        (r"depreciation\s+(?:and|&)\s+amorti[sz]ation", "d&a"),
        (r"property,?\s+plant,?\s+(?:and|&)\s+equipment", "pp&e"),
        (r"free\s+cash\s+flows?", "fcf"),
        (r"stockholders'?\s+equity|shareholders'?\s+equity", "shareholders equity"),
    )
)
_TOKEN = re.compile(r"\w+(?:['.,&/-]\w+)*|[^\w\s]")
_EMPTY = re.compile(r"what|is|was|are|were|the|of|for|in|at|as|on|during|how|much|,")
_ASKS = re.compile(r"^(?:what\b|how\s+much\b)")
_STARTS_BARE = re.compile(r"^(?:is|was|are|were|how)\b")
_OWNER = re.compile(r"'s?$")


def normal_form(text: str, filings: Sequence[Filing]) -> str:
    """Return the same text for the same question, and another one for every other question.

    Args:
        text: The question, stand-alone.
        filings: The filings of the catalogue; their covers name the companies.
    """
    written = _written(text)
    parts = _parts(written, filings)
    if parts is None:
        return f"in order: {' '.join(_tokens(written))}"
    return f"any order: {' | '.join(sorted(parts))}"


def _written(text: str) -> str:
    """Return the text in one way of writing characters, without what is said out of courtesy."""
    visible = (char for char in unicodedata.normalize("NFC", text) if _is_visible(char))
    plain = " ".join("".join(visible).translate(_QUOTES).split())
    asked = _TAIL.sub("", _LEAD.sub("", plain))
    return asked if _TOKEN.search(asked) else plain


def _is_visible(char: str) -> bool:
    return char.isspace() or unicodedata.category(char) not in {"Cf", "Cc"}


def _tokens(text: str) -> list[str]:
    """Return the words, numbers and signs of a text, each thing in one way of writing."""
    low = text.casefold()
    for pattern, short in _SPELLED:
        low = pattern.sub(short, low)
    low = _FISCAL.sub(lambda found: f"fy{_year(found[1])}", low)
    low = _QUARTER.sub(lambda found: f"q{found[1] or _ORDINALS[found[2]]}", low)
    low = re.sub(r"%", " percent ", low)
    return _TOKEN.findall(_QUOTED.sub("", _CLOSING.sub("", low)))


def _year(digits: str) -> str:
    return digits if len(digits) == 4 else f"{19 if int(digits) > 80 else 20}{digits}"


def _parts(text: str, filings: Sequence[Filing]) -> list[str] | None:
    """Return the parts of a question whose order says nothing; None where it may say something."""
    known = named(text, directory(filings))
    companies = name_spans(text, known.words)
    times = period_spans(text)
    figures = [(term.start, term.end) for term in find_terms(text)]
    if len(figures) != 1 or len(companies) > 1 or len(times) > 1:
        return None
    spans = sorted([*companies, *times, *figures])
    if any(after[0] < before[1] for before, after in pairwise(spans)):
        return None
    if not _only_asks(_tokens(_without(text, spans))):
        return None
    name = known.companies[0].name if len(known.companies) == 1 else ""
    return [_part(name if at in companies and name else text[slice(*at)]) for at in spans]


def _without(text: str, spans: Sequence[Span]) -> str:
    rest = list(text)
    for start, end in spans:
        rest[start:end] = " " * (end - start)
    return "".join(rest)


def _only_asks(rest: Sequence[str]) -> bool:
    """Whether what is left of a question only asks for the value of what was taken out of it."""
    said = " ".join(rest)
    if not all(map(_EMPTY.fullmatch, rest)) or "much of" in said:
        return False
    return bool(_ASKS.match(said)) or not _STARTS_BARE.match(said)


def _part(text: str) -> str:
    return " ".join(_tokens(_OWNER.sub("", text))).removeprefix("the ")
