"""Reads one file: sniff, extract, cut into passages, embed. Runs in a process of its own."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Document, MediaType
from assistant.domain.ingestion import Prepared
from assistant.ingest.chunk import chunk
from assistant.ingest.cover import read_cover
from assistant.ingest.declared import with_declared, with_name
from assistant.ingest.extract import extractor_for
from assistant.ingest.extract.lock import unlocked
from assistant.ingest.extract.ocr import Recognition
from assistant.ingest.extract.terms import Terms
from assistant.ingest.extract.xbrl import read_facts
from assistant.ingest.findings.quarantine import inspected
from assistant.ingest.names import document_name
from assistant.ingest.sections import mark
from assistant.ingest.signature import signed_on
from assistant.ingest.sniff import sniff
from assistant.ports import Embedder


def marked(document: Document, data: bytes, name: str) -> Document:
    """Return the document with its cover read and every page marked.

    Args:
        document: What an extractor returned.
        data: The file's bytes.
        name: The filing's name, asked only for what the filing itself does not say.
    """
    front = document.pages[0].text if document.pages else ""
    cover = with_name(with_declared(read_cover(document.pages), data, front), name)
    cover = replace(cover, filed=cover.filed or signed_on(document.pages, cover.period_end))
    return replace(document, pages=mark(document.pages, cover.form), cover=cover)


@dataclass(frozen=True)
class Reading:
    """What is needed to read a file."""

    embedder: Embedder
    max_pages: int
    ocr_languages: str = ""
    ocr_seconds: float = 60.0

    async def prepare(
        self,
        file_name: str,
        data: bytes,
        password: str = "",
        embedding: Callable[[], None] = lambda: None,
    ) -> Prepared:
        """Return the file's document, passages and vectors.

        `password` opens a locked file; `embedding` is called before the vectors are made.

        Raises:
            FilingRejected: The file cannot be read; nothing of it may be kept.
        """
        name = document_name(file_name)
        data = unlocked(data, password)
        media_type = sniff(data, file_name)
        document = extractor_for(media_type, self._terms(password)).extract(data)
        document = marked(document, data, name)
        if media_type is MediaType.HTML:
            document = replace(document, facts=read_facts(data).numbers)
        document = inspected(document, data, media_type)
        passages = chunk(document, name)
        if not passages and not document.blank:
            raise FilingRejected(
                Rejection.NO_TEXT,
                f"{file_name} holds no readable text",
                "If it is a scan, run it through text recognition (OCR) first.",
            )
        embedding()
        vectors = await self.embedder.embed([passage.searched for passage in passages])
        return Prepared(media_type.value, document, tuple(passages), tuple(vectors))

    def _terms(self, password: str) -> Terms:
        seconds = self.ocr_seconds
        recognition = Recognition(self.ocr_languages, seconds) if self.ocr_languages else None
        inner = Terms(self.max_pages, password, recognition)

        def attached(data: bytes, name: str) -> Document:
            return extractor_for(sniff(data, name), inner).extract(data)

        return replace(inner, attached=attached)
