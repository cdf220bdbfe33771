"""One model's work on a question: what stands in front of each of its requests, and its calls.

    clear ── may all of this go to this model? ──> paid ── is there a budget for it? ──> the model
    made  ── the call and what it gave, reported as they happen

The loop (`registry`) asks; what the agent makes of the end stands in `agent`.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from assistant.domain.agents import AgentEvent, GaveUp, Given, Limits, Worked
from assistant.domain.answers import Destination, Route, ToolCall, strictest
from assistant.domain.completions import CompletionRequest, Message, Usage, Waiting
from assistant.domain.errors import AssistantError
from assistant.domain.events import Clarify, ToolFailed, ToolFinished, ToolStarted
from assistant.domain.filings import Sensitivity
from assistant.ports import Router, ToolModel
from assistant.prompting import Prompts
from assistant.tools.agent_tools import AgentTool, Arguments, Asking


class Stopped(Exception):
    """The agent must not go on, for this reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Moved(Stopped):
    """What the agent holds now may not go where its model is."""


class Unconfirmed(Exception):
    """A call has effects outside: the user must allow it first."""

    def __init__(self, call: ToolCall) -> None:
        super().__init__(call)
        self.call = call


@dataclass
class Work:
    """One model's work on a question: what the loop asks of us.

    `sent` is whether a prompt left for another machine, `told` what calls were made with and gave
    besides evidence.
    """

    model: ToolModel
    route: Route
    request: CompletionRequest
    asking: Asking
    router: Router
    prompts: Prompts
    limits: Limits
    events: asyncio.Queue[AgentEvent | None] = field(default_factory=asyncio.Queue)
    steps: int = 0
    calls: int = 0
    sent: bool = False
    told: list[str] = field(default_factory=list)
    usage: Usage = field(default_factory=lambda: Usage(""))
    ended: "Worked | GaveUp | Clarify | Moved" = field(default_factory=GaveUp)

    @property
    def label(self) -> Sensitivity:
        """The strictest label of what the next prompt holds."""
        held = (item.sensitivity for item in self.asking.gathered.evidence)
        return strictest((self.request.sensitivity, *held))

    async def clear(self) -> Any:  # noqa: ANN401 -- LangChain's chat model
        """Return the model to ask next.

        Raises:
            Moved: What the prompt would hold now may not go there.
            Stopped: It has taken too much.
            AssistantError: The model is not there.
        """
        if self.route.destination is Destination.CLOUD:
            self._leave()
        if self.usage.prompt_tokens + self.usage.completion_tokens > self.limits.tokens:
            raise Stopped(f"it took more than {self.limits.tokens:,} tokens")
        return await self.model.chat(self.route, lambda: self.label)

    def _leave(self) -> None:
        """Raise `Moved` unless the router would still send all of this to the cloud.

        What was found is read with the question.
        """
        asked, reading = self.asking.question, self.route.reading
        held = self.asking.gathered.evidence
        read = [*(one.read for one in held), *self.told]
        route = self.router.decide(reading, asked, self.label, read) if reading else None
        if route is None or route.destination is not Destination.CLOUD:
            raise Moved("; ".join(route.reasons) if route else "nothing says that it may leave")

    async def paid(self, said: Sequence[Message], call: Callable[[], Awaitable[Usage]]) -> None:
        """Make a request of the model within the budget, and note what it took.

        Args:
            said: The messages of its prompt.
            call: Makes the request.
        """
        self.steps += 1
        request = replace(self.request, messages=tuple(said), sensitivity=self.label)
        thinking = f"thinking, step {self.steps} of at most {self.limits.steps} ..."
        self.events.put_nowait(Waiting(thinking))
        async with self.model.paid(request, self.usage.cost_usd) as tell:
            if self.route.destination is Destination.CLOUD:
                self.sent = True
                self.events.put_nowait(Waiting(thinking, Destination.CLOUD))
            self.usage = _sum(self.usage, tell(await call()))

    async def call(self, tool: AgentTool[Any], given: Arguments) -> str:
        """Make a call of a tool; return what the model is told."""
        found = await self.made(tool, given)
        return self.prompts.render("found", text=found.text, evidence=found.evidence)

    async def made(self, tool: AgentTool[Any], given: Arguments) -> Given:
        """Make a call of a tool and report it; where it fails, the text says why."""
        self.calls += 1
        argument = shown(given)
        self.told.append(argument)
        self.events.put_nowait(ToolStarted(tool.name, argument))
        start = time.perf_counter()
        try:
            found: Given = await tool.call(given, self.asking)
        except AssistantError as error:
            self.events.put_nowait(ToolFailed(tool.name, error, argument))
            return Given(text=f"{error.message}. {error.hint}".strip())
        seconds = round(time.perf_counter() - start, 6)
        self.events.put_nowait(
            ToolFinished(tool.name, found.evidence, seconds, argument, found.text)
        )
        self.told.append(found.text)
        return found


def shown(given: Arguments) -> str:
    """Return the arguments of a call on one line, as the user reads them."""
    told = given.model_dump(mode="json", exclude_defaults=True)
    if len(told) == 1:
        return str(*told.values())
    return json.dumps(told, ensure_ascii=False)


def arguments_json(given: Arguments) -> str:
    """Return the arguments of a call as they are confirmed: what is shown is what is made."""
    return json.dumps(given.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)


def _sum(one: Usage, other: Usage) -> Usage:
    return replace(
        one,
        model=other.model or one.model,
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        cost_usd=one.cost_usd + other.cost_usd,
    )
