"""Our tools as LangChain's, and LangChain's agent over them. Slow to import (2-3 s): loaded at first use.

    model ── calls? ──> limits, effects ──> tools ──> evidence ──> cleared again ──> model ... ──> text

LangChain runs the loop and its limits on steps and calls. What stands in front of every request of the
model is ours: `Work.clear` looks at the labels of all that the next prompt would hold.
"""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

from langchain.agents import create_agent
from langchain.agents.middleware import (
    AgentMiddleware,
    AgentState,
    ModelCallLimitMiddleware,
    ModelRequest,
    ModelResponse,
    ToolCallLimitMiddleware,
)
from langchain.agents.middleware.model_call_limit import ModelCallLimitExceededError
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.tools import BaseTool, StructuredTool
from langgraph.errors import GraphRecursionError
from langgraph.runtime import Runtime
from pydantic import ValidationError

from assistant.domain.answers import ToolCall
from assistant.domain.completions import Message, Usage
from assistant.tools.agent_tools import AgentTool
from assistant.tools.agent_work import Stopped, Unconfirmed, Work, arguments_json

_NODES_A_STEP = 8  # of LangChain's graph; its own limit only backs ours up


async def run(work: Work, tools: Sequence[AgentTool[Any]], messages: Sequence[Message]) -> str:
    """Let the model work to its last text.

    Args:
        work: Who runs it.
        tools: What it may call.
        messages: System and user message.

    Raises:
        Stopped: It took more steps than it may, or must not go on.
        AssistantError: The model failed.
    """
    limits: Sequence[AgentMiddleware[Any, None, Any]] = (
        ModelCallLimitMiddleware(run_limit=work.limits.steps, exit_behavior="error"),
        ToolCallLimitMiddleware(run_limit=work.limits.calls, exit_behavior="continue"),
    )
    called = [_structured(tool, work) for tool in tools]
    agent = create_agent(await work.clear(), called, middleware=[*limits, _Gate(work, tools)])
    said: list[Any] = [{"role": one.role, "content": one.content} for one in messages]
    try:
        state = await agent.ainvoke(
            {"messages": said}, {"recursion_limit": work.limits.steps * _NODES_A_STEP}
        )
    except (ModelCallLimitExceededError, GraphRecursionError):
        raise Stopped(f"it took more than {work.limits.steps} steps") from None
    return _text(state["messages"][-1])


class _Gate(AgentMiddleware[AgentState[Any], None, Any]):
    """Stands before every request of the model, and before calls that have effects."""

    def __init__(self, work: Work, tools: Sequence[AgentTool[Any]]) -> None:
        super().__init__()
        self._work = work
        self._effects = {tool.name: tool for tool in tools if tool.has_side_effects}

    async def awrap_model_call(
        self,
        request: ModelRequest[None],
        handler: Callable[[ModelRequest[None]], Awaitable[ModelResponse[Any]]],
    ) -> ModelResponse[Any]:
        model = await self._work.clear()
        responses: list[ModelResponse[Any]] = []

        async def call() -> Usage:
            response = await handler(request.override(model=model))
            responses.append(response)
            return _usage(response.result)

        await self._work.paid([Message("user", _text(one)) for one in request.messages], call)
        return responses[-1]

    async def aafter_model(
        self, state: AgentState[Any], runtime: Runtime[None]
    ) -> dict[str, Any] | None:
        last = state["messages"][-1]
        for call in last.tool_calls if isinstance(last, AIMessage) else ():
            if tool := self._effects.get(call["name"]):
                with suppress(ValidationError):  # then the call is refused, not made
                    given = tool.arguments.model_validate(call["args"])
                    raise Unconfirmed(ToolCall(tool.name, arguments_json(given)))
        return None


def _structured(tool: AgentTool[Any], work: Work) -> BaseTool:
    async def called(**given: Any) -> str:  # noqa: ANN401 -- validated by its schema
        return await work.call(tool, tool.arguments(**given))

    return StructuredTool.from_function(
        coroutine=called, name=tool.name, description=tool.says, args_schema=tool.arguments
    )


def _text(message: BaseMessage) -> str:
    return str(message.text)


def _usage(messages: Sequence[BaseMessage]) -> Usage:
    """Return what a call of the model took, as its provider counted it."""
    [message] = [one for one in messages if isinstance(one, AIMessage)][:1] or [AIMessage("")]
    counted, told = message.usage_metadata, message.response_metadata
    return Usage(
        model=str(told.get("model_name") or told.get("model") or ""),
        prompt_tokens=counted["input_tokens"] if counted else 0,
        completion_tokens=counted["output_tokens"] if counted else 0,
        cost_usd=_amount(told.get("cost_usd")),
    )


def _amount(told: object) -> Decimal:
    try:
        return Decimal(str(told or 0))
    except InvalidOperation:
        return Decimal(0)
