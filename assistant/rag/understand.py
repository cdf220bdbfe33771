"""Reads a question: what to search for, where, with which tools. Rules only, for now."""

import re

from assistant.domain.answers import Query, Question

_FISCAL_YEAR = re.compile(r"\b(?:FY|fiscal(?:\s+year)?)\s*'?((?:19|20)?\d{2})\b", re.I)
_QUARTER = re.compile(r"\bQ([1-4])\b", re.I)
_ORDINALS = {"1": "first", "2": "second", "3": "third", "4": "fourth"}
_LONGEST = 4000  # characters; a longer question is searched for by its beginning


def understand(question: Question) -> Query:
    """Return the query that a question stands for."""
    return Query(text=question.text.strip(), scope=question.scope)


def searchable(text: str) -> str:
    """Return the text as filings write it: "FY2019" also as "2019", "Q2" as "second quarter"."""
    text = text[:_LONGEST].replace("\x00", " ").strip()
    added = [_year(match[1]) for match in _FISCAL_YEAR.finditer(text)]
    added += [f"{_ORDINALS[match[1]]} quarter" for match in _QUARTER.finditer(text)]
    return " ".join([text, *dict.fromkeys(added)])


def _year(digits: str) -> str:
    return digits if len(digits) == 4 else f"20{digits}"
