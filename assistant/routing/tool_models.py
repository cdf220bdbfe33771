"""Chat models that can call tools, for the agent: each behind the gates of the chat model it stands on."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any

from assistant.domain.answers import Route
from assistant.domain.completions import CompletionRequest, Usage
from assistant.domain.errors import AssistantError
from assistant.domain.filings import Sensitivity
from assistant.routing.providers.ollama import OllamaModel
from assistant.routing.providers.openrouter.model import OpenRouterModel


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


@dataclass(frozen=True)
class CloudTools:
    """The cloud model. Implements `ports.ToolModel`."""

    model: OpenRouterModel

    async def has_tools(self) -> bool:
        """Whether OpenRouter lists tools among the model's parameters.

        Its list is fetched where it is older than a day; no question is in that request.
        """
        prices = self.model.prices
        if prices.is_stale:
            with suppress(AssistantError, OSError):  # then what is known counts
                await self.model.fetch_prices()
        listed = prices.models.get(self.model.model)
        return listed is not None and listed.tools

    async def chat(self, route: Route, label: Callable[[], Sensitivity]) -> Any:  # noqa: ANN401
        """Return LangChain's chat model, which refuses what must not leave."""
        return await self.model.chat_model(route, label)

    @asynccontextmanager
    async def paid(self, request: CompletionRequest) -> AsyncIterator[Callable[[Usage], None]]:
        """Hold the most that a request can cost, and settle what it did."""

        def free(usage: Usage) -> None:
            del usage

        yield free
