"""The web process with one change: "slowly", or "slowly 40", answers in so many extra words.

The built-in answerer is done in milliseconds; nobody could press Stop. Everything else is real:
the embedded database, the reading processes, Chainlit, uvicorn.
"""

import asyncio
import importlib
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from assistant.api.serve import leave_out_telemetry, prepare
from assistant.bootstrap import App, open_app
from assistant.domain.completions import CompletionEvent, CompletionRequest, TextDelta
from assistant.ports import ChatModel
from assistant.settings import Settings

WORDS = 400
PAUSE_S = 0.05


@dataclass(frozen=True)
class Slowly:
    """A chat model that takes its time when it is asked to."""

    model: ChatModel

    async def stream(self, request: CompletionRequest) -> AsyncIterator[CompletionEvent]:
        async for event in self.model.stream(request):
            slowly = re.search(r"slowly ?(\d*)", request.question)
            if isinstance(event, TextDelta) and slowly:
                for number in range(int(slowly[1] or WORDS)):
                    yield TextDelta(f"word{number} ")
                    await asyncio.sleep(PAUSE_S)
            yield event


@asynccontextmanager
async def opening(settings: Settings) -> AsyncIterator[App]:
    async with open_app(settings) as app:
        slow = replace(app.assistant, model=Slowly(app.assistant.model))
        yield replace(app, assistant=slow)


if __name__ == "__main__":
    prepare(Settings())
    leave_out_telemetry()
    sys.exit(importlib.import_module("assistant.api.__main__").main(opening))
