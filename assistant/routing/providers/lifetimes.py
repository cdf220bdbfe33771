"""How long each phase of asking a model server may take, and what is said when it takes longer.

    connect -> load the model -> first token -> from token to token        total: all of it

One time-out for everything is wrong both ways: loading takes minutes where a token takes
milliseconds, so a hung server would be noticed as late as a slow one.
"""

import asyncio
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import TypeVar

from assistant.domain.errors import ServiceUnavailable

_T = TypeVar("_T")
_HINT = "Ask again, choose a smaller model, or raise {setting}."


@dataclass(frozen=True, slots=True)
class Patience:
    """Time limits, in seconds."""

    connect_s: float = 2.0
    load_s: float = 180.0
    first_token_s: float = 120.0
    idle_s: float = 30.0
    total_s: float = 240.0


class Clock:
    """The time one request to a model may still take.

    Args:
        who: The model, as messages name it.
        patience: The limits.
    """

    def __init__(self, who: str, patience: Patience) -> None:
        self._who = who
        self._patience = patience
        self._end = time.monotonic() + patience.total_s

    async def loading(self, work: Awaitable[_T]) -> _T:
        """Wait for the model to be loaded. Raises `ServiceUnavailable`."""
        limit = self._patience.load_s
        said = f"{self._who} was not loaded within {limit:g} s"
        return await self._within(work, limit, said, "AEI_OLLAMA_LOAD_TIMEOUT_S")

    async def first(self, work: Awaitable[_T]) -> _T:
        """Wait for the first line of the reply. Raises `ServiceUnavailable`."""
        limit = self._patience.first_token_s
        said = f"{self._who} wrote nothing within {limit:g} s"
        return await self._within(work, limit, said, "AEI_OLLAMA_FIRST_TOKEN_TIMEOUT_S")

    async def next(self, work: Awaitable[_T]) -> _T:
        """Wait for the next line of the reply. Raises `ServiceUnavailable`."""
        limit = self._patience.idle_s
        said = f"{self._who} fell silent for {limit:g} s in the middle of the answer"
        return await self._within(work, limit, said, "AEI_OLLAMA_IDLE_TIMEOUT_S")

    async def _within(self, work: Awaitable[_T], limit: float, said: str, setting: str) -> _T:
        left = self._end - time.monotonic()
        if left < limit:
            limit, setting = left, "AEI_OLLAMA_TOTAL_TIMEOUT_S"
            said = f"{self._who} took longer than {self._patience.total_s:g} s in all"
        try:
            async with asyncio.timeout(limit):
                return await work
        except TimeoutError:
            raise ServiceUnavailable(said, _HINT.format(setting=setting)) from None
