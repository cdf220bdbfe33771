"""Every seam of the product, on one page.

A port says what the assistant needs; an adapter provides it; `bootstrap` joins them. Implement the
methods and it plugs in: no base class, no registration.

Contract for all of them: an empty result means the data does not exist. Every failure raises an
`AssistantError`; none returns an empty result instead.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from assistant.domain.answers import Evidence, Query, Question, Route, Scope
from assistant.domain.completions import CompletionEvent, CompletionRequest
from assistant.domain.facts import Fact
from assistant.domain.filings import (
    BlobRef,
    Document,
    Filing,
    FoundPassage,
    Page,
    Passage,
    Sensitivity,
    Vector,
)
from assistant.domain.ingestion import Prepared, Upload
from assistant.domain.routing import Reading
from assistant.domain.search import PageKey, PageText, Probe, Survey


class ChatModel(Protocol):
    """The built-in answerer, a local model, a cloud model, or a router in front of them."""

    def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield one `Routed`, the reply as it arrives, then exactly one `Usage`.

        Closing the generator stops the completion, at the server too.
        """
        ...


class Router(Protocol):
    """Decides where a question goes, without asking a model or a service."""

    async def read(self, question: Question) -> Reading:
        """Return what a question is, with the conversation before it in mind."""
        ...

    def decide(
        self, reading: Reading, question: Question, label: Sensitivity = Sensitivity.PUBLIC
    ) -> Route:
        """Return where it goes; `label` is the strictest of what would be in the prompt."""
        ...


class Embedder(Protocol):
    """Turns text into vectors of one fixed length, normalised to length 1."""

    @property
    def dimensions(self) -> int:
        """The length of every vector."""
        ...

    async def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return one vector a text, in order."""
        ...


class BlobStore(Protocol):
    """Keeps originals byte for byte, addressed by the SHA-256 of their bytes."""

    async def put(self, data: bytes, media_type: str) -> BlobRef:
        """Store the bytes, all or none. The same bytes again return the same ref.

        The media type of the first `put` stays.
        """
        ...

    async def get(self, sha256: str, start: int = 0, end: int | None = None) -> bytes:
        """Return the bytes from `start` up to, not including, `end` (None: to the last).

        A range past the end is cut there. Raises `NotFound` when there is no such blob.
        """
        ...

    async def stat(self, sha256: str) -> BlobRef | None:
        """Return the ref of a wholly stored blob, or None."""
        ...

    async def delete(self, sha256: str) -> bool:
        """Remove a blob; True when there was one."""
        ...


class Catalogue(Protocol):
    """The filings that may answer, and the text that was read from them."""

    async def find_by_content(self, sha256: str) -> Filing | None:
        """Return the filing whose original has these bytes, or None."""
        ...

    async def publish(self, filing: Filing, document: Document) -> Filing:
        """Add the filing and its pages. Returns it with `added_at` set.

        Raises `AlreadyPublished` when another filing with the same bytes is there.
        """
        ...

    async def get(self, name_or_id: str) -> Filing:
        """Return a filing by id, or by name when exactly one has it. Raises `NotFound`."""
        ...

    async def filings(self) -> list[Filing]:
        """Return all filings, newest first."""
        ...

    async def pages(self, filing_id: str) -> list[Page]:
        """Return the pages in order, without blocks and boxes. Raises `NotFound`."""
        ...

    async def page(self, filing_id: str, number: int) -> Page:
        """Return one page with its word boxes. Raises `NotFound`."""
        ...

    async def label(self, filing_id: str, label: Sensitivity) -> bool:
        """Say how far a filing's text may travel; True when there is such a filing."""
        ...

    async def delete(self, filing_id: str) -> bool:
        """Remove a filing, its pages and its passages; True when there was one."""
        ...


class PassageIndex(Protocol):
    """Finds passages by words and by meaning."""

    async def insert(
        self, filing_id: str, passages: Sequence[Passage], vectors: Sequence[Vector]
    ) -> None:
        """Index the passages of a filing that the same unit of work publishes."""
        ...

    async def search(
        self, text: str, vector: Vector, scope: Scope, limit: int
    ) -> tuple[list[FoundPassage], list[FoundPassage]]:
        """Return two rankings, best first: by words (BM25) and by meaning (cosine)."""
        ...


class PageIndex(Protocol):
    """Looks at the pages of chosen filings, in a bounded number of round trips."""

    async def survey(self, probe: Probe, filings: Sequence[str]) -> Survey:
        """Return what is known of all pages of these filings (ids) for this probe."""
        ...

    async def read(self, pages: Sequence[PageKey]) -> dict[PageKey, PageText]:
        """Return the text and passages of these pages; pages without passages are left out."""
        ...


class Facts(Protocol):
    """The numbers that filings tag by machine."""

    async def insert(self, filing: Filing, facts: Sequence[Fact]) -> None:
        """Keep the facts of a filing that the same unit of work publishes."""
        ...

    async def of(
        self, filings: Sequence[str], concepts: Sequence[str] = ()
    ) -> dict[str, tuple[Fact, ...]]:
        """Return the facts of each of these filings (ids), in the order they stand.

        Of the named concepts only, where some are named; a filing without facts has an empty entry.
        """
        ...


class UnitOfWork(Protocol):
    """Makes several writes one: all of them are seen, or none."""

    def begin(self) -> AbstractAsyncContextManager[None]:
        """Open a transaction that the storage calls inside the block take part in."""
        ...


class FilingReader(Protocol):
    """Reads an upload in a process of its own: sniff, extract, cut into passages, embed."""

    async def read(self, upload: Upload) -> Prepared:
        """Return the prepared filing. Raises `FilingRejected`."""
        ...


class Extractor(Protocol):
    """Reads one kind of file."""

    def extract(self, data: bytes) -> Document:
        """Return the document. Raises `FilingRejected`."""
        ...


class Tool(Protocol):
    """Something the assistant can do for a question. Always returns evidence."""

    @property
    def name(self) -> str:
        """The name that the plan and the log know it by."""
        ...

    async def run(self, query: Query, question: Question) -> list[Evidence]:
        """Return what was found, best first; an empty list when there is nothing."""
        ...
