"""Every seam of the product, on one page.

A port says what the assistant needs; an adapter provides it; `bootstrap` joins them. Implement the
methods and it plugs in: no base class, no registration.

Contract for all of them: an empty result means the data does not exist. Every failure raises an
`AssistantError`; none returns an empty result instead.
"""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import date, datetime, timedelta
from decimal import Decimal
from mmap import mmap
from typing import Any, Protocol

from assistant.domain.answers import Answer, Evidence, Query, Question, Route
from assistant.domain.auditing import AuditEntry, AuditKind, AuditRecord
from assistant.domain.caching import CacheKey, EarlierAnswer
from assistant.domain.collections import FilingCollection
from assistant.domain.completions import CompletionEvent, CompletionRequest, Usage
from assistant.domain.costs import Budget, Charge, Made, Price, Tally
from assistant.domain.downloads import KeptResult
from assistant.domain.errors import AssistantError
from assistant.domain.events import Clarify, ToolEvent
from assistant.domain.facts import Fact
from assistant.domain.filings import (
    BlobRef,
    Document,
    Filing,
    Listing,
    Page,
    Passage,
    Sensitivity,
    Vector,
)
from assistant.domain.findings import Finding
from assistant.domain.ingestion import IngestStatus, Prepared, Progress, Upload
from assistant.domain.jobs import Job, JobState, QueueHealth
from assistant.domain.market import Adjustment, BarSeries, Frequency
from assistant.domain.people import Principal
from assistant.domain.records import Placement, Removal, StoredOriginal, Uneven
from assistant.domain.reviews import ExampleState, ProposedExample
from assistant.domain.routing import Opinion, Reading
from assistant.domain.search import PageKey, PageText, Probe, Speaking, Survey
from assistant.domain.sources import Listed, Wanted
from assistant.domain.sql import ReadableSchema, RowReader, SqlBatch, SqlLimits, SqlRows


