"""Computes what a question asks from the rows of one filing, exactly and with every operand kept.

    Ask + FilingTables ── expression, evaluated ── Result (value, calculation, operands)

Arithmetic is decimal; the calculation is written as it was done, so that verification can do it
again from the cited figures. One operand that no row states ends the computation: there is no
partial answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation, localcontext

from assistant.printed.fiscal import AskedPeriod
from assistant.rag.asking import YES_NO, Ask, Shape, needs_two_periods
from assistant.rag.expressions import Binary, Change, Expression, Item, Mean, Number, parse
from assistant.rag.line_items import formulas, metrics
from assistant.rag.lookup import FilingTables, Operand

_DEEPEST = 8  # definitions inside definitions
_SCALE_WORDS = {
    Decimal(1_000): " thousand",
    Decimal(1_000_000): " million",
    Decimal(1_000_000_000): " billion",
}


@dataclass(frozen=True, slots=True)
class Step:
    """An evaluated expression: its value, how it was reached, and from which figures.

    `value` is in whole units; `text` writes figures as printed. `kind` is "money", "percent",
    "per_share", "shares" or "number".
    """

    value: Decimal
    text: str
    kind: str
    operands: tuple[Operand, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What was computed. `steps` holds the measure in each period that was compared."""

    ask: Ask
    periods: tuple[AskedPeriod, ...]
    step: Step
    steps: tuple[Step, ...]
    unit: str
    shown: str
    verdict: bool | None = None

    @property
    def operands(self) -> tuple[Operand, ...]:
        """Every figure that went in, once, in the order of the calculation."""
        return tuple(dict.fromkeys(self.step.operands))


def compute(ask: Ask, filing: FilingTables) -> Result | None:
    """Return the result of an ask over one filing; None when a needed row is not stated."""
    periods = _periods(ask, filing)
    if not periods:
        return None
    filing.learn_year_end(periods)
    with localcontext() as context:
        context.prec = 28
        try:
            return _result(ask, filing, periods)
        except (InvalidOperation, ZeroDivisionError):
            return None


def _periods(ask: Ask, filing: FilingTables) -> tuple[AskedPeriod, ...]:
    """Return the periods to evaluate: those named, with the year before where one is compared."""
    named = ask.periods or tuple(period for period in [filing.newest()] if period)
    if not named:
        return ()
    if needs_two_periods(ask.shape):
        return (named[0].before(), named[0]) if len(named) == 1 else (named[0], named[-1])
    if ask.shape is Shape.AVERAGE and len(named) == 2:
        return tuple(AskedPeriod(year) for year in range(named[0].year, named[1].year + 1))
    return named if ask.shape is Shape.AVERAGE else (named[-1],)


def _result(ask: Ask, filing: FilingTables, periods: Sequence[AskedPeriod]) -> Result | None:
    evaluator = _Evaluator(ask, filing)
    steps = [evaluator.step(ask.target, period) for period in periods]
    known = [step for step in steps if step is not None]
    if len(known) != len(steps):
        return None
    whole = _combined(ask, periods, known)
    if whole is None:
        return None
    whole = _in_one_scale(whole)
    unit = _unit(ask, whole)
    if not show(whole, unit, ask):
        return None
    verdict = _verdict(ask.shape, known) if ask.shape in YES_NO else None
    shown = show(whole, unit, ask)
    return Result(
        ask, tuple(periods), whole, tuple(map(_in_one_scale, known)), unit, shown, verdict
    )


def _combined(ask: Ask, periods: Sequence[AskedPeriod], steps: Sequence[Step]) -> Step | None:
    """Put the periods' values together as the shape says."""
    first, last = steps[0], steps[-1]
    if ask.shape is Shape.AVERAGE:
        total = first
        for step in steps[1:]:
            total = _joined("+", total, step)
        return _joined("/", total, Step(Decimal(len(steps)), str(len(steps)), "number"))
    if ask.shape in {Shape.GROWTH, Shape.CAGR}:
        return _growth(ask.shape, periods, first, last)
    if len(steps) == 2:
        return _joined("-", last, first)
    return last


def _growth(shape: Shape, periods: Sequence[AskedPeriod], first: Step, last: Step) -> Step | None:
    if first.value <= 0:
        return None  # a rate of growth from nothing or from a loss means nothing
    ratio = _joined("/", last, first)
    years = periods[-1].year - periods[0].year
    if shape is Shape.CAGR and years > 1:
        if ratio.value <= 0:
            return None
        rate = (ratio.value.ln() / years).exp()
        ratio = replace(ratio, value=rate, text=f"({ratio.text}) ^ (1 / {years})")
    return replace(ratio, value=ratio.value - 1, text=f"{ratio.text} - 1", kind="growth")


