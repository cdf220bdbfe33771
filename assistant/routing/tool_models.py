"""Chat models that can call tools, for the agent: each behind the gates of the chat model it stands on."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from assistant.domain.answers import Route
from assistant.domain.completions import CompletionRequest, Usage
from assistant.domain.costs import Quote
from assistant.domain.errors import AssistantError, CostUnconfirmed, MalformedReply
from assistant.domain.filings import Sensitivity
from assistant.ports import ToolModel
from assistant.routing.limits import Slots
from assistant.routing.metered import Meter
from assistant.routing.pricing import Pricing
from assistant.routing.providers.ollama import OllamaModel
from assistant.routing.providers.openrouter.model import OpenRouterModel

_LEAST_STEPS = 3  # an agent that can afford fewer is not begun


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
    async def paid(
        self, request: CompletionRequest, spent_usd: Decimal
    ) -> AsyncIterator[Callable[[Usage], Usage]]:
        """Hold nothing: a local model costs nothing."""
        yield lambda usage: usage


@dataclass(frozen=True)
class CloudTools:
    """The cloud model. Implements `ports.ToolModel`.

    Each request is metered; without the user's consent all of them together may cost what goes unasked.
    """

    model: OpenRouterModel
    meter: Meter

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
    async def paid(
        self, request: CompletionRequest, spent_usd: Decimal
    ) -> AsyncIterator[Callable[[Usage], Usage]]:
        """Hold the most that a request can cost, and settle what it did.

        Raises:
            BudgetSpent: A budget has no room for it.
            CostUnconfirmed: All of the work would cost more than goes unasked.
        """
        pricing = self.meter.pricing
        quote = pricing.quote(request)
        steps = 1 if spent_usd else _LEAST_STEPS
        dear = spent_usd + steps * quote.usual_usd > pricing.confirm_usd
        if not request.confirmed and (dear or not quote.known):
            raise CostUnconfirmed(
                f"with the cloud model {quote.model} it would cost more than "
                f"{pricing.confirm_usd} USD, which nobody agreed to"
            )
        async with self.meter.running(request.asked_by, quote) as held:

            def tell(usage: Usage) -> Usage:
                told = usage if usage.cost_usd else _priced(usage, quote, pricing)
                held.take(told)
                return told

            try:
                yield tell
            except MalformedReply:
                held.begun = True  # something came, so something is billed
                raise


@dataclass(frozen=True)
class QueuedTools:
    """Asks a model when a slot is free, as `QueuedModel` does. Implements `ports.ToolModel`.

    A slot is held for one request, not for the whole work: whoever asks between two steps is next.
    """

    model: ToolModel
    slots: Slots

    async def has_tools(self) -> bool:
        """Whether the model has."""
        return await self.model.has_tools()

    async def chat(self, route: Route, label: Callable[[], Sensitivity]) -> Any:  # noqa: ANN401
        """Return the model's."""
        return await self.model.chat(route, label)

    @asynccontextmanager
    async def paid(
        self, request: CompletionRequest, spent_usd: Decimal
    ) -> AsyncIterator[Callable[[Usage], Usage]]:
        """Wait for a slot, then do as the model does. Raises `ModelBusy` too."""
        ticket = self.slots.enter(request.asked_by.id)
        try:
            while not ticket.served:
                ticket.moved.clear()
                await ticket.moved.wait()
            async with self.model.paid(request, spent_usd) as tell:
                yield tell
        finally:
            self.slots.leave(ticket)


def _priced(usage: Usage, quote: Quote, pricing: Pricing) -> Usage:
    """Return the usage of a reply that does not say what it cost, priced."""
    prompt = usage.prompt_tokens or quote.prompt_tokens
    cost = pricing.price.of(prompt, usage.completion_tokens)
    return replace(usage, prompt_tokens=prompt, cost_usd=cost, estimated=True)
