"""The router: reads a message, then lets the policy decide. Calls no model and probes no service.

    Question ── Detectors, Classifier ──> Reading ── policy ──> Route(destination, reasons, reading)

What the detectors find is certain, and is shown with its place. What only the classifiers doubt is
kept here too, without being called sensitive unless they are sure. Every message of the conversation
before this one is read by the detectors: a follow-up is as sensitive as what it follows.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from assistant.domain.answers import Destination, Question, Route
from assistant.domain.filings import Sensitivity
from assistant.domain.routing import (
    IDENTIFIERS,
    Complexity,
    Intent,
    Reading,
    Secret,
    SensitiveSpan,
)
from assistant.ports import Embedder
from assistant.routing.classifier import INTENTS, Belief, Classifier
from assistant.routing.policy import Case, Policy, decide
from assistant.routing.redaction import Redaction, plain
from assistant.routing.sensitivity import LONGEST, Detectors, names

_WARM_UP = "+1 415 555 0100 "  # numbering plans are read at their first use, 0.1 s
_SHORT = 2_000  # characters
_SURE = 0.6  # both doubts on average: called sensitive
_DOUBT = 0.4  # either doubt: kept here
_COMPLEX = 0.35

Spans = tuple[SensitiveSpan, ...]


@dataclass(frozen=True)
class Router:
    """Decides where questions go. Implements `ports.Router`."""

    detectors: Detectors
    classifier: Classifier
    policy: Policy = field(default_factory=Policy)
    asked: Destination | None = None
    kept: re.Pattern[str] | None = None

    @classmethod
    def load(cls, embedder: Embedder, policy: Policy, asked: Destination | None = None) -> "Router":
        """Read what ships with the product; `asked` is the destination of AEI_MODEL, None for auto."""
        cloud = policy.cloud
        detectors = Detectors.load(policy.clients)
        detectors.find(_WARM_UP)
        return cls(
            detectors,
            Classifier.load(embedder),
            policy,
            asked,
            names([*cloud.never_companies, *cloud.never_projects]),
        )

    async def read(self, question: Question) -> Reading:
        """Return what a question is, with the conversation before it in mind."""
        previous = question.history[-1].text if question.history else ""
        text = question.text
        belief = await self.classifier.believe(text, previous)
        *_, second, best = np.argsort(belief.intents)
        spans = await self._found(text)
        before = [await self._found(turn.text) for turn in question.history]
        redacts = self.policy.redacts(question.asked_by.role) and any((spans, *before))
        hideable = redacts and await self._hideable(question, spans, before)
        if not spans and min(belief.doubts) >= _DOUBT and sum(belief.doubts) / 2 >= _SURE:
            spans = (SensitiveSpan(0, len(text), Secret.PRIVATE),)
        return Reading(
            intent=Intent(INTENTS[best]),
            confidence=float(belief.intents[best]),
            complexity=Complexity.COMPLEX if belief.complex >= _COMPLEX else Complexity.SIMPLE,
            sensitivity=spans,
            inherited=any(before),
            doubtful=_doubted(belief, text),
            hideable=hideable,
            runner_up=Intent(INTENTS[second]),
        )

    async def _hideable(self, question: Question, spans: Spans, before: Sequence[Spans]) -> bool:
        """Return whether placeholders leave nothing sensitive, and no doubt, of what was found.

        The doubts are of what would leave: identifiers, and the words of a placeholder, make the
        classifiers doubt by themselves.
        """
        if any(span.kind not in IDENTIFIERS for found in (spans, *before) for span in found):
            return False
        hidden, previous = Redaction(), ""
        for turn, found in zip(question.history, before, strict=True):
            left = hidden.hide(turn.text, found)
            if found and not await self._harmless(left, previous):
                return False
            previous = left
        return await self._harmless(hidden.hide(question.text, spans), previous)

    async def _harmless(self, text: str, previous: str) -> bool:
        if await self._found(text):
            return False
        return not _doubted(await self.classifier.believe(plain(text), plain(previous)), text)

    async def _found(self, text: str) -> tuple[SensitiveSpan, ...]:
        """Read a text; a long one beside the event loop, which it would hold for a second."""
        if len(text) > _SHORT:
            return await asyncio.to_thread(self.detectors.find, text)
        return self.detectors.find(text)

    def decide(
        self,
        reading: Reading,
        question: Question,
        label: Sensitivity = Sensitivity.PUBLIC,
        passages: Sequence[str] = (),
    ) -> Route:
        """Return where a question goes that was read as `reading`, with passages of that label.

        A name that the policy keeps here counts wherever it stands.
        """
        texts = (question.text, *(turn.text for turn in question.history), *passages)
        found = (self.kept.search(text) for text in texts) if self.kept else ()
        named = next((match[0] for match in found if match), "")
        asked = question.model or self.asked
        case = Case(reading, question.asked_by.role, label, named, asked)
        return decide(case, self.policy)


def _doubted(belief: Belief, text: str) -> bool:
    """Whether a text may be sensitive, or was not read to its end."""
    return belief.unread or len(text) > LONGEST or max(belief.doubts) >= _DOUBT
