"""Cloud models through OpenRouter, as a chat model that refuses what must not leave.

    request ── may it leave? does it fit? ──> ask, again while nothing was said ──> Routed, text, Usage

The refusal stands here, at the last place before the network, whatever decided in front: text that
the policy keeps here, and everything that was not routed to the cloud. It is asked again for every
request of LangChain's that goes through `chat_model`.
"""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from assistant.domain.answers import Destination, Route
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Routed,
    TextDelta,
    Waiting,
    tokens_of,
)
from assistant.domain.errors import (
    AssistantError,
    BudgetSpent,
    ContextOverflow,
    EgressForbidden,
    InvalidRequest,
    ModelMissing,
)
from assistant.domain.filings import Sensitivity
from assistant.routing.policy import may_leave
from assistant.routing.providers.openrouter.account import standing
from assistant.routing.providers.openrouter.asking import ask
from assistant.routing.providers.openrouter.endpoint import Endpoint, Patience
from assistant.routing.providers.openrouter.failures import TimedOut
from assistant.routing.providers.openrouter.prices import PriceBook
from assistant.routing.providers.openrouter.reply import Piece, Reply
from assistant.routing.providers.openrouter.wire import Door, fetch, way_to

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from assistant.routing.providers.openrouter.chat import OpenRouterChat

_CHAT = "assistant.routing.providers.openrouter.chat"
_SEARCHING = "online"


