"""LangChain's chat model over the openai client, made safe for OpenRouter. Slow to import.

What LangChain's own class lacks: a last check before anything leaves, `max_tokens` under that name,
the cost and the model that was billed, errors with their meaning. Its conversation of messages,
tools and structured output is used as it is.
"""

import logging
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from typing import Any, NoReturn, cast

import httpx
import openai
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from langchain_openai.chat_models.base import BaseChatOpenAI
from pydantic import Field

from assistant.domain.completions import Message
from assistant.domain.errors import AssistantError, EgressForbidden, MalformedReply
from assistant.routing.providers.openrouter.clock import Clock
from assistant.routing.providers.openrouter.endpoint import Endpoint, Patience
from assistant.routing.providers.openrouter.failures import (
    Refusal,
    failure,
    unreachable,
)
from assistant.routing.providers.openrouter.reply import Piece
from assistant.routing.providers.untraced import untraced

untraced()
"""An environment variable must not send questions to a tracing service."""
logging.getLogger("openai").setLevel(logging.WARNING)
"""Below it the client writes down what is asked."""

Clearance = Callable[[], None]
"""Raises `EgressForbidden` unless what is about to be sent may leave this machine."""
_UNREADABLE = (ValueError, TypeError, LookupError, AssertionError)
"""What the libraries raise at a shape that they did not expect."""
_ROLES = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
_SENT = frozenset(
    {"messages", "stream", "temperature", "max_tokens", "stop", "response_format"}
    | {"tools", "tool_choice", "parallel_tool_calls"}
)
"""What a request may hold besides what we put into it: no plug-in, no user, no metadata."""
_PRIVATE = {"data_collection": "deny", "zdr": True, "require_parameters": True}


class _Chunk(ChatGenerationChunk):
    """A chunk that still knows the event it was made from."""

    event: dict[str, Any] = Field(default_factory=dict, exclude=True)


def _nothing() -> None:
    raise EgressForbidden("Nothing was cleared to be sent to a cloud model")


