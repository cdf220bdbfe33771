"""Finds questions that can be read in several ways, and what to choose from instead.

    "how am I doing?"  what is measured, over which period?      figures of the layer, and periods
    "best stocks"      by what?                                  the same, of what is ranked
    "profit this period"  which one?                             the question with periods in its place
    "compare them"     with nothing before it                    questions that can be answered

A question is asked back only where a person would have to: one word that says what is measured, or a
period, and it is written for.
"""

import re
from collections.abc import Iterator, Sequence

from assistant.domain.queries import AskedBack
from assistant.domain.semantics import Metric, SemanticLayer

_PERIODS = ("this month", "this year", "in the last 12 months")
_MOST = 4  # choices
_MEASURE = re.compile(
    r"\b(?:returns?|gain(?:s|ed|ers?)?|profits?|profitab\w+|loss(?:es)?|losers?|lost|p\s?&\s?l|pnl|earn(?:ed|s|ings?)?|volumes?|prices?"
    r"|closes?|closing|market\s+cap\w*|capitali[sz]ation|yields?|dividends?|revenues?|income|margins?|eps|growth|grew|grow(?:n|ing)"
    r"|volatil\w+|betas?|risk\w*|ratings?|scores?|accura\w+|errors?|mape|mae|rmse|hit\s+rates?|win\s+rates?|sharpe|drawdowns?|turnover"
    r"|fees?|commissions?|sales|value[ds]?|valuations?|worth|trad(?:ed|es|ing)|active|confiden\w+|outcomes?|acceptance|accepted|counts?"
    r"|numbers?\s+of|how\s+(?:many|much)|orders?|positions?|cost(?:s|ly)?|cheap\w*|expensive|liquid\w*|correlat\w+|correct|exposure"
    r"|balances?|cash|quantit\w+|notional|assets|debt|weights?|diversif\w+|concentrat\w+|fill(?:s|ed)?|predict\w*\s+best)\b"
)
_CRITERION = re.compile(
    r"\b(?:by|with|based\s+on|in\s+terms\s+of|according\s+to|measured|ranked|most|highest|lowest|largest|smallest|biggest|least|fewest"
    r"|greatest|longest|shortest|newest|oldest|latest|earliest|fastest|slowest|more\s+than|less\s+than|above|below|over\s+\W?\d|under\s+\W?\d"
    r"|at\s+(?:least|most))\b|[<>=]"
)
_PERIOD = re.compile(
    r"\b(?:today|yesterday|tonight|(?:this|last|past|previous|current|next|every|each|per)\s+(?:\w+\s+)?(?:day|week|month|quarter|year|hour)s?"
    r"|(?:last|past)\s+(?:\d+|few|two|three|four|five|six|seven|ten|twelve)\s+\w+|(?:19|20)\d\d|ytd|mtd|qtd|year[\s-]to[\s-]date|since|q[1-4]"
    r"|all[\s-]time|ever|overall|so\s+far|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|(?:one|two|three|six|\d+)\s+(?:day|week|month|quarter|year)s?|latest|daily|weekly|monthly|quarterly|yearly|annual\w*)\b"
)
_WELL = re.compile(
    r"\bhow(?:'?s|\s+(?:am|are|is|was|were|have|has|had|do|does|did|good|well|goes))?\b.{0,60}?"
    r"\b(?:doing|going|performing|perform(?:ed)?|faring|fare[ds]?|looking|look|developing|coming\s+along|holding\s+up|done|been|do)\s*[?.!]*$"
)
_JUDGED = re.compile(
    r"\b(?:best|worst|top|bottom|good|bad|great|hot(?:test)?|strong(?:est)?|weak(?:est)?|interesting|promising|favou?rite|leading|nice(?:st)?"
    r"|star|outstanding|recommended|decent|solid|excellent|important|right)\b"
)
_RANKED = (
    r"(?:stocks?|shares|compan(?:y|ies)|instruments?|tickers?|symbols?|etfs?|securit(?:y|ies)|investments?|picks?|names?|assets?|users?"
    r"|customers?|clients?|traders?|investors?|portfolios?|funds?|models?|signals?|sectors?|industr(?:y|ies)|venues?|strateg(?:y|ies)|cryptos?"
    r"|coins?|ones?|performers?|options?|opportunit(?:y|ies)|recommendations?|predictions?)"
)
_JUDGED_THING = re.compile(
    rf"{_JUDGED.pattern}\s+(?:(?:\d+|two|three|five|ten|few|of|our|the|my|tech|us|european|german|american|crypto|ai|energy|growth|\w+ing)\s+){{0,3}}"
    rf"(?P<what>{_RANKED})\b|\b(?:which|what)\s+(?P<that>{_RANKED})\s+(?:is|are|were|was|looks?)\s+(?:the\s+|so\s+|really\s+|any\s+)?{_JUDGED.pattern}\s*[?.!]*$"
)
_MODEL = re.compile(
    r"\b(?:models?|lstms?|transformers?|cnns?|ensembles?|predictions?|forecasts?|forecasting|algorithms?|ai)\b"
)
_QUALITY = re.compile(
    r"\b(?:performances?|performs?|performing|quality|how\s+(?:good|well|reliable|useful|trustworthy)|reliability|success|track\s+record"
    r"|effectiveness|skills?|any\s+good|work(?:s|ing)?\s+well)\b"
)
_MODEL_MEASURE = re.compile(
    r"\b(?:errors?|mape|mae|rmse|hit\s+rates?|accura\w+|correct\w*|confiden\w+|returns?|win\s+rates?|outcomes?|calibrat\w+|bias\w*|direction\w*"
    r"|number|counts?|how\s+many|versions?|latency|acceptance|accepted|p\s?&\s?l|pnl|profit\w*)\b"
)
_UNSAID_PERIOD = re.compile(
    r"\b(?:(?:(?:in|over|during|for|within|of)\s+)?(?:this|the|that|the\s+current|current|a\s+given|the\s+given|some|a\s+certain|the\s+last"
    r"|last|the\s+previous|previous|the\s+same)\s+period(?!\s*(?:end|of\s+\d|from|between|start|that|ended|\d|for\s+which|report))\b"
    r"|(?<!most\s)(?<!more\s)\b(?:recently|lately)|(?:a\s+while|some\s+time|a\s+time)\s+ago|the\s+other\s+day|back\s+then"
    r"|at\s+(?:some|that)\s+(?:point|time)|around\s+that\s+time|for\s+a\s+while)\b"
)
_DANGLING = (
    re.compile(
        r"^(?:and|but|also|or|then|instead|likewise|again|same(?=\s+(?:for|but|by|in|with|without|thing|query|question|as)\b|\s*$)|more(?=\s*$)"
        r"|(?:now\s+)?(?:only|just)\s+(?:the\s+)?(?:those|these|ones|with|where|in|for|by|from|last|los\w+|winn\w+)|now\s+(?:by|per|for|with|without|the\s+same)|(?:and\s+)?(?:what|how)\s+about|(?:without|except|excluding)\s+(?:the|those|these|them|it)|as\s+before)\b"
    ),
    re.compile(
        r"^(?:(?:please|can\s+you|could\s+you|and)\s+)*(?:compare|show|list|sort|order|group|break|filter|plot|chart|rank|split|give|explain|repeat"
        r"|refine|narrow|put|draw|display|do|limit|sum|add\s+up|total|count|describe)\s+(?:me\s+)?(?:it|them|that|those|these|this|both)\b(?!\s+(?:week|month"
        r"|quarter|year|day|stock|compan|symbol|user|portfolio|order|trade|position|sector))"
    ),
    re.compile(
        r"\b(?:which|how\s+many|what|any|some|all|none|most|each|who)\s+of\s+(?:them|those|these|it)\b(?!\s+\w+s\s)"
    ),
    re.compile(
        r"\b(?:(?:with|to|than|as|like|since)\s+(?:the\s+)?(?:last\s+time|before|previous\s+(?:one|query|result|answer|question)|last\s+(?:one|query|result|answer)))\s*[?.!]*$"
    ),
    re.compile(r"^(?:by|per)\s+\w+(?:\s+\w+)?\s*[?.!]*$"),
    re.compile(
        r"^(?:yes|no|ok|okay|the\s+(?:first|second|third|last|other|former|latter)(?:\s+one)?|that\s+one|this\s+one|all\s+of\s+them)\s*[?.!]*$"
    ),
)
_SAYS_NOTHING = frozenset(
    [
        "a",
        "about",
        "all",
        "an",
        "and",
        "any",
        "anything",
        "are",
        "available",
        "be",
        "can",
        "could",
        "data",
        "display",
        "do",
        "everything",
        "figures",
        "find",
        "for",
        "from",
        "get",
        "give",
        "go",
        "have",
        "hello",
        "help",
        "hey",
        "hi",
        "i",
        "info",
        "information",
        "interesting",
        "is",
        "it",
        "latest",
        "like",
        "list",
        "look",
        "me",
        "metrics",
        "more",
        "my",
        "need",
        "new",
        "nice",
        "now",
        "number",
        "numbers",
        "of",
        "ok",
        "our",
        "overall",
        "overview",
        "performance",
        "please",
        "portfolio",
        "quick",
        "report",
        "result",
        "results",
        "see",
        "show",
        "situation",
        "some",
        "something",
        "stat",
        "statistics",
        "stats",
        "status",
        "stuff",
        "summary",
        "tell",
        "thank",
        "thanks",
        "that",
        "the",
        "there",
        "thing",
        "things",
        "this",
        "to",
        "trading",
        "account",
        "dashboard",
        "up",
        "update",
        "us",
        "want",
        "we",
        "what",
        "whats",
        "with",
        "would",
        "you",
        "your",
        "kpis",
        "anything",
        "else",
        "good",
        "morning",
        "evening",
        "afternoon",
        "stock",
        "stocks",
        "market",
    ]
)
_THINGS = frozenset(
    ["stock", "stocks", "market", "portfolio", "account", "trading", "all", "everything"]
)
_OF_MODELS = re.compile(r"predict|forecast|model")


