"""States the figure of a part of a company: a segment, a product, a region that a row names.

    "Gaming revenue", "revenue from China" ── part + item ── tables about the item ── the row of the part

The vocabulary cannot know the parts, so the page has to say all of it: the row's whole label is the part,
and the item stands in the row's section or in the lines that head its table (or the other way round: the
part's section holds a row of the item). Rows that disagree state nothing.
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import takewhile

from assistant.domain.answers import Evidence
from assistant.printed.cells import GAP
from assistant.printed.tables import Row, Table
from assistant.rag.asking import Ask, Shape
from assistant.rag.expressions import Item
from assistant.rag.line_items import Metric, find_terms, metrics, plain
from assistant.rag.lookup import FilingTables, cell_of
from assistant.rag.words import word_list

_SCALES = {Decimal(1_000): " thousand", Decimal(10**6): " million", Decimal(10**9): " billion"}
_BEHIND = re.compile(
    r"\s+(?:came\s+|generated\s+|earned\s+)?(?:from|in|of|for|by)\s+(?:the\s+|its\s+)?"
    r"(?P<part>[A-Z][\w&.-]*(?:\s+(?:(?:and|of|the|&)\s+)?[A-Z][\w&.-]*)*)"
)
_WORD = re.compile(r"[\w&.'\u2019-]+")
_YEAR = re.compile(r"(?:FY|Q)?\d[\d'Q]*|fiscal", re.I)


def stated_part(question: str, ask: Ask, evidence: Sequence[Evidence]) -> list[str]:
    """Return the paragraph that states the item asked for of the part asked for; none in doubt.

    Args:
        question: The question, stand-alone.
        ask: What is asked, the part left out.
        evidence: Of one filing, labelled, best first.
    """
    if ask.shape is not Shape.VALUE or not isinstance(ask.target, Item) or len(ask.periods) > 1:
        return []
    item = metrics().get(ask.target.term)
    filing = FilingTables(evidence)
    asked = ask.periods or tuple(period for period in [filing.newest()] if period)
    if item is None or item.unit != "money" or not asked:
        return []
    filing.learn_year_end(asked)
    for part in _parts(question, item):
        found = {
            (cell.value * table.scale): (table, row, cell.value, one)
            for one, table in filing.all
            for row in table.rows
            if table.scale in _SCALES and _states(item, part, table, row)
            if (cell := cell_of(table, row, asked[0], filing.year_end, filing.late_years))
            if cell.value and not cell.is_percent
        }
        if len(found) == 1:
            [(table, row, value, one)] = found.values()
            line = GAP.sub(" | ", one.text[row.start : row.end].strip())
            shown = (
                f"{'-' if value < 0 else ''}${abs(value):,f}{_SCALES[table.scale or Decimal(1)]}"
            )
            return [f"{asked[0].words} {part} {item.name}: {shown}\n> {line} [{one.label}]"]
    return []


def _parts(question: str, item: Metric) -> Iterator[str]:
    """Yield the names that may be the part: behind the item after "from", else all right before it.

    A name is never shortened: "OEM and Other" is not "Other".
    """
    for term in find_terms(question):
        if term.id != item.id:
            continue
        if behind := _BEHIND.match(question, term.end):
            yield behind["part"]
        words = [match.group() for match in _WORD.finditer(question, 0, term.start)]
        if named := list(takewhile(_may_name, reversed(words))):
            yield " ".join(reversed(named))


def _may_name(word: str) -> bool:
    """Whether a word may be one of a part's name: all of them are, from the company's name on."""
    owner = re.search(r"['\u2019]s?$", word)
    return not (owner or _YEAR.fullmatch(word)) and word.lower() not in word_list("filler")


def _states(item: Metric, part: str, table: Table, row: Row) -> bool:
    """Whether a row is the part's in a table about the item, or the item's in the part's section."""
    label, section, name = plain(row.label), plain(row.section), plain(part)
    if section in {name, f"{name} segment"} and item.rank(row.label, "") is not None:
        return True
    if label not in {name, f"total {name}", *(f"{name} {said}" for said in item.asked)}:
        return False
    own = {term.id for term in find_terms(row.section)}
    return (own or _about(table)) == {item.id}


def _about(table: Table) -> set[str]:
    """Return the items that the line nearest above a table's heads names."""
    for _, line in reversed(table.above):
        if named := {term.id for term in find_terms(line)}:
            return named
    return set()
