"""Whether the disk still has room for a file: asked before it is taken, not when it is half written.

A database that cannot write its log ends itself, and answers nobody. So files are refused while there
is still room for everything else that is written: the audit log, the state of jobs, deletions.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from assistant.domain.errors import DiskFull

_COPIES = 3
"""A file is in the original's rows, in the database's log, and in what is indexed of it."""


@dataclass(frozen=True)
class Room:
    """The disk below a folder.

    Args:
        folder: Where the store is; need not exist yet.
        reserve: Bytes that stay free.
    """

    folder: Path
    reserve: int

    def check(self, size: int) -> None:
        """Return when a file of `size` bytes can be taken.

        Raises:
            DiskFull: It cannot, now.
        """
        free = free_bytes(self.folder)
        if self.reserve and free < self.reserve + _COPIES * size:
            raise DiskFull(
                f"The disk that holds {self.folder} has {free >> 20} MiB left,"
                f" and {self.reserve >> 20} MiB are kept free",
                "Free some disk space, or change AEI_MIN_FREE_MB.",
            )


def free_bytes(folder: Path) -> int:
    """Return how many bytes the disk below a folder, or below the nearest one above it, has left."""
    place = next(one for one in (folder, *folder.parents) if one.exists())
    room = os.statvfs(place)
    return room.f_bavail * room.f_frsize
