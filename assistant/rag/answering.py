"""The built-in answer: computed where the question asks for a figure, quoted where it asks for words.

    question ── read_ask ── compute over one filing's tables ── worded
           |                ├── else the one sentence that states the item
           |                ├── else the fact that the filing tags, with the row that prints it
           |                └── else the row of the part that is named ("Gaming revenue")
           └── no figure asked ── best_statements, verbatim

A question for a figure is answered by a figure that was found under its row and period, or by a
sentence or row that holds all of its words; else it is refused. A refusal is better than a figure
that was not asked for.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from assistant.domain.answers import Evidence
from assistant.printed.fiscal import asked_periods
from assistant.rag.asking import Ask, Shape, read_ask
from assistant.rag.claims import is_of
from assistant.rag.compute import compute
from assistant.rag.extractive import Statement, best_statements, named
from assistant.rag.largest import largest
from assistant.rag.lookup import FilingTables
from assistant.rag.parts import stated_part
from assistant.rag.prose import stated_in_prose
from assistant.rag.subject import about, names
from assistant.rag.tagged_answer import from_facts
from assistant.rag.wording import worded

_SURE = 0.85  # of a statement that answers a question for a figure: nearly all its rare words
_FIGURE_ASKED = re.compile(
    r"\bhow (?:much|many)\b|\b(?:ratio|margin|percent(?:age)?|growth rate|cagr|turnover|average|"
    r"round(?:ed)?|decimal)\b|\bin usd\b|\bwhat (?:is|was|were|are) (?:the )?(?:amount|quantity|"
    r"total|value|number|level)\b|\bnumber of\b|[$%]",
    re.I,
)
_PLAIN_BEFORE = frozenset(
    re.findall(
        r"\S+",
        "the of its their a an any much amount in for to and total net overall annual average unadjusted reported "
        "gaap consolidated year year-end full-year fiscal have has had positive negative improving "
        "improve improved grow grew increase decrease drop change is was were are did what what's "
        "end-of-year year-over-year yoy company's between on from with by company less minus plus "
        "divided times over % percent",
    )
)
_COMPUTED = re.compile(
    r"\b(?:which|what)\b.{0,80}\b(?:highest|lowest|largest|smallest|biggest|most|least|best)\b|"
    r"\bby how much\b|\bhow much .{0,80}\bchanged?\b|\bgrowth rate\b|\baverage\b|\bratio\b"
    r"|\bdifference\b|\bturnover\b|\btotal amount\b|\bdefined? as\b",
    re.I,
)
_CELLS = re.compile(r" {2,}|\t+")
_PREPOSITIONS = "from|in|for|of|by|with|to|at"


def answer(question: str, evidence: Sequence[Evidence]) -> list[str]:
    """Return the paragraphs of an answer, cited by label; none when the evidence holds none.

    Args:
        question: The question, stand-alone.
        evidence: What search found, labelled, best first.
    """
    ask = read_ask(question)
    of_filing = named(question, about(question, evidence))
    if ask is not None and not _names_a_part(question, of_filing):
        of_filing = [item for item in of_filing if not _of_another_quarter(ask, item)]
        return (
            _computed(ask, of_filing)
            or stated_in_prose(ask, _of_the_whole(ask, of_filing))
            or _tagged(ask, of_filing)
            or _of_a_part(question, ask, of_filing)
        )
    if ask is not None and (found := _of_a_part(question, ask, of_filing)):
        return found
    if _COMPUTED.search(question):
        return []
    statements = best_statements(question, evidence)
    if ask is not None or _FIGURE_ASKED.search(question):
        statements = [item for item in statements if item.score >= _SURE]
    return [_written(statement) for statement in statements]


def _computed(ask: Ask, evidence: Sequence[Evidence]) -> list[str]:
    for items in _by_filing(evidence):
        if _narrowed(ask, items):
            continue
        filing = FilingTables(items)
        if ask.shape in {Shape.LARGEST, Shape.SMALLEST}:
            if found := largest(ask, filing):
                return found
        elif found := _stated(ask, filing):
            return found
    return []


def _of_another_quarter(ask: Ask, item: Evidence) -> bool:
    """Whether a quarterly report is of another quarter than all those asked for.

    Its columns show its own quarter and that of the year before, by dates alone: read for another
    quarter, they would be taken for it.
    """
    asked = {period.quarter for period in ask.periods if period.quarter}
    if not asked or "10-Q" not in item.header:
        return False
    own = {period.quarter for period in asked_periods(item.header) if period.quarter}
    return bool(own) and not own & asked


def _names_a_part(question: str, evidence: Sequence[Evidence]) -> bool:
    """Whether a name after a preposition is none of the filing's ("revenue from China")."""
    covers = [
        replace(item, text="", header=item.header.removesuffix(item.locator.section))
        for item in evidence
    ]
    return any(
        re.search(rf"\b(?:{_PREPOSITIONS})\s+(?:the\s+)?{re.escape(name)}", question)
        and not any(is_of(name, cover) for cover in covers)
        for name in names(question)
    )