class OpenRouterChat(BaseChatOpenAI):
    """A LangChain chat model that asks OpenRouter, and refuses what may not leave.

    Args:
        clearance: Called before every request; nothing may be sent where it is not given.
        fallbacks: Models that OpenRouter asks when the first one fails.
        patience: How long an answer may take.
    """

    clearance: Clearance = Field(default=_nothing, exclude=True, repr=False)
    fallbacks: tuple[str, ...] = ()
    patience: Patience = Field(default_factory=Patience, exclude=True, repr=False)

    @property
    def _llm_type(self) -> str:
        return "openrouter"

    async def pieces(
        self, messages: Sequence[Message], max_tokens: int
    ) -> AsyncGenerator[Piece, None]:
        """Yield the events of an answer; closing it closes the connection.

        Raises:
            AssistantError: No answer, or no more of it.
        """
        said = [_ROLES[message.role](message.content) for message in messages]
        async with aclosing(self._astream(said, max_tokens=max_tokens)) as chunks:
            async for chunk in chunks:
                yield _piece(chunk)

    def _get_request_payload(
        self,
        input_: LanguageModelInput,
        *,
        stop: list[str] | None = None,
        **kwargs: Any,  # noqa: ANN401 -- as the base class has it
    ) -> dict[str, Any]:
        built = super()._get_request_payload(input_, stop=stop, **kwargs)
        payload = {name: value for name, value in built.items() if name in _SENT}
        if any(tool.get("type") != "function" for tool in payload.get("tools", ())):
            raise EgressForbidden("A tool that runs at the provider is not asked for")
        payload["model"] = self.model_name
        payload["extra_body"] = {"provider": dict(_PRIVATE)}
        if self.fallbacks:
            payload["extra_body"]["models"] = [self.model_name, *self.fallbacks]
        return payload

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,  # noqa: ANN401 -- as the base class has it
    ) -> AsyncGenerator[ChatGenerationChunk, None]:
        self.clearance()
        inner = super()._astream(messages, stop, run_manager, **kwargs)
        try:
            async with aclosing(cast("AsyncGenerator[ChatGenerationChunk, None]", inner)) as chunks:
                clock = Clock(self.patience)
                while (chunk := await clock.next(chunks)) is not None:
                    yield chunk
        except (openai.OpenAIError, httpx.HTTPError, *_UNREADABLE) as error:
            raise self._meaning(error) from error

    async def _agenerate(self, *args: Any, **kwargs: Any) -> ChatResult:  # noqa: ANN401 -- as the base class has it
        self._only_streams()

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:  # noqa: ANN401 -- as the base class has it
        self._only_streams()

    def _stream(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ANN401 -- as the base class has it
        self._only_streams()

    def _only_streams(self) -> NoReturn:
        raise EgressForbidden("Cloud models are asked asynchronously, as a stream, or not at all")

    def _convert_chunk_to_generation_chunk(
        self,
        chunk: dict[str, Any],
        default_chunk_class: type,
        base_generation_info: dict[str, Any] | None,
    ) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(
            chunk, default_chunk_class, base_generation_info
        )
        if made is None:
            return None
        info = dict(made.generation_info or {})
        if usage := chunk.get("usage"):
            info |= {"cost_usd": usage["cost"], "generation_id": str(chunk.get("id") or "")}
        return _Chunk(message=made.message, generation_info=info or None, event=chunk)

    def _meaning(self, error: Exception) -> AssistantError:
        """Return what an error of the libraries means: each wraps that of the one below."""
        for cause in _causes(error):
            match cause:
                case AssistantError():
                    return cause
                case openai.APIStatusError():
                    reply = cause.response
                    refusal = Refusal.of(cause.body, reply.status_code, dict(reply.headers))
                    return failure(refusal, self.model_name)
                case httpx.HTTPError():
                    return unreachable(cause)
                case _:
                    continue
        if isinstance(error, openai.APIError):
            return failure(Refusal.of(error.body), self.model_name)
        return MalformedReply(f"OpenRouter's answer cannot be read ({type(error).__name__})")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def make(
    endpoint: Endpoint,
    client: httpx.AsyncClient,
    model: str,
    fallbacks: tuple[str, ...],
    patience: Patience,
) -> OpenRouterChat:
    """Return the chat model, which may send nothing yet.

    Args:
        endpoint: The server.
        client: Whose transport adds the key.
        model: The model to ask.
        fallbacks: Models that OpenRouter asks when that one fails.
        patience: How long it may take.
    """
    return OpenRouterChat(
        model=model,
        fallbacks=fallbacks,
        patience=patience,
        base_url=endpoint.url,
        api_key="added at the door",  # type: ignore[arg-type]
        http_async_client=client,
        http_client=httpx.Client(transport=_Closed(), trust_env=False),
        timeout=httpx.Timeout(patience.silence_s, connect=patience.connect_s),
        max_retries=0,
        max_tokens=1024,
        temperature=0,
        streaming=True,
        stream_usage=False,
        stream_chunk_timeout=None,
        use_responses_api=False,
        output_version="v0",
        openai_proxy=None,
        cache=False,
    )


class _Closed(httpx.BaseTransport):
    """What the blocking client stands on: nothing leaves by it."""

    def handle_request(self, request: httpx.Request) -> NoReturn:
        raise EgressForbidden("Cloud models are asked asynchronously, or not at all")


def _piece(chunk: ChatGenerationChunk) -> Piece:
    event = chunk.event if isinstance(chunk, _Chunk) else {}
    info = chunk.generation_info or {}
    return Piece(
        text=chunk.text,
        model=str(event.get("model") or ""),
        generation_id=str(event.get("id") or ""),
        finish=str(info.get("finish_reason") or ""),
        tokens=event.get("usage"),
    )
