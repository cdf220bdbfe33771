"""What a checked or run statement looks like outside: the JSON shapes of the contract."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from assistant.domain.sql import SqlRows, SqlVerdict


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
        "ran": verdict.ran,
        "columns": list(result.columns),
        "rows": [[_plain(value) for value in row] for row in result.rows],
        "row_count": len(result.rows),
        "truncated": result.truncated,
        "chart": None,
        "explanation": "",
        "attempts": 1,
        "seconds": round(result.seconds, 4),
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
