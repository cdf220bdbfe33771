"""Times told by another time: "the year before", "the same quarter last year", "then".

previous turn: Q2 FY2025        "a year earlier" -> Q2 FY2024        "the quarter before" -> Q1 FY2025
"""

import re
from dataclasses import replace

from assistant.domain.understanding import Periods

_COUNTS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
_COUNT = r"(?P<count>a|one|two|three|four|five|[1-9])"
_BACK = r"before|earlier|prior|previously|ago|back"
_FORWARD = r"after|later|afterwards|on"
_LEADING = r"(?:(?:in|for|during|over|at|from|of)\s+)?"
_RULES = (
    (re.compile(rf"\b(?:the\s+)?same\s+(?:quarter|period|time)\s+(?:of\s+)?(?:{_COUNT}\s+years?\s+(?:{_BACK})|(?:the\s+)?(?:last|prior|previous)\s+year|the\s+year\s+before)\b", re.I), "year", -1),
    (re.compile(rf"\b{_COUNT}\s+(?P<unit>year|quarter)s?\s+(?:{_BACK})\b", re.I), "", -1),
    (re.compile(rf"\b{_COUNT}\s+(?P<unit>year|quarter)s?\s+(?:{_FORWARD})\b", re.I), "", 1),
    (re.compile(rf"\bthe\s+(?P<unit>year|quarter)\s+(?:{_BACK})(?:\s+(?:that|it))?\b", re.I), "", -1),
    (re.compile(rf"\bthe\s+(?P<unit>year|quarter)\s+(?:{_FORWARD})(?:\s+(?:that|it))?\b", re.I), "", 1),
    (re.compile(r"\bbefore\s+that\b", re.I), "year", -1),
    (re.compile(r"\b(?:(?:the|its|their)\s+)?(?:prior|previous|preceding|last)[\s-]+(?:fiscal\s+)?(?P<unit>year|quarter)(?:'s)?\b", re.I), "", -1),
    (re.compile(r"\b(?:(?:the|its|their)\s+)?(?:following|next|subsequent)\s+(?:fiscal\s+)?(?P<unit>year|quarter)(?:'s)?\b", re.I), "", 1),
)  # fmt: skip
_SAME = re.compile(
    rf"\b{_LEADING}(?:(?:that|the\s+same)\s+(?:fiscal\s+)?(?:year|quarter|period)|then)\b", re.I
)
_SAME_OF = re.compile(
    r"\bthe\s+same\s+(?:quarter|period)\s+(?:of|in)\s+(?P<year>(?:19|20)\d\d)\b", re.I
)
_WHOLE = re.compile(
    r"\b(?:the\s+)?(?:full|whole|entire)[\s-]+(?:fiscal\s+)?year\b(?!\s*(?:19|20)\d\d)", re.I
)


def tells_by_another(text: str) -> bool:
    """Whether a text names a time by another one."""
    rules = (_SAME, _SAME_OF, _WHOLE, *(rule for rule, _, _ in _RULES))
    return any(rule.search(text) for rule in rules)


def with_same(text: str, when: str) -> str:
    """Return the text with "in that year", "then" said as the time of the turn before is."""
    return " ".join(_SAME.sub(lambda _: when, text).split()).replace(" ?", "?")


def moved(text: str, base: Periods) -> tuple[str, Periods | None]:
    """Return the text with one such time marked by "{}", and the time that it stands for.

    Args:
        text: The question.
        base: The times of the turn before.
    """
    if match := _SAME_OF.search(text):
        there = Periods((int(match["year"]),), base.quarter)
        return text[: match.start()] + "{}" + text[match.end() :], there
    if match := _WHOLE.search(text):
        there = Periods(base.years[-1:])
        return text[: match.start()] + "{}" + text[match.end() :], there
    for rule, unit, sign in _RULES:
        if match := rule.search(text):
            parts = match.groupdict()
            count = _COUNTS.get((parts.get("count") or "a").lower()) or int(parts["count"])
            by_quarter = (unit or parts.get("unit") or "year").lower() == "quarter"
            there_or_none = _moved(base, sign * count, by_quarter)
            return text[: match.start()] + "{}" + text[match.end() :], there_or_none
    return text, None


def _moved(base: Periods, by: int, by_quarter: bool) -> Periods | None:
    if not base.years or (by_quarter and not base.quarter):
        return None
    year = base.years[0] if by < 0 else base.years[-1]
    if base.quarter and by_quarter:
        count = year * 4 + base.quarter - 1 + by
        return Periods((count // 4,), count % 4 + 1)
    return replace(base, years=(year + by,), dates=())
