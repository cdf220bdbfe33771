"""Reads one file: sniff, extract, cut into passages, embed. Runs in a process of its own."""

from dataclasses import dataclass

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.ingestion import Prepared
from assistant.ingest.chunk import chunk
from assistant.ingest.extract import extractor_for
from assistant.ingest.names import document_name
from assistant.ingest.sniff import sniff
from assistant.ports import Embedder


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
        document = extractor_for(media_type, self.max_pages).extract(data)
        passages = chunk(document, name)
        if not passages:
            raise FilingRejected(
                Rejection.NO_TEXT,
                f"{file_name} holds no readable text",
                "If it is a scan, run it through text recognition (OCR) first.",
            )
        vectors = await self.embedder.embed([f"{p.header}\n{p.text}" for p in passages])
        return Prepared(media_type.value, document, tuple(passages), tuple(vectors))
