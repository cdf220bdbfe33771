"""Sends a sensitive request to a cloud model with placeholders for what is sensitive. A chat model.

    request ── hide ──> detectors again ── nothing left ──> cloud model ── restore ──> reply
                                        └─ anything left ─> EgressForbidden, nothing is sent

Only a request whose `route.redacted` says so is touched; any other goes on as it is, and the cloud
model refuses it where it is restricted. What the passages of filings say is governed by their labels:
in them only what was hidden elsewhere is hidden too. Everything else of a message is read by every
detector, before and after. Names that no detector knows are hidden on suspicion: two capitalised
words in a row of the question that stand in none of the passages.
"""

import asyncio
import re
from collections import OrderedDict
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace

from assistant.domain.answers import Evidence
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Message,
    Routed,
    TextDelta,
    Usage,
)
from assistant.domain.errors import EgressForbidden
from assistant.domain.routing import IDENTIFIERS, Secret, SensitiveSpan
from assistant.ports import ChatModel
from assistant.prompting import defanged
from assistant.routing.redaction import Redaction, Restoring
from assistant.routing.sensitivity import LONGEST, Detectors

_KEPT = 1_000  # conversations whose placeholders are remembered
_QUOTED = 40  # characters; a shorter piece of evidence is read like the user's own words
_CAPITALISED = re.compile(
    r"(?<![\w\[])[A-Z\u00c0-\u00de][a-z\u00df-\u00ff'\u2019-]+"
    r"(?: (?:[A-Z]\. )?[A-Z\u00c0-\u00de][a-z\u00df-\u00ff'\u2019-]+){1,3}(?!\w)"
)
_OPENER = re.compile(
    r"(?:(?:Compare|Explain|What|How|Why|Which|Who|When|Where|Did|Does|Do|Is|Are|Was|Were|Has|Have|Can"
    r"|Could|Would|Should|Will|Show|Tell|Give|List|Find|Describe|Summari[sz]e|Calculate|Analy[sz]e|Please"
    r"|The|For|From|In|Of|On|And|But|Or|With|Between|Question|Evidence|Given|Ask|Dear|Note|Then|Also"
    r"|Client|Customer|User|Today|Since|Assume)(?:'s|\u2019s)? )+"
)


@dataclass
class Redactions:
    """The placeholders of the conversations of late; what they stand for stays in this process."""

    _held: "OrderedDict[tuple[str, str], Redaction]" = field(
        default_factory=OrderedDict, repr=False
    )

    def of(self, request: CompletionRequest) -> Redaction:
        """Return those of the request's conversation; new ones where it belongs to none."""
        if not request.conversation_id:
            return Redaction()
        key = (request.asked_by.id, request.conversation_id)
        redaction = self._held.setdefault(key, Redaction())
        self._held.move_to_end(key)
        if len(self._held) > _KEPT:
            self._held.popitem(last=False)
        return redaction


