"""A model of a local Ollama server, as a chat model of ours.

    presence -> Waiting("loading ...") -> context guard -> GuardedChat -> Routed, TextDelta..., Usage

A refused connection is found before LangChain is loaded, so where there is no Ollama nothing waits.
"""

import asyncio
import importlib
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from assistant.domain.answers import Destination, Evidence, Route
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Routed,
    TextDelta,
    Usage,
    Waiting,
)
from assistant.domain.errors import MalformedReply
from assistant.routing.providers.context_guard import ContextGuard
from assistant.routing.providers.ollama_server import Local, OllamaServer, Presence, whole
from assistant.routing.providers.thoughts import Thoughts

if TYPE_CHECKING:
    from langchain_core.messages import AIMessageChunk

    from assistant.routing.providers.ollama_chat import GuardedChat

_CHAT = "assistant.routing.providers.ollama_chat"


@dataclass
class OllamaModel:
    """Implements `ports.ChatModel`."""

    server: OllamaServer
    local: Local
    guard: ContextGuard = field(init=False)
    _chat: "GuardedChat | None" = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.guard = ContextGuard(self.local.model)

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield the reply as it arrives.

        Raises:
            EgressForbidden: The server or the model is not on this machine; nothing was sent.
            ModelMissing: The server does not have the model.
            ContextOverflow: The prompt does not fit, or the server cut it.
            ServiceFailed: There is no server, it is busy, too slow, or broke off.
        """
        presence = await self.server.presence(self.local.model)
        if not presence.ready(self.local.num_ctx):
            yield Waiting(f"loading {self.local.model} ...")
            presence, _ = await asyncio.gather(self.warm_up(), self.chat())
        fitted = self.guard.fit(request, presence.room(self.local.num_ctx, request.max_tokens))
        reply = _Reply(self.local.model)
        async with aclosing(self._pieces(fitted, reply)) as pieces:
            async for piece in pieces:
                if not reply.begun:
                    reply.begun = True
                    yield _routed(self.local.model, request, fitted)
                yield TextDelta(piece)
        if not reply.begun:
            raise MalformedReply(f"{self.local.model} answered nothing", "Ask again.")
        yield reply.usage(request.max_tokens)

    async def warm_up(self) -> Presence:
        """Load the model. Raises what `stream` raises, except `ContextOverflow`."""
        return await self.server.load(self.local)

    async def described(self) -> str:
        """Return what is known of the server and the model, in words. Raises as `warm_up`."""
        version = await self.server.version()
        presence = await self.server.presence(self.local.model)
        loaded = "loaded" if presence.loaded else "not loaded"
        context = presence.room(self.local.num_ctx, 0)
        return f"{self.local.model}, {loaded}, context {context} tokens, Ollama {version}"

    async def chat(self) -> "GuardedChat":
        """Return LangChain's chat model, guarded as `stream` is: for agents, tools, schemas.

        Its errors are those of `stream`. What it is given is not repacked: too much of it is
        `ContextOverflow`.
        """
        if self._chat is None:
            module = await asyncio.to_thread(importlib.import_module, _CHAT)
            self._chat = module.open_chat(self.server, self.guard, self.local)
        return self._chat

    async def _pieces(
        self, request: CompletionRequest, reply: "_Reply"
    ) -> AsyncGenerator[str, None]:
        """Yield the text of the reply without what the model thought aloud."""
        chat, thoughts = await self.chat(), Thoughts()
        said = [(message.role, message.content) for message in request.messages]
        options = self.local.options(request.max_tokens)
        stream = cast("AsyncGenerator[AIMessageChunk, None]", chat.astream(said, options=options))
        async with aclosing(stream) as chunks:
            async for chunk in chunks:
                if chunk.response_metadata.get("done"):
                    reply.end = chunk.response_metadata
                if piece := thoughts.without(_storable(str(chunk.text))):
                    yield piece


@dataclass
class _Reply:
    """What is known of a reply besides its text."""

    model: str
    begun: bool = False
    end: Mapping[str, Any] = field(default_factory=dict)

    def usage(self, max_tokens: int) -> Usage:
        """Return what it took; it is interrupted where it ran into its limit."""
        cut = self.end.get("done_reason") == "length"
        return Usage(
            model=str(self.end.get("model") or self.model),
            prompt_tokens=whole(self.end.get("prompt_eval_count")),
            completion_tokens=whole(self.end.get("eval_count")),
            interrupted=f"The answer reached its limit of {max_tokens} tokens." if cut else "",
        )


def _storable(text: str) -> str:
    """Return a text without what neither a page nor a database takes: NUL and halves of letters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _routed(model: str, asked: CompletionRequest, given: CompletionRequest) -> Routed:
    """Return where the answer is made, and which evidence the model has seen."""
    reasons = [f"{model} on this machine answers"]
    dropped = len(asked.evidence) - len(given.evidence)
    if dropped:
        reasons.append(f"it has room for {len(given.evidence)} of {len(asked.evidence)} passages")
    evidence: tuple[Evidence, ...] | None = given.evidence if dropped else None
    return Routed(Route(Destination.LOCAL, tuple(reasons)), evidence)
