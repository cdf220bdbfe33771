"""Joins the agent: the models that can call tools, and what they may call."""

from collections.abc import Mapping

from assistant.domain.agents import Limits
from assistant.domain.answers import Destination
from assistant.ports import ChatModel, Router, Tool, ToolModel, TurnModel
from assistant.prompting import Prompts
from assistant.rag.understand import Understander
from assistant.settings import AgentChoice, Settings
from assistant.tools.agent import AgentModel
from assistant.tools.agent_tools import Calculator, Comparing, Searching


def open_agent(
    settings: Settings,
    behind: ChatModel,
    models: Mapping[Destination, ToolModel],
    tools: Mapping[str, Tool],
    understander: Understander,
    router: Router,
    prompts: Prompts,
) -> TurnModel:
    """Return what a turn asks: an agent in front of the chat models, or only these.

    Args:
        settings: The whole configuration.
        behind: What answers where no agent does.
        models: Those that can call tools, by place.
        tools: The tools of a turn, by name.
        understander: Reads what a model searches for.
        router: Decides anew where the work may go on.
        prompts: The prompt library.
    """
    if settings.agent is AgentChoice.OFF or not models:
        return behind
    return AgentModel(
        model=behind,
        models=models,
        tools=(
            Searching(understander, tools["search_filings"]),
            Comparing(understander, tools["compare_filings"]),
            Calculator(),
        ),
        router=router,
        prompts=prompts,
        limits=Limits(
            settings.agent_steps,
            settings.agent_calls,
            settings.agent_timeout_s,
            settings.agent_tokens,
        ),
    )
