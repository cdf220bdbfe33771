"""The whole life of a filing: where it is placed, what keeps it, what its removal leaves.

    content (SHA-256) ──< Placement (collection, file name, version)

The same bytes are read and kept once; each name they came under is an entry of its own. Other bytes
under a name of before are its next version; the highest version is the current one.
"""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Placement:
    """An entry of the catalogue: a file name in a collection, over a content.

    `current` is the id of the newest version under this name; its own where it is that.
    """

    id: str
    name: str
    file_name: str
    collection: str = ""
    version: int = 1
    current: str = ""
    added_by: str = ""
    added_at: datetime | None = None

    @property
    def is_current(self) -> bool:
        """Whether no newer version replaced it."""
        return self.current in ("", self.id)


@dataclass(frozen=True, slots=True)
class Removal:
    """What a deletion took away: the certificate that the audit log keeps.

    `remaining` names the other entries over the same content; while there are any, the content
    stays, and `counts` (rows by what they held) is empty.
    """

    document_id: str
    name: str
    file_name: str
    collection: str
    version: int
    sha256: str
    size: int
    media_type: str
    remaining: tuple[str, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)

    @property
    def content_removed(self) -> bool:
        """Whether it was the last entry, so that the content went with it."""
        return not self.remaining


@dataclass(frozen=True, slots=True)
class StoredOriginal:
    """An original as its store holds it: `size` as recorded, `held` as counted, in bytes."""

    sha256: str
    size: int
    held: int
    stored_at: datetime


@dataclass(frozen=True, slots=True)
class Uneven:
    """A filing that holds other pages, passages or words than it should; `detail` says which."""

    filing_id: str
    name: str
    detail: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that originals, catalogue and index do not agree on.

    Args:
        kind: What it is, in one word of `snake_case`.
        subject: The filing's id, or the original's SHA-256.
        detail: What differs, in words.
        repaired: Whether it was put right.
        hint: What to do where it was not.
    """

    kind: str
    subject: str
    detail: str
    repaired: bool = False
    hint: str = ""