class ChatModel(Protocol):
    """The built-in answerer, a local model, a cloud model, or a router in front of them."""

    def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield one `Routed`, the reply as it arrives, then exactly one `Usage`.

        `Waiting` may come before `Routed`. Closing the generator stops the completion, at the
        server too.
        """


class TurnModel(Protocol):
    """What a turn asks: a chat model, or an agent in front of it."""

    def stream(
        self, request: CompletionRequest
    ) -> AsyncGenerator[CompletionEvent | ToolEvent | Clarify, None]:
        """Yield what a chat model yields, before it every call of a tool.

        `Clarify` ends it where the user must allow a call first.
        """


class ToolModel(Protocol):
    """A language model that can call tools, behind the gates of the chat model beside it."""

    async def has_tools(self) -> bool:
        """Whether it is there, and its tool calling is known to work."""

    async def chat(self, route: Route, label: Callable[[], Sensitivity]) -> Any:  # noqa: ANN401
        """Return LangChain's chat model.

        Args:
            route: What the router decided.
            label: Returns the strictest label of what the next prompt holds; asked every time.
        """

    def paid(
        self, request: CompletionRequest, spent_usd: Decimal
    ) -> AbstractAsyncContextManager[Callable[[Usage], Usage]]:
        """Hold the most that a request can cost while it runs in the block.

        The block tells what it took, and gets it back with its cost. `spent_usd` is what the work has
        cost so far. Raises `BudgetSpent`, and `CostUnconfirmed` where the user did not agree to it.
        """


class Prices(Protocol):
    """What cloud models cost. Asks no service."""

    def price(self, model: str) -> Price | None:
        """Return what a model costs; None where nobody knows."""

    def dearest(self) -> Price:
        """Return a price that no known model exceeds, for one that is not known."""


class Router(Protocol):
    """Decides where a question goes, without asking a model or a service."""

    async def read(self, question: Question) -> Reading:
        """Return what a question is, with the conversation before it in mind."""

    def decide(
        self,
        reading: Reading,
        question: Question,
        label: Sensitivity = Sensitivity.PUBLIC,
        passages: Sequence[str] = (),
    ) -> Route:
        """Return where it goes; `passages` would be in the prompt, `label` is their strictest."""


class Adviser(Protocol):
    """A local model that is asked what a message is, where the router is left undecided."""

    async def opinion(self, question: Question) -> Opinion | None:
        """Return what it thinks; None where none is at hand at once. Raises nothing, sends nothing out."""


class AnswerCache(Protocol):
    """Keeps answers that may be given again."""

    async def find(self, key: CacheKey) -> EarlierAnswer | None:
        """Return the answer kept under this key; none that was changed, or is too old."""

    async def keep(self, key: CacheKey, answer: Answer, sources: Collection[str]) -> str:
        """Keep an answer, read from these filings (ids), in a unit of work with its audit entry.

        Returns the digest that the entry must hold as `kept`; "" when nothing was kept, because a
        filing is being changed or the catalogue is not that of the key any more.
        """

    async def tend(self) -> int:
        """Remove what can never be found again; return how many answers."""


class Ledger(Protocol):
    """What cloud models cost, shared by all processes, and who answered. Days are in UTC."""

    async def reserve(
        self, asked_by: Principal, model: str, usd: Decimal, budgets: Sequence[Budget]
    ) -> int:
        """Hold an amount in US dollars against every budget, all or none; returns its number.

        A reservation that nobody settles counts until it expires. Raises `BudgetSpent` when a
        budget has no room for it.
        """

    async def settle(self, reservation: int, charge: Charge) -> None:
        """Replace a reservation by what was billed, all of it, also when it is more."""

    async def release(self, reservation: int) -> None:
        """Forget a reservation for which nothing was billed."""

    async def made(self, answer: Made) -> None:
        """Count an answer that somebody got; in a unit of work as part of it."""

    async def counted(self, budgets: Sequence[Budget]) -> list[Decimal]:
        """Return what counts against each budget today, in order, in US dollars."""

    async def tallies(self, days: int) -> list[Tally]:
        """Return what is counted of the last days, today included, newest first."""


class Observer(Protocol):
    """Counts how questions end."""

    def ended(self, answer: Answer | None, failure: str, seconds: float) -> None:
        """Take in an answer, or the code of the failure (`stopped` too), and how long it took."""


class Embedder(Protocol):
    """Turns text into vectors of one fixed length, normalised to length 1."""

    @property
    def dimensions(self) -> int:
        """The length of every vector."""

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return one vector a text, in order."""


class Reranker(Protocol):
    """Looks closer at the few texts that search found."""

    async def score(self, question: str, texts: Sequence[str]) -> list[float]:
        """Return how well each text fits the question, in order: 0 (not at all) to 1."""


class BlobStore(Protocol):
    """Keeps originals byte for byte, addressed by the SHA-256 of their bytes."""

    async def put(self, data: bytes | mmap, media_type: str) -> BlobRef:
        """Store the bytes, all or none. The same bytes again return the same ref.

        The media type of the first `put` stays.
        """

    async def get(self, sha256: str, start: int = 0, end: int | None = None) -> bytes:
        """Return the bytes from `start` up to, not including, `end` (None: to the last).

        A range past the end is cut there. Raises `NotFound` when there is no such blob.
        """

    async def stat(self, sha256: str) -> BlobRef | None:
        """Return the ref of a wholly stored blob, or None."""

    async def delete(self, sha256: str) -> bool:
        """Remove a blob; True when there was one."""

    def stored(self) -> AsyncIterator[StoredOriginal]:
        """Yield every wholly stored blob, in the order of their hashes."""

    async def sweep(self, older_than: timedelta = ...) -> int:
        """Remove what uploads that died left, when it is that old; returns how many uploads."""


