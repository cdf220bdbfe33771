"""Reads what a question wants computed: of what, for which periods, in what shape and rounding.

    "What is the FY2017 - FY2019 3 year average of capex as a % of revenue?"
        -> AVERAGE of capital_expenditures / revenue over FY2017, FY2018, FY2019, in percent

A definition in the question ("X is defined as: ...") goes before the vocabulary's formula. What the
rules do not understand is left alone: the reader returns None, and nothing is computed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from assistant.printed.fiscal import MONTHS, AskedPeriod, asked_periods
from assistant.rag.expressions import Binary, Expression, Item, parse
from assistant.rag.line_items import Term, find_terms, formulas, metrics

_SENTENCE = re.compile(r"(?<=[\w%)\]]{2}[.?!])\s+(?=[A-Z])|(?<=\s\d[.?])\s+(?=[A-Z])")
_DEFINED = re.compile(
    r"^(?:.*?\bassume\s+(?:that\s+)?)?(?P<name>[^:?.]{2,70}?)\s+(?:is|are|can be)\s+(?:defined|"
    r"calculated|computed)\s+as:?\s*(?P<body>.+)$"
    r"|\b(?:define|calculate|compute)\s+(?P<name2>[^:?.]{2,70}?)\s+as:?\s+(?P<body2>.+)$",
    re.I | re.S,
)
_CLAUSE = re.compile(r"\b(?:what|how much|how many|by how much|by what|which)\b.*", re.I | re.S)
_YES_NO = re.compile(
    r"^(?:did|does|do|is|are|was|were|has|have|had)\b|\b(?:,|based on .{0,40}?)\s*(?:did|does|is|was|has)\b",
    re.I,
)
_STATEMENT_NAMES = re.compile(
    r"\b(?:consolidated\s+)?(?:(?:cash\s*flow|income|p&l|profit\s+and\s+loss)s?\s+statements?|statements?\s+of\s+"
    r"(?:cash\s*flows?|(?:consolidated\s+)?income|operations|earnings|financial\s+position)|balance\s+sheets?|p&l)",
    re.I,
)
QUALIFIED = re.compile(
    r"\b(?:segments?|divisions?|regions?|geograph\w+|domestic|international|exclud\w+|adjusted|"
    r"non-?\s?gaap|organic|comparable|constant[\s-]currency|pro\s?forma|per\s+(?:employee|store|"
    r"share|unit)|forecast\w*|guidance|expected|projected|categor\w+|brands?|countr\w+|"
    r"real\s+change|same[\s-]store|if\s+we|drove|drivers?|why|explain)\b",
    re.I,
)
"""Words that narrow an item to a part of it, or change how it is measured."""
_EXCLUDED = re.compile(r"\bexclud\w+|\bif\s+we\b|\bwithout\s+(?:the|any)\b", re.I)
_ASIDE = re.compile(
    r"[.;,]?\s*\bif\s+[^.?]{3,90}?\b(?:not|isn't|aren't)\b[^.?]{0,90}?(?:useful|relevant|meaningful|"
    r"explicitly)[^?]*$",
    re.I,
)
_PERCENT_OF = re.compile(
    r"\s*\(?\s*as\s+an?\s+(?:%|percent(?:age)?|share|proportion|fraction)\s+of\s+"
    r"(?:(?:its|their|the|total|net)\s+)*",
    re.I,
)
_JOINS = (
    ("/", re.compile(r"\s*(?:to|/|divided by|over)\s+(?:(?:its|the|total)\s+)*", re.I)),
    ("-", re.compile(r"\s*(?:less|minus|net of|-)\s+(?:(?:its|the|total)\s+)*", re.I)),
    ("+", re.compile(r"\s*(?:plus|\+)\s+(?:(?:its|the|total)\s+)*", re.I)),
)
_MARGIN = re.compile(r"\s*(?:%|percent(?:age)?)?\s*margins?\b", re.I)
_MULTI_YEAR = re.compile(
    r"\b(?:\d|two|three|four|five|six)[\s-]*year\s+(?:simple\s+)?average\b|\baverage\b.{0,60}\b(?:over|across)\b",
    re.I,
)
_CAGR = re.compile(r"\bcagr\b|\bcompound(?:ed)?\s+annual\s+growth", re.I)
_GROWTH = re.compile(
    r"\bgrowth\b|\b(?:%|percent(?:age)?)\s+(?:change|increase|decrease|decline)\b"
    r"|\bby\s+what\s+percent|\bhow\s+fast\b|\bgrew\b",
    re.I,
)
_CHANGE = re.compile(
    r"\bchanged?\b|\bdifference\b|\bby how much\b|\bincreased?\b|\bdecreased?\b|\byear[\s-]over[\s-]year\b"
    r"|\byoy\b|\bdeclined?\b",
    re.I,
)
_PERCENT = re.compile(r"\bpercent(?:s|age)?\b|%", re.I)
_UP = re.compile(
    r"\b(?:grow|grew|grown|increas\w+|improv\w+|r[io]se|risen|higher|gain\w*|expand\w*)\b", re.I
)
_DOWN = re.compile(
    r"\b(?:declin\w+|decreas\w+|drop\w*|f[ae]ll\w*|lower|shr[iau]nk\w*|worsen\w*|reduc\w+)\b", re.I
)
_EXTREME = re.compile(
    r"\b(?P<most>largest|biggest|highest|greatest|smallest|lowest)\s+(?:single\s+)?"
    r"(?P<what>(?:current\s+)?(?:liabilit(?:y|ies)|assets?))\b",
    re.I,
)
_WORDS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5} | {str(n): n for n in range(1, 6)}
_SPAN_OF_YEARS = re.compile(r"\b(two|three|four|five|[2-5])[\s-]*years?\b", re.I)
_USING = re.compile(r"\((?:using|based on)\b[^)]*\)", re.I)
_PLACES = re.compile(r"\b(one|two|three|four|[1-4])\s+(?:decimal|digit)s?", re.I)
_WHOLE = re.compile(r"\bnearest\s+(?:whole|integer|million|thousand|billion|dollar|percent)", re.I)
_SCALE = re.compile(
    r"\bin\s+(?:units\s+of\s+)?(?:usd|us\$|\$|u\.s\.\s+dollars?|dollars?)?\s*(thousand|million|billion)s?\b",
    re.I,
)
_SCALES = {"thousand": Decimal(1_000), "million": Decimal(1_000_000), "billion": Decimal(10**9)}
_DATE_YEAR = re.compile(rf"\b(?:{MONTHS})\s+\d{{1,2}},?\s+((?:19|20)\d\d)\b", re.I)


class Shape(StrEnum):
    """What is done with the measure over the periods."""

    VALUE = "value"
    AVERAGE = "average"
    CHANGE = "change"
    GROWTH = "growth"
    CAGR = "cagr"
    ROSE = "rose"
    FELL = "fell"
    MOVED = "moved"
    POSITIVE = "positive"
    NEGATIVE = "negative"
    HEALTHY = "healthy"
    LARGEST = "largest"
    SMALLEST = "smallest"


YES_NO = frozenset(
    {Shape.ROSE, Shape.FELL, Shape.MOVED, Shape.POSITIVE, Shape.NEGATIVE, Shape.HEALTHY}
)
_TWO_PERIODS = YES_NO - {Shape.POSITIVE, Shape.NEGATIVE, Shape.HEALTHY} | {
    Shape.CHANGE,
    Shape.GROWTH,
    Shape.CAGR,
}


@dataclass(frozen=True, slots=True)
class Ask:
    """A computation that a question asks for.

    `before` holds the words that stand right before a term: they may narrow it ("Hand Tools revenue").
    `places` and `scale` are None where the question names no rounding and no unit.
    """

    shape: Shape
    name: str
    target: Expression
    periods: tuple[AskedPeriod, ...]
    definitions: Mapping[str, Expression] = field(default_factory=dict)
    definition: str = ""
    unit: str = ""
    places: int | None = None
    scale: Decimal | None = None
    before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Defined:
    names: Mapping[str, str]
    bodies: Mapping[str, Expression]
    texts: tuple[str, ...]


def read_ask(question: str) -> Ask | None:
    """Return the computation a question asks for; None when it asks for none that is understood."""
    sentences = [part.strip() for part in _SENTENCE.split(question) if part.strip()]
    defined = _definitions(sentences)
    if defined is None:
        return None
    clause = _USING.sub(" ", _STATEMENT_NAMES.sub(" ", _ASIDE.sub(" ", _clause(sentences))))
    periods = _periods(clause) or _periods(_STATEMENT_NAMES.sub(" ", question))
    if extreme := _EXTREME.search(_ASIDE.sub(" ", question)):
        return _extreme(extreme, periods)
    terms = find_terms(clause, defined.names)
    if not terms or _EXCLUDED.search(question) or _is_qualified(clause, terms):
        return None
    target = _target(clause, terms)
    shape = _shape(clause)
    if target is None or shape is None:
        return None
    expression, name, unit = target
    if unit == "money" and re.search(r"\bhow many\b", clause, re.I):
        return None
    if shape in {Shape.CHANGE, Shape.GROWTH}:  # a share moves by points, an amount in percent
        grown = unit != "percent" and (shape is Shape.GROWTH or _PERCENT.search(question))
        shape = Shape.GROWTH if grown else Shape.CHANGE
    return Ask(
        shape,
        name,
        expression,
        _spelled_out(clause, shape, sorted(periods, key=lambda p: (p.year, p.quarter or 0))),
        defined.bodies,
        "; ".join(defined.texts),
        unit or _asked_unit(question),
        _places(question),
        _scale(question),
        _before(clause, terms),
    )


def _spelled_out(
    clause: str, shape: Shape, periods: Sequence[AskedPeriod]
) -> tuple[AskedPeriod, ...]:
    """Fill in the years of "3 year average" or "2 year CAGR" where only the last one is named."""
    match = _SPAN_OF_YEARS.search(clause)
    if match is None or len(periods) != 1 or shape not in {Shape.AVERAGE, Shape.CAGR}:
        return tuple(periods)
    count = _WORDS[match[1].lower()]
    first = periods[0].year - count + (shape is Shape.AVERAGE)
    return tuple(AskedPeriod(year) for year in range(first, periods[0].year + 1))


def needs_two_periods(shape: Shape) -> bool:
    """Whether a shape compares periods."""
    return shape in _TWO_PERIODS


def _definitions(sentences: Sequence[str]) -> _Defined | None:
    """Return what the question defines; None when it defines something we cannot read."""
    found = [match for sentence in sentences if (match := _DEFINED.search(sentence))]
    written = [(m["name"] or m["name2"], m["body"] or m["body2"]) for m in found]
    names = {_bare(name): _known(name) or f":{_bare(name).lower()}" for name, _ in written}
    bodies: dict[str, Expression] = {}
    for name, body in written:
        expression = parse(_STATEMENT_NAMES.sub(" ", body), names)
        if expression is None:
            return None
        bodies[names[_bare(name)]] = expression
    texts = tuple(f"{_bare(name)} = {' '.join(body.split()).rstrip('.')}" for name, body in written)
    return _Defined(names, bodies, texts)


def _bare(name: str) -> str:
    text = re.sub(r"\([^)]*\)|^(?:the|that)\s+", "", name.strip(), flags=re.I)
    return " ".join(text.split())


def _known(name: str) -> str:
    """Return the measure of the vocabulary that a defined name stands for."""
    text = _bare(name)
    found = find_terms(text)
    whole = len(found) == 1 and found[0].start == 0 and found[0].end == len(text)
    return found[0].id if whole else ""


def _clause(sentences: Sequence[str]) -> str:
    """Return the sentence that asks, from its question word on."""
    asking = [text for text in sentences if "?" in text] or list(sentences[:1])
    text = asking[0] if asking else ""
    if _YES_NO.match(text):
        return text
    match = _CLAUSE.search(text)
    if match is None and (yes_no := _YES_NO.search(text)):
        return text[yes_no.start() :]
    return match.group() if match else text


def _periods(text: str) -> list[AskedPeriod]:
    """Return the periods a text names; the years of its dates where it names no fiscal year."""
    return asked_periods(text) or [AskedPeriod(int(year)) for year in _DATE_YEAR.findall(text)]


def _extreme(match: re.Match[str], periods: Sequence[AskedPeriod]) -> Ask:
    smallest = match["most"].lower() in {"smallest", "lowest"}
    what = match["what"].lower().replace("liabilities", "liability").removesuffix("s")
    shape = Shape.SMALLEST if smallest else Shape.LARGEST
    return Ask(shape, what, Item(what), tuple(periods[:1]), unit="money")


def _is_qualified(clause: str, terms: Sequence[Term]) -> bool:
    """Whether the clause narrows what is asked to a part that the vocabulary does not name."""
    rest = list(clause)
    for term in terms:
        rest[term.start : term.end] = " " * (term.end - term.start)
    return bool(QUALIFIED.search("".join(rest)))


def _target(clause: str, terms: Sequence[Term]) -> tuple[Expression, str, str] | None:
    """Return the expression asked for, its name, and its unit."""
    first = terms[0]
    if len({term.id for term in terms}) == 1:
        name, unit = _entry(first.id)
        if unit != "percent" and _MARGIN.match(clause, first.end) and first.id != "revenue":
            return Binary("/", Item(first.id), Item("revenue")), f"{name} margin", "percent"
        own_words = clause[first.start : first.end]
        return Item(first.id), name if first.id in metrics() else own_words, unit
    if len(terms) != 2:
        return None
    return _joined(clause, first, terms[1])


def _joined(clause: str, first: Term, second: Term) -> tuple[Expression, str, str] | None:
    between = clause[first.end : second.start]
    one, other = _entry(first.id)[0] or first.id[1:], _entry(second.id)[0] or second.id[1:]
    if _PERCENT_OF.fullmatch(between):
        ratio = Binary("/", Item(first.id), Item(second.id))
        return ratio, f"{one} as a percentage of {other}", "percent"
    for sign, words in _JOINS:
        if words.fullmatch(between) and (sign != "/" or "ratio" in clause[second.end :].lower()):
            unit = "ratio" if sign == "/" else "money"
            joined = {"/": "to", "-": "less", "+": "plus"}[sign]
            return Binary(sign, Item(first.id), Item(second.id)), f"{one} {joined} {other}", unit
    return None


def _entry(id_: str) -> tuple[str, str]:
    """Return the name and the unit of a term; empty for one that the question defines."""
    if id_ in formulas():
        return formulas()[id_].name, formulas()[id_].unit
    if id_ in metrics():
        return metrics()[id_].name, metrics()[id_].unit
    return "", ""


def _shape(clause: str) -> Shape | None:
    if _YES_NO.search(clause) and not _CLAUSE.match(clause):
        return _yes_no(clause)
    rules = (
        (_CAGR, Shape.CAGR),
        (_MULTI_YEAR, Shape.AVERAGE),
        (_GROWTH, Shape.GROWTH),
        (_CHANGE, Shape.CHANGE),
    )
    return next((shape for rule, shape in rules if rule.search(clause)), Shape.VALUE)


def _yes_no(clause: str) -> Shape | None:
    if re.search(r"\bpositive\b", clause, re.I):
        return Shape.POSITIVE
    if re.search(r"\bnegative\b", clause, re.I):
        return Shape.NEGATIVE
    if re.search(r"\b(?:healthy|adequate|sufficient)\b.*\b(?:quick|current) ratio", clause, re.I):
        return Shape.HEALTHY
    up, down = bool(_UP.search(clause)), bool(_DOWN.search(clause))
    if up != down:
        return Shape.ROSE if up else Shape.FELL
    return Shape.MOVED if re.search(r"\bchanged?\b", clause, re.I) else None


def _asked_unit(question: str) -> str:
    return "percent" if re.search(r"\bunits of percents?\b|\bas a percent", question, re.I) else ""


def _places(question: str) -> int | None:
    if match := _PLACES.search(question):
        return _WORDS[match[1].lower()]
    return 0 if _WHOLE.search(question) else None


def _scale(question: str) -> Decimal | None:
    match = _SCALE.search(question)
    return _SCALES[match[1].lower()] if match else None


def _before(clause: str, terms: Sequence[Term]) -> tuple[str, ...]:
    """Return the word in front of each term, where it is named first, and the capitals that lead to it."""
    first = {term.id: term for term in reversed(terms)}.values()
    return tuple(word for term in first for word in _leading(clause[: term.start]))


def _leading(text: str) -> list[str]:
    words = re.findall(r"[^\s(]+", text)
    count = next((n for n, word in enumerate(reversed(words)) if not word[0].isupper()), len(words))
    return words[-max(count, 1) :]
