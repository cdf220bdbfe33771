"""What a checked or run statement looks like outside: the JSON shapes of the contract."""

from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from assistant.domain.queries import AskedBack, DataResult, Declined, Linking
from assistant.domain.sql import SqlRows, SqlVerdict
from assistant.wire import route_json


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


def result_json(verdict: SqlVerdict, result: SqlRows) -> dict[str, Any]:
    """Return what a statement gave. Numbers are JSON numbers, moments ISO 8601."""
    return {
        "question": None,
        "sql": verdict.rewritten,
        "columns": list(result.columns),
        "rows": [[_plain(value) for value in row] for row in result.rows],
        "row_count": len(result.rows),
        "truncated": result.truncated,
        "chart": None,
        "explanation": "",
        "attempts": 1,
        "seconds": round(result.seconds, 4),
    }


def data_json(result: DataResult) -> dict[str, Any]:
    """Return how a question ended; without a statement that ran, `sql` is null.

    `action` is "answer", "clarify" or "refuse".
    """
    asked_back = result.draft if isinstance(result.draft, AskedBack) else None
    declined = result.draft if isinstance(result.draft, Declined) else None
    rows = result.rows.rows if result.rows else ()
    return {
        "question": result.question,
        "action": "clarify" if asked_back else "refuse" if declined else "answer",
        "sql": result.sql or None,
        "columns": list(result.rows.columns) if result.rows else [],
        "rows": [[_plain(value) for value in row] for row in rows],
        "row_count": result.row_count,
        "truncated": bool(result.rows and result.rows.truncated),
        "chart": asdict(result.chart) if result.chart else None,
        "explanation": result.explanation,
        "attempts": result.attempts,
        "seconds": round(result.seconds, 4),
        "understood": list(result.understood),
        "notes": list(result.notes),
        "units": dict(result.units),
        "rows_sha256": result.rows_sha256,
        "clarification": asdict(asked_back) if asked_back else None,
        "refused": asdict(declined) if declined else None,
        "model": result.model,
        "route": route_json(result.route) if result.route else None,
        "cost_usd": float(result.cost_usd),
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
