"""Which cells of a result state a company's reported figure: read from the statement, not guessed.

    SELECT fiscal_year, (metrics ->> 'revenue')::numeric FROM filings WHERE symbol = 'AAPL' AND ...
                                                    ── AAPL, FY2024, revenue, 391,035 million

A cell counts only where company, fiscal year, period and item are plain in the statement or in its row:
sums, ratios and differences are figures of nobody's filing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlglot import exp, parse_one
from sqlglot.errors import SqlglotError

from assistant.domain.reconciling import StatedFigure
from assistant.domain.sql import SqlRows

TABLE = "filings"
METRICS = "metrics"
"""The column of `TABLE` with the figures, as JSON."""
_NAMES = ("symbol", "fiscal_year", "fiscal_period", "form_type", METRICS)
_MILLIONS = Decimal(1_000_000)
_YEARLY, _QUARTERS = ("FY", "10-K"), {f"Q{n}": n for n in range(1, 5)}


@dataclass(frozen=True, slots=True)
class _Item:
    """A key of the JSON: its line item, what one of it is in whole units, and its unit."""

    id: str
    scale: Decimal = _MILLIONS
    unit: str = "USD"


ITEMS: Mapping[str, _Item] = {
    "revenue": _Item("revenue"),
    "net_income": _Item("net_income"),
    "eps_diluted": _Item("eps_diluted", Decimal(1), "USD/shares"),
    "total_assets": _Item("total_assets"),
    "rd_expense": _Item("research_and_development"),
}
"""The keys of the JSON, as its column's comment in the market schema lists them."""


def stated(sql: str, rows: SqlRows) -> tuple[StatedFigure, ...]:
    """Return the reported figures that a result states, in the order of its cells.

    Args:
        sql: The statement, as it ran.
        rows: What it gave.
    """
    try:
        select = parse_one(sql, dialect="postgres")
    except SqlglotError:
        return ()
    if not isinstance(select, exp.Select) or not _is_plain(select):
        return ()
    places = [_place(one) for one in select.selects]
    if len(places) != len(rows.columns):
        return ()
    fixed = _fixed(select)
    return tuple(figure for row in rows.rows for figure in _of_row(places, row, fixed))


def _is_plain(select: exp.Select) -> bool:
    """Whether a row of the result is a row of the one table of figures."""
    tables = [table.name for table in select.find_all(exp.Table)]
    grouped = select.args.get("group") or select.args.get("distinct")
    nested = list(select.find_all(exp.Select, exp.SetOperation))
    return tables.count(TABLE) == 1 and not grouped and len(nested) == 1


def _place(projection: exp.Expr) -> str:
    """Return which column or key of the figures a projection shows, unchanged; else nothing."""
    at: Any = projection
    while isinstance(at, exp.Alias | exp.Cast | exp.Paren | exp.Round):
        at = at.this
    if isinstance(at, exp.Column):
        return str(at.name) if at.name in _NAMES else ""
    if isinstance(at, exp.JSONExtractScalar | exp.JSONExtract):
        key = at.expression.find(exp.JSONPathKey)
        whose = at.this if isinstance(at.this, exp.Column) else None
        if key is not None and whose is not None and whose.name == METRICS:
            return f"{METRICS}.{key.this}"
    return ""


def _fixed(select: exp.Select) -> dict[str, object]:
    """Return what the statement holds its columns to: `symbol = 'AAPL'`."""
    where = select.args.get("where")
    if where is None:
        return {}
    parts = where.this.flatten() if isinstance(where.this, exp.And) else (where.this,)
    equal = [at for part in parts if isinstance(at := part.unnest(), exp.EQ)]
    return {
        at.this.name: at.expression.this
        for at in equal
        if isinstance(at.this, exp.Column) and isinstance(at.expression, exp.Literal)
    }


def _of_row(
    places: Sequence[str], row: Sequence[object], fixed: Mapping[str, object]
) -> Iterator[StatedFigure]:
    known = {**fixed, **{place: value for place, value in zip(places, row, strict=True) if place}}
    symbol, year, quarter = known.get("symbol"), known.get("fiscal_year"), _quarter(known)
    if not symbol or not str(year).isdecimal() or quarter is None:
        return
    for key, value in _metrics(known).items():
        item, amount = ITEMS.get(key), _amount(value)
        if item is not None and amount is not None:
            places_after = amount.as_tuple().exponent
            half = Decimal(5).scaleb(min(int(places_after), 0) - 1) * item.scale
            yield StatedFigure(
                str(symbol), int(str(year)), quarter, item.id, amount * item.scale, half, item.unit
            )


def _metrics(known: Mapping[str, object]) -> dict[str, object]:
    whole = known.get(METRICS)
    found = {str(key): value for key, value in whole.items()} if isinstance(whole, dict) else {}
    start = f"{METRICS}."
    return found | {k.removeprefix(start): v for k, v in known.items() if k.startswith(start)}


def _quarter(known: Mapping[str, object]) -> int | None:
    """Return the quarter that a row speaks of, 0 for a year; None where nothing says so."""
    told = (str(known.get("fiscal_period", "")), str(known.get("form_type", "")))
    if any(one in _YEARLY for one in told):
        return 0
    return _QUARTERS.get(told[0])


def _amount(value: object) -> Decimal | None:
    if value is None or isinstance(value, bool):
        return None
    try:
        amount = Decimal(str(value))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
