"""Tells an order to change something from a question about what was changed.

    "cancel my open orders"  an order: a verb of changing where a clause begins, and what it is done to
    "cancelled orders", "orders that I cancelled", "cancel rate by venue"  questions

Verbs of changing are many, and half of them are also names of things ("open positions", "close", "buy
signals", "change in price"). A hard verb counts unless a word follows that makes it a name; a soft one
only with a word behind it that points at what is to be changed.
"""

import re


def _any(words: str) -> str:
    return "(?:" + "|".join(re.sub(r"_", r"\\s+", word) for word in words.split()) + ")"


_COURTESY = re.compile(
    r"(?:(?:please|pls|plz|kindly|hey|hi|hello|ok|okay|well|just|also|now|then|so|immediately|quickly|asap"
    r"|(?:can|could|would|will)\s+(?:you|u|we|i)|(?:i|we)\s+(?:want|wish|need|have|would\s+like|must|should|shall)"
    r"(?:\s+(?:you|him|her|them|it))?\s+to|(?:i|we)'d\s+like(?:\s+you)?\s+to|(?:i|we)\s+wanna|let'?s|let\s+(?:me|us)"
    r"|help\s+(?:me|us)(?:\s+to)?|go\s+ahead\s+and|go\s+and|you\s+(?:must|should|have\s+to|need\s+to)|try\s+to"
    r"|how\s+(?:do|can|could|would|should)\s+(?:i|we|you)|(?:is|would)\s+it\s+(?:be\s+)?possible(?:\s+for\s+you)?\s+to"
    r"|be\s+so\s+kind\s+(?:as\s+)?to|make\s+sure\s+(?:to|you)|your\s+task\s+is\s+to|it\s+is\s+time\s+to"
    r"|assistant|bot|system|admin)\b[\s,:]*)+"
)
_HARD = _any(
    "cancel delete del erase purge wipe truncate insert revoke grant rename withdraw deposit liquidate rebalance"
    " deactivate reactivate unlock modify overwrite undo revert rollback roll_back unsubscribe subscribe update edit"
    " amend alter reset restore upload install submit resubmit transfer wire enable disable activate suspend ban"
    " unban approve reject accept confirm terminate kill shut_down shutdown reboot restart vacuum reindex pay refund"
    " reimburse register enroll assign unassign reassign archive unarchive merge exercise redeem"
)
_SOFT = _any(
    "set change remove drop close open short trade place put move raise lower increase decrease reduce adjust replace"
    " bump mark flag unflag switch turn_on turn_off turn exit fill execute convert swap fix correct clear lock freeze"
    " unfreeze stop pause resume halt book record import load store write enter double halve reverse void block"
    " unblock verify hedge cover roll lend borrow send email mail"
)
_NAMES = _any(
    "rate rates ratio ratios count counts number numbers volume volumes reason reasons time times timestamp date dates"
    " frequency history statistics stats total totals percentage percent share fee fees size sizes by per vs versus of"
    " in on at from since between during and or orders? requests? signals? recommendations? recommended statuses status"
    " amounts? value values"
)
_POINTS = (
    r"(?:my|the|all|every|each|any|our|your|his|her|their|this|that|these|those|a|an|it|them|me|us|half|everything"
    r"|some|more|another|both|new|user|customer|client|portfolio|position|order|trade|account|number|\d[\d.,]*"
    r"|everyone|everybody|one|two|ten|hundred|long|short|limit|stop|alerts?|notifications?)"
)
_DEALS = _any("buy sell purchase acquire dump offload short")
_DEAL_NAMES = _any(
    "orders? signals? sides? volumes? trades? recommendations? advice ratings? limit stop market prices? and or vs"
    " versus to ratio ratios recommended positions? interest calls? recommends? fills? executions? transactions?"
    " pressure by per in of on at from"
)
_SYMBOL = re.compile(r"[A-Z]{1,5}(?:[.-][A-Z]{1,3})?$")
_SPECIAL = re.compile(
    r"(?:add\s+(?:a|an|another|new|me|user|one|\d[\d.,]*|.{1,60}\bto\s+(?:my|the|our|his|her)\s+\w*\s?"
    r"(?:portfolio|watchlist|account|table|database|positions?|orders?|list\s+of))\b"
    r"|create\s+(?:(?:a|an|the|my|me|another|new|some|\d+|user)\s+)+(?!\w*\s?(?:chart|table\s+(?:of|with|that)|list|report|summary"
    r"|ranking|overview|histogram|plot|graph|breakdown|pivot|view\s+of|comparison|bar|line|pie|scatter))\w"
    r"|open\s+(?:a|an|another|new)\s+(?!chart|question)\w+"
    r"|order\s+(?:\d|me\b|some\b|another\b|a\s+hundred)"
    r"|make\s+(?:.{1,40}\s)?(?:an?\s+)?(?:admin\w*|superuser|owner|public|private|inactive|active|verified|the\s+default)\b"
    r"|give\s+(?:.{1,40}\s)?(?:access|rights|permissions?|privileges|a\s+refund|a\s+discount)\b"
    r"|go\s+(?:long|short|flat)\b|get\s+(?:me\s+)?(?:out\s+of|rid\s+of)\b|take\s+(?:profit|a\s+position)\s+(?:on|in)\b"
    r"|put\s+in\s+an?\b|sign\s+(?:me|us)\s+|log\s+(?:me|us)\s+|double\s+down\b|stop\s+(?:all|my|the|trading)\b"
    r"|invest\s+(?:\W?\d|my|in|all|everything)|save\s+(?:this|it|my|the)\b|forget\s+(?:my|me)\b"
    r"|schedule\s+(?:a|an|my|the)\b|notify\s+(?:me|us|all|every)|remind\s+(?:me|us)|alert\s+(?:me|us)\b)"
)
_ELSEWHERE = re.compile(
    r"(?:storniere|l(?:ö|oe)sche|verkaufe?|kaufe?|(?:ä|ae)ndere|setze|entferne|(?:ü|ue)berweise|schlie(?:ß|ss)e"
    r"|annule[rz]?|supprime[rz]?|efface[rz]?|vend(?:s|ez|re)|ach(?:è|e)te[rz]?|modifie[rz]?|cl(?:ô|o)ture[rz]?|change[rz]\s+(?:mon|ma|mes|le|la)"
    r"|cancela[r]?|borra[r]?|elimina[r]?|vende[r]?|compra[r]?|cambia[r]?|modifica[r]?|cierra|annulla|cancella|vendi"
    r"|verwijder|annuleer|verkoop|koop)\s"
)
_LIKE = re.compile(rf"(?:{_HARD})\s+(?!{_NAMES}\b)\S")
_POINTING = re.compile(rf"(?:{_SOFT}|{_HARD})\s+(?:down\s+|up\s+|out\s+)?{_POINTS}\b")
_DEALING = re.compile(
    rf"{_DEALS}\s+(?!{_DEAL_NAMES}\b)(?:{_POINTS}\b|[\w.&-]+(?:\s+[\w.&-]+){{0,3}}\s*"
    r"(?:now|today|tomorrow|immediately|at\s+(?:the\s+)?(?:market|open|close)|for\s+me|shares?|stocks?|if|when|\bat\s+\d)?\s*[.!]*$)"
)
_REFINES = re.compile(
    r"(?:drop|remove|add|set|change|replace|turn|switch|move|reverse|put|lower|raise|increase|reduce|stop|clear)\s"
)
_OWNED = re.compile(
    r"\b(?:my|database|table|stop[\s-]?loss|take[\s-]?profit|risk\s+tolerance|password|e-?mail|account|watchlist|settings?)\b"
)
_ASKS = re.compile(
    r"(?:what|which|who|whom|whose|when|where|why|how|do|does|did|is|are|was|were|has|have|had|users?|customers?"
    r"|clients?|traders?|people|those|all|the|my|number|count|average|share|orders|trades|positions)\b"
)
_CLAUSES = re.compile(r"[.;!?\n]+\s*|,?\s+(?:and\s+)?(?:then|afterwards|after\s+that)\s+")
_JOINED = re.compile(r",\s+|,?\s+(?:and|but)\s+(?:also\s+)?")


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
    said = _bare(clause)
    if follows and _REFINES.match(said) and not _OWNED.search(said):
        return False
    if _LIKE.match(said) or _ELSEWHERE.match(said) or _SPECIAL.match(said):
        return True
    if joined:  # "stocks that they buy and sell the same day"
        return bool(re.match(rf"(?:{_SOFT}|{_DEALS})\s+(?:it|them|those|these|all\s+of)\b", said))
    return bool(_POINTING.match(said)) or _deals(said, clause)


def _deals(said: str, clause: str) -> bool:
    """Whether it is an order to buy or sell: "sell Tesla now", "buy AAPL", not "buy signals"."""
    words = clause.split()
    if len(words) >= 2 and re.fullmatch(_DEALS, words[0].casefold()) and _SYMBOL.match(words[1]):
        return len(words) == 2 or not re.match(_DEAL_NAMES, words[2].casefold())
    return bool(_DEALING.match(said))
