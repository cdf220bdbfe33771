"""What an agent may call: a fixed list, typed arguments, each call within what the question allows.

A model chooses the arguments, and what it reads may have been written to make it choose badly. So a
search covers no filing that the question does not, on no later day; lengths and numbers are bounded;
and a tool whose calls have effects outside says so (`has_side_effects`): such a call is put to the
user first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from assistant.domain.agents import Given
from assistant.domain.answers import Query, Question, Scope
from assistant.domain.errors import InvalidRequest
from assistant.domain.filings import Filing
from assistant.ports import Tool
from assistant.rag.arithmetic import evaluate
from assistant.rag.compared import compare
from assistant.rag.context import Gathered
from assistant.rag.reading import in_scope
from assistant.rag.understand import Understander

_RESULT_TOKENS = 2400  # of one search: one or two pages of a statement
_COMPARED_TOKENS = 12_000  # a search of a comparison; rules read it, the model reads the table
_LONGEST_SUM = 300  # characters
_DIGITS = 12  # of an outcome, significant
_PLAIN = 10**15  # outcomes beyond it are written with an exponent


class Arguments(BaseModel):
    """What a tool is called with; anything else is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Search(Arguments):
    """Arguments of the searches."""

    query: str = Field(
        min_length=2,
        max_length=400,
        description="What to look for, as a question with company, period and item",
    )
    documents: tuple[str, ...] = Field(
        default=(),
        max_length=8,
        description="Names of filings to search, as `source` gives them; empty: all that may answer",
    )


class Sum(Arguments):
    """Arguments of the calculator."""

    expression: str = Field(
        min_length=3,
        max_length=_LONGEST_SUM,
        description="Plain numbers with + - * / ^ and parentheses, as in (5120 - 4800) / 4800",
    )


@dataclass(frozen=True)
class Asking:
    """The question that calls are made for, and the evidence found for it so far.

    `done` is what came of the calls that the user confirmed: each is made once.
    """

    question: Question
    gathered: Gathered = field(default_factory=Gathered)
    done: list[str] = field(default_factory=list)


A = TypeVar("A", bound=Arguments)


class AgentTool(Protocol[A]):
    """Something that an agent may call."""

    @property
    def name(self) -> str:
        """The name that the model calls it by."""

    @property
    def says(self) -> str:
        """What the model is told of it."""

    @property
    def arguments(self) -> type[A]:
        """What it takes."""

    @property
    def has_side_effects(self) -> bool:
        """Whether a call does more than read: then the user is asked first."""

    async def call(self, given: A, asking: Asking) -> Given:
        """Make the call. Raises `AssistantError` with words for the model."""


@dataclass(frozen=True)
class Searching:
    """Searches filings for a question that the model words. Implements `AgentTool`."""

    understander: Understander
    tool: Tool
    name: str = "search_filings"
    says: str = "finds the pages of filings that answer one question about one company and period"
    arguments: type[Search] = Search
    has_side_effects: bool = False

    async def call(self, given: Search, asking: Asking) -> Given:
        """Return the best pages."""
        query, question = await _read(self.understander, given, asking)
        found = await self.tool.run(replace(query, comparison=None), question)
        return Given(asking.gathered.add(found, _RESULT_TOKENS))


@dataclass(frozen=True)
class Comparing:
    """Compares one figure of several companies or periods by computing it. Implements `AgentTool`."""

    understander: Understander
    tool: Tool
    name: str = "compare_filings"
    says: str = "computes a table of one figure of several companies or fiscal years"
    arguments: type[Search] = Search
    has_side_effects: bool = False

    async def call(self, given: Search, asking: Asking) -> Given:
        """Return the table and the rows it stands on, cited by key.

        Raises:
            InvalidRequest: The question compares nothing.
        """
        query, question = await _read(self.understander, given, asking)
        if query.comparison is None:
            raise InvalidRequest(
                "That names no figure of several companies or fiscal years",
                "Name the figure, the companies and the years, or use search_filings.",
            )
        found = await self.tool.run(query, question)
        room = _COMPARED_TOKENS * query.comparison.breadth
        pages = asking.gathered.copy().add(found, room)
        table = "\n\n".join(compare(query.comparison, pages))
        cited = [item for item in pages if f"[{item.label}]" in table]
        return Given(asking.gathered.keep(cited), table or "No row of these filings states it.")


@dataclass(frozen=True)
class Calculator:
    """Does a sum exactly, in decimals. Implements `AgentTool`."""

    name: str = "calculator"
    says: str = "does a sum exactly"
    arguments: type[Sum] = Sum
    has_side_effects: bool = False

    async def call(self, given: Sum, asking: Asking) -> Given:
        """Return the sum with its outcome.

        Raises:
            InvalidRequest: It is no sum, or cannot be done.
        """
        value = evaluate(given.expression)
        if value is None:
            raise InvalidRequest(
                "That is not a sum that can be done", "Use plain numbers and signs."
            )
        return Given(text=f"{given.expression} = {_written(value)}")


def _written(value: Decimal) -> str:
    """Return a number to twelve significant digits, as a reader writes it."""
    short = Decimal(f"{value:.{_DIGITS}g}")
    return f"{short.normalize():,f}" if abs(short) < _PLAIN else f"{short:.{_DIGITS}g}"


async def _read(
    understander: Understander, given: Search, asking: Asking
) -> tuple[Query, Question]:
    """Return the search that a model words as a query within the scope of the user's question.

    One that can be read in several ways is searched for in all of them: the evidence says whose it is,
    and what the choices would name no model is told of.

    Raises:
        InvalidRequest: It names a filing that may not answer.
    """
    filings = await understander.catalogue.filings()
    scope = narrowed(asking.question, given.documents, filings)
    question = replace(asking.question, text=given.query, scope=scope, history=())
    query = await understander.query(question)
    return query, question


def narrowed(question: Question, documents: Sequence[str], filings: Sequence[Filing]) -> Scope:
    """Return the part of a question's scope that these filings (names or ids) are.

    Raises:
        InvalidRequest: One of them may not answer the question.
    """
    scope = replace(question.scope, as_of=question.as_of)
    if not documents:
        return scope
    may = in_scope(filings, scope)
    ids: list[str] = []
    for document in documents:
        chosen = [found.entry.id for one in may for found in one.named({document})]
        if not chosen:
            raise InvalidRequest(
                f"No filing called {document} may answer this question",
                "Leave documents empty, or use names as `source` gives them.",
            )
        ids += chosen
    return Scope(tuple(ids), scope.as_of)
