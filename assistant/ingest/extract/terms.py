"""The terms on which one file is read: what every reader is given."""

from collections.abc import Callable
from dataclasses import dataclass

from assistant.domain.filings import Document
from assistant.ingest.extract.ocr import Recognition


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms one file is read.

    Args:
        max_pages: A file with more pages is refused with `too_large`.
        password: Opens a locked file; ignored by others.
        recognition: Reads pages that are pictures; None leaves them unread, with a warning.
        attached: Reads a file inside the file, given its bytes and name; None leaves it unread.
    """

    max_pages: int
    password: str = ""
    recognition: Recognition | None = None
    attached: Callable[[bytes, str], Document] | None = None