class Catalogue(Protocol):
    """The filings that may answer, and the text that was read from them."""

    async def find_by_content(self, sha256: str) -> Filing | None:
        """Return the filing whose original has these bytes, or None."""

    async def publish(self, filing: Filing, document: Document) -> Filing:
        """Add the filing and its pages; returned with `added_at`. Raises `AlreadyPublished`."""

    async def get(self, name_or_id: str) -> Filing:
        """Return a filing by id, or the current version of a name. Raises `NotFound`."""

    async def place(self, sha256: str, entry: Placement, label: Sensitivity) -> Filing | None:
        """Add an entry over a content that is there; the filing shown as it.

        Nothing is added when this name's current version is that content. The stricter of the two
        labels stays. None when there is no such content (any more).
        """

    async def filings(self) -> list[Filing]:
        """Return all filings, newest first, each content once, older versions too."""

    async def gone(self, filings: Collection[str]) -> set[str]:
        """Return those of these ids that no filing has (any more)."""

    def listing(self) -> Listing:
        """Return what `filings` read last, without asking; a survey tells whether it changed."""

    async def pages(self, filing_id: str) -> list[Page]:
        """Return the pages in order, without blocks and boxes. Raises `NotFound`."""

    async def page(self, filing_id: str, number: int) -> Page:
        """Return one page with its word boxes. Raises `NotFound`."""

    async def label(self, filing_id: str, label: Sensitivity) -> bool:
        """Say how far a filing's text may travel; True when there is such a filing."""

    async def rewrite(self, filing_id: str, document: Document, passages: int) -> None:
        """Replace the pages of a filing, and take away its passages and facts.

        For a unit of work that indexes the new ones, `passages` in number. Raises `NotFound`.
        """


class Collections(Protocol):
    """The collections that filings are placed in, each with a label for what is in it."""

    async def all(self) -> list[FilingCollection]:
        """Return every collection, by name."""

    async def label(self, name: str, label: Sensitivity) -> None:
        """Say how far what is in a collection, and inside it, may travel; it need not be there yet."""


class Records(Protocol):
    """What keeps a filing, and what takes it away."""

    async def remove(self, document_id: str, day: date) -> Removal:
        """Remove an entry (by id); with the last one its content, pages, passages and facts.

        Notes that the original is to be removed too. Raises `NotFound`, `OnHold`, or `Retained` on
        a day up to its retention date.
        """

    async def hold(self, document_id: str, reason: str) -> None:
        """Keep the content of an entry until this reason is released. Raises `NotFound`."""

    async def release(self, document_id: str, reason: str) -> bool:
        """Take a reason back; True when there was such a hold."""

    async def retain(self, document_id: str, until: date) -> None:
        """Keep the content of an entry to the end of this day. Raises `NotFound`."""

    async def pending(self) -> list[str]:
        """Return the hashes of originals that deletions have yet to remove."""

    async def settle(self, sha256: str) -> bool:
        """Lock an original against being added, and drop the note that it is to be removed.

        For a unit of work that removes it. False when a filing needs it (again).
        """

    async def claim(self, task: str, every: timedelta) -> bool:
        """Return whether a task is due, and note it as begun; one process gets True."""


class Inspector(Protocol):
    """Finds what the database holds that does not agree with itself."""

    async def uneven(self) -> list[Uneven]:
        """Return the filings that hold other pages, passages or words than they should."""

    async def strays(self) -> dict[str, int]:
        """Return how many rows belong to no filing, by what they hold, where there are any."""

    async def drop_strays(self) -> None:
        """Remove the rows that belong to no filing."""

    async def unplaced(self) -> list[str]:
        """Return the ids of filings without an entry."""

    async def place_again(self, filings: Sequence[str]) -> None:
        """Give each filing (id) the entry that its own name makes."""

    async def originals(self) -> dict[str, tuple[str, int]]:
        """Return what the catalogue needs: hash -> id of the filing, size in bytes."""


class AuditLog(Protocol):
    """Who did what. Entries are added, never changed."""

    async def append(self, entry: AuditEntry) -> None:
        """Add an entry; inside a unit of work as its last step."""

    def records(self) -> AsyncIterator[AuditRecord]:
        """Yield the whole log, oldest first."""

    async def latest(
        self, limit: int, before: int | None = None, kind: AuditKind | None = None
    ) -> list[AuditRecord]:
        """Return the newest entries, newest first, of one kind and before a number where given."""

    async def noted(self) -> dict[int, str]:
        """Return the hashes that this machine noted outside of the log, by number."""


