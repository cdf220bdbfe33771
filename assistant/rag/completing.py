"""Writes what a follow-up means: its own words completed, or the words before with its own put in.

whole sentence   "What was its net income?"  -> pronouns said, then company, time, form added
fragment         "and gross margin?"         -> the question before, its item replaced
"""

import re
from dataclasses import dataclass

from assistant.rag.said import Said, possessive
from assistant.rag.words import word_list

_COMPARE = re.compile(
    r"\b(?:compar\w+|chang\w+|gr[eo]w\w*|r[io]se\w*|f[ae]ll\w*|increas\w+|decreas\w+|declin\w+|improv\w+|"
    r"drop\w*|higher|lower|better|worse|more|less|up|down|differ\w*|trend\w*|develop\w*|evolv\w+|break|split)\b",
    re.I,
)
_CAUSE = re.compile(r"\b(?:drove|driv\w+|caus\w+|explain\w*|behind|reasons?|due|led)\b", re.I)
_OF_COMPANY = re.compile(
    r"\b(?:based|headquarter\w*|locat\w+|found\w*|incorporat\w+|employ\w*|sells?|sold|operat\w+|owns?|"
    r"makes?|produces?|compet\w+|listed|audit\w*|expects?|plans?|files?|filed|acquires?|serves?|business)\b",
    re.I,
)
MOVEMENT = re.compile(
    r"\b(?:the|this|that)\s+(?:increase|decrease|change|decline|growth|drop|rise|fall|difference|improvement)(?:\s+rate)?\b"
    r"(?!\s+(?:in|of)\b)",
    re.I,
)
FIGURE_PRONOUN = re.compile(r"\b(?:that|this|it|they|those|these)\b(?!\s*['\u2019]s)", re.I)
THING = re.compile(
    r"\b(?:that|this|those|these)\b(?=\s*[?.!,]|\s+(?:compare\w*|chang\w+|increas\w+|decreas\w+|so|figure|number)\b|$)",
    re.I,
)
OWNER = re.compile(
    r"\b(?:its|their|the\s+(?:same\s+)?(?:company|firm|business|group|registrant)['\u2019]s)\b(?!\s+own\b)",
    re.I,
)
COMPANY = re.compile(
    r"\b(?:they|them|it|the\s+(?:same\s+)?(?:company|firm|business|group|registrant))\b", re.I
)
_FRONT = re.compile(
    r"^(?:(?:for|on|in|from|to|at|of|with|by|the|its|their|his|as\s+for|regarding)\b[\s,]*)+", re.I
)
TAIL = re.compile(
    r"[\s,]*\b(?:too|as\s+well|also|please|instead|again|though|for\s+comparison)\s*(?=[?.!]*$)",
    re.I,
)
_SHARE = re.compile(
    r"^(?:an?\s+)?per\b|^(?:as|in)\s+(?:an?\s+)?(?:%|percent|share|proportion|terms|relation)", re.I
)
_BOTH_TIMES = re.compile(
    r"\b(?:than|since|from|compar\w+|versus|vs|against|up|down|between|differ\w*)\b", re.I
)
_WHOLE = re.compile(r"\b(?:total|consolidated|overall|combined)\s+", re.I)
_ARTICLE = re.compile(r"^an?\s+", re.I)
_WHOLE_YEAR = re.compile(r"\bFY|\bfiscal\b|\bfull[\s-]year|\bwhole\s+year|\bannual", re.I)
_LOOSE = word_list("loose")
_FORM_WORDS = re.compile(
    r"\b(?:10-?\s?[kq]|8-?\s?k|annual\s+report|quarterly\s+report|earnings\s+release|press\s+release)\b",
    re.I,
)
_DONE = re.compile(r"\b(?:spen[dt]|pa(?:y|id)|h[eo]ld|carry|borrow|invest|earn|make|made)\b", re.I)
WHY = re.compile(
    r"^(?:why|how\s+come)(?:\s+(?:not|(?:is|was)\s+(?:that|this|it)|so))*(?:\s+so)?\s*[?.!]*$", re.I
)


@dataclass(frozen=True)
class FollowUp:
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
        bare = " ".join(TAIL.sub("", text).strip(" ?.!,").split())
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


def points_back(now: Said) -> bool:
    """Whether a sentence without an item of its own says something of the one before."""
    pronoun = bool(FIGURE_PRONOUN.search(now.text))
    if _COMPARE.search(now.text) or _CAUSE.search(now.text):
        return pronoun
    of_thing = not (now.read.metrics or now.read.topics or _OF_COMPANY.search(now.text))
    return bool(re.search(r"\bit\b", now.text, re.I)) and of_thing


def is_owner(now: Said, end: int) -> bool:
    """Whether what ends there owns what follows: a company that no filing is of."""
    return bool(re.match(r"['\u2019]", now.text[end:]))


def completed(turn: FollowUp, before: Said) -> str:
    """Return a text that says all that a follow-up means.

    Args:
        turn: The follow-up.
        before: The turn that it follows, standing alone.
    """
    return _with_missing(turn, before) if turn.keeps_its_words else _composed(turn, before)