def asked_back(text: str, follows: bool, layer: SemanticLayer) -> AskedBack | None:
    """Return what to ask back; None where the question says enough.

    Args:
        text: The question, white space folded, in small letters.
        follows: Whether a question stands before it.
        layer: What the choices are made of.
    """
    if not follows and any(sign.search(text) for sign in _DANGLING):
        return AskedBack(
            "What does this go on from? Ask it as a whole question.", _answerable(layer)
        )
    if found := None if follows else _UNSAID_PERIOD.search(text):
        return AskedBack("Which period do you mean?", tuple(_with_periods(text, found)))
    if _MODEL.search(text) and _QUALITY.search(text) and not _MODEL_MEASURE.search(text):
        return AskedBack("What of the predictions is to be measured?", _of_models(layer))
    if (found := _JUDGED_THING.search(text)) and not _measured(text, layer):
        what = found["what"] or found["that"]
        return AskedBack(f"By what are the {what} to be ranked?", _ranked(what, layer))
    if _is_empty(text, follows) or (_WELL.search(text) and not _says_what(text, layer)):
        return AskedBack("What is to be measured, and over which period?", _measures(layer))
    return None


def _measured(text: str, layer: SemanticLayer) -> bool:
    """Whether a text says what is measured, in words of the field or in those of the layer."""
    if _CRITERION.search(text) or _MEASURE.search(text):
        return True
    return any(_says(text, name) for one in layer.metrics for name in (one.name, *one.synonyms))