class PassageIndex(Protocol):
    """Keeps passages to be found by words and by meaning."""

    async def insert(
        self, filing_id: str, passages: Sequence[Passage], vectors: Sequence[Vector]
    ) -> None:
        """Index the passages of a filing that the same unit of work publishes."""

    async def tend(self) -> None:
        """Do after a batch what is not worth doing after each filing; cheap when there is nothing."""


class PageIndex(Protocol):
    """Looks at the pages of chosen filings: one round trip to survey them, one to read the best."""

    async def survey(
        self, probe: Probe, filings: Mapping[str, float], speaking: Speaking | None = None
    ) -> Survey:
        """Return what is known of all pages of filings for this probe.

        Args:
            probe: What to look for.
            filings: Their ids, each with what speaks for it in points, best first.
            speaking: Which of them to survey; all where it is not given.
        """

    async def read(self, pages: Sequence[PageKey]) -> dict[PageKey, PageText]:
        """Return the text and passages of these pages; pages without passages are left out."""


class Facts(Protocol):
    """The numbers that filings tag by machine."""

    async def insert(self, filing: Filing, facts: Sequence[Fact]) -> None:
        """Keep the facts of a filing that the same unit of work publishes."""

    async def of(
        self, filings: Sequence[str], concepts: Sequence[str] = ()
    ) -> dict[str, tuple[Fact, ...]]:
        """Return the facts of each of these filings (ids), in the order they stand.

        Of the named concepts only, where some are named; a filing without facts has an empty entry.
        """


class Findings(Protocol):
    """What filings hide, what in them addresses a model, and what they would run."""

    async def insert(self, filing_id: str, findings: Sequence[Finding]) -> None:
        """Keep the findings of a filing that the same unit of work publishes."""

    async def of(self, filing_id: str) -> list[Finding]:
        """Return the findings of a filing, in order; none for one that nobody knows."""

    async def release(self, filing_id: str, by: str, reason: str) -> int:
        """Let a filing's withheld text into evidence; return how many findings it was.

        Raises `NotFound` when nothing of it is withheld.
        """


class SqlEngine(Protocol):
    """The database that SQL questions go to, through a role that can only read."""

    async def schema(self) -> ReadableSchema:
        """Return the tables and columns that may be read."""

    async def run(self, statement: str, reader: RowReader, limits: SqlLimits) -> SqlRows:
        """Run a statement that the guard wrote. Raises `InvalidRequest`, `StatementTimeout`."""

    def stream(
        self, statement: str, reader: RowReader, limits: SqlLimits
    ) -> AsyncGenerator[SqlBatch, None]:
        """Yield its rows batch by batch, in memory that does not grow; the same errors as `run`.

        There is one batch at least, which names the columns.
        """


class KeptResults(Protocol):
    """Remembers what results can be downloaded, by ids that cannot be guessed."""

    async def keep(self, result: KeptResult) -> str:
        """Remember a result; return its id, which nothing else holds. Forgets what has expired."""

    async def get(self, id: str) -> KeptResult:
        """Return a result. Raises `NotFound`, also when it has expired."""


class VerifiedExamples(Protocol):
    """Keeps questions whose statement somebody found right, of one database that is asked."""

    async def add(self, question: str, sql: str, by: str) -> ProposedExample:
        """Add a proposal, or return the one that is there."""

    async def all(self, states: Collection[ExampleState]) -> list[ProposedExample]:
        """Return those in these states, the oldest first."""

    async def get(self, id: int) -> ProposedExample:
        """Return one. Raises `NotFound`."""

    async def judge(
        self, id: int, state: ExampleState, by: str, reason: str = ""
    ) -> ProposedExample:
        """Say what becomes of one. Raises `NotFound`."""


class UnitOfWork(Protocol):
    """Makes several writes one: all of them are seen, or none."""

    def begin(self, content: str = "") -> AbstractAsyncContextManager[None]:
        """Open a transaction for the calls inside; units about one content (SHA-256) queue up."""


