"""Whether filings or the database answer a message: rules over what router and understander read in it.

    a wish, a follow-up of the database's answer, a sure intent ── database
    a named filing, company, figure or matter that filings tell ── filings

Who trades, holds, orders and pays stands in no filing, so words of trading settle a message that the
router is sure of, though it names a company.
"""

import re

from assistant.domain.answers import EarlierTurn, Query, Question, Source
from assistant.domain.queries import EarlierQuery
from assistant.domain.routing import Intent, Reading
from assistant.tools.replies import is_of_filings

_SURE = 0.6
_SURER = 0.9  # then words of trading count for more than a named company
_BY_ROWS = frozenset({Intent.SQL, Intent.PORTFOLIO, Intent.SIGNAL, Intent.DISCOVERY})
_TRADING = re.compile(
    r"\b(?:trad(?:e|es|ed|er|ers)|orders?|fills?|executions?|positions?|holdings?|portfolios?|watch\s?lists?"
    r"|p\s?&\s?l|pnl|commissions?|(?:clos|open)ing\s+prices?|closes?|prices?|volumes?|drawdowns?|users?"
    r"|customers?|clients?|kyc|instruments?|symbols?|tickers?|venues?|predictions?|recommendations?"
    r"|in\s+(?:the|our)\s+(?:database|universe)|win\s+rate|hit\s+rate|profits?\s+and\s+loss(?:es)?|sectors?"
    r")\b",
    re.I,
)
_HOUSE = re.compile(
    r"\b(?:kyc|watch\s?lists?|instruments?|venues?|(?:win|hit|fill|acceptance)\s+rates?|fills"
    r"|(?:open|short|long|closed|losing|winning)\s+positions?|stop\s+loss(?:es)?|take\s+profits?|draw\s?downs?"
    r"|(?:open|rejected|cancell?ed|filled|expired|limit|stop|market|pending)\s+orders?|p\s?&\s?l|pnl"
    r"|(?:users?|traders|clients|customers)\s+(?:who|that|which|with|by|per|in|have|has|had)"
    r"|(?:accepted|unanswered|buy|sell)\s+(?:signals?|recommendations?)|confidence\s+(?:buckets?|of\s+at\s+least)"
    r"|(?:single|best|worst|latest|last|largest|biggest)\s+trades?|trades\s+(?:in|of|by|per|with|over|above|this|last)"
    r"|prices?\s+(?:on|at|of)\s+\d|(?:five|ten|top\s+\w+|most\s+\w+)\s+(?:symbols?|tickers?)"
    r"|(?:latest|last|yesterday's|daily)\s+clos(?:e|es|ing\s+prices?))\b",
    re.I,
)
"""What is only said of who trades here, whatever else the message reads like."""
_HELD = (
    r"(?:trad(?:e|es|ed|ing)|orders?|positions?|holdings?|hold|portfolios?|accounts?|symbols?|tickers?|cash"
    r"|commissions?|fees?|recommendations?|signals?|exposures?|bought|sold|win|lost)"
)
_OWN = re.compile(
    rf"\b(?:my|mine|i|i've)\s+(?:[\w-]+\s+){{0,3}}{_HELD}\b|\b{_HELD}\s+(?:that\s+)?i\b", re.I
)
"""What its author trades or holds."""
_TALK = frozenset({Intent.CHIT_CHAT, Intent.HELP})
_OTHER_TOOLS = frozenset({Intent.PREDICT, Intent.DEBATE})
_REFINES = re.compile(
    r"^(?:(?:and|but|now|ok(?:ay)?|then|please|also)[\s,]+)*(?:only|just|sort(?:ed)?|order(?:ed)?|rank(?:ed)?|group(?:ed)?"
    r"|by|per|break|split|top|bottom|first|last|this|without|exclud\w+|includ\w+|instead|what\s+about|how\s+about|same"
    r"|for|in|since|from|on|limit|descending|ascending|as\s+a|which\s+of|of\s+(?:those|these|them)|show\s+(?:only|just)"
    r"|and\s+the|the\s+(?:losers|winners|sum|total|average|count|number)|how\s+many|plot|chart|draw)\b",
    re.I,
)
_LONGEST = 120  # characters of a message that only refines the one before


def wants_database(question: Question, reading: Reading, query: Query) -> bool:
    """Return whether the database answers this message.

    Args:
        question: As it was asked.
        reading: What the router read it as.
        query: What the understander read in it.
    """
    if question.source:
        return question.source is Source.DATABASE
    if question.scope.documents:
        return False
    if _refines(question, reading):
        return True
    own = bool(_OWN.search(question.text))
    if _is_of_house(question.text, reading) and (own or not is_of_filings(query)):
        return True
    if reading.intent not in _BY_ROWS or reading.confidence < _SURE:
        return False
    if reading.confidence >= _SURER and _TRADING.search(question.text):
        return True
    named = query.understanding is not None and bool(query.understanding.companies)
    return not named and not is_of_filings(query)


def _is_of_house(text: str, reading: Reading) -> bool:
    """Whether a message is of what is traded here, by its words; no talk, and no other tool's."""
    talks = reading.intent in _TALK and reading.confidence >= _SURE
    found = _OWN.search(text) or _HOUSE.search(text)
    return bool(found) and not talks and reading.intent not in _OTHER_TOOLS


def is_sure(question: Question, reading: Reading) -> bool:
    """Return whether a message that goes to the database is for nothing else.

    Portfolios, signals and picks of stocks will have tools of their own.
    """
    return bool(question.source) or reading.intent is Intent.SQL or _refines(question, reading)


def earlier_queries(history: tuple[EarlierTurn, ...]) -> tuple[EarlierQuery, ...]:
    """Return the turns just before a message that the database answered, newest last."""
    found: list[EarlierQuery] = []
    for turn in reversed(history):
        if not turn.sql:
            break
        found.insert(0, EarlierQuery(turn.text, turn.sql))
    return tuple(found)


def _refines(question: Question, reading: Reading) -> bool:
    """Whether a message only changes what the database answered just before it."""
    if not question.history or not question.history[-1].sql or len(question.text) > _LONGEST:
        return False
    return reading.intent is Intent.SQL or bool(_REFINES.search(question.text.strip()))
