"""Asks back where a question can be read in several ways, instead of guessing.

    rule(text, understanding, filings) -> Clarification | None          the first that asks, asks

Three cases: a name that several companies have; a figure of no named company, while the store holds
several; a figure of no named period, while a company's filings are interim ones of several periods.
An annual report needs no question: the newest is meant, and the answer names its year. Questions in
words are searched: their own words tell the filings apart.
"""

import re
from collections.abc import Sequence

from assistant.domain.answers import Choice, Clarification
from assistant.domain.filings import Filing
from assistant.domain.understanding import SharedName, Understanding
from assistant.rag.companies import directory
from assistant.rag.documents import ANNUAL_FORMS
from assistant.rag.line_items import find_terms
from assistant.rag.periods import without_periods
from assistant.rag.scope import MOST_OFFERED, labelled, matching, newest_first, readable, scope_of
from assistant.rag.subject import names
from assistant.rag.words import word_list

_NEWEST = re.compile(
    r"\b(?:latest|newest|(?:most\s+)?recent(?:ly)?|last|currently|now|today|trend\w*|each|every|"
    r"over\s+time|since|history|ever)\b",
    re.I,
)
_ACROSS = re.compile(
    r"\b(?:companies|firms?|issuers?|filings|peers?|compar\w+|versus|vs|which|who|whose|"
    r"between|across|any|all|each|every|both)\b",
    re.I,
)
_WORD = re.compile(r"[a-z][a-z'-]{2,}", re.I)
_PLAIN = frozenset(
    re.findall(
        r"\w+",
        "total net overall annual average reported consolidated gross year years quarter fiscal full "
        "figure amount much many value number level growth change rate percentage percent",
    )
)


def ask_back(
    text: str, filings: Sequence[Filing], understanding: Understanding
) -> Clarification | None:
    """Return the question back; None where the question is clear enough to be answered.

    Args:
        text: The question, as it was read.
        filings: Those in scope.
        understanding: What it was read as.
    """
    found = (rule(text, filings, understanding) for rule in _RULES)
    return next((one for one in found if one), None)


def _which_of_the_name(
    text: str, _filings: Sequence[Filing], understanding: Understanding
) -> Clarification | None:
    """Ask which company a name means, where several have it."""
    if not understanding.shared:
        return None
    name = understanding.shared[0]
    companies = name.companies[:MOST_OFFERED]
    said = text[name.start : name.end]
    return Clarification(
        f"Several companies are called {said}. Which one do you mean?",
        tuple(Choice(readable(one), _renamed(text, name, one)) for one in companies),
    )


def _renamed(text: str, name: SharedName, company: str) -> str:
    return f"{text[: name.start]}{readable(company)}{text[name.end :]}"


def _which_company(
    text: str, filings: Sequence[Filing], understanding: Understanding
) -> Clarification | None:
    """Ask whose figure is meant, where nothing in the question says.

    A period does not say it: the filing of a later year restates the earlier ones.
    """
    if understanding.companies or not _is_bare_figure(text, understanding):
        return None
    of_filing = {one: company for company in directory(filings) for one in company.filings}
    ranked = [*matching(filings, understanding), *newest_first(filings)]
    ranked.sort(key=lambda one: not one.cover.company)  # those that say who files come first
    companies = list(dict.fromkeys(of_filing[one.id] for one in ranked))
    if len(companies) < 2:
        return None
    ids = {one.id: one for one in filings}
    some = "; these are some of them" if len(companies) > MOST_OFFERED else ""
    return Clarification(
        f"Which company do you mean? The filings are of {len(companies)} companies{some}.",
        tuple(
            Choice(readable(company.name), text, scope_of([ids[one] for one in company.filings]))
            for company in sorted(companies[:MOST_OFFERED], key=lambda one: one.name.lower())
        ),
    )


def _is_bare_figure(text: str, understanding: Understanding) -> bool:
    """Whether a question asks for a metric and holds no other word that could tell whose."""
    if not understanding.metrics or understanding.topics or _ACROSS.search(text) or names(text):
        return False
    left = list(text)
    for term in find_terms(text):
        left[term.start : term.end] = " " * (term.end - term.start)
    explained = word_list("filler") | _PLAIN | _words_of_metrics(understanding)
    words = _WORD.findall(without_periods("".join(left)).lower())
    return all(word in explained for word in words)


def _words_of_metrics(understanding: Understanding) -> frozenset[str]:
    said = (word for metric in understanding.metrics for word in (metric.name, *metric.rows))
    return frozenset(word for name in said for word in _WORD.findall(name.lower()))


def _which_period(
    text: str, filings: Sequence[Filing], understanding: Understanding
) -> Clarification | None:
    """Ask for the period of a company's figure, where only interim filings could tell it."""
    asked = understanding.periods
    timed = asked.years or asked.quarter or asked.dates or _NEWEST.search(text)
    if timed or len(understanding.companies) != 1 or not understanding.metrics:
        return None
    found = matching(filings, understanding)
    annual = any(one.cover.form.startswith(ANNUAL_FORMS) for one in found)
    if annual or len({one.cover.period for one in found if one.cover.period}) < 2:
        return None
    dated = [one for one in found if one.cover.period][:MOST_OFFERED]
    return Clarification(
        f"Which period do you mean? The filings of {readable(understanding.companies[0])} are of several.",
        tuple(Choice(label, text, scope_of([one])) for one, label in labelled(dated)),
    )


_RULES = (_which_of_the_name, _which_company, _which_period)