def _says(text: str, name: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(name.casefold())}(?!\w)", text))


def _says_what(text: str, layer: SemanticLayer) -> bool:
    return bool(_PERIOD.search(text)) or _measured(text, layer)


def _is_empty(text: str, follows: bool) -> bool:
    """Whether no word of a text says anything that rows could be chosen by."""
    words = re.findall(r"[^\W\d_]+", text)
    said = [word for word in words if word not in _SAYS_NOTHING]
    alone = "performance" in words or not _THINGS & set(words)
    return not said and not follows and alone and not re.search(r"\d", text)


def _measures(layer: SemanticLayer) -> tuple[str, ...]:
    """Return questions for figures of rows that belong to users, else for any."""
    owned = {name for name, meaning in layer.tables.items() if meaning.owner}
    own = [one for one in layer.metrics if one.aggregate and owned & set(one.tables)]
    others = [one for one in layer.metrics if one.aggregate and one not in own]
    asked = [
        f"What is the {one.name} {period}?"
        for one, period in zip(own or others, _PERIODS, strict=False)
    ]
    return tuple(asked) or _answerable(layer)


def _ranked(what: str, layer: SemanticLayer) -> tuple[str, ...]:
    metrics = [one for one in layer.metrics if one.aggregate] or list(layer.metrics)
    return tuple(f"Top 10 {what} by {one.name} {_PERIODS[1]}" for one in metrics[:_MOST]) or (
        _answerable(layer)
    )


def _of_models(layer: SemanticLayer) -> tuple[str, ...]:
    found = [one for one in layer.metrics if _is_of_models(one)]
    return tuple(f"What is the {one.name} by model {_PERIODS[1]}?" for one in found[:_MOST]) or (
        _answerable(layer)
    )


def _is_of_models(metric: Metric) -> bool:
    return any(_OF_MODELS.search(name) for name in (*metric.tables, metric.name))


def _with_periods(text: str, found: re.Match[str]) -> Iterator[str]:
    for period in _PERIODS:
        yield f"{text[: found.start()]}{period}{text[found.end() :]}".strip()


def _answerable(layer: SemanticLayer) -> tuple[str, ...]:
    """Return questions that can be answered: verified ones, else one a table."""
    examples: Sequence[str] = [one.question for one in layer.examples[:_MOST]]
    tables = [
        f"How many {name.replace('_', ' ')} are there?" for name in list(layer.tables)[:_MOST]
    ]
    return tuple(examples) or tuple(tables)