@dataclass(frozen=True)
class RedactingModel:
    """Implements `ports.ChatModel` in front of a cloud model.

    Args:
        model: The cloud model.
        detectors: What finds what must not leave.
        note: What the model is told of placeholders, in front of its other messages.
    """

    model: ChatModel
    detectors: Detectors
    note: str
    redactions: Redactions = field(default_factory=Redactions)

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield the reply with everything put back that was hidden.

        Raises:
            EgressForbidden: Something sensitive would be left; nothing was sent.
        """
        if request.route is None or not request.route.redacted:
            async with aclosing(self.model.stream(request)) as reply:
                async for event in reply:
                    yield event
            return
        redaction = self.redactions.of(request)
        hidden = await self._hidden(request, redaction)
        async with aclosing(_restored(self.model, hidden, redaction.restoring())) as restored:
            async for event in restored:
                yield _with_evidence(event, request) if isinstance(event, Routed) else event

    async def _hidden(self, request: CompletionRequest, redaction: Redaction) -> CompletionRequest:
        """Return the request as it may leave, as sensitive as its evidence."""
        quoted = _quoted(request.evidence)
        texts = [
            list(_pieces(request.question, None)),
            *(list(_pieces(message.content, quoted)) for message in request.messages),
        ]
        own = [text for pieces in texts for text, quote in pieces if not quote]
        said = "\n".join(f"{one.header}\n{one.text}" for one in request.evidence).casefold()
        marked = {
            text: list(_coverable(spans))
            for text, spans in zip(own, await self._found(own), strict=True)
        }
        marked[request.question] += _names(request.question, said)
        for text, spans in marked.items():  # all is learned before anything is hidden
            redaction.hide(text, spans)
        left = [
            [(redaction.hide(text, () if quote else marked[text]), quote) for text, quote in pieces]
            for pieces in texts
        ]
        await self._refuse_rest([text for pieces in left for text, quote in pieces if not quote])
        question, *contents = ["".join(text for text, _ in pieces) for pieces in left]
        told = zip(request.messages, contents, strict=True)
        evidence = tuple(_passage(one, redaction) for one in request.evidence)
        return replace(
            request,
            question=question,
            messages=(
                Message("system", self.note),
                *(replace(message, content=content) for message, content in told),
            ),
            evidence=evidence,
            sensitivity=request.leaving,
            rendered=None,
        )

    async def _found(self, texts: Sequence[str]) -> list[tuple[SensitiveSpan, ...]]:
        if any(len(text) > LONGEST for text in texts):
            raise _forbidden("the question is too long to be read whole")
        return await asyncio.to_thread(lambda: [self.detectors.find(text) for text in texts])

    async def _refuse_rest(self, left: Sequence[str]) -> None:
        """Raise where a detector finds anything in what would leave."""
        found = {span.kind.words for spans in await self._found(left) for span in spans}
        if found:
            raise _forbidden(f"no placeholder can stand for {' and '.join(sorted(found))}")


async def _restored(
    model: ChatModel, request: CompletionRequest, restoring: Restoring
) -> AsyncGenerator[CompletionEvent, None]:
    """Yield the reply of a redacted request, restored; what was held back also where it breaks off."""
    try:
        async with aclosing(model.stream(request)) as reply:
            async for event in reply:
                match event:
                    case TextDelta():
                        if text := restoring.feed(event.text):
                            yield TextDelta(text)
                    case Usage():
                        if rest := restoring.close():
                            yield TextDelta(rest)
                        yield event
                    case _:
                        yield event
    except Exception:
        if rest := restoring.close():
            yield TextDelta(rest)
        raise


def _with_evidence(event: Routed, asked: CompletionRequest) -> Routed:
    """Return the route with the evidence as it is, where the model was given less than all of it."""
    if event.evidence is None:
        return event
    given = {one.label for one in event.evidence}
    return replace(event, evidence=tuple(one for one in asked.evidence if one.label in given))


def _quoted(evidence: Sequence[Evidence]) -> re.Pattern[str] | None:
    """Return what finds the evidence in a prompt, word by word, and the keys that it is given."""
    texts = {defanged(text) for one in evidence for text in (one.text, one.carried, one.header)}
    long = sorted((text for text in texts if len(text) >= _QUOTED), key=len, reverse=True)
    keys = {rf"(?<!\w){re.escape(one.label)}(?!\w)" for one in evidence if one.label}
    found = [*map(re.escape, long), *sorted(keys)]
    return re.compile("|".join(found)) if found else None


def _pieces(text: str, quoted: re.Pattern[str] | None) -> Iterator[tuple[str, bool]]:
    """Yield the text in pieces, each with whether it is a quotation of the evidence."""
    last = 0
    for found in quoted.finditer(text) if quoted else ():
        yield text[last : found.start()], False
        yield found[0], True
        last = found.end()
    yield text[last:], False


def _coverable(spans: Sequence[SensitiveSpan]) -> Iterator[SensitiveSpan]:
    return (span for span in spans if span.kind in IDENTIFIERS)


def _names(text: str, said: str) -> Iterator[SensitiveSpan]:
    """Yield what may be the name of a person: capitalised words that no passage has in a row."""
    for found in _CAPITALISED.finditer(text):
        opener = _OPENER.match(found[0])
        name = found[0][opener.end() if opener else 0 :]
        plain = re.sub(r"['\u2019]s$", "", name)
        if " " in plain and plain.casefold() not in said:
            start = found.end() - len(name)
            yield SensitiveSpan(start, start + len(plain), Secret.NAME)


def _passage(one: Evidence, redaction: Redaction) -> Evidence:
    return replace(
        one,
        text=redaction.hide(one.text, ()),
        carried=redaction.hide(one.carried, ()),
        header=redaction.hide(one.header, ()),
    )


def _forbidden(why: str) -> EgressForbidden:
    return EgressForbidden(
        f"The question was not sent to a cloud model: {why}", "A local model can answer it."
    )
