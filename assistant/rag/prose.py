"""Finds the sentence that states a line item, where no table does.

    "Total net sales were $391,035 thousand in fiscal 2024."

The item must be named, a verb of stating must follow it, then the figure, and the figure's period
must be the one asked, by the sentence or, where it names none, by the filing. "Net sales increased $5 million" states a
change and is not taken; nor is a sentence with a word that narrows the item to a part.
"""

import re
from collections.abc import Iterator, Sequence

from assistant.domain.answers import Evidence
from assistant.printed.cells import read_line
from assistant.printed.fiscal import asked_periods
from assistant.rag.asking import QUALIFIED, Ask, Shape
from assistant.rag.claims import claim_around
from assistant.rag.expressions import Item
from assistant.rag.figures import figures
from assistant.rag.line_items import Term, find_terms, metrics

_SENTENCE_END = re.compile(r"(?<=[\w)%][.!?])\s+(?=[A-Z\u201c(])|\n\s*\n")
_OWNER = re.compile(
    r"\s+of\s+(?P<name>[A-Z][\w&.'\u2019-]*(?:,?\s+(?:&\s+)?[A-Z][\w&.'\u2019-]*)*)"
)
_STATES = re.compile(
    r"(?:\s+(?:for|in|during|at|as of)\b[^.;]{0,60}?)?\s*,?\s*"
    r"(?:was|were|is|are|of|totall?ed|amounted to|came to|reached|equall?ed|:)\s*"
    r"(?:(?:approximately|about|a record)\s+)?",
    re.I,
)
_LONGEST = 600  # characters of a sentence


def stated_in_prose(ask: Ask, evidence: Sequence[Evidence]) -> list[str]:
    """Return the one sentence that states the item asked for; none where sentences disagree."""
    if ask.shape is not Shape.VALUE or not isinstance(ask.target, Item):
        return []
    found = [
        (value, f"{' '.join(sentence.split())} [{item.label}]")
        for item in evidence
        for sentence in _sentences(item.text)
        for value in _values(ask, ask.target.term, sentence, item.header)
    ]
    values = {value for value, _ in found}
    return [found[0][1]] if len(values) == 1 else []


def _sentences(text: str) -> Iterator[str]:
    """Yield the sentences of the lines that are no table rows."""
    lines = (line for line in text.split("\n") if not read_line(line).is_row)
    for sentence in _SENTENCE_END.split("\n".join(lines)):
        if len(sentence) <= _LONGEST:
            yield sentence.strip()


def _values(ask: Ask, item: str, sentence: str, header: str) -> Iterator[object]:
    """Yield the figure that the sentence states of the item for the period asked."""
    if item not in metrics() or QUALIFIED.search(sentence):
        return
    found = list(figures(sentence))
    for term in find_terms(sentence):
        if term.id != item or not _begins(sentence, term):
            continue
        stating = _STATES.match(sentence, _after_owner(sentence, term.end, header))
        first = next((one for one in found if stating and one.start >= stating.end()), None)
        if stating is None or first is None or first.start > stating.end() + 1 or not first.unit:
            continue
        periods = claim_around(sentence, first, found).periods or tuple(asked_periods(header))
        if not ask.periods or periods == (ask.periods[-1],):
            yield first.value


def _after_owner(sentence: str, at: int, header: str) -> int:
    """Return where the text goes on after "of Dunmore Mills", the filing's own company.

    Another name after "of" is a part of the company or somebody else: it is not passed over.
    """
    owner = _OWNER.match(sentence, at)
    if owner is None:
        return at
    words = set(re.findall(r"\w{3,}", owner["name"].lower()))
    return owner.end() if words & set(re.findall(r"\w{3,}", header.lower())) else at


def _begins(sentence: str, term: Term) -> bool:
    """Whether nothing before the item makes it another: an article, an owner, or the beginning."""
    before = sentence[: term.start].split()[-1:]
    return not before or bool(
        re.fullmatch(r"the|our|its|total|and|annual|[\w.]+['\u2019]s|[\d,]+|,", before[0], re.I)
    )