def _of_a_part(question: str, ask: Ask, evidence: Sequence[Evidence]) -> list[str]:
    """Return what the first filing states of the part of the company that the question names."""
    own = [item for item in evidence if not _of_another_quarter(ask, item)]
    found = (stated_part(question, ask, items) for items in _by_filing(own))
    return next((paragraphs for paragraphs in found if paragraphs), [])


def _tagged(ask: Ask, evidence: Sequence[Evidence]) -> list[str]:
    """Return the answer of the first filing whose facts hold it."""
    for items in _by_filing(evidence):
        if not _narrowed(ask, items) and (found := from_facts(ask, items)):
            return found
    return []


def _of_the_whole(ask: Ask, evidence: Sequence[Evidence]) -> list[Evidence]:
    """Return the evidence of filings whose whole item is asked, not "Gaming revenue"."""
    filings = _by_filing(evidence)
    return [item for items in filings if not _narrowed(ask, items) for item in items]


def _stated(ask: Ask, filing: FilingTables) -> list[str]:
    """Return the worded result; a value asked for several periods is stated for each or not at all."""
    several = ask.shape is Shape.VALUE and len(ask.periods) > 1
    asks = [replace(ask, periods=(period,)) for period in ask.periods] if several else [ask]
    results = [compute(one, filing) for one in asks]
    known = [result for result in results if result is not None]
    if len(known) < len(results):
        return []
    return [paragraph for result in known for paragraph in worded(result)]


def _by_filing(evidence: Sequence[Evidence]) -> Iterator[list[Evidence]]:
    """Yield the evidence of each filing, the filing of the best evidence first."""
    for filing in dict.fromkeys(item.locator.filing_id for item in evidence):
        yield [item for item in evidence if item.locator.filing_id == filing]


def _narrowed(ask: Ask, evidence: Sequence[Evidence]) -> bool:
    """Whether a word before the item makes it another item ("Gaming revenue").

    The company's own name, periods and plain words do not.
    """
    known = {word for item in evidence for word in re.findall(r"\w+", item.header.lower())}
    return any(_narrows(word, known) for word in ask.before)


def _narrows(word: str, known: set[str]) -> bool:
    bare = word.strip(".,;:()\"'\u201c\u201d").lower()
    if not bare or bare in _PLAIN_BEFORE or any(char.isdigit() for char in bare):
        return False
    if re.search(r"['\u2019]s?$", bare):  # "Pfizer's revenue"
        return False
    return not set(re.findall(r"\w+", bare)) <= known


def _written(statement: Statement) -> str:
    """A sentence on one line; a row as a quoted block, its cells parted by bars."""
    if not statement.is_row:
        return f"{' '.join(statement.text.split())} [{statement.label}]"
    lines = [_CELLS.sub(" | ", line.strip()) for line in statement.text.split("\n")]
    return "> " + "\n> ".join(lines) + f" [{statement.label}]"
