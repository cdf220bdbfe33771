"""Builds the one request that writes an answer: evidence first, question last."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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
        return self.prompts.version("system", "answer", "repair")

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
            prompt_version=self.version,
            rendered=messages,
        )

    def repair(
        self, request: CompletionRequest, answer: str, unsupported: Sequence[str]
    ) -> CompletionRequest:
        """Return the request that asks once more for what the evidence does not bear out.

        Args:
            request: The one that was answered.
            answer: What was answered, with the keys of the evidence as the model wrote them.
            unsupported: Figures of it, as written, that do not stand in what it cites.
        """
        system, *_ = request.messages

        def messages(given: Sequence[Evidence]) -> tuple[Message, ...]:
            user = self.prompts.render(
                "repair",
                question=request.question,
                evidence=given,
                answer=answer,
                figures=unsupported,
            )
            return system, Message("user", user)

        return replace(request, messages=messages(request.evidence), rendered=messages)
