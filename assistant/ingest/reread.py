"""Reads a filing again from its original, under the ids and names that it has."""

from dataclasses import dataclass

from assistant.domain.filings import Filing
from assistant.domain.ingestion import Upload
from assistant.ports import (
    BlobStore,
    Catalogue,
    Facts,
    FilingReader,
    Findings,
    PassageIndex,
    UnitOfWork,
)


@dataclass(frozen=True)
class Rereader:
    """Writes pages, passages, facts and findings of a filing again, all or none.

    A release of withheld text is not kept: the text may stand elsewhere now.
    """

    reader: FilingReader
    blobs: BlobStore
    catalogue: Catalogue
    index: PassageIndex
    facts: Facts
    findings: Findings
    work: UnitOfWork

    async def reread(self, filing: Filing) -> None:
        """Read the original and replace what was read of it before.

        Raises:
            NotFound: The filing or its original is gone.
            FilingRejected: The original cannot be read any more.
        """
        data = await self.blobs.get(filing.original.sha256)
        prepared = await self.reader.read(Upload(filing.file_name, data))
        async with self.work.begin():
            await self.catalogue.rewrite(filing.id, prepared.document, len(prepared.passages))
            await self.index.insert(filing.id, prepared.passages, prepared.vectors)
            await self.facts.insert(filing, prepared.document.facts)
            await self.findings.insert(filing.id, prepared.document.findings)
