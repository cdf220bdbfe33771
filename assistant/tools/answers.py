"""An answer as JSON for every face: the shape of `wire.ask_json`, and what the database gave in `data`."""

from typing import Any

from assistant.domain.answers import Answer
from assistant.nl2sql.present import data_json
from assistant.wire import ask_json


def answer_json(question: str, answer: Answer, seconds: float) -> dict[str, Any]:
    """Return an answer; `data` is null where the filings answer, else the shape of `aei sql`."""
    data = data_json(answer.data) if answer.data else None
    return ask_json(question, answer, seconds) | {"data": data}
