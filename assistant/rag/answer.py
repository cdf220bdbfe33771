"""Builds the one request that writes an answer: evidence first, question last."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.domain.answers import Evidence, Question, strictest
from assistant.domain.completions import CompletionRequest, Message, Task
from assistant.prompting import Prompts


@dataclass(frozen=True)
class AnswerPrompt:
    """Turns a question and its evidence into a completion request."""

    prompts: Prompts

    @cached_property
    def version(self) -> str:
        """What tells one wording of the prompt from another."""
        return self.prompts.version("system", "answer")

    def request(
        self, question: Question, text: str, evidence: Sequence[Evidence]
    ) -> CompletionRequest:
        """Return the request for `text`, the stand-alone form of the question.

        It is as sensitive as the strictest evidence in it.
        """

        def messages(given: Sequence[Evidence]) -> tuple[Message, ...]:
            user = self.prompts.render("answer", question=text, evidence=given)
            system = self.prompts.render("system", as_of=question.as_of)
            return Message("system", system), Message("user", user)

        return CompletionRequest(
            task=Task.ANSWER,
            question=text,
            evidence=tuple(evidence),
            messages=messages(evidence),
            sensitivity=strictest(item.sensitivity for item in evidence),
            rendered=messages,
        )
