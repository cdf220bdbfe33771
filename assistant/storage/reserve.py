"""Disk space kept aside for the embedded server's next start.

A server that finds its disk full ends, and cannot start again: its recovery has to write. So some space
is kept in a file while there is plenty, and given up when there is none. Then questions are answered
again and new files refused, until somebody frees more. Standard library only, like the supervisor.
"""

import os
from contextlib import suppress
from pathlib import Path

RESERVE_BYTES = 32 * 2**20
"""Two segments of the server's log: what a recovery writes before the server accepts queries."""
AMPLE_BYTES = 8 * RESERVE_BYTES
"""The reserve is made where so much is free."""


def keep(file: Path) -> None:
    """Make the file that keeps space aside, where it is not there and there is plenty."""
    if file.exists() or _free(file.parent) < AMPLE_BYTES:
        return
    try:
        with file.open("wb") as kept:
            os.posix_fallocate(kept.fileno(), 0, RESERVE_BYTES)
    except OSError:  # somebody else was faster; it is tried again
        give_up(file)


def give_up_if_needed(file: Path) -> None:
    """Free the space where a server could not start without it."""
    if _free(file.parent) < RESERVE_BYTES:
        give_up(file)


def give_up(file: Path) -> None:
    """Free the space."""
    with suppress(OSError):
        file.unlink(missing_ok=True)


def _free(folder: Path) -> int:
    room = os.statvfs(folder)
    return room.f_bavail * room.f_frsize
