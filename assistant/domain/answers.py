"""From a question to a verified answer: the types one turn passes through."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from assistant.domain.comparisons import Comparison, Table
from assistant.domain.facts import Fact
from assistant.domain.filings import Locator, Sensitivity
from assistant.domain.people import Principal
from assistant.domain.queries import DataResult
from assistant.domain.routes import Destination as Destination
from assistant.domain.routes import Route as Route
from assistant.domain.understanding import Understanding


@dataclass(frozen=True, slots=True)
class Scope:
    """Which filings may answer. Empty `documents` (names without extension) means all of them.

    With `as_of`, those that were public on that day.
    """

    documents: tuple[str, ...] = ()
    as_of: date | None = None


class Source(StrEnum):
    """What is to answer, where that is not left to the router."""

    FILINGS = "filings"
    DATABASE = "database"


@dataclass(frozen=True, slots=True)
class EarlierTurn:
    """A turn of the same conversation before this one: what the user wrote then.

    `sql` is the statement that answered it, where the database did.
    """

    text: str
    sql: str = ""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool by an agent; `arguments` as JSON with sorted keys."""

    tool: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Question:
    """What the user asked, who asked it, and the date it is asked as of.

    `history` holds the conversation's turns before it, newest last. `model` is the destination that
    the user wants for it; None leaves it to the router. A wish never opens what a rule keeps shut.
    `allowed` are the calls with effects outside that the user allowed, each to be made once.
    `confirmed` when the user was told what a cloud model would cost, and agreed. A `fresh` answer is
    made anew, whatever was answered before. `source` is what is to answer; None leaves it to the router.
    """

    text: str
    asked_by: Principal
    as_of: date
    scope: Scope = Scope()
    conversation_id: str = ""
    history: tuple[EarlierTurn, ...] = ()
    model: Destination | None = None
    allowed: tuple[ToolCall, ...] = ()
    confirmed: bool = False
    fresh: bool = False
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Superseded:
    """A filing whose statements a later amendment (`by_id`, `by_name`) restates."""

    id: str
    name: str
    by_id: str
    by_name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A way to ask again: its name on a button, the question, and which filings may answer.

    `model`, `confirmed` and `source` are those of the `Question` to ask, `allows` is the call that it
    allows.
    """

    label: str
    question: str
    scope: Scope = Scope()
    model: Destination | None = None
    allows: ToolCall | None = None
    confirmed: bool = False
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Clarification:
    """A question back, for a question that can be read in several ways, and the ways to read it."""

    question: str
    choices: tuple[Choice, ...]

    @property
    def text(self) -> str:
        """The question back with its choices, in words."""
        return "\n".join([self.question, "", *(f"- {choice.label}" for choice in self.choices)])


@dataclass(frozen=True, slots=True)
class Query:
    """A question made self-contained: the text to search for and what it was read as.

    Without an `understanding` the search reads the text itself. `chip` is the understood scope in
    short; with a `clarification` nothing is searched, and the user is asked back. A `comparison` is
    there where the question asks for the same figure of several companies or periods.
    """

    text: str
    scope: Scope = Scope()
    tools: tuple[str, ...] = ("search_filings",)
    understanding: Understanding | None = None
    superseded: tuple[Superseded, ...] = ()
    chip: tuple[str, ...] = ()
    clarification: Clarification | None = None
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing an answer may cite. `text` is verbatim; `label` is what the prompt calls it.

    `carried` holds caption, units line and column heads of a table that began before the text; they
    are read with it and never quoted. `facts` are those its filing tags of the items asked for and
    of its total assets (their newest day ends its period), whole company only.
    """

    text: str
    locator: Locator
    header: str = ""
    score: float = 0.0
    sensitivity: Sensitivity = Sensitivity.PUBLIC
    media_type: str = ""
    label: str = ""
    facts: tuple[Fact, ...] = ()
    carried: str = ""

    @property
    def read(self) -> str:
        """Everything of it that a prompt shows: its filing, its header, its table's head, its text."""
        return f"{self.locator.document} {self.header} {self.carried} {self.text}"

    def labelled(self, label: str) -> "Evidence":
        """Return this evidence under the label the prompt and the answer use for it."""
        return replace(self, label=label)


@dataclass(frozen=True, slots=True)
class Citation:
    """A numbered mark of an answer and the verbatim text it stands on."""

    n: int
    locator: Locator
    quote: str
    media_type: str = ""


class FigureStatus(StrEnum):
    """Whether a figure of an answer stands in what the answer cites."""

    VERIFIED = "verified"
    DERIVED = "derived"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of an answer: as written, its value in `unit`, and the citation it stands on.

    A derived figure also names the citations of its operands. `fact` is the equal fact that the cited
    filing tags, where it tags one.
    """

    text: str
    value: Decimal
    unit: str
    status: FigureStatus
    citation: int | None
    operands: tuple[int, ...] = ()
    fact: Fact | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the user gets. `refused` is true when the filings do not hold the answer.

    `notes` are sentences on the filings it stands on: which is current, which is superseded.
    An answer that asks back has a `clarification`, and is refused; so is one that is `unavailable`
    because the tool it needs is not there yet.
    `table` is the first table of the text, where it has one. `interrupted` says why the text breaks
    off, where the model failed after some of it was shown. `prompt_version` is that of the prompt
    which its question was put in; empty where no model was to be asked. The tokens are what a language
    model read and wrote; of the built-in answerer, estimated, what one would have. `cached_from` is the
    number of the audit entry of the answer that this one repeats. `data` is what the database gave,
    where it was asked; its figures are rows, and stand in no filing.
    """

    text: str
    citations: tuple[Citation, ...]
    figures: tuple[Figure, ...]
    route: Route
    model: str
    refused: bool = False
    cost_usd: Decimal = Decimal(0)
    timings: dict[str, float] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    clarification: Clarification | None = None
    table: Table | None = None
    unavailable: bool = False
    interrupted: str = ""
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_version: str = ""
    cached_from: int | None = None
    data: DataResult | None = None

    @property
    def cached(self) -> bool:
        """Whether it was given before, to the same question, from the same filings."""
        return self.cached_from is not None


def strictest(sensitivities: Iterable[Sensitivity]) -> Sensitivity:
    """Return the sensitivity that governs a mix: the strictest wins."""
    order = list(Sensitivity)
    return max(sensitivities, key=order.index, default=Sensitivity.PUBLIC)
