"""The agent: for a question that takes several steps, a model that calls our tools in a loop.

    request ── a model with tools? ── loop (registry) ── cited text ──> Routed, TextDelta, Usage
                       └─ no ──────────── limit, failure, no citation ──> the model behind, saying so

What a prompt holds is looked at before every request of the model: where a passage that a tool found
keeps it off the cloud, the cloud model is not asked again, and the local one begins anew with the
evidence. The loop itself is LangChain's and is loaded when it is first needed.
"""

import asyncio
import importlib
import json
import logging
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from assistant.domain.agents import AgentEvent, GaveUp, Given, Limits, Worked
from assistant.domain.answers import (
    Choice,
    Clarification,
    Destination,
    Question,
    Route,
    ToolCall,
    strictest,
)
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Message,
    Routed,
    Task,
    TextDelta,
    Usage,
    Waiting,
)
from assistant.domain.errors import AssistantError, InvalidRequest
from assistant.domain.events import Clarify, ToolEvent, ToolFailed, ToolFinished, ToolStarted
from assistant.domain.filings import Sensitivity
from assistant.domain.routing import Complexity
from assistant.ports import ChatModel, Router, ToolModel
from assistant.prompting import Prompts
from assistant.rag.citations import CitationStream
from assistant.tools.agent_tools import AgentTool, Arguments, Asking

logger = logging.getLogger(__name__)

_LOOP = "assistant.tools.registry"
_FIRST_TOKENS = 2500  # of the evidence that was found first; the model searches for the rest
_WAYS = {
    Destination.CLOUD: (Destination.CLOUD, Destination.LOCAL),
    Destination.LOCAL: (Destination.LOCAL,),
}  # never from local to the cloud, whatever a tool finds
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.S)


class Stopped(Exception):
    """The agent must not go on, for this reason."""


class Moved(Stopped):
    """What the agent holds now may not go where its model is."""


class Unconfirmed(Exception):
    """A call has effects outside: the user must allow it first."""

    def __init__(self, call: ToolCall) -> None:
        super().__init__(call)
        self.call = call


@dataclass
class Work:
    """One model's work on a question. What the loop asks of us."""

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
        reading = self.route.reading
        if self.route.destination is Destination.CLOUD and reading:
            question = self.asking.question
            route = self.router.decide(reading, question, self.label)
            if route.destination is not Destination.CLOUD:
                raise Moved("; ".join(route.reasons))
        if self.usage.prompt_tokens + self.usage.completion_tokens > self.limits.tokens:
            raise Stopped(f"it took more than {self.limits.tokens:,} tokens")
        return await self.model.chat(self.route, lambda: self.label)

    async def paid(self, said: Sequence[Message], call: Callable[[], Awaitable[Usage]]) -> None:
        """Make a request of the model within the budget, and note what it took.

        Args:
            said: The messages of its prompt.
            call: Makes the request.
        """
        self.steps += 1
        self.events.put_nowait(
            Waiting(f"thinking, step {self.steps} of at most {self.limits.steps} ...")
        )
        request = replace(self.request, messages=tuple(said), sensitivity=self.label)
        async with self.model.paid(request) as tell:
            usage = await call()
            tell(usage)
        self.usage = _sum(self.usage, usage)

    async def call(self, tool: AgentTool[Any], given: Arguments) -> str:
        """Make a call of a tool; return what the model is told."""
        found = await self.made(tool, given)
        return self.prompts.render("found", text=found.text, evidence=found.evidence)

    async def made(self, tool: AgentTool[Any], given: Arguments) -> Given:
        """Make a call of a tool and report it; where it fails, the text says why."""
        self.calls += 1
        argument = shown(given)
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
        return found


