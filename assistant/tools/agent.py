"""The agent: for a question that takes several steps, a model that calls our tools in a loop.

    request ── a model with tools? ── loop (registry) ── cited text ──> Routed, TextDelta, Usage
                       └─ no ──────────── limit, failure, no citation ──> the model behind, saying so

What a prompt holds is looked at before every request of the model: where a passage that a tool found
keeps it off the cloud, the cloud model is not asked again, and the local one begins anew with the
evidence. The loop itself is LangChain's and is loaded when it is first needed.
"""

import asyncio
import importlib
import logging
import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from assistant.domain.agents import AgentEvent, GaveUp, Limits, Tried, Worked
from assistant.domain.answers import (
    Choice,
    Clarification,
    Destination,
    Question,
    Route,
    ToolCall,
)
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Message,
    Routed,
    Task,
    TextDelta,
)
from assistant.domain.errors import AssistantError, InvalidRequest
from assistant.domain.events import Clarify, ToolEvent
from assistant.domain.routing import Complexity
from assistant.ports import ChatModel, Router, ToolModel
from assistant.prompting import Prompts
from assistant.rag.citations import CitationStream
from assistant.tools.agent_tools import AgentTool, Asking
from assistant.tools.agent_work import Moved, Stopped, Unconfirmed, Work

logger = logging.getLogger(__name__)

_LOOP = "assistant.tools.registry"
_FIRST_TOKENS = 2500  # of the evidence that was found first; the model searches for the rest
_WAYS = {
    Destination.CLOUD: (Destination.CLOUD, Destination.LOCAL),
    Destination.LOCAL: (Destination.LOCAL,),
}  # never from local to the cloud, whatever a tool finds
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.S)


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
        tried = Tried()
        if asked := self._fit_for_it(request):
            async with aclosing(self._work(request, *asked, tried)) as working:
                async for event in working:
                    match event:
                        case Worked():
                            for item in self._written(event):
                                yield tried.told(item)
                            return
                        case GaveUp():
                            break
                        case Clarify():
                            yield event
                            return
                        case _:
                            yield event
        async with aclosing(self.model.stream(request)) as reply:
            async for item in reply:
                yield tried.told(item)

    def _written(self, done: Worked) -> tuple[CompletionEvent, ...]:
        routed = Routed(done.route, done.evidence, self.version)
        return routed, TextDelta(done.text), done.usage

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
        self, request: CompletionRequest, question: Question, route: Route, tried: Tried
    ) -> AsyncGenerator[AgentEvent, None]:
        """Yield every call, then how the work ended; note in `tried` what came of it before."""
        asking, until = Asking(question), time.monotonic() + self.limits.seconds
        asking.gathered.add(request.evidence, _FIRST_TOKENS)
        for place in _WAYS[route.destination]:
            model = self.models.get(place)
            if model is None or not await _is_capable(model):
                yield GaveUp()
                return
            here = replace(route, destination=place)
            work = Work(model, here, request, asking, self.router, self.prompts, self.limits)
            async with aclosing(self._reported(work, until)) as events:
                async for event in events:
                    yield event
            if work.sent:
                tried.sent_to.append(place)
            match work.ended:
                case Worked() | Clarify():
                    yield work.ended
                    return
                case GaveUp() | Moved():
                    tried.reasons.append(work.ended.reason)
                    tried.cost_usd += work.usage.cost_usd
            if isinstance(work.ended, GaveUp):
                yield work.ended
                return

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
            return GaveUp(stopped.reason)
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


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
