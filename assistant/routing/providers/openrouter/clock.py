"""The time an answer may take: until it begins, from one event to the next, and in all.

A comment that keeps the connection is no event, so it stops none of these clocks; bytes of any kind
are waited for by the connection itself (`Patience.silence_s`).
"""

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

from assistant.routing.providers.openrouter.endpoint import Patience
from assistant.routing.providers.openrouter.failures import TimedOut

_T = TypeVar("_T")


class Clock:
    """How long one answer may still take; it starts when it is made.

    Args:
        patience: The limits.
    """

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._until = asyncio.get_running_loop().time() + patience.total_s
        self._begun = False

    async def next(self, events: AsyncIterator[_T]) -> _T | None:
        """Return the next event, None after the last.

        Raises:
            TimedOut: It takes too long.
        """
        limit = self._patience.idle_s if self._begun else self._patience.first_s
        now = asyncio.get_running_loop().time()
        waiting = asyncio.timeout_at(min(now + limit, self._until))
        try:
            async with waiting:
                event = await anext(events, None)
        except TimeoutError:
            if not waiting.expired():
                raise
            raise TimedOut(self._said(limit)) from None
        self._begun = True
        return event

    def _said(self, limit: float) -> str:
        if asyncio.get_running_loop().time() >= self._until:
            return f"The cloud model took longer than {self._patience.total_s:g} s"
        if self._begun:
            return f"The cloud model said nothing more for {limit:g} s"
        return f"The cloud model did not begin to answer within {limit:g} s"
