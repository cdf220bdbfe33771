"""What every store of originals shares: the address of bytes, the range that is cut, the errors."""

import hashlib
from mmap import mmap

import anyio.to_thread

from assistant.domain.errors import InvalidRequest, NotFound, ServiceFailed
from assistant.domain.filings import BlobRef


async def address(data: bytes | mmap) -> str:
    """Return the SHA-256 of the bytes as 64 hex digits, computed beside the event loop."""
    digest = await anyio.to_thread.run_sync(hashlib.sha256, data)
    return digest.hexdigest()


def cut(size: int, start: int, end: int | None) -> range:
    """Return the byte positions from `start` up to `end` that a blob of `size` bytes has.

    Raises:
        InvalidRequest: A bound is negative.
    """
    if start < 0 or (end is not None and end < 0):
        raise InvalidRequest(
            f"The byte range {start} to {end} has a negative bound.",
            "Count bytes from the start of the file, from 0.",
        )
    return range(start, size if end is None else min(end, size))


def pieces(wanted: range, piece_size: int) -> range:
    """Return the numbers of the pieces of `piece_size` bytes that hold the wanted bytes."""
    if not wanted:
        return range(0)
    return range(wanted.start // piece_size, (wanted.stop - 1) // piece_size + 1)


async def verify(ref: BlobRef, wanted: range, data: bytes) -> bytes:
    """Return the bytes when they are the wanted ones: by length, and whole files by hash.

    Raises:
        ServiceFailed: The store gave other bytes than were put.
    """
    if len(data) != len(wanted):
        raise damaged(ref.sha256, f"{len(data)} of {len(wanted)} bytes came back")
    if len(data) == ref.size and await address(data) != ref.sha256:
        raise damaged(ref.sha256, "the bytes have another SHA-256")
    return data


def missing(sha256: str) -> NotFound:
    """Return the error for an original that is not stored."""
    return NotFound(
        f"There is no stored original with the SHA-256 {sha256}.",
        "Ingest the file again, or check the id: `aei documents list` shows what is stored.",
    )


def damaged(sha256: str, what: str) -> ServiceFailed:
    """Return the error for an original whose stored bytes are not the ones that were put."""
    return ServiceFailed(
        f"The stored original {sha256} is damaged: {what}.",
        "Delete the document and ingest the file again, or restore a backup.",
    )
