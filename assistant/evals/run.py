"""Asks a dataset's questions, twice: with the document given and of the whole store.

It calls what every face calls, handed in as `Search` and `Ask`. Questions about documents that are
not in the store are left out, counted and named: they are no misses of the search.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Protocol, TypeVar

from assistant.domain.answers import Answer, Question, Scope
from assistant.domain.errors import InvalidRequest
from assistant.domain.filings import FoundPassage
from assistant.domain.people import LOCAL_USER, Principal
from assistant.evals.cases import Case
from assistant.evals.metrics import (
    PAGE_CUTS,
    Judged,
    Metrics,
    Ranks,
    answer_metrics,
    distinct_pages,
    judge,
    rank,
    retrieval_metrics,
)

_FIRST_LIMIT = 40
_LAST_LIMIT = 640

_R = TypeVar("_R")
_Scored = TypeVar("_Scored", Ranks, Judged)


class Search(Protocol):
    """Finds passages: at most `limit`, best first."""

    async def __call__(self, text: str, scope: Scope, limit: int) -> list[FoundPassage]:
        """Return the passages."""
        ...


class Ask(Protocol):
    """Answers a question."""

    async def __call__(self, question: Question) -> Answer:
        """Return the answer."""
        ...


class Mode(StrEnum):
    """What may answer: the document that the dataset names, or everything."""

    DOCUMENT = "document_given"
    STORE = "whole_store"

    def scope(self, case: Case) -> Scope:
        """Return the scope of a question."""
        return Scope((case.document,)) if self is Mode.DOCUMENT else Scope()


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of one mode: of all questions, of each question type, and each question."""

    mode: Mode
    all: Metrics
    by_kind: dict[str, Metrics] = field(default_factory=dict)
    questions: tuple[Ranks | Judged, ...] = ()


@dataclass(frozen=True, slots=True)
class Result:
    """What an evaluation found.

    `n` questions were scored; `missing` names the documents that are not in the store and `left_out`
    counts their questions. `seconds` is the time from first to last question.
    """

    suite: str
    dataset: str
    n: int
    outcomes: tuple[Outcome, ...]
    seconds: float
    missing: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def warnings(self) -> tuple[str, ...]:
        """A sentence about what was left out, or none."""
        if not self.missing:
            return ()
        names = ", ".join(self.missing)
        return (
            f"{self.left_out} questions were left out: the store does not have {names}. "
            "Ingest these filings to score them.",
        )


async def run_retrieval(
    dataset: str,
    cases: Sequence[Case],
    search: Search,
    stored: Collection[str],
    at_once: int = 4,
) -> Result:
    """Score the search.

    Args:
        dataset: The dataset's name, for the report.
        cases: The questions.
        search: What finds passages.
        stored: The names of the filings in the store.
        at_once: How many questions are asked at the same time.

    Raises:
        InvalidRequest: The store has none of the documents.
    """

    async def score(case: Case, mode: Mode) -> Ranks:
        return rank(case, await _enough(search, case.question, mode.scope(case)))

    asked = [case for case in cases if case.answer is not None]
    return await _run("retrieval", dataset, asked, stored, at_once, score, retrieval_metrics)


async def run_answers(
    dataset: str,
    cases: Sequence[Case],
    ask: Ask,
    stored: Collection[str],
    as_of: date,
    asked_by: Principal = LOCAL_USER,
    at_once: int = 4,
) -> Result:
    """Score the answers.

    Args:
        dataset: The dataset's name, for the report.
        cases: The questions.
        ask: What answers a question.
        stored: The names of the filings in the store.
        as_of: The date that the questions are asked as of.
        asked_by: Who asks.
        at_once: How many questions are asked at the same time.

    Raises:
        InvalidRequest: The store has none of the documents.
    """

    async def score(case: Case, mode: Mode) -> Judged:
        question = Question(case.question, asked_by, as_of, mode.scope(case))
        return judge(case, await ask(question))

    return await _run("answers", dataset, cases, stored, at_once, score, answer_metrics)


async def _run(
    suite: str,
    dataset: str,
    cases: Sequence[Case],
    stored: Collection[str],
    at_once: int,
    score: Callable[[Case, Mode], Awaitable[_Scored]],
    measure: Callable[[Sequence[_Scored]], Metrics],
) -> Result:
    present = [case for case in cases if case.document in stored]
    missing = tuple(sorted({case.document for case in cases if case.document not in stored}))
    if not present:
        raise InvalidRequest(
            f"The store has none of the filings that {dataset} asks about",
            f"Ingest them first, for example {missing[0]!r}." if missing else "",
        )
    start = time.perf_counter()
    outcomes = []
    for mode in Mode:
        scored = await _bounded([_later(score, case, mode) for case in present], at_once)
        kinds = sorted({case.kind for case in present if case.kind})
        by_kind = {kind: measure([s for s in scored if s.case.kind == kind]) for kind in kinds}
        outcomes.append(Outcome(mode, measure(scored), by_kind, tuple(scored)))
    seconds = time.perf_counter() - start
    left_out = len(cases) - len(present)
    return Result(suite, dataset, len(present), tuple(outcomes), seconds, missing, left_out)


def _later(
    score: Callable[[Case, Mode], Awaitable[_R]], case: Case, mode: Mode
) -> Callable[[], Awaitable[_R]]:
    return lambda: score(case, mode)


async def _bounded(work: Sequence[Callable[[], Awaitable[_R]]], at_once: int) -> list[_R]:
    """Do the work, `at_once` pieces at a time; results in order. The first failure ends it."""
    gate = asyncio.Semaphore(at_once)

    async def one(piece: Callable[[], Awaitable[_R]]) -> _R:
        async with gate:
            return await piece()

    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(piece)) for piece in work]
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures
    return [task.result() for task in tasks]


async def _enough(search: Search, text: str, scope: Scope) -> list[FoundPassage]:
    """Search until ten distinct pages are found, or there are no more passages."""
    limit = _FIRST_LIMIT
    while True:
        found = await search(text, scope, limit)
        exhausted = len(found) < limit or limit >= _LAST_LIMIT
        if exhausted or len(distinct_pages(found)) >= PAGE_CUTS[-1]:
            return found
        limit *= 4
