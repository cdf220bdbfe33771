"""Server-Sent Events: the frame, and what both questions to filings and to the database tell on the way."""

import json
from typing import Any

from assistant.domain.completions import Waiting
from assistant.domain.events import DataStep
from assistant.domain.queries import Drafted, Failed, Linked
from assistant.nl2sql.present import links_json


def frame(name: str, data: dict[str, Any]) -> str:
    """Return one event as it is sent."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, default=str)}\n\n"


def step_event(event: DataStep | Waiting) -> tuple[str, dict[str, Any]]:
    """Return the name and the data of a step on the way to rows."""
    match event:
        case Linked(linking):
            return "linked", links_json(linking)
        case Drafted(sql, attempt):
            return "drafted", {"sql": sql, "attempt": attempt}
        case Failed(sql, attempt, why):
            return "failed", {"sql": sql, "attempt": attempt, "why": why}
        case Waiting(text):
            return "waiting", {"text": text}
