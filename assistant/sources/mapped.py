"""Uploads on disk, as bytes that are mapped: the system loads what is read of them, and lets it go."""

from mmap import ACCESS_READ, mmap
from typing import IO


def mapped(file: IO[bytes]) -> bytes | mmap:
    """Return the bytes of an open file; they stay when it is closed and unlinked.

    Raises:
        OSError: The file cannot be mapped.
    """
    size = file.seek(0, 2)
    if not size:
        return b""
    descriptor = file.fileno()  # what was kept in memory goes to disk here
    file.flush()
    return mmap(descriptor, 0, access=ACCESS_READ)
