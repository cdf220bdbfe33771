"""Makes a follow-up stand alone: what it leaves out comes from the turn before it.

    "What was Acme's revenue in FY2024?"  +  "and the year before?"   -> "... revenue in FY2023?"
                                          +  "what about Quill?"      -> "What was Quill's revenue ..."
                                          +  "and its gross margin?"  -> "What was Acme's gross margin ..."
                                          +  "why?"                   -> "Why did Acme's revenue change ..."

What a follow-up names replaces, what it misses is inherited: company, time, form, item. A question
that names its own company and item is complete and inherits nothing; one that asks which company is
a new topic. Rules, no model: the text it makes is shown, searched for and answered, so every reader
of it sees what was understood.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from assistant.domain.filings import Filing
from assistant.domain.understanding import Periods, Understanding
from assistant.rag.completing import (
    COMPANY,
    MOVEMENT,
    OWNER,
    TAIL,
    THING,
    WHY,
    FollowUp,
    completed,
    is_owner,
    points_back,
)
from assistant.rag.elsewhen import moved, tells_by_another, with_same
from assistant.rag.periods import period_spans
from assistant.rag.said import Said, said, spelled

_MOST = 8  # turns that are looked back on
_LONGEST = 1000  # characters; a longer text is no follow-up
_LEAD = re.compile(
    r"^(?:(?:and|but|or|so|ok(?:ay)?|also|then|now|well|thanks|thank\s+you|great|hm+|what\s+about|"
    r"how\s+about|what\s+of|what\s+if|(?:the\s+)?same(?:\s+(?:question|figure|number|thing))?(?:\s+again)?|likewise|add|include|"
    r"ditto|repeat(?:\s+(?:that|this|it))?|(?:now\s+)?do(?:\s+(?:that|this|it|the\s+same))?|"
    r"(?:(?:can|could)\s+you\s+)?(?:also\s+)?(?:please\s+)?(?:give|show|tell)\s+me(?:\s+also)?(?:\s+the\s+same"
    r"(?:\s+(?:figure|number|thing))?)?|i\s+(?:meant?|also\s+(?:want|need)))\b[\s,:;.!-]*)+",
    re.I,
)
_WEAK_LEAD = re.compile(
    r"^(?:(?:(?:can|could)\s+you\s+)?(?:please\s+)?(?:give|show|tell)\s+me|thanks|thank\s+you|great|hm+|well"
    r"|ok(?:ay)?|now|so)\b[\s,:;.!-]*$",
    re.I,
)
_AGAINST = re.compile(r"^(?:compared?\s+(?:to|with)|versus|vs\.?|against|relative\s+to)\s+", re.I)
_SENTENCE = re.compile(
    r"^(?:(?:(?:by|in|at|for|to|of|from|on)\s+)?(?:how|what|which)|what's|which|who|whose|when|where|why|did|does|do|is|are|was|were|has|have|had|can|"
    r"could|will|would|show|list|compare|break|split|calculate|compute|explain|find|describe|summari[sz]e)\b",
    re.I,
)
_ANY_COMPANY = re.compile(
    r"\b(?:which|what|any|all|every|each|other)\s+(?:of\s+the\s+)?(?:compan(?:y|ies)|filings?|documents?|firms?)\b"
    r"|^what(?:'s|\s+(?:is|are))\s+an?\s|\bmean\b|\bacross\s+(?:all|the)\b|\bwho\s+has\b",
    re.I,
)
_COMPARISON = re.compile(r"^(?:how|and\s+how)\b.*\bcompare\w*", re.I)
_SELF = re.compile(r"\b(?:i|you|me|my|upload\w*|file|files)\b", re.I)
_ASKS = re.compile(r"^(?:what|how\s+(?:much|many)|which|who|when|where)\b.*\bthe\b", re.I)
_OWNS_NOTHING = re.compile(r"(?:'s|s'|\u2019s|s\u2019)[\s?.!]*$")
_OF_WHAT = re.compile(r"^(?:at|for|by|in|to|from|of|on)\s+(?:what|which|how|whom)\b", re.I)
_SHARE_OF = re.compile(
    r"^what\s+(?:percent(?:age)?|share|proportion|fraction|%)\s+of\s+(?P<whole>[\w\s&-]{3,50}?)\s+"
    r"(?:is|was|does|did)\s+(?:that|this|it)(?:\s+(?:represent|make\s+up|account\s+for))?\s*[?.]*$",
    re.I,
)
_TAKES_TIME = re.compile(
    r"(?:^|\b(?:in|for|of|from|than|to|with|since|and|during|over|at|on|versus|vs\.?|through))\s*$",
    re.I,
)
_POINTS = re.compile(r"\b(?:that|this|it|they|those|these|compare\w*)\b", re.I)


def stand_alone(text: str, earlier: Sequence[str], filings: Sequence[Filing]) -> str:
    """Return the question with everything that it leaves to the turns before it.

    Args:
        text: The new question.
        earlier: The texts of the turns before it, newest last.
        filings: The filings that may answer; their covers name the companies.
    """
    before: Said | None = None
    for turn in earlier[-_MOST:]:
        now = said(_resolved(turn, before, filings), filings)
        before = now if before is None or _says_something(now.read) else before
    return _resolved(text, before, filings)


def _says_something(read: Understanding) -> bool:
    return bool(read.companies or read.metrics or read.topics or read.periods.years)


def _resolved(text: str, before: Said | None, filings: Sequence[Filing]) -> str:
    if before is None or len(text) > _LONGEST or not text.strip():
        return text
    turn = _turn(text, before, filings)
    return text if turn is None else completed(turn, before)


def _turn(text: str, before: Said, filings: Sequence[Filing]) -> FollowUp | None:
    """Return the text as a follow-up; None when it stands alone."""
    plain = " ".join(text.split())
    lead = _LEAD.match(plain)
    cue = bool(lead and not _WEAK_LEAD.match(lead.group()))
    bare = TAIL.sub("", plain[lead.end() :] if lead else plain)
    asked = bare
    bare = _SHARE_OF.sub(r"as a percentage of \g<whole>", bare)
    rest, against = _AGAINST.subn("", bare)
    if not rest.strip(" ?.!"):
        return None
    now = said(rest, filings)
    if not _follows(now, cue or bool(against) or bare != asked, before):
        return None
    spelled_out = _spelled_out(now, before, filings)
    if spelled_out is None:
        return None
    now = said(spelled_out, filings)
    turn = FollowUp(now, bool(against))
    if now.read.companies and not turn.has_subject and _COMPARISON.search(now.text):
        return replace(turn, against=True)
    sentence = bool(_SENTENCE.match(now.text)) and (turn.has_subject or points_back(now))
    return replace(turn, keeps_its_words=sentence and not WHY.match(now.text))


def _follows(now: Said, cue: bool, before: Said) -> bool:
    if _ANY_COMPANY.search(now.text):
        return False
    turn = FollowUp(now)
    if cue:
        return True
    if now.read.companies and turn.has_subject:
        same = now.read.companies == before.read.companies
        return same and bool(now.read.metrics) and not now.times
    return _leans(now, turn, before)


def _leans(now: Said, turn: FollowUp, before: Said) -> bool:
    """Whether a text without a lead leaves something to the turn before."""
    if tells_by_another(now.text) or WHY.match(now.text) or MOVEMENT.search(now.text):
        return True
    if OWNER.search(now.text) or COMPANY.search(now.text) or THING.search(now.text):
        return True
    if now.read.companies:
        short = not _SENTENCE.match(now.text) or bool(_OWNS_NOTHING.search(now.text))
        bare = short or bool(_POINTS.search(now.text))
        return bare and not turn.has_subject
    known = bool(now.read.metrics or now.read.topics or now.periods.years or now.periods.quarter)
    if now.parts and not known:
        asked = now.text.endswith("?") and " " in now.text and not _SENTENCE.match(now.text)
        return asked and bool(before.figures)
    if any(is_owner(now, end) for _, end in now.parts):
        return False
    return (
        known
        or bool(_OF_WHAT.match(now.text))
        or bool(_ASKS.match(now.text) and not _SELF.search(now.text))
    )


def _base(before: Said, filings: Sequence[Filing]) -> Periods:
    """Return the times that relative ones count from: those named, else the newest filing's."""
    if before.periods.years:
        return before.periods
    own = [one.cover for one in filings if one.id in before.read.filings]
    newest = max((cover.fiscal_year for cover in own if cover.fiscal_year), default=None)
    return Periods((newest,)) if newest else Periods()


def _spelled_out(now: Said, before: Said, filings: Sequence[Filing]) -> str | None:
    """Return the text with "the year before" as the year it is; None when it cannot be told."""
    base = _base(before, filings)
    marked, there = moved(now.text.replace("{", "(").replace("}", ")"), base)
    if "{}" in marked:
        if there is None:
            return None
        lead = "" if _TAKES_TIME.search(marked[: marked.index("{}")]) else "in "
        return marked.replace("{}", lead + spelled(there))
    text = with_same(now.text, before.when) or now.text
    if now.periods.quarter and not now.periods.years and base.years:
        return _year_added(text, base.years[-1])
    return text


def _year_added(text: str, year: int) -> str:
    start, end = period_spans(text)[0]
    return f"{text[:end]} of {year}{text[end:]}" if start < end else text
