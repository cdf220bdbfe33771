"""Does the sums that an answer writes: "(282 + 253) / 2 = 267.5".

Decimal throughout. Scale words and percent signs count, a power is allowed for compound growth, and
anything else on the left of the sign makes the equation unreadable, which proves nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, DecimalException, localcontext

from assistant.rag.figures import Found, figures

_LEFT = re.compile(
    r"(?:[\d.,$\u20ac\u00a3%()+*/\u00d7\u00f7^\s\u2212\u2013-]|\b(?:thousand|million|billion)s?\b)+$"
)
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d[\d,]*(?:\.\d+)?|\.\d+)\s*(?P<percent>%)?"
    r"(?:\s*(?P<scale>thousand|million|billion)s?)?|(?P<sign>[-+*/^()]))"
)
_SCALES = {"thousand": Decimal(1_000), "million": Decimal(1_000_000), "billion": Decimal(10**9)}
_SIGNS = str.maketrans({"\u00d7": "*", "\u00f7": "/", "\u2212": "-", "\u2013": "-"})
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2, "^": 3}
_POWER_LIMIT = 1000
_OPEN = "("


@dataclass(frozen=True, slots=True)
class Equation:
    """A sum as written: its left side from `start` to `end`, its value, and the stated result."""

    start: int
    end: int
    value: Decimal
    result: Found


def equations(text: str) -> Iterator[Equation]:
    """Yield the sums of a text whose left side can be done."""
    found = {figure.start: figure for figure in figures(text)}
    for sign in re.finditer(r"=\s*", text):
        left = _LEFT.search(text[: sign.start()])
        result = next((found[at] for at in sorted(found) if at >= sign.end() - 1), None)
        if left is None or result is None or text[sign.end() : result.start].strip():
            continue
        value = evaluate(left.group())
        if value is not None:
            yield Equation(left.start(), left.end(), value, result)


def evaluate(text: str) -> Decimal | None:
    """Return what a sum comes to; None when it is none, or cannot be done."""
    tokens = _tokens(re.sub(r"[$\u20ac\u00a3]", "", text.translate(_SIGNS)).strip())
    if not any(token in _PRECEDENCE for token in tokens):
        return None
    with localcontext() as context:
        context.prec = 28
        try:
            return _evaluated(tokens)
        except (DecimalException, IndexError, ZeroDivisionError):
            return None


def _tokens(text: str) -> list[Decimal | str]:
    tokens: list[Decimal | str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return [] if text[at:].strip() else tokens
        if match["sign"]:
            tokens.append(match["sign"])
        else:
            value = Decimal(match["number"].replace(",", ""))
            value *= _SCALES.get(match["scale"] or "", Decimal(1))
            tokens.append(value / 100 if match["percent"] else value)
        at = match.end()
    return tokens


def _evaluated(tokens: list[Decimal | str]) -> Decimal | None:
    """Shunting-yard; a sign with no value before it begins a negative number."""
    values: list[Decimal] = []
    signs: list[str] = []
    ready = False  # whether a value stands before the next token
    for token in tokens:
        if isinstance(token, Decimal):
            if ready:
                return None
            values.append(token)
            ready = True
        elif token in _PRECEDENCE:
            if not ready:
                values.append(Decimal(0))
            _reduce(values, signs, _PRECEDENCE[token])
            signs.append(token)
            ready = False
        else:
            ready = _bracket(token == _OPEN, values, signs)
    _reduce(values, signs, 0)
    return values[0] if len(values) == 1 and not signs else None


def _bracket(opens: bool, values: list[Decimal], signs: list[str]) -> bool:
    """Open or close a bracket; return whether a value stands before what follows."""
    if opens:
        signs.append(_OPEN)
        return False
    while signs and signs[-1] != _OPEN:
        _apply(values, signs.pop())
    signs.pop()
    return True


def _reduce(values: list[Decimal], signs: list[str], precedence: int) -> None:
    while signs and signs[-1] != _OPEN and _PRECEDENCE[signs[-1]] >= precedence:
        _apply(values, signs.pop())


def _apply(values: list[Decimal], sign: str) -> None:
    right, left = values.pop(), values.pop()
    if sign == "^" and (abs(right) > _POWER_LIMIT or left <= 0):
        raise ZeroDivisionError
    done = {
        "+": lambda: left + right,
        "-": lambda: left - right,
        "*": lambda: left * right,
        "/": lambda: left / right,
        "^": lambda: (left.ln() * right).exp(),
    }
    values.append(done[sign]())