def _with_missing(turn: FollowUp, before: Said) -> str:
    """Return a whole sentence with pronouns resolved, then company, time and form added."""
    now, text = turn.now, turn.now.text
    own_company = bool(now.read.companies)
    named = own_company
    another_time = bool(now.times) and not _BOTH_TIMES.search(text)
    figure = _figure(before, not another_time) if before.subject else ""
    pointed = _pointed(now, figure) if figure else text
    told_time = pointed != text
    named, text = named or told_time, pointed
    if not own_company and before.name:
        owned = OWNER.sub(before.owner.strip(), text)
        told = COMPANY.sub(before.name, owned, count=1) if owned == text and not named else owned
        named, text = named or told != text, told
    if not named and before.name:
        text = _added(text, f"at {before.name}")
    if before.when and not told_time and not now.times and _timed(turn):
        text = _added(text, before.when)
    return _with_form(text[:1].upper() + text[1:], turn, before)


def _pointed(now: Said, figure: str) -> str:
    """Return a sentence with "that", "it" and "the increase" saying what figure they are of."""
    if not now.read.metrics and MOVEMENT.search(now.text):
        return MOVEMENT.sub(lambda match: f"{match[0]} in {figure}", now.text, count=1)
    any_pronoun = points_back(now) and not now.read.metrics
    pronoun = FIGURE_PRONOUN if any_pronoun else THING
    return pronoun.sub(lambda _: figure, now.text, count=1)


def _timed(turn: FollowUp) -> bool:
    return bool(turn.now.read.metrics or turn.now.read.topics or not turn.now.read.core)


def _figure(before: Said, timed: bool = True) -> str:
    """Return how a sentence names what the turn before asked for: "Acme's revenue in FY2024"."""
    return f"{before.owner}{before.subject} {before.when if timed else ''}".strip()


def _composed(turn: FollowUp, before: Said) -> str:
    """Return the text of the turn before with what the follow-up names in place of its own."""
    now = turn.now
    if WHY.match(now.text):
        return f"Why did {before.owner}{before.subject} change {before.when}".strip() + "?"
    if turn.against and not turn.has_subject:
        other = now.name or now.text.strip(" ?.!")
        return f"How does {_figure(before)} compare with {other}?"
    text = _with_subject(turn, before) if turn.has_subject else before.text
    text = _with_company(text, turn, before)
    return _with_form(_with_time(text, turn, before), turn, before)


def _with_subject(turn: FollowUp, before: Said) -> str:
    rest, now = turn.rest, turn.now
    if not now.companies and any(is_owner(now, end) for _, end in now.parts):
        return f"What was {rest} {before.when}".strip() + "?"
    if before.figures and _SHARE.match(rest):
        return _spliced(
            before.text, before.figures[0][1], before.figures[0][1], f" {_ARTICLE.sub('', rest)}"
        )
    if now.figures and len(before.figures) == 1 and not _DONE.search(before.text):
        return _spliced(before.text, *before.figures[0], rest)
    if before.figures and _same_preposition(now.text, before):
        return _spliced(before.text, *before.figures[0], rest)
    narrows = not now.read.metrics and (now.parts or not now.read.topics)
    if narrows and (before.figures or before.parts):
        return _narrowed(rest, before)
    verb = "were" if re.search(r"[^s]s$", rest) else "was"
    return f"What {verb} {before.owner}{rest} {before.when}".strip() + "?"


def _same_preposition(text: str, before: Said) -> bool:
    """Whether "and on acquisitions?" answers to "spend on buybacks"."""
    word = re.match(r"(?:on|for|in|from|to)\b", text, re.I)
    return bool(word and before.text[: before.figures[0][0]].rstrip().endswith(f" {word[0]}"))


def _narrowed(rest: str, before: Said) -> str:
    """Return the text before for another part of the company: "and Field Services?"."""
    if before.parts:
        return _spliced(before.text, *before.parts[-1], rest)
    start, end = before.figures[0]
    item = _WHOLE.sub("", before.text[start:end])
    return _spliced(before.text, start, end, f"{rest} {item}")


def _with_company(text: str, turn: FollowUp, before: Said) -> str:
    new = turn.now.name
    if not new or new == before.name:
        return text
    if before.name and before.name in text:
        owners = re.compile(re.escape(before.name) + r"(?P<owns>'s?(?!\w))?")
        return owners.sub(lambda found: possessive(new) if found["owns"] else new, text)
    return _added(text, f"at {new}")


def _with_time(text: str, turn: FollowUp, before: Said) -> str:
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
    told = _spliced(text, start, start + len(old), lead + new)
    return re.sub(r"\b(?:in|for|at|during)\s+(?=(?:between|from)\b)", "", told)


def _told_time(now: Said, before: Said) -> str:
    """Return the time a follow-up names; "first six months" are of the year before it."""
    start, end = now.times[0]
    new = now.text[start:end]
    if not now.periods.years and before.periods.years:
        return f"{new} of {before.periods.years[-1]}"
    single = len(now.periods.years) == 1 and not now.periods.quarter and not now.periods.dates
    plain_year = single and not _WHOLE_YEAR.search(now.text)
    return str(now.periods.years[0]) if plain_year and re.fullmatch(r"\d+", new) else new


def _with_form(text: str, turn: FollowUp, before: Said) -> str:
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
