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
    (re.compile(r"\b(?:(?:the|its|their)\s+)?(?:prior|previous|preceding|last)[\s-]+(?:fiscal\s+)?(?P<unit>year|quarter)(?:'s)?\b", re.I), "", -1),
    (re.compile(r"\b(?:(?:the|its|their)\s+)?(?:following|next|subsequent)\s+(?:fiscal\s+)?(?P<unit>year|quarter)(?:'s)?\b", re.I), "", 1),
)  # fmt: skip
_SAME = re.compile(
    rf"\b{_LEADING}(?:(?:that|the\s+same)\s+(?:fiscal\s+)?(?:year|quarter|period)|then)\b", re.I
)


def tells_by_another(text: str) -> bool:
    """Whether a text names a time by another one."""
    return bool(_SAME.search(text)) or any(rule.search(text) for rule, _, _ in _RULES)


def without_same(text: str) -> str:
    """Return the text without "in that year", "then": the time of the turn before is meant."""
    return " ".join(_SAME.sub(" ", text).split())


def moved(text: str, base: Periods) -> tuple[str, Periods | None]:
    """Return the text with one such time marked by "{}", and the time that it stands for.

    Args:
        text: The question.
        base: The times of the turn before.
    """
    for rule, unit, sign in _RULES:
        if match := rule.search(text):
            parts = match.groupdict()
            count = _COUNTS.get((parts.get("count") or "a").lower()) or int(parts["count"])
            by_quarter = (unit or parts.get("unit") or "year").lower() == "quarter"
            there = _moved(base, sign * count, by_quarter)
            return text[: match.start()] + "{}" + text[match.end() :], there
    return text, None


def _moved(base: Periods, by: int, by_quarter: bool) -> Periods | None:
    if not base.years:
        return None
    year = base.years[0] if by < 0 else base.years[-1]
    if by_quarter and base.quarter:
        count = year * 4 + base.quarter - 1 + by
        return Periods((count // 4,), count % 4 + 1)
    return replace(base, years=(year + by,), dates=())