@dataclass
class OpenRouterModel:
    """Implements `ports.ChatModel`. Close it with `aclose`.

    Args:
        endpoint: The server and the key.
        model: The model that is asked.
        prices: What models cost.
        strictest: The label up to which the policy lets text out.
        fallbacks: Models that OpenRouter asks, in order, when that one fails.
        patience: How long it may take.
    """

    endpoint: Endpoint
    model: str
    prices: PriceBook
    strictest: Sensitivity = Sensitivity.PUBLIC
    fallbacks: Sequence[str] = ()
    patience: Patience = field(default_factory=Patience)
    _client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)
    _chat: "OpenRouterChat | None" = field(default=None, init=False, repr=False)
    _fetching: "asyncio.Task[None] | None" = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        """Check the models.

        Raises:
            InvalidRequest: One of them asks a search engine of the web, too.
        """
        for name in (self.model, *self.fallbacks):
            if name.partition(":")[2] == _SEARCHING:
                raise InvalidRequest(
                    f"The cloud model {name} hands questions on to a search engine",
                    f"Leave out :{_SEARCHING} in AEI_OPENROUTER_MODEL and _FALLBACKS.",
                )

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield the reply as it arrives, then what it took and cost.

        A reply without any text that was billed has no `TextDelta`.

        Raises:
            EgressForbidden: The request must not leave; nothing was sent.
            ContextOverflow: The prompt does not fit the model.
            BudgetSpent: OpenRouter's credits, or the limit of the key, are used up.
            ModelMissing: The key is not accepted, or nobody offers the model as we want it.
            ServiceFailed: No answer, or no more of it.
        """
        self._clear(request.route, request.sensitivity)
        self._fit(request)
        reply, begun = Reply(self.model), False
        async with aclosing(self._asked(request)) as arriving:
            async for item in arriving:
                if isinstance(item, Waiting):
                    yield item
                    continue
                reply.take(item)
                if not begun:
                    begun = True
                    yield Routed(Route(Destination.CLOUD, (self._who(reply.model),)))
                if item.text:
                    yield TextDelta(item.text)
        usage = reply.usage(request, self.prices)
        self._fetch_prices_beside()
        yield usage

    async def chat_model(
        self, route: Route | None, label: Callable[[], Sensitivity]
    ) -> "BaseChatModel":
        """Return LangChain's chat model for an agent; every request of it is cleared on its own.

        Args:
            route: What the router decided.
            label: Returns the strictest label of what the agent holds, each time anew.
        """
        return await self._cleared(lambda: self._clear(route, label()))

    async def described(self) -> str:
        """Return what is known of the model and of what the key may spend, in words.

        Raises:
            ModelMissing: The key is not accepted, or the model is not listed.
            BudgetSpent: Nothing is left on the key.
            ServiceFailed: OpenRouter does not answer.
        """
        key = standing(await self._fetch("key"))
        if key.is_spent:
            raise BudgetSpent(f"Nothing is left: {key.words}", "Raise it at openrouter.ai/keys.")
        listed = await self.fetch_prices()
        if self.model not in listed:
            raise ModelMissing(
                f"OpenRouter does not list the model {self.model}", "Check AEI_OPENROUTER_MODEL."
            )
        return f"{self.model}, {key.words}"

    async def fetch_prices(self) -> Collection[str]:
        """Fetch the list of models and their prices, and keep it; return the names on it.

        Raises:
            ServiceFailed: OpenRouter does not answer.
        """
        found = await self._fetch("models")
        return await asyncio.to_thread(self.prices.keep, found.get("data"))

    async def aclose(self) -> None:
        """Close every connection."""
        if self._fetching:
            self._fetching.cancel()
            with suppress(asyncio.CancelledError):
                await self._fetching
        if self._client:
            await self._client.aclose()

    def _clear(self, route: Route | None, label: Sensitivity) -> None:
        """Raise unless a prompt with this label, routed like this, may leave."""
        if route is None or route.destination is not Destination.CLOUD:
            raise EgressForbidden("A question that was not routed to the cloud is not sent there")
        if not may_leave(label, self.strictest):
            raise EgressForbidden(f"A prompt labelled {label.value} may not leave this machine")

    def _fit(self, request: CompletionRequest) -> None:
        listed = self.prices.models.get(self.model)
        room = listed.context if listed else 0
        if room and tokens_of(request.messages) + request.max_tokens > room:
            raise ContextOverflow(
                f"The prompt does not fit the cloud model {self.model} ({room} tokens)",
                "Ask about fewer filings.",
            )

    def _who(self, model: str) -> str:
        if model in {"", self.model}:
            return f"{self.model} answered through OpenRouter"
        return f"{model} answered through OpenRouter for {self.model}"

    async def _asked(self, request: CompletionRequest) -> AsyncGenerator[Waiting | Piece, None]:
        """Yield the pieces of an answer; before the first, what is waited for."""
        if self._chat is None:
            yield Waiting(f"preparing to ask {self.model} ...")
        chat = await self._cleared(lambda: self._clear(request.route, request.sensitivity))
        yield Waiting(f"waiting for {self.model} ...", sent_to=Destination.CLOUD)
        async with aclosing(ask(chat, request, self.patience)) as pieces:
            async for piece in pieces:
                yield piece

    async def _cleared(self, clearance: Callable[[], None]) -> "OpenRouterChat":
        """Return the chat model with a clearance of its own; the first loads LangChain, 2-3 s."""
        if self._chat is None:
            module = await asyncio.to_thread(importlib.import_module, _CHAT)
            self._chat = module.make(
                self.endpoint, self._http(), self.model, tuple(self.fallbacks), self.patience
            )
        return self._chat.model_copy(update={"clearance": clearance})

    def _http(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                transport=Door(self.endpoint, way_to(self.endpoint)),
                timeout=httpx.Timeout(self.patience.silence_s, connect=self.patience.connect_s),
                follow_redirects=False,
                trust_env=False,
            )
        return self._client

    async def _fetch(self, what: str) -> dict[str, Any]:
        url = f"{self.endpoint.url.rstrip('/')}/{what}"
        try:
            async with asyncio.timeout(self.patience.first_s):
                return await fetch(self._http(), url, self.model)
        except TimeoutError:
            raise TimedOut("OpenRouter did not answer in time") from None

    def _fetch_prices_beside(self) -> None:
        """Begin to fetch an old list of prices anew, for the next question; nobody waits for it."""
        if self.prices.is_stale and (self._fetching is None or self._fetching.done()):
            self._fetching = asyncio.create_task(self._try_to_fetch_prices())

    async def _try_to_fetch_prices(self) -> None:
        with suppress(AssistantError, OSError):  # the old list is good enough
            await self.fetch_prices()
