"""Notes outside of the database which links the audit log had, so that a cut end is noticed.

One file a database below the data dir, a line an entry this machine wrote. A long file is thinned:
its older half keeps every fiftieth line, enough to notice a log that was rewritten.
"""

import fcntl
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

_LONGEST = 4 << 20  # bytes, about 45,000 lines
_KEPT = 50
_NOTE = re.compile(rb'\[(\d+), "(\w+)"\]\n')
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Anchors:
    """The notes in one folder.

    Args:
        folder: Made when the first note is written.
    """

    folder: Path

    def note(self, log: str, seq: int, link: str) -> None:
        """Add a note; processes of this machine may do so at once.

        A note that cannot be written is logged: the entry itself is in the database by now.

        Args:
            log: What tells one database's log from another's.
            seq: The entry's number.
            link: Its hash.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._locked(log) as file:
                file.write(_line(seq, link))
                if file.tell() > _LONGEST:
                    _thin(file)
        except OSError as error:
            _log.error("Entry %d of the audit log is not noted in %s: %s", seq, self.folder, error)

    def noted(self, log: str) -> dict[int, str]:
        """Return the hashes that were noted, by number; the first note of a number counts."""
        if not self._path(log).exists():
            return {}
        with self._locked(log) as file:
            file.seek(0)
            found: dict[int, str] = {}
            for seq, link in _lines(file):
                found.setdefault(seq, link)
            return found

    def _path(self, log: str) -> Path:
        return self.folder / f"{log}.jsonl"

    @contextmanager
    def _locked(self, log: str) -> Iterator[BufferedRandom]:
        with self._path(log).open("a+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _line(seq: int, link: str) -> bytes:
    return f'[{seq}, "{link}"]\n'.encode()


def _lines(file: BufferedRandom) -> Iterator[tuple[int, str]]:
    """Yield the notes; a line that a crash cut is left out."""
    for line in file:
        if found := _NOTE.fullmatch(line):
            yield int(found[1]), found[2].decode()


def _thin(file: BufferedRandom) -> None:
    file.seek(0)
    lines = list(_lines(file))
    half = len(lines) // 2
    kept = [*lines[:half:_KEPT], *lines[half:]]
    file.seek(0)
    file.truncate()
    file.write(b"".join(_line(*one) for one in kept))
