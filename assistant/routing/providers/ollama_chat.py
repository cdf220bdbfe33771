"""LangChain's chat model for Ollama, over a client that keeps every promise of ours on the wire.

    ChatOllama -> GuardedClient -> POST /api/chat
                  is the model there, and local?  does the prompt fit?  ->  send, with time-outs
                  is each line whole and from here?  was all of it read?  <-  lines

Slow to import (2 s): loaded when a model is first asked.
"""

from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import httpx
from langchain_core.messages import BaseMessage
from langchain_ollama import ChatOllama
from ollama import AsyncClient, ChatResponse
from pydantic import ValidationError

from assistant.domain.errors import MalformedReply
from assistant.routing.providers.context_guard import ContextGuard
from assistant.routing.providers.lifetimes import Clock
from assistant.routing.providers.ollama_server import Local, OllamaServer
from assistant.routing.providers.ollama_wire import (
    broken,
    failed,
    lines_of,
    parsed,
    refused,
    stopped,
)
from assistant.routing.providers.untraced import untraced

Json = dict[str, Any]


class GuardedClient(AsyncClient):
    """A client that asks one server for streamed chats and nothing else."""

    def __init__(self, server: OllamaServer, guard: ContextGuard, local: Local) -> None:
        self._local = local
        self._server = server
        self._guard = guard
        self._client = server.http  # not the library's own: it follows redirects and proxies

    async def _request(self, *args: Any, stream: bool = False, **kwargs: Any) -> Any:  # noqa: ANN401
        if args[1:] != ("POST", "/api/chat") or not stream:
            raise NotImplementedError(f"not asked of a local model: {args[1:]}")
        return self._chat(kwargs["json"])

    async def _chat(self, body: Json) -> AsyncGenerator[ChatResponse, None]:
        """Yield the lines of a reply to its end."""
        presence = await self._server.confirmed(self._local.model)
        if not presence.ready(self._local.num_ctx):
            presence = await self._server.load(self._local)
        body = self._ours(body)
        texts = _texts(body)
        self._guard.check(texts, presence.room(self._local.num_ctx, body["options"]["num_predict"]))
        async with aclosing(self._lines(body)) as lines:
            async for line in lines:
                response = _response(line)
                if response.done and response.prompt_eval_count:
                    self._guard.compare(texts, response.prompt_eval_count)
                yield response

    def _ours(self, body: Json) -> Json:
        """Return the request with what nobody may change: the model, its context, no silent cut."""
        options = {**self._local.options(), **body["options"], "num_ctx": self._local.num_ctx}
        ours = {"model": self._local.model, "options": options, "truncate": False, "shift": False}
        return {**body, **ours}

    async def _lines(self, body: Json) -> AsyncGenerator[Json, None]:
        """Yield the objects of a reply; the last one is done."""
        model = self._local.model
        clock = Clock(model, self._server.patience)
        async with AsyncExitStack() as stack:
            sent = self._client.stream("POST", "/api/chat", json=body)
            try:
                reply = await clock.first(stack.enter_async_context(sent))
                if reply.status_code != httpx.codes.OK:
                    text = (await clock.next(reply.aread())).decode("utf-8", "replace")
                    raise refused(model, reply.status_code, text)
                lines = lines_of(reply)
                wait = clock.first
                while text := await wait(anext(lines, "")):
                    wait = clock.next
                    line = parsed(text)
                    if said := line.get("error"):
                        raise stopped(model, said)
                    self._server.check_reply(model, line)
                    yield line
                    if line.get("done"):
                        return
            except httpx.HTTPError as error:
                raise failed(self._server.url, error) from error
        raise broken(self._server.url)


class GuardedChat(ChatOllama):
    """`ChatOllama` that is asked asynchronously, through a `GuardedClient` only."""

    def _create_chat_stream(self, *_: Any, **__: Any) -> Iterator[Any]:  # noqa: ANN401
        raise NotImplementedError("a local model is asked asynchronously")

    async def _acreate_chat_stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        **kwargs: Any,  # noqa: ANN401
    ) -> AsyncGenerator[Any, None]:
        params = self._chat_params(messages, stop, **kwargs)
        replies = await self._async_client.chat(**{**params, "stream": True})
        async with aclosing(replies) as parts:
            async for part in parts:
                yield part


def open_chat(server: OllamaServer, guard: ContextGuard, local: Local) -> GuardedChat:
    """Return the chat model.

    Args:
        server: Where it is.
        guard: What is known of how it counts.
        local: Which model, and how it is asked.
    """
    untraced()
    chat = GuardedChat(
        model=local.model,
        base_url=server.url,
        keep_alive=local.keep_alive,
        reasoning=False,
        client_kwargs={"verify": server.tls, "trust_env": False},
        **local.options(),
    )
    chat._async_client = GuardedClient(server, guard, local)
    return chat


def _response(line: Json) -> ChatResponse:
    try:
        return ChatResponse(**line)
    except ValidationError as error:
        raise MalformedReply(
            f"Ollama sent a line we cannot read: {error}", "Update Ollama."
        ) from error


def _texts(body: Json) -> list[str]:
    """Return what of a request counts as tokens: messages, their tool calls, and the tools."""
    messages = [_text(message) for message in body["messages"]]
    return messages + [str(tool) for tool in body.get("tools", ())]


def _text(message: Json) -> str:
    calls = message.get("tool_calls") or ""
    return f"{message.get('content') or ''}{calls}"
