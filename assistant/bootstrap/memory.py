"""Joins what gives answers again: where they are kept, and all that makes them what they are."""

import hashlib
from functools import cache
from pathlib import Path

from assistant.bootstrap.models import Models
from assistant.ports import AnswerCache
from assistant.rag.recall import Memory
from assistant.settings import Settings, Switch

_PACKAGE = Path(__file__).parents[1]
_PROMPTS = _PACKAGE.parent / "prompts"

_MAKING = (
    "model",
    "ollama_url",
    "ollama_model",
    "ollama_num_ctx",
    "openrouter_url",
    "openrouter_model",
    "openrouter_fallbacks",
    "reranker",
    "agent",
    "agent_steps",
    "agent_calls",
    "agent_tokens",
)
"""Settings that another answer may come of."""


def open_memory(settings: Settings, answers: AnswerCache, models: Models) -> Memory:
    """Return what gives answers again; it keeps none where the setting says so.

    Args:
        settings: The whole configuration.
        answers: Where answers are kept.
        models: What answers.
    """
    if settings.answer_cache is Switch.OFF:
        return Memory(None)
    made_by = " ".join((release(), *(f"{name}={getattr(settings, name)}" for name in _MAKING)))
    return Memory(answers, made_by, models.expected)


@cache
def release() -> str:
    """Return what tells one release from another: twelve digits of the SHA-256 of code and prompts."""
    digest = hashlib.sha256()
    for folder in (_PACKAGE, _PROMPTS):
        for path in sorted(folder.rglob("*")):
            if path.suffix in {".py", ".toml", ".md"}:
                digest.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]
