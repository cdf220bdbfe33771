"""One turn: a question in, a stream of events out, the last of them a checked answer.

    Question -> Query, Reading -> Evidence -> context -> CompletionRequest -> text -> citations -> Answer

A question that can be read in several ways is asked back instead, one that no tool can help with
gets a plain sentence, and one that was answered before its answer of then: Question -> Query -> Answer.
One that rows answer goes to the database: Question -> DataResult -> Answer.
Chat, REST, CLI and evaluation all call `ask`, so what is measured is what is used. `ask` is the
only impure step of the way; everything it calls between two awaits is a pure function. Streamed
text is never replaced: marks are final when they are shown.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace

import anyio

from assistant.audit import Asked
from assistant.domain.answers import Answer, Evidence, Query, Question, Route
from assistant.domain.completions import (
    CompletionRequest,
    Task,
    Usage,
    collect,
    text_tokens,
    tokens_of,
)
from assistant.domain.costs import Made, cost_question
from assistant.domain.errors import AssistantError, CostUnconfirmed, InvalidRequest, MalformedReply
from assistant.domain.events import (
    Answered,
    Clarify,
    ToolFailed,
    ToolFinished,
    ToolStarted,
    TurnEvent,
    Understood,
)
from assistant.domain.filings import Listing, MediaType, Sensitivity
from assistant.domain.routing import Reading
from assistant.ports import (
    Adviser,
    AuditLog,
    Facts,
    Ledger,
    Observer,
    Router,
    Tool,
    TurnModel,
    UnitOfWork,
)
from assistant.rag.answer import AnswerPrompt
from assistant.rag.context import pack
from assistant.rag.recall import Memory, Recall
from assistant.rag.superseded import notes
from assistant.rag.tabulated import first_table
from assistant.rag.understand import Understander
from assistant.rag.verify import Checked, verify
from assistant.rag.writing import NoAnswerMark, Writing
from assistant.telemetry import span
from assistant.tools.choosing import wants_database
from assistant.tools.endings import asked_back, repeated, replied, withdrawn
from assistant.tools.query_database import NAME, QueryDatabase
from assistant.tools.reconciling import TableCheck
from assistant.tools.replies import reply

_CONTEXT_TOKENS = 6000
_COMPARED_TOKENS = 12_000  # a search of a comparison; rules read it, no model pays for it


@dataclass(frozen=True)
class Assistant:
    """Answers questions from evidence."""

    understander: Understander
    tools: Mapping[str, Tool]
    prompt: AnswerPrompt
    model: TurnModel
    facts: Facts
    router: Router
    audit: AuditLog
    ledger: Ledger
    work: UnitOfWork
    memory: Memory
    adviser: Adviser | None = None
    database: QueryDatabase | None = None
    table: TableCheck | None = None
    observer: Observer | None = None

    async def ask(self, question: Question) -> AsyncGenerator[TurnEvent, None]:
        """Answer one question, reporting as it goes. The audit log has it before it is answered.

        Raises:
            InvalidRequest: The question is empty.
            ServiceFailed: Every tool failed, the model did, or the audit log.
        """
        asked, recall = Asked(question, self.prompt.version), Recall(self.memory, question)
        failure, start, query = "stopped", time.perf_counter(), Query(question.text)
        try:
            async with aclosing(self._turn(question, recall)) as events:
                async for event in events:
                    if isinstance(event, Answered):
                        answer = (await self._logged(event, asked, recall)).answer
                        failure = ""
                        self._observed(answer, "", start)
                        yield Answered(await self._checked_by_table(answer, query, question))
                    else:
                        query = event.query if isinstance(event, Understood) else query
                        asked.note(event)
                        recall.note(event)
                        yield event
        except Exception as error:
            code = error.code if isinstance(error, AssistantError) else AssistantError.code
            failure = failure and code
            raise
        finally:
            if failure:  # a log that cannot be written must not hide why the turn ended
                self._observed(None, failure, start)
                with anyio.CancelScope(shield=True), suppress(AssistantError):
                    await self.audit.append(asked.entry(failure))

    def _observed(self, answer: Answer | None, failure: str, start: float) -> None:
        if self.observer:
            self.observer.ended(answer, failure, time.perf_counter() - start)

    async def _checked_by_table(self, answer: Answer, query: Query, question: Question) -> Answer:
        return await self.table.noted(answer, query, question.asked_by) if self.table else answer

    async def _logged(self, event: Answered, asked: Asked, recall: Recall) -> Answered:
        """Return the answer, in the log by now; withdrawn where a filing it cites was deleted.

        It is kept for the same question in the same unit of work: the log vouches for what is kept.
        """
        cited = {citation.locator.filing_id for citation in event.answer.citations}
        async with self.work.begin():
            if cited and await self.understander.catalogue.gone(cited):
                event = Answered(withdrawn(event.answer))
            if not event.answer.clarification:
                await self.ledger.made(Made.of(asked.question.asked_by, event.answer))
            asked.note(event)
            kept = await recall.keep(event.answer)
            await self.audit.append(asked.entry(kept=kept))
        return event

    async def _turn(self, question: Question, recall: Recall) -> AsyncGenerator[TurnEvent, None]:
        timings: dict[str, float] = {}
        query = await self._understood(question)
        corpus = self.understander.catalogue.listing()  # that of the query: no await in between
        with span("route", timings):
            reading = await self._read(question)
        if self.database and wants_database(question, reading, query):
            yield Understood(Query(question.text, tools=(NAME,)))
            answered = False
            async with aclosing(self.database.turn(question, reading)) as told:
                async for event in told:
                    answered = isinstance(event, Answered)
                    yield event
            if answered:
                return
        yield Understood(query)
        if at_once := await self._at_once(query, reading, recall, corpus, timings):
            for event in at_once:
                yield event
            return
        async with aclosing(self._searched(question, query, reading, timings)) as found:
            async for event in found:
                yield event

    async def _searched(
        self, question: Question, query: Query, reading: Reading, timings: dict[str, float]
    ) -> AsyncGenerator[TurnEvent, None]:
        """Search the filings, then answer from what was found."""
        evidence: list[Evidence] = []
        tools = [self.tools[name] for name in query.tools]
        for tool in tools:
            yield ToolStarted(tool.name)
        results = await asyncio.gather(*(self._run(tool, query, question) for tool in tools))
        for result in results:
            yield result
            if isinstance(result, ToolFinished):
                evidence += result.evidence
                timings[result.tool] = result.seconds
        _raise_if_all_failed(results)

        evidence = await self._standing(evidence)
        room = _COMPARED_TOKENS * query.comparison.breadth if query.comparison else _CONTEXT_TOKENS
        packed = pack(evidence, room)
        request = self.prompt.request(question, query.text, packed)
        read = [one.read for one in packed]
        decided = self.router.decide(reading, question, request.sensitivity, read)
        label = Sensitivity.RESTRICTED if reading.sensitive else request.sensitivity
        request = replace(
            request,
            comparison=query.comparison,
            sensitivity=label,
            route=decided,
            asked_by=question.asked_by,
            conversation_id=question.conversation_id,
            asked=question,
            confirmed=question.confirmed,
        )
        async with aclosing(self._priced(request, decided, question, timings)) as events:
            async for event in events:
                yield _noted(event, query, question) if isinstance(event, Answered) else event

    async def _read(self, question: Question) -> Reading:
        """Return what the message is; a local model is asked where that is left open."""
        reading = await self.router.read(question)
        if self.adviser is None or not reading.undecided:
            return reading
        opinion = await self.adviser.opinion(question)
        return reading.advised(opinion, question.text) if opinion else reading

    async def _at_once(
        self,
        query: Query,
        reading: Reading,
        recall: Recall,
        corpus: Listing,
        timings: dict[str, float],
    ) -> tuple[TurnEvent, ...]:
        """Return how the turn ends where nothing has to be searched; nothing where it goes on."""
        if query.clarification:
            return Clarify(query.clarification), Answered(asked_back(query.clarification))
        if said := reply(reading, query):
            return replied(said, reading)
        with span("cache", timings):
            decided = self.router.decide(reading, recall.question)
            earlier = await recall.earlier(query, reading, decided, corpus)
        return repeated(replace(earlier, timings=timings)) if earlier else ()

    async def _priced(
        self,
        request: CompletionRequest,
        decided: Route,
        question: Question,
        timings: dict[str, float],
    ) -> AsyncGenerator[TurnEvent, None]:
        """Stream the answer; where it is dear and the user has not agreed to that, ask back."""
        try:
            async with aclosing(self._answer(request, decided, timings)) as events:
                async for event in events:
                    yield event
        except CostUnconfirmed as dear:
            clarification = cost_question(dear.message, question, request.question)
            yield Clarify(clarification)
            yield Answered(asked_back(clarification, dear.message))

    async def _standing(self, evidence: list[Evidence]) -> list[Evidence]:
        """Return the evidence without that of filings deleted since it was found."""
        found = {item.locator.filing_id for item in evidence}
        gone = await self.understander.catalogue.gone(found) if found else set()
        return [item for item in evidence if item.locator.filing_id not in gone]

    async def _understood(self, question: Question) -> Query:
        if not question.text.strip():
            raise InvalidRequest("The question is empty", "Ask something about the filings.")
        return await self.understander.query(question)

    async def _run(self, tool: Tool, query: Query, question: Question) -> ToolFinished | ToolFailed:
        start = time.perf_counter()
        try:
            found = await tool.run(query, question)
        except AssistantError as error:
            return ToolFailed(tool.name, error)
        return ToolFinished(tool.name, tuple(found), round(time.perf_counter() - start, 6))

    async def _answer(
        self, request: CompletionRequest, decided: Route, timings: dict[str, float]
    ) -> AsyncGenerator[TurnEvent, None]:
        """Stream the model's reply with its marks numbered, then the checked answer."""
        writing = Writing(request.evidence, decided, request.prompt_version)
        with span("answer", timings):
            async with aclosing(self.model.stream(request)) as arriving:
                async for item in arriving:
                    if isinstance(item, Clarify):
                        yield item
                        yield Answered(asked_back(item.clarification, "the user is asked first"))
                        return
                    if event := writing.take(item):
                        yield event
        if rest := writing.close():
            yield rest
        if writing.route is None or writing.usage is None:
            raise MalformedReply("The reply ended without a route or a usage record")
        checked = await self._checked(writing.text, writing.marks.cited, timings)
        if wrong := _to_repair(writing, checked):
            with span("repair", timings):
                given = replace(request, evidence=tuple(writing.evidence))
                again = self.prompt.repair(given, writing.said, wrong)
                there = replace(again, task=Task.REPAIR, route=writing.route)
                repaired = await self._repaired(there, writing, timings)
            if repaired:
                yield writing.add(f"Checked again: {repaired}")
                checked = await self._checked(writing.text, writing.marks.cited, timings)
        took = _counted(writing.usage, request, writing.text)
        answer = _answered(writing, checked, writing.route, took, timings)
        yield Answered(replace(answer, prompt_version=writing.prompt_version))

    async def _checked(
        self, text: str, cited: Sequence[Evidence], timings: dict[str, float]
    ) -> Checked:
        with span("verify", timings):
            return verify(text, cited, await self.facts.of(_tagging(cited)))

    async def _repaired(
        self, again: CompletionRequest, writing: Writing, timings: dict[str, float]
    ) -> str:
        """Return what the model says instead, when all its figures stand in the evidence; or nothing.

        What it cost is added either way; an attempt that fails leaves the answer as it was shown.
        """
        try:
            async with aclosing(self.model.stream(again)) as arriving:
                reply = await collect(arriving)
        except AssistantError:
            return ""
        if writing.usage:
            writing.usage = writing.usage.plus(reply.usage)
        mark, marks = NoAnswerMark(), replace(writing.marks, cited=list(writing.marks.cited))
        text = marks.feed(mark.feed(reply.text) + mark.close()) + marks.close()
        checked = await self._checked(text, marks.cited, timings)
        if mark.seen or reply.usage.interrupted or not checked.figures or checked.unsupported:
            return ""
        writing.marks = marks
        return text.strip()


