"""Reads the facts that an inline-XBRL file tags in its own text.

    XHTML ── contexts (period, dimensions), units ── ix:nonFraction, ix:nonNumeric ── TaggedFacts

Inline XBRL 1.1 names the value's form (`format`), its power of ten (`scale`) and its sign (`sign`)
beside the printed text, so a fact is read by rule and never guessed: a form outside the table below,
a missing context or unit makes no fact and is counted; a fact tagged nil has no value. Text blocks (`escape`) repeat
whole notes and stay out; the page text has them. Entities are not resolved and nothing is fetched.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lxml import etree

from assistant.domain.facts import Fact, FactPeriod, TaggedFacts, TextFact
from assistant.ingest.extract.xbrl_forms import DATES, NUMBERS, TEXTS

_IX = re.compile(rb"https?://www\.xbrl\.org/20\d\d/inlineXBRL")
_NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
_LONGEST = 40  # digits of a number; a hostile one would not fit a database
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_WHOLE_TEXT = etree.XPath("string()")
_KEPT_TEXT = etree.XPath(".//text()[not(ancestor::*[local-name() = 'exclude'])]")

Element = etree._Element


@dataclass(frozen=True, slots=True)
class _Context:
    period: FactPeriod
    dimensions: tuple[tuple[str, str], ...]


def is_inline_xbrl(data: bytes) -> bool:
    """Whether the file declares the inline-XBRL namespace."""
    return bool(_IX.search(data[:200_000]))


def read_facts(data: bytes) -> TaggedFacts:
    """Return the facts of an inline-XBRL file in the order they stand; none for any other file.

    Source of the rules: Inline XBRL 1.1 (XBRL International, 2013), sections 8 to 11.
    """
    root = _parsed(data) if is_inline_xbrl(data) else None
    if root is None:
        return TaggedFacts((), ())
    return _Reader(root).read()


def _parsed(data: bytes) -> Element | None:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, recover=True, huge_tree=True
    )
    try:
        return etree.fromstring(data, parser)
    except etree.XMLSyntaxError:
        return None


class _Reader:
    """Reads one file; contexts, units and continuations are looked up by their ids."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._contexts = {_id(element): _context(element) for element in _all(root, "context")}
        self._units = {_id(element): _unit(element) for element in _all(root, "unit")}
        self._continued = {_id(element): element for element in _all(root, "continuation")}
        self._unread = 0

    def read(self) -> TaggedFacts:
        """Return every fact that can be read with certainty."""
        numbers = [self._number(element) for element in _all(self._root, "nonFraction")]
        plain = [e for e in _all(self._root, "nonNumeric") if e.get("escape") not in {"true", "1"}]
        texts = [self._text(element) for element in plain]
        return TaggedFacts(
            _most_precise(fact for fact in numbers if fact is not None),
            tuple(fact for fact in texts if fact is not None),
            self._unread,
        )

    def _number(self, element: Element) -> Fact | None:
        if element.get(_NIL) in {"true", "1"}:
            return None
        context = self._contexts.get(element.get("contextRef", ""))
        unit = self._units.get(element.get("unitRef", ""))
        value = _value(element)
        if context is None or unit is None or value is None:
            self._unread += 1
            return None
        return Fact(
            element.get("name", ""),
            value,
            unit,
            context.period,
            context.dimensions,
            _integer(element.get("decimals", "")),
        )

    def _text(self, element: Element) -> TextFact | None:
        context = self._contexts.get(element.get("contextRef", ""))
        text = " ".join("".join(self._parts(element)).split())
        read = _transformed(text, element, TEXTS | DATES)
        if context is None or read is None:
            self._unread += 1
            return None
        return TextFact(element.get("name", ""), read, context.period, context.dimensions)

    def _parts(self, element: Element) -> Iterator[str]:
        """Yield the text of an element and of those that continue it, each of them once."""
        seen: set[str] = set()
        current: Element | None = element
        while current is not None:
            yield _visible(current)
            following = current.get("continuedAt", "")
            current = None if following in seen else self._continued.get(following)
            seen.add(following)


def _most_precise(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Keep one fact a concept, unit, period and dimensions: the one rounded least.

    A filing states "$5.2 billion" in its prose and 5,188 in its table; both are tagged.
    """
    kept: dict[tuple[object, ...], Fact] = {}
    for fact in facts:
        key = (fact.concept, fact.unit, fact.period, fact.dimensions)
        known = kept.get(key)
        if known is None or _precision(fact) > _precision(known):
            kept[key] = fact
    return tuple(kept.values())


def _precision(fact: Fact) -> float:
    return math.inf if fact.decimals is None else fact.decimals


def _value(element: Element) -> Decimal | None:
    printed = " ".join(_visible(element).split())
    digits = _transformed(printed, element, NUMBERS)
    if digits is None:
        return None
    try:
        value = Decimal(digits).scaleb(_integer(element.get("scale", "")) or 0)
    except ArithmeticError:
        return None
    if not value.is_finite() or len(digits) > _LONGEST or abs(value.adjusted()) > _LONGEST:
        return None
    return -value if element.get("sign") == "-" else value


def _transformed(
    text: str, element: Element, forms: dict[str, Callable[[str], str | None]]
) -> str | None:
    """Return the text in the form its `format` stands for; None for a form we do not know."""
    written = element.get("format", "")
    if not written:
        return text.replace(",", "") if forms is NUMBERS else text
    form = forms.get(written.rpartition(":")[2].replace("-", "").lower())
    return form(text) if form else None


def _visible(element: Element) -> str:
    """Return the element's text without what `ix:exclude` takes out."""
    if next(_all(element, "exclude"), None) is None:
        return str(_WHOLE_TEXT(element))
    kept = _KEPT_TEXT(element)
    return "".join(map(str, kept)) if isinstance(kept, list) else ""


def _context(element: Element) -> _Context:
    members = (
        (member.get("dimension", ""), " ".join("".join(map(str, member.itertext())).split()))
        for name in ("explicitMember", "typedMember")
        for member in _all(element, name)
    )
    period = FactPeriod(_date(element, "startDate"), _date(element, "endDate", "instant"))
    return _Context(period, tuple(sorted(members)))


def _date(element: Element, *names: str) -> date | None:
    for name in names:
        for found in _all(element, name):
            if match := _DATE.match((found.text or "").strip()):
                with suppress(ValueError):  # the 31st of June names no day
                    return date(int(match[1]), int(match[2]), int(match[3]))
    return None


def _unit(element: Element) -> str:
    """Return "USD", "shares", or "USD/shares" for a quotient."""
    above = [_measure(m) for part in _all(element, "unitNumerator") for m in _all(part, "measure")]
    below = [
        _measure(m) for part in _all(element, "unitDenominator") for m in _all(part, "measure")
    ]
    if above or below:
        return f"{'*'.join(above)}/{'*'.join(below)}"
    return "*".join(_measure(measure) for measure in _all(element, "measure"))


def _measure(element: Element) -> str:
    return (element.text or "").strip().rpartition(":")[2]


def _all(element: Element, local_name: str) -> Iterator[Element]:
    return element.iter("{*}" + local_name)


def _id(element: Element) -> str:
    return element.get("id", "")


def _integer(text: str) -> int | None:
    """Return a power of ten as a file writes it; None for "INF", no number, or a senseless one."""
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) <= _LONGEST else None
