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
from dataclasses import dataclass, replace

from assistant.domain.filings import Filing
from assistant.domain.understanding import Periods, Understanding
from assistant.rag.elsewhen import moved, tells_by_another, without_same
from assistant.rag.said import Said, possessive, said, spelled
from assistant.rag.words import word_list

_MOST = 20  # turns that are looked back on
_LONGEST = 1000  # characters; a longer text is no follow-up
_LEAD = re.compile(
    r"^(?:(?:and|but|or|so|ok(?:ay)?|also|then|now|well|thanks|thank\s+you|great|hm+|what\s+about|"
    r"how\s+about|what\s+of|what\s+if|(?:the\s+)?same(?:\s+(?:question|figure|number|thing))?(?:\s+again)?|likewise|"
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
_TAIL = re.compile(
    r"[\s,]*\b(?:too|as\s+well|also|please|instead|again|though)\s*(?=[?.!]*$)", re.I
)
_SENTENCE = re.compile(
    r"^(?:what(?:'s)?|how|which|who|whose|when|where|why|did|does|do|is|are|was|were|has|have|had|can|"
    r"could|will|would|show|list|compare|calculate|compute|explain|find|describe|summari[sz]e)\b",
    re.I,
)
_WHY = re.compile(
    r"^(?:why|how\s+come)(?:\s+(?:not|(?:is|was)\s+(?:that|this|it)|so))*(?:\s+so)?\s*[?.!]*$", re.I
)
_ANY_COMPANY = re.compile(
    r"\b(?:which|what|any|all|every|each|other)\s+(?:of\s+the\s+)?(?:compan(?:y|ies)|filings?|documents?|firms?)\b"
    r"|\bacross\s+(?:all|the)\b|\bwho\s+has\b",
    re.I,
)
_COMPARE = re.compile(
    r"\b(?:compar\w+|chang\w+|gr[eo]w\w*|r[io]se\w*|f[ae]ll\w*|increas\w+|decreas\w+|declin\w+|improv\w+|"
    r"drop\w*|higher|lower|better|worse|more|less|up|down|differ\w*|trend\w*|develop\w*|evolv\w+)\b",
    re.I,
)
_CAUSE = re.compile(r"\b(?:drove|driv\w+|caus\w+|explain\w*|behind|reasons?|due|led)\b", re.I)
_FIGURE_PRONOUN = re.compile(r"\b(?:that|this|it|they|those|these)\b(?!\s*['\u2019]s)", re.I)
_THING = re.compile(
    r"\b(?:that|this|those|these)\b(?=\s*[?.!,]|\s+(?:compare\w*|chang\w+|increas\w+|decreas\w+|so|figure|number)\b|$)",
    re.I,
)
_OWNER = re.compile(
    r"\b(?:its|their|the\s+(?:same\s+)?(?:company|firm|business|group|registrant)['\u2019]s)\b(?!\s+own\b)",
    re.I,
)
_COMPANY = re.compile(
    r"\b(?:they|them|it|the\s+(?:same\s+)?(?:company|firm|business|group|registrant))\b", re.I
)
_FRONT = re.compile(
    r"^(?:(?:for|on|in|from|to|at|of|with|by|the|its|their|his|as\s+for|regarding)\b[\s,]*)+", re.I
)
_SHARE = re.compile(r"^(?:as|in)\s+(?:an?\s+)?(?:%|percent|share|proportion|terms|relation)", re.I)
_WHOLE_YEAR = re.compile(r"\bFY|\bfiscal\b|\bfull[\s-]year|\bwhole\s+year|\bannual", re.I)
_LOOSE = word_list("loose")
_FORM_WORDS = re.compile(
    r"\b(?:10-?\s?[kq]|8-?\s?k|annual\s+report|quarterly\s+report|earnings\s+release|press\s+release)\b",
    re.I,
)
_SELF = re.compile(r"\b(?:i|you|me|my|upload\w*|file|files)\b", re.I)
_ASKS = re.compile(r"^(?:what|how\s+(?:much|many)|which|who|when|where)\b.*\bthe\b", re.I)
_DONE = re.compile(r"\b(?:spen[dt]|pa(?:y|id)|h[eo]ld|carry|borrow|invest|earn|make|made)\b", re.I)


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
    if turn is None:
        return text
    if turn.keeps_its_words:
        return _with_missing(turn, before)
    return _composed(turn, before)


@dataclass(frozen=True)
class _FollowUp:
    """A follow-up without its lead ("and", "what about"), relative times spelled out."""

    now: Said
    against: bool = False
    keeps_its_words: bool = False

    @property
    def rest(self) -> str:
        """Its words without companies, times, and what only leads or ends it."""
        text = self.now.text
        for start, end in sorted((*self.now.companies, *self.now.times), reverse=True):
            text = text[:start] + " " + text[end:]
        text = _FORM_WORDS.sub(" ", text)
        bare = " ".join(_TAIL.sub("", text).strip(" ?.!,").split())
        while bare != (bare := _FRONT.sub("", bare).strip(" ,")):
            pass
        return re.sub(r"(?:\s+(?:for|in|of|at|on|the|from|to|and|as|end|by))+$", "", bare)

    @property
    def has_subject(self) -> bool:
        """Whether it names an item of its own."""
        read = self.now.read
        if read.metrics or read.topics:
            return True
        rest = self.rest.lower()
        own = (word for word in read.core.split() if word.lower() not in _LOOSE)
        own = (word for word in own if word.lower() in rest)
        return any(not _COMPARE.fullmatch(word) and not _CAUSE.fullmatch(word) for word in own)


def _turn(text: str, before: Said, filings: Sequence[Filing]) -> _FollowUp | None:
    """Return the text as a follow-up; None when it stands alone."""
    plain = " ".join(text.split())
    lead = _LEAD.match(plain)
    cue = bool(lead and not _WEAK_LEAD.match(lead.group()))
    bare = _TAIL.sub("", plain[lead.end() :] if lead else plain)
    rest, against = _AGAINST.subn("", bare)
    if not rest.strip(" ?.!"):
        return None
    now = said(rest, filings)
    if not _follows(now, cue or bool(against), before):
        return None
    now = said(_spelled_out(now.text, _base(before, filings)), filings)
    turn = _FollowUp(now, bool(against))
    sentence = bool(_SENTENCE.match(now.text)) and (turn.has_subject or _points_back(now))
    return replace(turn, keeps_its_words=sentence and not _WHY.match(now.text))


def _points_back(now: Said) -> bool:
    """Whether a sentence without an item of its own says something of the one before."""
    pronoun = bool(_FIGURE_PRONOUN.search(now.text))
    moves = bool(_COMPARE.search(now.text) or _CAUSE.search(now.text))
    return pronoun and (moves or (now.text.lower().startswith("why") and not now.read.topics))


def _follows(now: Said, cue: bool, before: Said) -> bool:
    if _ANY_COMPANY.search(now.text):
        return False
    turn = _FollowUp(now)
    if cue:
        return True
    if now.read.companies and turn.has_subject:
        same = now.read.companies == before.read.companies
        return same and bool(now.read.metrics) and not now.times
    return _leans(now, turn, before)


def _leans(now: Said, turn: _FollowUp, before: Said) -> bool:
    """Whether a text without a lead leaves something to the turn before."""
    if tells_by_another(now.text) or _WHY.match(now.text):
        return True
    if _OWNER.search(now.text) or _COMPANY.search(now.text) or _THING.search(now.text):
        return True
    if now.read.companies:
        return not turn.has_subject
    known = bool(now.read.metrics or now.read.topics or now.periods.years or now.periods.quarter)
    if now.parts and not known:
        return now.text.endswith("?") and not _SENTENCE.match(now.text) and bool(before.figures)
    if any(_is_owner(now, end) for _, end in now.parts):
        return False
    return known or bool(_ASKS.match(now.text) and not _SELF.search(now.text))


def _is_owner(now: Said, end: int) -> bool:
    return bool(re.match(r"['\u2019]", now.text[end:]))


def _base(before: Said, filings: Sequence[Filing]) -> Periods:
    """Return the times that relative ones count from: those named, else the newest filing's."""
    if before.periods.years:
        return before.periods
    own = [one.cover for one in filings if one.id in before.read.filings]
    newest = max((cover.fiscal_year for cover in own if cover.fiscal_year), default=None)
    return Periods((newest,)) if newest else Periods()


def _spelled_out(text: str, base: Periods) -> str:
    """Return the text with "the year before" as the year it is."""
    marked, there = moved(text.replace("{", "(").replace("}", ")"), base)
    if there is None:
        return without_same(text) or text
    return marked.replace("{}", spelled(there))


def _with_missing(turn: _FollowUp, before: Said) -> str:
    """Return a whole sentence with pronouns resolved, then company, time and form added."""
    now, text = turn.now, turn.now.text
    own_company = bool(now.read.companies)
    named = own_company
    another_time = bool(now.times) and not _COMPARE.search(text)
    figure = "" if now.read.metrics or not before.subject else _figure(before, not another_time)
    points = _THING if not _points_back(now) else _FIGURE_PRONOUN
    told_time = False
    if figure and points.search(text):
        text = points.sub(lambda _: figure, text, count=1)
        named, told_time = True, True
    if not own_company and before.name:
        owned = _OWNER.sub(before.owner.strip(), text)
        told = _COMPANY.sub(before.name, owned, count=1) if owned == text and not named else owned
        named, text = named or told != text, told
    if not named and before.name:
        text = _added(text, f"at {before.name}")
    if before.when and not told_time and not now.times and _timed(turn):
        text = _added(text, before.when)
    return _with_form(text[:1].upper() + text[1:], turn, before)


def _timed(turn: _FollowUp) -> bool:
    return bool(turn.now.read.metrics or turn.now.read.topics or not turn.now.read.core)


def _figure(before: Said, timed: bool = True) -> str:
    """Return how a sentence names what the turn before asked for: "Acme's revenue in FY2024"."""
    return f"{before.owner}{before.subject} {before.when if timed else ''}".strip()


def _composed(turn: _FollowUp, before: Said) -> str:
    """Return the text of the turn before with what the follow-up names in place of its own."""
    now = turn.now
    if _WHY.match(now.text):
        return f"Why did {before.owner}{before.subject} change {before.when}".strip() + "?"
    if turn.against and not turn.has_subject:
        other = now.text.strip(" ?.!")
        return f"How does {_figure(before)} compare with {other}?"
    text = _with_subject(turn, before) if turn.has_subject else before.text
    text = _with_company(text, turn, before)
    return _with_form(_with_time(text, turn, before), turn, before)


def _with_subject(turn: _FollowUp, before: Said) -> str:
    rest, now = turn.rest, turn.now
    if before.figures and _SHARE.match(rest):
        return _spliced(before.text, before.figures[0][1], before.figures[0][1], f" {rest}")
    if now.figures and len(before.figures) == 1 and not _DONE.search(before.text):
        return _spliced(before.text, *before.figures[0], rest)
    if before.figures and _same_preposition(now.text, before):
        return _spliced(before.text, *before.figures[0], rest)
    if not (now.read.metrics or now.read.topics) and (before.figures or before.parts):
        return _narrowed(rest, before)
    return f"What was {before.owner}{rest} {before.when}".strip() + "?"


def _same_preposition(text: str, before: Said) -> bool:
    """Whether "and on acquisitions?" answers to "spend on buybacks"."""
    word = re.match(r"(?:on|for|in|from|to)\b", text, re.I)
    return bool(word and before.text[: before.figures[0][0]].rstrip().endswith(f" {word[0]}"))


def _narrowed(rest: str, before: Said) -> str:
    """Return the text before for another part of the company: "and Field Services?"."""
    if before.parts:
        return _spliced(before.text, *before.parts[-1], rest)
    start, _ = before.figures[0]
    return _spliced(before.text, start, start, f"{rest} ")


def _with_company(text: str, turn: _FollowUp, before: Said) -> str:
    new = turn.now.name
    if not new or new == before.name:
        return text
    if before.name and before.name in text:
        owners = re.compile(re.escape(before.name) + r"(?P<owns>'s?(?!\w))?")
        return owners.sub(lambda found: possessive(new) if found["owns"] else new, text)
    return _added(text, f"at {new}")


def _with_time(text: str, turn: _FollowUp, before: Said) -> str:
    now = turn.now
    if not now.times:
        return text
    new = _told_time(now, before)
    if new.isdigit() and len(before.periods.years) == 1:
        old = str(before.periods.years[0])
        if old in text:
            return text.replace(old, new)
    return _with_span(text, new, before)


def _with_span(text: str, new: str, before: Said) -> str:
    places = [text.find(before.text[start:end]) for start, end in before.times]
    if len(places) != 1 or places[0] < 0:
        return _added(text, f"in {new}")
    start = places[0]
    old = before.text[slice(*before.times[0])]
    lead = "in " if re.match(r"(?:between|from)\b", old, re.I) else ""
    return _spliced(text, start, start + len(old), lead + new)


def _told_time(now: Said, before: Said) -> str:
    """Return the time a follow-up names, its year added where it names a quarter only."""
    start, end = now.times[0]
    new = now.text[start:end]
    if now.periods.years or not before.periods.years:
        single = len(now.periods.years) == 1 and not now.periods.quarter and not now.periods.dates
        plain_year = single and not _WHOLE_YEAR.search(now.text)
        return str(now.periods.years[0]) if plain_year and re.fullmatch(r"\d+", new) else new
    year = before.periods.years[-1]
    return f"{new} of {year}"


def _with_form(text: str, turn: _FollowUp, before: Said) -> str:
    now = turn.now.read
    if now.forms:
        shown = f"in the {now.forms[0]}"
        return text if _FORM_WORDS.search(text) and turn.keeps_its_words else _reformed(text, shown)
    same = not now.companies or now.companies == before.read.companies
    if not before.read.forms or _FORM_WORDS.search(text):
        return text if same else _FORM_WORDS.sub("filings", text)
    return _added(text, f"in the {before.read.forms[0]}") if same else text


def _reformed(text: str, shown: str) -> str:
    form = shown.removeprefix("in the ")
    return _FORM_WORDS.sub(form, text) if _FORM_WORDS.search(text) else _added(text, shown)


def _spliced(text: str, start: int, end: int, new: str) -> str:
    return text[:start] + new + text[end:]


def _added(text: str, words: str) -> str:
    """Return the text with words added before its last mark."""
    bare = text.rstrip(" ?.!")
    return f"{bare} {words}{text[len(bare) :].strip() or '?'}"
