"""Reads one file: sniff, extract, cut into passages, embed. Runs in a process of its own."""

from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Document
from assistant.domain.ingestion import Prepared
from assistant.ingest.chunk import chunk
from assistant.ingest.cover import read_cover
from assistant.ingest.declared import with_declared
from assistant.ingest.extract import extractor_for
from assistant.ingest.sections import mark
from assistant.ingest.sniff import sniff
from assistant.ports import Embedder

_BAD_IN_NAMES = {ord(c): None for c in map(chr, [*range(32), 127])}


def document_name(file_name: str) -> str:
    """Return the name that a filing goes by: the file's, without folders and extension.

    Raises:
        FilingRejected: Nothing of the name is left (`bad_name`).
    """
    stem = PurePosixPath(safe_file_name(file_name)).stem.strip()
    if not stem.strip("."):
        raise FilingRejected(
            Rejection.BAD_NAME, f"{file_name!r} is not a file name", "Rename the file."
        )
    return stem


def safe_file_name(file_name: str) -> str:
    """Return the last part of a claimed name, without control characters; it may be empty."""
    last = file_name.replace("\\", "/").rsplit("/", 1)[-1].translate(_BAD_IN_NAMES)
    return last.encode("utf-8", "ignore").decode().strip()[:255]


def marked(document: Document, data: bytes) -> Document:
    """Return the document with its cover read and every page marked."""
    front = document.pages[0].text if document.pages else ""
    cover = with_declared(read_cover(document.pages), data, front)
    return replace(document, pages=mark(document.pages, cover.form), cover=cover)


@dataclass(frozen=True)
class Reading:
    """What is needed to read a file."""

    embedder: Embedder
    max_pages: int

    async def prepare(self, file_name: str, data: bytes) -> Prepared:
        """Return the file's document, passages and vectors.

        Raises:
            FilingRejected: The file cannot be read; nothing of it may be kept.
        """
        name = document_name(file_name)
        media_type = sniff(data, file_name)
        document = marked(extractor_for(media_type, self.max_pages).extract(data), data)
        passages = chunk(document, name)
        if not passages:
            raise FilingRejected(
                Rejection.NO_TEXT,
                f"{file_name} holds no readable text",
                "If it is a scan, run it through text recognition (OCR) first.",
            )
        vectors = await self.embedder.embed([f"{p.header}\n{p.text}" for p in passages])
        return Prepared(media_type.value, document, tuple(passages), tuple(vectors))
