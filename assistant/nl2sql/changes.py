"""Tells an order to change something from a question about what was changed.

    "cancel my open orders"  an order: a verb of changing where a clause begins, and what it is done to
    "cancelled orders", "orders that I cancelled", "cancel rate by venue"  questions

Verbs of changing are many, and half of them are also names of things ("open positions", "close", "buy
signals", "change in price"). A hard verb counts unless a word follows that makes it a name; a soft one
only with a word behind it that points at what is to be changed.
"""

import re

from assistant.nl2sql.phrasing import section

_WORDS = section("changes")
_HARD, _SOFT, _NAMES = _WORDS.any("hard"), _WORDS.any("soft"), _WORDS.any("names")
_POINTS, _DEALS, _DEAL_NAMES = _WORDS.any("points"), _WORDS.any("deals"), _WORDS.any("deal_names")
_COURTESY = re.compile(rf"(?:{_WORDS.any('courtesy')}\b[ ,:]*)+")
_DOING = re.compile(rf"{_HARD} (?!{_NAMES}\b)\S")
_POINTING = re.compile(rf"(?:{_SOFT}|{_HARD}) (?:down |up |out )?{_POINTS}\b")
_POINTING_BACK = re.compile(rf"(?:{_SOFT}|{_DEALS}) (?:it|them|those|these|all of)\b")
_DEALING = re.compile(
    rf"{_DEALS} (?!{_DEAL_NAMES}\b)"
    rf"(?:{_POINTS}\b|[\w.&-]+(?: [\w.&-]+){{0,3}} ?(?:now|today|tomorrow|immediately"
    r"|at (?:the )?(?:market|open|close)|for me|shares?|stocks?|if|when)?[ .!]*$)"
)
_DEAL, _DEAL_NAME = re.compile(_DEALS), re.compile(rf"{_DEAL_NAMES}\b")
_SPECIAL, _ELSEWHERE = _WORDS.pattern("special"), re.compile(rf"{_WORDS.any('elsewhere')} ")
_REFINES, _STORED = _WORDS.pattern("refines"), _WORDS.pattern("stored")
_ASKS = _WORDS.pattern("asks")
_SYMBOL = re.compile(r"[A-Z]{1,5}(?:[.-][A-Z]{1,3})?$")
_CLAUSES = re.compile(r"[.;!?] *|,? (?:and )?(?:then|afterwards|after that) ")
_JOINED = re.compile(r", |,? (?:and|but) (?:also )?")


def asks_for_change(text: str, follows: bool) -> bool:
    """Return whether a text orders a change of anything stored, or a deal.

    Args:
        text: The question, white space folded, in its own letters.
        follows: Whether a question stands before it; then "drop the ETFs" refines its answer.
    """
    for clause in _CLAUSES.split(text):
        first, *joined = _JOINED.split(clause)
        if _orders(first, follows):
            return True
        asks = _ASKS.match(_bare(first)) is not None
        if not asks and any(_orders(one, follows, joined=True) for one in joined):
            return True
    return False


def _bare(clause: str) -> str:
    """Return a clause without the courtesy in front."""
    folded = clause.strip(" ,:\"'`*-").casefold()
    return folded[found.end() :] if (found := _COURTESY.match(folded)) else folded


def _orders(clause: str, follows: bool, joined: bool = False) -> bool:
    """Whether a clause is an order; a `joined` one may go on with what somebody did."""
    said = _bare(clause)
    if follows and _REFINES.match(said) and not _STORED.search(said):
        return False
    if _DOING.match(said) or _ELSEWHERE.match(said) or _SPECIAL.match(said):
        return True
    if joined:  # "stocks that they buy and sell the same day"
        return bool(_POINTING_BACK.match(said))
    return bool(_POINTING.match(said)) or _deals(said, clause)


def _deals(said: str, clause: str) -> bool:
    """Whether it is an order to buy or sell: "sell Tesla now", "buy AAPL", not "buy signals"."""
    words = clause.split()
    if len(words) >= 2 and _DEAL.fullmatch(words[0].casefold()) and _SYMBOL.match(words[1]):
        return len(words) == 2 or not _DEAL_NAME.match(words[2].casefold())
    return bool(_DEALING.match(said))
