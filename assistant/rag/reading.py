"""Reads a question by rules: companies, periods, forms, metrics, topics, statements, core words.

    text ── instructions dropped ── names and periods taken out ── filler dropped ── core words

Instructions tell how to answer, not what to look for ("round to two decimal places"); the statement
that one names ("... in the cash flow statement") is kept as a statement that the question names.
"""

import re
from collections.abc import Sequence

from assistant.domain.answers import Scope
from assistant.domain.filings import Filing
from assistant.domain.structure import Form, Statement
from assistant.domain.understanding import Understanding
from assistant.rag.companies import directory, named
from assistant.rag.periods import periods, without_periods
from assistant.rag.superseded import known
from assistant.rag.vocabulary import plain, vocabulary
from assistant.rag.words import word_list

_STATEMENTS = (
    (
        Statement.CASH_FLOW,
        re.compile(r"\bcash\s+flows?\s+statements?|statements?\s+of\s+cash\s+flows?"),
    ),
    (
        Statement.COMPREHENSIVE,
        re.compile(r"\bstatements?\s+of\s+(?:other\s+)?comprehensive\s+(?:income|loss)"),
    ),
    (
        Statement.EQUITY,
        re.compile(
            r"\bstatements?\s+of\s+(?:changes\s+in\s+)?(?:stockholders|shareholders)?['\s]*equity"
        ),
    ),
    (
        Statement.INCOME,
        re.compile(
            r"\bincome\s+statements?|statements?\s+of\s+(?:income|operations|earnings)"
            r"|\bp\s?&\s?l\b|profit\s+and\s+loss|earnings\s+statements?"
        ),
    ),
    (
        Statement.BALANCE,
        re.compile(r"\bbalance\s+sheets?|statements?\s+of\s+financial\s+(?:position|condition)"),
    ),
)
_FORMS = (
    (Form.ANNUAL, re.compile(r"\b10-?\s?k\b|\bannual\s+(?:report|filing)", re.I)),
    (Form.QUARTERLY, re.compile(r"\b10-?\s?q\b|\bquarterly\s+(?:report|filing)", re.I)),
    (Form.CURRENT, re.compile(r"\b8-?\s?k\b|\bcurrent\s+report", re.I)),
    (
        Form.RELEASE,
        re.compile(r"\b(?:earnings|press|results)\s+release\b|\bearnings\s+(?:call|report)", re.I),
    ),
)
_INSTRUCTIONS = (
    re.compile(
        r"(?:^|(?<=[.?!]))\s*(?:please\s+)?(?:round|answer|respond|give|provide|express|state|report"
        r"|address|base|basing|utilize|use|using|calculate\s+(?:\(or\s+extract\)\s+)?(?:the\s+answer"
        r"|what\s+was\s+asked)|assume|rely|you\s+are|we\s+(?:need|want|would\s+like)\s+to|please"
        r"|if\s+[^.?]{0,80}\b(?:not\s+(?:a\s+)?(?:useful|relevant|meaningful|explicitly|available)"
        r"|can(?:not|'t)))\b[^.?!]*(?:[.?!]|$)",
        re.I,
    ),
    re.compile(
        r"^\s*(?:by|considering|based\s+on|according\s+to|looking\s+at|using|drawing|basing|relying|"
        r"assuming|from\s+the\s+perspective)\b(?=[^,?]{0,160}\b(?:statements?"
        r"|information|data|details|perspective|sheet|filing|report)\b)[^,?]{0,160},\s*(?=(?:what|how|which|did|does|is|was|by)\b)",
        re.I,
    ),
    re.compile(r"here'?s?\s+the\s+question:?", re.I),
    re.compile(r"\((?:in|from)\s+[^)]{0,40}\)|\[[^\]]{0,60}\]", re.I),
    re.compile(r"\bin\s+(?:usd|us\s+dollars?|dollars?)?\s*(?:thousands|millions|billions)\b", re.I),
)
_FILLER = word_list("filler")
_WORD = re.compile(r"[A-Za-z][A-Za-z&'-]*[A-Za-z]|[A-Za-z]{2,}|\d+(?:\.\d+)?%?")
_LONGEST = 4000  # characters; a longer question is read by its beginning


def read_question(text: str, filings: Sequence[Filing]) -> Understanding:
    """Return what a question is about.

    Args:
        text: The question, stand-alone.
        filings: The filings that may answer; their covers name the companies.
    """
    text = text[:_LONGEST].replace("\x00", " ").strip()
    said = named(text, directory(filings))
    asked = without_instructions(text)
    metrics, topics = vocabulary().terms(_without(asked, said.words))
    return Understanding(
        core=" ".join(_core(asked, said.words)),
        companies=tuple(company.name for company in said.companies),
        filings=frozenset(one for company in said.companies for one in company.filings),
        periods=periods(text),
        forms=tuple(form for form, pattern in _FORMS if pattern.search(text)),
        metrics=metrics,
        topics=topics,
        statements=tuple(kind for kind, pattern in _STATEMENTS if pattern.search(plain(text))),
        shared=said.shared,
    )


def in_scope(filings: Sequence[Filing], scope: Scope) -> list[Filing]:
    """Return the filings that may answer: those whose name or id the scope gives, or all.

    Of those that were public on the scope's day, where it gives one. Older versions answer only
    where they are named by id. Each filing is shown under the name that it was found by.
    """
    wanted = set(scope.documents)
    public = known(filings, scope.as_of)
    if wanted:
        return [found for one in public for found in one.named(wanted)]
    return [current for one in public if (current := one.current)]


def without_instructions(text: str) -> str:
    """Return the text without what tells how to answer; all of it when nothing would be left."""
    asked = text
    for pattern in _INSTRUCTIONS:
        asked = pattern.sub(" ", asked)
    return asked if _WORD.search(asked) else text


def _without(text: str, words: frozenset[str]) -> str:
    """Return the text without the words that name companies: "Block" is no block of shares."""
    return re.sub(
        r"[A-Za-z][\w&.'\u2019-]*",
        lambda match: " " if _bare(match.group()) in words else match.group(),
        text,
    )


def _bare(word: str) -> str:
    return re.sub(r"['\u2019]s?$", "", word).rstrip(".").lower()


def _core(text: str, names: frozenset[str]) -> list[str]:
    for _, form in _FORMS:
        text = form.sub(" ", text)
    words = _WORD.findall(without_periods(text))
    kept = (word for word in words if _bare(word) not in _FILLER and _bare(word) not in names)
    return list(dict.fromkeys(kept))
