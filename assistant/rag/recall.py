"""Answers a question that was answered before, for the same reader, from the same filings.

    question, query, reading, corpus ── key ──> looked up before any tool runs
    answer ── rules ──> kept with the audit entry that vouches for it

The key is a digest of everything that an answer depends on: the question's normal form (`rag.repeated`)
and what it was read as, its scope and day, the reader's rights, the state of the catalogue, the model,
the wording of the prompts and the code. What is only similar has another key.
"""

import hashlib
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from assistant.domain.answers import (
    Answer,
    Destination,
    Evidence,
    FigureStatus,
    Query,
    Question,
    Route,
    strictest,
)
from assistant.domain.caching import CacheKey, EarlierAnswer, rights
from assistant.domain.events import ToolFinished, ToolStarted, TurnEvent
from assistant.domain.filings import Listing, Sensitivity
from assistant.domain.routing import Reading
from assistant.ports import AnswerCache
from assistant.rag.repeated import normal_form

AGAIN = "from an earlier answer to the same question, read from the same filings"
"""The reason on the route of an answer that was kept."""
_SHARED_TOOLS = frozenset({"search_filings", "compare_filings", "calculator"})
"""Tools that give the same to everyone with the same rights; of any other an answer is not kept."""
_LONGEST = 2000  # characters; nobody types a longer question twice
_KEPT_LABELS = frozenset({Sensitivity.PUBLIC, Sensitivity.INTERNAL})


@dataclass(frozen=True)
class Memory:
    """What all turns share.

    Args:
        cache: Where answers are kept; None: nowhere.
        made_by: What makes answers, in one text: models, prompts, code.
        expected: Where an answer is made now that the router sends there; None: there.
    """

    cache: AnswerCache | None
    made_by: str = ""
    expected: Callable[[Destination], Awaitable[Destination]] | None = None


@dataclass
class Recall:
    """What one turn takes from the cache and leaves in it."""

    memory: Memory
    question: Question
    _key: CacheKey | None = None
    _given: list[Evidence] = field(default_factory=list)
    _tools: set[str] = field(default_factory=set)

    async def earlier(
        self, query: Query, reading: Reading, decided: Route, corpus: Listing
    ) -> Answer | None:
        """Return the answer of before; None where there is none, or none may be used.

        Args:
            query: The question, understood.
            reading: What the router read it as.
            decided: Where it goes if all that it finds is public.
            corpus: The catalogue as the query was made from it.
        """
        if self.memory.cache is None or not _may_repeat(self.question, query, reading):
            return None
        expected = decided.destination
        if self.memory.expected:
            expected = await self.memory.expected(expected)
        self._key = key_of(self.question, query, corpus, expected, self.memory.made_by)
        if self._key is None or self.question.fresh:
            return None
        found = await self.memory.cache.find(self._key)
        return _again(found, reading) if found else None

    def note(self, event: TurnEvent) -> None:
        """Take in one event of the turn: what was found says whether its answer may be kept."""
        match event:
            case ToolStarted():
                self._tools.add(event.tool)
            case ToolFinished():
                self._tools.add(event.tool)
                self._given += event.evidence
            case _:
                pass

    async def keep(self, answer: Answer) -> str:
        """Keep the answer, in the open unit of work; return the digest that vouches for it, or ""."""
        key, cache = self._key, self.memory.cache
        if key is None or cache is None or not _SHARED_TOOLS.issuperset(self._tools):
            return ""
        if not all(rule(answer, self._given, key) for rule in RULES):
            return ""
        sources = {item.locator.filing_id for item in self._given}
        return await cache.keep(key, answer, sources)


def key_of(
    question: Question, query: Query, corpus: Listing, expected: Destination, made_by: str = ""
) -> CacheKey | None:
    """Return what the answer to a question is kept under; None while there are no filings.

    Args:
        question: Who asks, of which scope, as of which day.
        query: What it was read as.
        corpus: The catalogue as the query was made from it.
        expected: Where its answer is to be made.
        made_by: What makes answers, in one text.
    """
    if corpus.state is None:
        return None
    parts = {
        "question": normal_form(query.text, corpus.filings),
        "read": _read(query),
        "documents": sorted(set(question.scope.documents)),
        "as_of": question.as_of.isoformat(),
        "rights": rights(question.asked_by),
        "corpus": corpus.state,
        "wish": question.model.value if question.model else "",
        "expected": expected.value,
        "made_by": made_by,
    }
    written = json.dumps(parts, sort_keys=True, ensure_ascii=True)
    return CacheKey(hashlib.sha256(written.encode()).hexdigest(), corpus.state, expected)


def _read(query: Query) -> list[str]:
    """Return what a query was read as, so that no two readings share a key."""
    read, compared = query.understanding, query.comparison
    slots = [*query.tools]
    if read:
        slots += [
            repr(read.companies),
            repr(sorted(read.filings)),
            repr(read.periods),
            repr(read.forms),
            repr([metric.name for metric in read.metrics]),
            repr([topic.name for topic in read.topics]),
            repr(read.statements),
        ]
    if compared:
        slots += [repr((compared.metrics, compared.rows, compared.columns, compared.extreme))]
        slots += [repr((cell.text, cell.filings)) for cell in compared.cells]
    return slots


def _may_repeat(question: Question, query: Query, reading: Reading) -> bool:
    """Whether the answer may come from the cache, or go into it: it tells nothing of who asks.

    What has effects outside must happen each time it is allowed.
    """
    private = reading.sensitive or reading.doubtful or bool(question.allowed)
    return not private and len(query.text) <= _LONGEST and _SHARED_TOOLS.issuperset(query.tools)


def _is_whole(answer: Answer, given: Sequence[Evidence], key: CacheKey) -> bool:
    """A refusal may be an answer tomorrow, and costs little; the rest are no answers."""
    return not (answer.refused or answer.unavailable or answer.interrupted or answer.clarification)


def _is_new(answer: Answer, given: Sequence[Evidence], key: CacheKey) -> bool:
    return answer.cached_from is None


def _is_proved(answer: Answer, given: Sequence[Evidence], key: CacheKey) -> bool:
    unproved = any(figure.status is FigureStatus.UNSUPPORTED for figure in answer.figures)
    cited = {citation.locator.filing_id for citation in answer.citations}
    return bool(cited) and cited <= {item.locator.filing_id for item in given} and not unproved


def _is_open(answer: Answer, given: Sequence[Evidence], key: CacheKey) -> bool:
    return strictest(item.sensitivity for item in given) in _KEPT_LABELS


def _is_of_the_model(answer: Answer, given: Sequence[Evidence], key: CacheKey) -> bool:
    """What stood in for a model that failed is not kept: the model may be back for the next one."""
    computed = answer.table is not None and answer.route.destination is Destination.BUILTIN
    return computed or answer.route.destination is key.expected


Rule = Callable[[Answer, Sequence[Evidence], CacheKey], bool]
RULES: tuple[Rule, ...] = (_is_new, _is_whole, _is_proved, _is_open, _is_of_the_model)
"""What must hold of an answer that is kept."""


def _again(found: EarlierAnswer, reading: Reading) -> Answer:
    """Return a kept answer as the answer to this question."""
    before = found.answer
    route = Route(before.route.destination, (AGAIN, *before.route.reasons), reading)
    return replace(before, route=route, cost_usd=type(before.cost_usd)(0), cached_from=found.entry)
