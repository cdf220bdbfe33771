"""What a claimed file name becomes: a label, never a path."""

from pathlib import PurePosixPath

from assistant.domain.errors import FilingRejected, Rejection

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
