"""Builds the one request that writes an answer: evidence first, question last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from assistant.domain.answers import Evidence, Question, Route, strictest
from assistant.domain.completions import CompletionRequest, Message, Task
from assistant.prompting import Prompts


@dataclass(frozen=True)
class AnswerPrompt:
    """Turns a question and its evidence into a completion request."""

    prompts: Prompts

    @cached_property
    def version(self) -> str:
        """What tells one wording of the prompt from another."""
        return self.prompts.version("system", "answer", "repair")

    def request(
        self, question: Question, text: str, evidence: Sequence[Evidence]
    ) -> CompletionRequest:
        """Return the request for `text`, the stand-alone form of the question.

        It is as sensitive as the strictest evidence in it.
        """
        user = self.prompts.render("answer", question=text, evidence=evidence)
        return CompletionRequest(
            task=Task.ANSWER,
            question=text,
            evidence=tuple(evidence),
            messages=(
                Message("system", self.prompts.render("system", as_of=question.as_of)),
                Message("user", user),
            ),
            sensitivity=strictest(item.sensitivity for item in evidence),
        )

    def repair(
        self, request: CompletionRequest, said: str, figures: Sequence[str], made: Route
    ) -> CompletionRequest:
        """Return the request that asks the same model to put its answer right.

        Args:
            request: What it was asked.
            said: What it said, in its own words.
            figures: Those of its figures that the evidence does not support, as written.
            made: Where it was said; nobody else is asked.
        """
        user = self.prompts.render("repair", figures=figures)
        messages = (*request.messages, Message("assistant", said), Message("user", user))
        return replace(request, task=Task.REPAIR, messages=messages, route=made)