@dataclass(frozen=True)
class AgentModel:
    """Implements `ports.TurnModel`: what takes several steps goes to an agent, else to `model`.

    Args:
        model: What answers where no agent does.
        models: The model that works at each destination.
        tools: What it may call; fixed.
        router: Decides anew where the work may go on.
        prompts: Where its instructions are.
        limits: How far it may go.
    """

    model: ChatModel
    models: Mapping[Destination, ToolModel]
    tools: Sequence[AgentTool[Any]]
    router: Router
    prompts: Prompts
    limits: Limits = field(default_factory=Limits)

    @cached_property
    def version(self) -> str:
        """What tells one wording of its instructions from another."""
        return self.prompts.version("agent", "answer", "found")

    async def stream(
        self, request: CompletionRequest
    ) -> AsyncGenerator[CompletionEvent | ToolEvent | Clarify, None]:
        """Yield what the agent does and writes; where it does not, what the model behind says."""
        gave_up = GaveUp()
        if asked := self._fit_for_it(request):
            async with aclosing(self._work(request, *asked)) as working:
                async for event in working:
                    match event:
                        case Worked():
                            yield Routed(event.route, event.evidence, self.version)
                            yield TextDelta(event.text)
                            yield event.usage
                            return
                        case GaveUp():
                            gave_up = event
                        case Clarify():
                            yield event
                            return
                        case _:
                            yield event
        async with aclosing(self.model.stream(request)) as reply:
            async for item in reply:
                yield gave_up.told(item)

    def _fit_for_it(self, request: CompletionRequest) -> tuple[Question, Route] | None:
        """Return the question and its route where it is one for an agent."""
        route, question = request.route, request.asked
        if request.task is not Task.ANSWER or request.comparison or not request.evidence:
            return None
        if route is None or route.reading is None or question is None:
            return None
        if route.destination not in self.models or route.redacted:
            return None
        demanding = route.reading.complexity is Complexity.COMPLEX
        return (question, route) if demanding else None

    async def _work(
        self, request: CompletionRequest, question: Question, route: Route
    ) -> AsyncGenerator[AgentEvent, None]:
        """Yield every call, then how the work ended."""
        asking, until = Asking(question), time.monotonic() + self.limits.seconds
        asking.gathered.add(request.evidence, _FIRST_TOKENS)
        spent, moved = Decimal(0), ""
        for place in _WAYS[route.destination]:
            model = self.models.get(place)
            if model is None or not await _is_capable(model):
                yield GaveUp(moved, spent)
                return
            here = replace(route, destination=place)
            work = Work(model, here, request, asking, self.router, self.prompts, self.limits)
            async with aclosing(self._reported(work, until)) as events:
                async for event in events:
                    yield event
            ended, spent = work.ended, spent + work.usage.cost_usd
            if not isinstance(ended, Moved):
                yield replace(ended, cost_usd=spent) if isinstance(ended, GaveUp) else ended
                return
            moved = str(ended)

    async def _reported(self, work: Work, until: float) -> AsyncGenerator[AgentEvent, None]:
        """Yield what a model's work reports while it goes on."""

        async def end() -> None:
            try:
                work.ended = await self._ended(work, until)
            finally:
                work.events.put_nowait(None)

        task = asyncio.create_task(end())
        try:
            while event := await work.events.get():
                yield event
            await task
        finally:
            task.cancel()
            await asyncio.wait([task])

    async def _ended(self, work: Work, until: float) -> Worked | GaveUp | Clarify | Moved:
        """Let a model work to its end, and return it.

        Args:
            work: The work.
            until: When it must be over (`time.monotonic`).
        """
        try:
            async with asyncio.timeout(max(0, until - time.monotonic())):
                return self._checked(work, await self._text(work))
        except TimeoutError:
            return GaveUp(f"it took longer than {self.limits.seconds:g} s")
        except Moved as moved:
            return moved
        except Stopped as stopped:
            return GaveUp(str(stopped))
        except Unconfirmed as unconfirmed:
            return Clarify(_asked(work.asking.question, unconfirmed.call))
        except AssistantError as error:
            return GaveUp(error.message)
        except Exception as error:
            logger.warning("an agent failed", exc_info=error)
            return GaveUp(f"it failed ({type(error).__name__})")

    async def _text(self, work: Work) -> str:
        """Return the last text that the model writes."""
        done = work.asking.done
        for call in work.asking.question.allowed[len(done) :]:
            done.append(await self._confirmed(work, call))
        system = self.prompts.render(
            "agent",
            as_of=work.asking.question.as_of,
            tools=self.tools,
            calls=self.limits.calls,
            done=done,
        )
        user = self.prompts.render(
            "answer", question=work.request.question, evidence=work.asking.gathered.evidence
        )
        loop = await asyncio.to_thread(importlib.import_module, _LOOP)
        text: str = await loop.run(
            work, self.tools, (Message("system", system), Message("user", user))
        )
        return _THOUGHTS.sub("", text).strip()

    async def _confirmed(self, work: Work, call: ToolCall) -> str:
        """Make a call that the user allowed, as it was shown; return what came of it.

        Raises:
            InvalidRequest: There is no such call.
        """
        tool = next((one for one in self.tools if one.name == call.tool), None)
        try:
            given = tool.arguments.model_validate_json(call.arguments) if tool else None
        except ValueError:
            given = None
        if tool is None or given is None:
            raise InvalidRequest(f"There is no such call of {call.tool}", "Ask the question again.")
        found = await work.made(tool, given)
        return f"{call.tool} {call.arguments}: {found.text or 'done'}"

    def _checked(self, work: Work, text: str) -> Worked | GaveUp:
        """Return the text as an answer; only one that cites evidence is one."""
        evidence = work.asking.gathered.evidence
        marks = CitationStream(evidence)
        marks.feed(text)
        marks.close()
        if not marks.cited:
            return GaveUp("it found no answer that it could cite")
        reason = (
            f"it took {_counted(work.steps, 'step')} and {_counted(work.calls, 'call')} of tools"
        )
        route = Route(work.route.destination, (reason,))
        return Worked(text, evidence, route, work.usage)


def shown(given: Arguments) -> str:
    """Return the arguments of a call on one line, as the user reads them."""
    told = given.model_dump(mode="json", exclude_defaults=True)
    if len(told) == 1:
        return str(*told.values())
    return json.dumps(told, ensure_ascii=False)


def arguments_json(given: Arguments) -> str:
    """Return the arguments of a call as they are confirmed: what is shown is what is made."""
    return json.dumps(given.model_dump(mode="json"), ensure_ascii=False, sort_keys=True)


def _asked(question: Question, call: ToolCall) -> Clarification:
    """Return the question whether a call may be made, with its arguments."""
    go = Choice("Do it", question.text, question.scope, allows=call)
    leave = Choice("Don't", question.text, question.scope, model=Destination.BUILTIN)
    return Clarification(f"This calls {call.tool} with {call.arguments}. May it?", (go, leave))


async def _is_capable(model: ToolModel) -> bool:
    try:
        return await model.has_tools()
    except AssistantError:
        return False  # why it is not there, the ordinary path says


def _sum(one: Usage, other: Usage) -> Usage:
    return replace(
        one,
        model=other.model or one.model,
        prompt_tokens=one.prompt_tokens + other.prompt_tokens,
        completion_tokens=one.completion_tokens + other.completion_tokens,
        cost_usd=one.cost_usd + other.cost_usd,
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