class _Evaluator:
    """Evaluates expressions over one filing."""

    def __init__(self, ask: Ask, filing: FilingTables) -> None:
        self._ask = ask
        self._filing = filing

    def step(self, expression: Expression, period: AskedPeriod, depth: int = 0) -> Step | None:
        """Return the expression's value for a period, or None."""
        if depth > _DEEPEST:
            return None
        match expression:
            case Number(value=value):
                return Step(value, f"{value:f}", "number")
            case Item():
                return self._item(expression, period, depth)
            case Binary(sign=sign, left=left, right=right):
                one, other = self.step(left, period, depth), self.step(right, period, depth)
                return _joined(sign, one, other) if one and other else None
            case Mean(of=of, periods=periods):
                return self._over(of, periods or (period.before(), period), depth, mean=True)
            case Change(of=of, periods=periods):
                return self._over(of, periods or (period.before(), period), depth, mean=False)

    def _item(self, item: Item, period: AskedPeriod, depth: int) -> Step | None:
        when = item.period or period
        if item.term in self._ask.definitions:
            return self.step(self._ask.definitions[item.term], when, depth + 1)
        if item.term in metrics():
            stated, computed = self._stated(item.term, when), metrics()[item.term].computed
            if stated or not computed:
                return stated
            expression = parse(computed)
            return self.step(expression, when, depth + 1) if expression else None
        formula = formulas().get(item.term)
        if formula is None:
            return None
        if formula.stated and (stated := self._stated(formula.stated, when)):
            return stated
        expression = parse(formula.formula)
        return self.step(expression, when, depth + 1) if expression else None

    def _stated(self, id_: str, period: AskedPeriod) -> Step | None:
        operand = self._filing.find(metrics()[id_], period)
        if operand is None:
            return None
        return Step(operand.value, _printed(operand), operand.unit, (operand,))

    def _over(
        self, of: Expression, periods: Sequence[AskedPeriod], depth: int, *, mean: bool
    ) -> Step | None:
        first, last = (self.step(of, period, depth) for period in (periods[0], periods[-1]))
        if first is None or last is None:
            return None
        if not mean:
            return _joined("-", last, first)
        return _joined("/", _joined("+", first, last), Step(Decimal(2), "2", "number"))


def _printed(operand: Operand) -> str:
    digits = f"{operand.printed:,f}"
    return f"{digits}%" if operand.unit == "percent" else digits


def _joined(sign: str, one: Step, other: Step) -> Step:
    text = f"{bracketed(one.text)} {sign} {bracketed(other.text)}"
    operands = one.operands + other.operands
    if sign == "+":
        return Step(one.value + other.value, text, one.kind, operands)
    if sign == "-":
        return Step(one.value - other.value, text, one.kind, operands)
    if sign == "*":
        kind = other.kind if one.kind == "number" else one.kind
        return Step(one.value * other.value, text, kind, operands)
    kind = one.kind if other.kind == "number" else "number"
    return Step(one.value / other.value, text, kind, operands)


def bracketed(text: str) -> str:
    """Return the text of a step as part of a longer one."""
    return f"({text})" if " " in text or text.startswith("-") else text


def _in_one_scale(step: Step) -> Step:
    """Write scale words behind the figures where the tables' scales differ."""
    scales = {operand.scale for operand in step.operands if operand.unit == "money"}
    if len(scales) < 2:
        return step
    text = step.text
    for operand in step.operands:
        words = _SCALE_WORDS.get(operand.scale or Decimal(1), "")
        text = text.replace(_printed(operand), f"{_printed(operand)}{words}", 1)
    return replace(step, text=text)


def _unit(ask: Ask, step: Step) -> str:
    """Return the unit of the result: what was asked for where it fits, else what it is."""
    if step.kind in {"growth", "percent"}:
        return "percent"
    if step.kind == "number":
        formula = formulas().get(ask.target.term) if isinstance(ask.target, Item) else None
        return formula.unit if formula and ask.unit != "percent" else ask.unit or "ratio"
    return step.kind


def _verdict(shape: Shape, steps: Sequence[Step]) -> bool:
    if shape in {Shape.POSITIVE, Shape.NEGATIVE}:
        return steps[-1].value > 0 if shape is Shape.POSITIVE else steps[-1].value < 0
    if shape is Shape.HEALTHY:  # current assets cover current liabilities
        return steps[-1].value >= 1
    change = steps[-1].value - steps[0].value
    return {Shape.ROSE: change > 0, Shape.FELL: change < 0, Shape.MOVED: change != 0}[shape]


def show(step: Step, unit: str, ask: Ask) -> str:
    """Write a value with its unit, rounded as the question asks or as its unit usually is."""
    if unit == "percent":
        value = step.value if step.kind == "percent" else step.value * 100
        return f"{rounded(value, 1 if ask.places is None else ask.places):,f}%"
    if unit == "money":
        return _money(step, ask)
    if unit == "per_share":
        return f"{'-' if step.value < 0 else ''}${abs(rounded(step.value, 2)):,f}"
    if unit == "shares":
        scale = step.operands[0].scale or Decimal(1)
        return f"{_trimmed(step.value / scale)}{_SCALE_WORDS.get(scale, '')} shares"
    number = f"{rounded(step.value, 2 if ask.places is None else ask.places):,f}"
    return f"{number} days" if unit == "days" else number


def _money(step: Step, ask: Ask) -> str:
    stated = {operand.scale for operand in step.operands}
    if None in stated:  # units that no line names are not made up
        return _trimmed(step.value) if len(stated) == 1 else ""
    scale = ask.scale or max((scale for scale in stated if scale), default=Decimal(1))
    value = step.value / scale
    digits = _trimmed(value) if ask.places is None else f"{rounded(value, ask.places):,f}"
    sign = "-" if value < 0 else ""
    return f"{sign}${digits.removeprefix('-')}{_SCALE_WORDS.get(scale, '')}"


def _trimmed(value: Decimal) -> str:
    """Write a value with the decimals it has, at most two."""
    short = rounded(value, 2)
    whole = short.to_integral_value()
    return f"{whole:,f}" if short == whole else f"{short.normalize():,f}"


def rounded(value: Decimal, places: int) -> Decimal:
    """Round half up, as analysts do."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
