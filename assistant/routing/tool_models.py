"""Chat models that can call tools, for the agent: each behind the gates of the chat model it stands on."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from assistant.domain.answers import Route
from assistant.domain.completions import CompletionRequest, Usage
from assistant.domain.filings import Sensitivity
from assistant.routing.providers.ollama import OllamaModel


@dataclass(frozen=True)
class LocalTools:
    """The local model. Implements `ports.ToolModel`."""

    model: OllamaModel

    async def has_tools(self) -> bool:
        """Whether Ollama has the model, and lists tools among its capabilities."""
        return await self.model.server.has_tools(self.model.local.model)

    async def chat(self, route: Route, label: Callable[[], Sensitivity]) -> Any:  # noqa: ANN401
        """Return LangChain's chat model; nothing leaves this machine, whatever the label."""
        return await self.model.chat()

    @asynccontextmanager
    async def paid(self, request: CompletionRequest) -> AsyncIterator[Callable[[Usage], None]]:
        """Hold nothing: a local model costs nothing."""

        def free(usage: Usage) -> None:
            del usage

        yield free
