"""Notes outside of the database which links the audit log had, so that a cut end is noticed.

One file a database below the data dir, a line an entry this machine wrote. A long file is thinned:
its older half keeps every fiftieth line, enough to notice a log that was rewritten.
"""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

_LONGEST = 4 << 20  # bytes, about 45,000 lines
_KEPT = 50


@dataclass(frozen=True)
class Anchors:
    """The notes in one folder.

    Args:
        folder: Made when the first note is written.
    """

    folder: Path

    def note(self, log: str, seq: int, link: str) -> None:
        """Add a note; processes of this machine may do so at once.

        Args:
            log: What tells one database's log from another's.
            seq: The entry's number.
            link: Its hash.
        """
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self._locked(log) as file:
            file.write(_line(seq, link))
            if file.tell() > _LONGEST:
                _thin(file)

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
    return json.dumps([seq, link]).encode() + b"\n"


def _lines(file: BufferedRandom) -> Iterator[tuple[int, str]]:
    """Yield the notes; a line that a crash cut is left out."""
    for line in file:
        if line.endswith(b"]\n"):
            seq, link = json.loads(line)
            yield seq, link


def _thin(file: BufferedRandom) -> None:
    file.seek(0)
    lines = list(_lines(file))
    half = len(lines) // 2
    kept = [*lines[:half:_KEPT], *lines[half:]]
    file.seek(0)
    file.truncate()
    file.write(b"".join(_line(*one) for one in kept))
