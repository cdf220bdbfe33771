"""Asks the local model what a message is, if it is loaded and quick enough.

The message goes to this machine's model only, by the same guarded client as answers. Whatever fails,
there is no opinion: the router's reading stands, which keeps a doubtful message here anyway.
"""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.domain.answers import Question
from assistant.domain.errors import AssistantError
from assistant.domain.routing import Intent, Opinion
from assistant.prompting import Prompts
from assistant.routing.providers.ollama import OllamaModel

_TOKENS = 64  # of the reply
_LOOKED_BACK = 3  # messages before it
_LONGEST = 4_000  # characters; a longer message would take longer than anybody waits
_log = logging.getLogger(__name__)


class _Sorted(BaseModel):
    model_config = ConfigDict(extra="ignore")

    intent: Intent
    sensitive: bool


@dataclass(frozen=True)
class OllamaAdviser:
    """Implements `ports.Adviser`.

    Args:
        model: The local model.
        prompts: Where the template `classify` is.
        limit_s: After how many seconds nobody waits for it any more.
    """

    model: OllamaModel
    prompts: Prompts
    limit_s: float = 2.0

    async def opinion(self, question: Question) -> Opinion | None:
        """Return what the model thinks of a message; see `ports.Adviser`."""
        if len(question.text) > _LONGEST:
            return None
        try:
            async with asyncio.timeout(self.limit_s):
                return await self._asked(question) if await self._is_warm() else None
        except (TimeoutError, AssistantError, ValidationError) as error:
            _log.info("The local model has no opinion: %s", error)
            return None

    async def _is_warm(self) -> bool:
        """Return whether the model is loaded, and still this machine's own as the message goes to it."""
        server, name = self.model.server, self.model.local.model
        remembered = await server.presence(name)
        return remembered.loaded and (await server.confirmed(name)).loaded

    async def _asked(self, question: Question) -> Opinion:
        chat = await self.model.chat()
        previous = [turn.text[-_LONGEST:] for turn in question.history[-_LOOKED_BACK:]]
        prompt = self.prompts.render("classify", text=question.text, previous=previous)
        options = self.model.local.options(_TOKENS)
        reply = await chat.ainvoke([("user", prompt)], format=_schema(), options=options)
        told = _Sorted.model_validate_json(str(reply.text))
        return Opinion(told.intent, told.sensitive)


def _schema() -> dict[str, Any]:
    return _Sorted.model_json_schema()