class JobQueue(Protocol):
    """The ledger of the files that were handed in, and the queue of those still to be read."""

    async def add(self, job: Job) -> Job:
        """Add a job and queue it, in the open unit of work; one that is over is recorded only."""

    async def get(self, job_id: str) -> Job:
        """Return a job. Raises `NotFound`."""

    async def several(self, ids: Sequence[str]) -> list[Job]:
        """Return these jobs, those that exist, in the order they were added."""

    async def jobs(self, states: Sequence[JobState], limit: int) -> list[Job]:
        """Return the newest jobs in these states (all where none is named), newest first."""

    async def enter(self, job_id: str, state: JobState, attempt: int = 0) -> None:
        """Note that an open job entered a state; nothing happens to one that is over."""

    async def close(
        self,
        job_id: str,
        state: JobState,
        status: IngestStatus | None = None,
        filing_id: str = "",
        error: AssistantError | None = None,
    ) -> Job:
        """Record how an open job ended. Raises `JobEnded` when it is over already."""

    async def cancel(self, job_id: str) -> Job:
        """End an open job, also in the middle of its reading. Raises `JobEnded`, `NotFound`."""

    async def retry(self, job_id: str) -> Job:
        """Queue a dead or cancelled job again. Raises `JobEnded` when it is neither."""

    async def holding(self, sha256: str) -> list[Job]:
        """Return the jobs that the received bytes are kept for."""

    async def let_go(self, job_id: str) -> None:
        """Note that the bytes are not kept for this job any more."""

    async def withdraw(self, sha256: str) -> None:
        """Cancel the jobs of a content that is being deleted; none of them can be retried."""

    async def finished(self, days: int) -> list[Job]:
        """Return some jobs to tidy up: rejected ones with bytes, and those that ended days ago."""

    async def forget(self, job_id: str) -> None:
        """Remove a job that is over from the ledger."""

    async def health(self) -> QueueHealth:
        """Return the counts that say whether work goes on."""


class JobHandler(Protocol):
    """What a worker does with a job."""

    async def work(self, job_id: str, attempt: int) -> None:
        """Do the job. An error that is retryable makes the worker try again later."""

    async def tidy(self) -> None:
        """Finish what a killed process left, keep the store in shape; called now and then."""


class Worker(Protocol):
    """Takes jobs from the queue, also those of workers that died."""

    async def run(self, handler: JobHandler, concurrency: int, once: bool = False) -> None:
        """Work until cancelled, or with `once` until the queue is empty."""


class FilingReader(Protocol):
    """Reads an upload in a process of its own: sniff, extract, cut into passages, embed."""

    async def read(self, upload: Upload, told: Progress | None = None) -> Prepared:
        """Return the prepared filing; `told` hears the stages. Raises `FilingRejected`."""


class FilingSource(Protocol):
    """Somebody who keeps filings that we may fetch."""

    async def find(self, wanted: Wanted) -> list[Listed]:
        """Return the wanted filings, oldest first. Raises `NotFound` when there is none."""

    async def fetch(self, listed: Listed) -> Upload:
        """Return a filing's document. Raises `FilingRejected` when it alone cannot be had."""


class MarketData(Protocol):
    """Somebody who has prices, and gives them as they were known at a time."""

    @property
    def name(self) -> str:
        """How answers call it."""

    async def symbols(self) -> Mapping[str, Collection[Frequency]]:
        """Return every symbol with the frequencies that can be had of it."""

    async def bars(
        self,
        symbol: str,
        frequency: Frequency,
        as_of: datetime,
        adjustment: Adjustment = Adjustment.ALL,
        limit: int | None = None,
    ) -> BarSeries:
        """Return the bars complete at `as_of`, the newest `limit`, oldest first, with notes.

        Nothing that happened later is in them, through an adjustment either. Raises `NoMarketData`.
        """


class Extractor(Protocol):
    """Reads one kind of file."""

    def extract(self, data: bytes) -> Document:
        """Return the document. Raises `FilingRejected`."""


class Tool(Protocol):
    """Something the assistant can do for a question. Always returns evidence."""

    @property
    def name(self) -> str:
        """The name that the plan and the log know it by."""

    async def run(self, query: Query, question: Question) -> list[Evidence]:
        """Return what was found, best first; an empty list when there is nothing."""