def _to_repair(writing: Writing, checked: Checked) -> tuple[str, ...]:
    """Return the figures that a language model is asked to look up again, as written."""
    whole = writing.usage is not None and not writing.usage.interrupted
    if writing.by_language_model and whole and not writing.refused:
        return checked.unsupported
    return ()


def _raise_if_all_failed(results: list[ToolFinished | ToolFailed]) -> None:
    failed = [result for result in results if isinstance(result, ToolFailed)]
    if failed and len(failed) == len(results):
        raise failed[0].error


def _noted(event: Answered, query: Query, question: Question) -> Answered:
    """Say of the filings that an answer cites which are current and which superseded."""
    cited = (citation.locator.filing_id for citation in event.answer.citations)
    said = notes(cited, query.superseded, question.as_of)
    return Answered(replace(event.answer, notes=said))


def _tagging(cited: Sequence[Evidence]) -> list[str]:
    """Return the filings of a kind that can tag facts, each once."""
    pages = (item for item in cited if item.media_type == MediaType.HTML)
    return list(dict.fromkeys(item.locator.filing_id for item in pages))


def _answered(
    writing: Writing, checked: Checked, route: Route, usage: Usage, timings: dict[str, float]
) -> Answer:
    return Answer(
        text=writing.text,
        citations=checked.citations,
        figures=checked.figures,
        route=route,
        model=usage.model,
        refused=writing.refused,
        cost_usd=usage.cost_usd,
        timings=timings,
        table=first_table(writing.text),
        interrupted=usage.interrupted,
        prompt_tokens=usage.prompt_tokens,
        completion_tokens=usage.completion_tokens,
    )


def _counted(usage: Usage, request: CompletionRequest, text: str) -> Usage:
    """Return the usage with tokens: where none were counted, those a language model would take."""
    return replace(
        usage,
        prompt_tokens=usage.prompt_tokens or tokens_of(request.messages),
        completion_tokens=usage.completion_tokens or text_tokens(text),
    )


async def final_answer(events: AsyncIterator[TurnEvent]) -> Answer:
    """Read a turn to its end and return the answer, for callers that show no progress.

    Raises:
        MalformedReply: The turn ended without an answer.
    """
    async for event in events:
        if isinstance(event, Answered):
            return event.answer
    raise MalformedReply("The turn ended without an answer")
