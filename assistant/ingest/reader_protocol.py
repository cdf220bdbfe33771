"""What a reading process and its parent say to each other.

A frame is its length (8 bytes, big endian) and a MessagePack body, decoded by these types: a child
that a hostile file has taken over can send wrong text, but cannot make its parent run anything (a
pickle could). The parent needs this module only, so it loads none of the reading libraries.
"""

import struct
from array import array
from dataclasses import dataclass

from assistant.domain.errors import FilingRejected, Rejection
from assistant.domain.filings import Document, Passage
from assistant.domain.ingestion import Prepared

LENGTH = struct.Struct(">Q")
EMBEDDING = LENGTH.pack(0)
"""An empty frame before the reply: the file is read, its passages are being embedded."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a child is set up.

    `embedder` names a callable that loads one, as "module:attribute". `ocr_languages` are read from
    pictures (empty: none are), for at most `ocr_seconds` a file. A file may take `memory_mb` MiB
    and `cpu_s` seconds of processor time.
    """

    embedder: str
    max_pages: int
    memory_mb: int
    ocr_languages: str = ""
    ocr_seconds: float = 60.0
    cpu_s: float = 120
    niceness: int = 0


@dataclass(frozen=True, slots=True)
class Request:
    """A file to read; `password` opens it when it is locked."""

    file_name: str
    data: bytes
    password: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """A prepared file, or why there is none. `vectors` holds 32-bit floats, a row a passage."""

    media_type: str = ""
    document: Document | None = None
    passages: tuple[Passage, ...] = ()
    vectors: bytes = b""
    rejection: Rejection | None = None
    message: str = ""
    hint: str = ""

    def prepared(self) -> Prepared:
        """Return what was read.

        Raises:
            FilingRejected: The child refused the file.
        """
        if self.rejection is not None or self.document is None:
            raise FilingRejected(self.rejection or Rejection.CORRUPT, self.message, self.hint)
        floats = array("f", self.vectors)
        width = len(floats) // max(len(self.passages), 1)
        rows = tuple(floats[i * width : (i + 1) * width] for i in range(len(self.passages)))
        return Prepared(self.media_type, self.document, self.passages, rows)
