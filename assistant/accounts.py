"""The JSON shape of what language models cost, for CLI and REST. Fields are added, never renamed."""

from assistant.domain.statements import By, Line, Statement
from assistant.wire import Json


def costs_json(statement: Statement, by: By) -> Json:
    """Return what language models cost; money in US dollars."""
    return {
        "days": statement.days,
        "by": by.value,
        "model": statement.model,
        "price": {
            "prompt_usd": str(statement.price.prompt_usd),
            "completion_usd": str(statement.price.completion_usd),
            "known": statement.known,
        },
        "budgets": [
            {
                "user": used.budget.who or None,
                "role": used.budget.role.value if used.budget.role else None,
                "usd_per_day": float(used.budget.usd),
                "used_today_usd": float(used.usd),
            }
            for used in statement.budgets
        ],
        "rows": [_line_json(line, by.value) for line in statement.lines(by)],
        "total": _line_json(statement.total, "name"),
    }


def _line_json(line: Line, named: str) -> Json:
    return {
        named: line.name,
        "answers": line.answers,
        "builtin": line.builtin,
        "local": line.local,
        "cloud": line.cloud,
        "share_without_cloud": line.share_without_cloud,
        "prompt_tokens": line.prompt_tokens,
        "completion_tokens": line.completion_tokens,
        "cost_usd": float(line.cost_usd),
        "held_usd": float(line.held_usd),
        "all_cloud_usd": float(line.all_cloud_usd),
        "saving_usd": float(line.saving_usd),
    }
