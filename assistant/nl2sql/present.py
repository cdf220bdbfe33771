"""What a checked or run statement looks like outside: its explanation, chart, units; its JSON shapes."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlglot import parse_one
from sqlglot.errors import SqlglotError

from assistant.domain.queries import AskedBack, Chart, DataResult, Declined, Draft, Linking, Written
from assistant.domain.reconciling import Reconciled
from assistant.domain.reviews import ProposedExample
from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import RowReader, SqlRows, SqlVerdict
from assistant.nl2sql.charts import choose
from assistant.nl2sql.explain import explain
from assistant.nl2sql.units import Units
from assistant.wire import route_json

_ACTIONS: dict[type[Draft], str] = {Written: "answer", AskedBack: "clarify", Declined: "refuse"}


@dataclass(frozen=True, slots=True)
class Presented:
    """What is told of a result beside its rows; the fields of `DataResult` of the same names."""

    explanation: str
    units: Mapping[str, str]
    chart: Chart | None


def present(
    verdict: SqlVerdict, rows: SqlRows, layer: SemanticLayer, reader: RowReader | None = None
) -> Presented:
    """Return what is told of a result.

    Args:
        verdict: What ran; of a statement whose clock was stopped, as it was written.
        rows: What it gave.
        layer: What tables and columns mean.
        reader: Whose rows were read; None leaves that out of the explanation.
    """
    units = Units(layer).of_result(verdict.rewritten, rows.columns)
    return Presented(
        explain(verdict, layer, reader, cut=rows.truncated), units, choose(rows, units)
    )


def laid_out(sql: str) -> str:
    """Return a statement with a line for each clause; as it is where it cannot be parsed."""
    try:
        return parse_one(sql, dialect="postgres").sql(dialect="postgres", pretty=True)
    except SqlglotError:
        return sql


def verdict_json(verdict: SqlVerdict) -> dict[str, Any]:
    """Return the guard's verdict."""
    return {
        "sql": verdict.sql,
        "allowed": verdict.allowed,
        "code": verdict.refusal.value if verdict.refusal else None,
        "reason": verdict.reason,
        "rewritten": verdict.rewritten or None,
        "tables": list(verdict.tables),
    }


def example_json(example: ProposedExample) -> dict[str, Any]:
    """Return a proposed or verified example."""
    return {
        "id": example.id,
        "question": example.question,
        "sql": example.sql,
        "state": example.state.value,
        "proposed_by": example.proposed_by,
        "proposed_at": example.proposed_at.isoformat(),
        "judged_by": example.judged_by or None,
        "judged_at": example.judged_at.isoformat() if example.judged_at else None,
        "reason": example.reason,
    }


def result_json(verdict: SqlVerdict, result: SqlRows, told: Presented) -> dict[str, Any]:
    """Return what a statement gave. Numbers are JSON numbers, moments ISO 8601."""
    return {
        "question": None,
        "sql": verdict.rewritten,
        "ran": verdict.ran,
        "columns": list(result.columns),
        "rows": [[_plain(value) for value in row] for row in result.rows],
        "row_count": result.read,
        "truncated": result.truncated,
        "chart": _chart_json(told.chart) if told.chart else None,
        "explanation": told.explanation,
        "attempts": 1,
        "seconds": round(result.seconds, 4),
        "units": dict(told.units),
        "rows_sha256": result.sha256,
    }


def data_json(result: DataResult) -> dict[str, Any]:
    """Return how a question ended. Without a statement `action` says what was done instead."""
    shown, draft = result.rows, result.draft
    return {
        "question": result.question,
        "action": _ACTIONS[type(draft)],
        "sql": result.sql or None,
        "columns": list(shown.columns) if shown else [],
        "rows": [[_plain(value) for value in row] for row in shown.rows] if shown else [],
        "row_count": result.row_count,
        "truncated": bool(shown and shown.truncated),
        "chart": _chart_json(result.chart) if result.chart else None,
        "explanation": result.explanation,
        "attempts": result.attempts,
        "seconds": round(result.seconds, 4),
        "units": dict(result.units),
        "understood": list(result.understood),
        "notes": list(result.notes),
        "clarification": {"question": draft.question, "choices": list(draft.choices)}
        if isinstance(draft, AskedBack)
        else None,
        "refused": {"reason": draft.reason, "hint": draft.hint}
        if isinstance(draft, Declined)
        else None,
        "rows_sha256": result.rows_sha256 or None,
        "result_id": result.id or None,
        "model": result.model,
        "route": route_json(result.route) if result.route else None,
        "cost_usd": float(result.cost_usd),
        "reconciliation": [_reconciled_json(one) for one in result.reconciled],
    }


def _reconciled_json(one: Reconciled) -> dict[str, Any]:
    told = one.stated
    return {
        "symbol": told.symbol,
        "item": one.name,
        "period": told.period,
        "unit": told.unit,
        "table": float(told.value),
        "filing": float(one.reported),
        "document": one.document,
        "document_id": one.filing_id,
        "page": one.page,
        "how": one.how,
        "agree": one.agree,
    }


def _chart_json(chart: Chart) -> dict[str, Any]:
    return {
        "kind": chart.kind.value,
        "x": chart.x,
        "y": list(chart.y),
        "series": chart.series or None,
        "title": chart.title,
    }


def linking_json(question: str, linking: Linking) -> dict[str, Any]:
    """Return what of the database a question is about."""
    return {"question": question, **links_json(linking)}


def links_json(linking: Linking) -> dict[str, Any]:
    """Return tables best first, columns as `table.column`, and the values that words stand for."""
    return {
        "tables": list(linking.tables),
        "columns": list(linking.columns),
        "values": [asdict(value) for value in linking.values],
    }


def _plain(value: object) -> object:
    """Return a value as JSON has it."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case Decimal():
            whole = value.is_finite() and value == value.to_integral_value()
            return int(value) if whole else float(value)
        case datetime() | date() | time():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case bytes() | memoryview():
            return bytes(value).hex()
        case dict():
            return {str(key): _plain(one) for key, one in value.items()}
        case list() | tuple():
            return [_plain(one) for one in value]
        case _:
            return str(value)
