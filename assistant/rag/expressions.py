"""Reads a definition such as "FY2019 revenue / (average PP&E between FY2018 and FY2019)".

    text ── tokens (terms, periods, numbers, signs) ── expression, or None

One grammar reads the formulas of the vocabulary and those that a question states. A word outside
the grammar ends the attempt: a definition that is only half understood is not understood.

    sum     := product (("+" | "-" | "less" | "plus") product)*
    product := factor (("*" | "/" | "divided by" | "times") factor)*
    factor  := number | "(" sum ")" | "average" factor between? | "change in" factor between?
             | period? term period?
    between := ("between" | "of" | "from")? period ("and" | "to" | "-") period
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from assistant.printed.fiscal import AskedPeriod, asked_period
from assistant.rag.line_items import find_terms


@dataclass(frozen=True, slots=True)
class Number:
    """A constant."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Item:
    """A line item or measure, in its own period or in the one the question asks for."""

    term: str
    period: AskedPeriod | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """Two expressions joined by "+", "-", "*" or "/"."""

    sign: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Mean:
    """The average over periods; over the asked one and the one before where none are named."""

    of: "Expression"
    periods: tuple[AskedPeriod, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """The last period less the first; the asked one less the one before where none are named."""

    of: "Expression"
    periods: tuple[AskedPeriod, ...] = ()


Expression: TypeAlias = Number | Item | Binary | Mean | Change

_SIGNS = {
    "+": "+",
    "plus": "+",
    "-": "-",
    "\u2013": "-",
    "\u2212": "-",
    "less": "-",
    "minus": "-",
    "*": "*",
    "\u00d7": "*",
    "x": "*",
    "times": "*",
    "multiplied by": "*",
    "/": "/",
    "\u00f7": "/",
    "divided by": "/",
    "over": "/",
}
_SIGN = re.compile(
    r"[+*/\u00d7\u00f7\u2013\u2212-]|(?:plus|less|minus|times|multiplied\s+by|divided\s+by|over|x)\b",
    re.I,
)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?![\w])")
_FILLER = re.compile(
    r"(?:the|of|in|for|a|an|its|their|company's|company|during|unadjusted|reported|year-end|"
    r"fiscal|year|total|at|end|from|ending|ended|respective)\b|[,:;'\"]",
    re.I,
)
_KEYWORD = re.compile(r"average|avg\.?|mean|change\s+in|increase\s+in|between|and|to|through", re.I)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # "sign", "number", "term", "period", "open", "close", "word"
    text: str
    period: AskedPeriod | None = None


def parse(text: str, own: Mapping[str, str] | None = None) -> Expression | None:
    """Return the expression a text states; None when any part of it is not understood.

    Args:
        text: The right side of a definition.
        own: Names that the question itself defines, and their ids.
    """
    tokens = _tokens(re.sub(r"\[[^\]]*\]", " ", text), own or {})
    if not tokens:
        return None
    parser = _Parser(tokens)
    found = parser.sum()
    return found if found is not None and parser.at_end else None


def _tokens(text: str, own: Mapping[str, str]) -> list[_Token]:
    """Cut a text into tokens; an empty list when a word is not known."""
    terms = {term.start: term for term in find_terms(text, own)}
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
        elif at in terms:
            tokens.append(_Token("term", terms[at].id))
            at = terms[at].end
        else:
            token, length = _plain_token(text, at)
            if not length:
                return []
            tokens += [token] if token else []
            at += length
    return tokens


def _plain_token(text: str, at: int) -> tuple[_Token | None, int]:
    """Return the token at a place that begins no term, and its length; 0 when there is none."""
    rest = text[at:]
    if rest[0] in "()":
        return _Token("open" if rest[0] == "(" else "close", rest[0]), 1
    if named := asked_period(rest):
        return _Token("period", rest[: named[1]], named[0]), named[1]
    if match := _NUMBER.match(rest):
        return _Token("number", match.group().replace(",", "")), match.end()
    if match := _KEYWORD.match(rest):
        return _Token("word", " ".join(match.group().lower().split())), match.end()
    if match := _SIGN.match(rest):
        return _Token("sign", _SIGNS[" ".join(match.group().lower().split())]), match.end()
    if match := _FILLER.match(rest):
        return None, match.end()
    return (None, 1) if rest == "." else (None, 0)


class _Parser:
    """Recursive descent over the tokens; every method returns None where the grammar ends."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def at_end(self) -> bool:
        """Whether every token was used."""
        return self._at == len(self._tokens)

    def sum(self) -> Expression | None:
        """Read a sum: products joined by + and -."""
        left = self._product()
        while left is not None and (sign := self._sign("+-")):
            right = self._product()
            left = Binary(sign, left, right) if right is not None else None
        return left

    def _product(self) -> Expression | None:
        left = self._factor()
        while left is not None and (sign := self._sign("*/")):
            right = self._factor()
            left = Binary(sign, left, right) if right is not None else None
        return left

    def _factor(self) -> Expression | None:
        token = self._next()
        if token is None:
            return None
        if token.kind == "number":
            return Number(Decimal(token.text))
        if token.kind == "open":
            inside = self.sum()
            return inside if self._take("close") else None
        if token.kind == "word":
            return self._over_time(token.text)
        return self._item(token)

    def _over_time(self, word: str) -> Expression | None:
        if word not in {"average", "avg", "avg.", "mean", "change in", "increase in"}:
            return None
        of = self._factor()
        if of is None:
            return None
        periods = self._between()
        return Change(of, periods) if word.endswith(" in") else Mean(of, periods)

    def _item(self, token: _Token) -> Expression | None:
        """Read a term with its period before or behind it."""
        period = token.period
        if token.kind == "period":
            following = self._next()
            if following is None or following.kind != "term":
                return None
            token = following
        elif token.kind != "term":
            return None
        elif behind := self._take("period"):
            period = behind.period
        return Item(token.text, period)

    def _between(self) -> tuple[AskedPeriod, ...]:
        """Read "between FY2018 and FY2019"; empty where no periods are named."""
        mark = self._at
        if self._peek("word") == "between":
            self._at += 1
        found = [token.period for token in [self._take("period")] if token]
        while found and (
            self._peek("word") in {"and", "to", "through"} or self._peek("sign") == "-"
        ):
            self._at += 1
            token = self._take("period")
            if token is None:
                break
            found.append(token.period)
        if len(found) < 2:
            self._at = mark
        return tuple(period for period in found if period) if len(found) > 1 else ()

    def _sign(self, wanted: str) -> str:
        token = self._peek("sign")
        if token and token in wanted:
            self._at += 1
            return token
        return ""

    def _peek(self, kind: str) -> str:
        if self.at_end or self._tokens[self._at].kind != kind:
            return ""
        return self._tokens[self._at].text

    def _take(self, kind: str) -> _Token | None:
        return self._next() if self._peek(kind) else None

    def _next(self) -> _Token | None:
        if self.at_end:
            return None
        self._at += 1
        return self._tokens[self._at - 1]
