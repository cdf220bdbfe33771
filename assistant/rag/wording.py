"""Writes a computed result: the figure first, then how it was reached, then each row it stands on.

    FY2019 fixed asset turnover: 24.26 [E1][E2]

    Formula: ...
    Calculation: 6,489 / ((282 + 253) / 2) = 24.26 [E1][E2]

    Revenue: $6,489 million in FY2019
    > Total net revenues | 6,489 | 7,500 | 7,017 [E1]

Rows are verbatim but for the bars between their cells, so a citation quotes what the page prints.
"""

from collections.abc import Sequence
from decimal import Decimal

from assistant.printed.cells import GAP
from assistant.rag.asking import YES_NO, Shape
from assistant.rag.compute import Result, Step, bracketed, rounded, show
from assistant.rag.line_items import formulas
from assistant.rag.lookup import Operand

_SCALES = {
    None: "",
    Decimal(1_000): " thousand",
    Decimal(10**6): " million",
    Decimal(10**9): " billion",
}
_SHAPES = {
    Shape.AVERAGE: "average ",
    Shape.CHANGE: "change in ",
    Shape.GROWTH: "growth of ",
    Shape.CAGR: "compound annual growth rate of ",
}


def worded(result: Result) -> list[str]:
    """Return the paragraphs of an answer, every figure behind its labels."""
    done = calculation(result)
    if len(result.operands) == 1 and not done:  # stated as it is printed: once is enough
        [operand] = result.operands
        return [f"{_headline(result)}\n{_printed(operand)}"]
    paragraphs = [f"{_headline(result)} {marks(result.operands)}"]
    if done:
        paragraphs.append(f"{formula(result)}{done}")
    paragraphs += stated_rows(result.operands)
    return paragraphs


def marks(operands: Sequence[Operand]) -> str:
    """Return the labels of the operands, each once, in brackets."""
    return "".join(f"[{label}]" for label in dict.fromkeys(item.label for item in operands))


def _headline(result: Result) -> str:
    ask, periods = result.ask, result.periods
    if ask.shape in YES_NO:
        return _yes_no(result)
    if len(periods) > 1:
        when = f"{periods[0].words} to {periods[-1].words}"
        return f"{when} {_SHAPES.get(ask.shape, '')}{ask.name}: {result.shown}"
    return f"{periods[0].words} {ask.name}: {result.shown}"


def _yes_no(result: Result) -> str:
    """Say yes or no, then the figure in each period."""
    says = "Yes" if result.verdict else "No"
    values = [show(step, result.unit, result.ask) for step in result.steps]
    named = [
        f"{value} in {period.words}" for value, period in zip(values, result.periods, strict=True)
    ]
    if len(named) == 1:
        return f"{says}. {_capital(result.ask.name)} was {named[0]}."
    change = result.steps[-1].value - result.steps[0].value
    moved = "rose" if change > 0 else "fell" if change < 0 else "did not change"
    by = _moved_by(result)
    return f"{says}. {_capital(result.ask.name)} {moved}{by}: {named[0]}, {named[-1]}."


def _moved_by(result: Result) -> str:
    """Return how far an amount moved, in percent of where it was."""
    first, last = result.steps[0].value, result.steps[-1].value
    if result.unit == "percent" or first <= 0 or first == last:
        return ""
    return f" by {rounded(abs(last - first) / first * 100, 1):f}%"


def formula(result: Result) -> str:
    """Return the line that names the formula; empty where the filing states the measure itself."""
    ask = result.ask
    if ask.definition:
        return f"Formula (as the question defines it): {ask.definition}\n"
    target = getattr(ask.target, "term", "")
    known = formulas().get(target)
    if known and all(operand.name == known.name for operand in result.operands):
        return ""  # the filing states the measure itself
    return f"Formula: {known.name} = {known.formula} (source: {known.source})\n" if known else ""


def calculation(result: Result) -> str:
    """Return how the result was reached, with its labels; empty where there was nothing to do."""
    labels = marks(result.operands)
    if result.ask.shape in YES_NO:
        lines = [
            f"{period.words}: {_equation(step, show(step, result.unit, result.ask))}"
            for step, period in zip(result.steps, result.periods, strict=True)
            if len(step.operands) > 1
        ]
        if _moved_by(result):
            first, last = result.steps[0], result.steps[-1]
            change = last.value / first.value * 100 - 100
            text = (
                f"({bracketed(last.text)} / {bracketed(first.text)}) - 1 = {rounded(change, 1):f}%"
            )
            lines.append(f"change: {text}")
        return f"Calculation: {'; '.join(lines)} {labels}" if lines else ""
    if len(result.operands) < 2:
        return ""
    return f"Calculation: {_equation(result.step, result.shown)} {labels}"


def _equation(step: Step, shown: str) -> str:
    return f"{step.text} = {shown}"


def stated_rows(operands: Sequence[Operand]) -> list[str]:
    """Write each row once, the figures taken from it before it."""
    by_row: dict[tuple[str, str, str], list[Operand]] = {}
    for operand in operands:
        by_row.setdefault((operand.label, operand.line, operand.name), []).append(operand)
    return [_row(name, found) for (_, _, name), found in by_row.items()]


def _row(name: str, operands: Sequence[Operand]) -> str:
    stated = ", ".join(f"{_amount(item)} in {item.period.words}" for item in operands)
    return f"{_capital(name)}: {stated}\n{_printed(operands[0])}"


def _printed(operand: Operand) -> str:
    """Quote the operand's row, its cells parted by bars, with its label."""
    rows = [GAP.sub(" | ", part.strip()) for part in operand.line.split("\n") if part.strip()]
    return "> " + "\n> ".join(rows) + f" [{operand.label}]"


def _amount(operand: Operand) -> str:
    """Write a figure with its unit, as many digits as the row prints."""
    digits = f"{abs(operand.printed):,f}"
    sign = "-" if operand.printed < 0 else ""
    if operand.unit == "percent":
        return f"{sign}{digits}%"
    if operand.unit == "shares":
        return f"{sign}{digits}{_SCALES.get(operand.scale, '')} shares"
    if operand.scale is None:
        return f"{sign}{digits}"
    return f"{sign}${digits}{_SCALES.get(operand.scale, '')}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
