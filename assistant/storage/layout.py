"""Where the embedded server keeps things, and the locks by which processes find each other.

    <data dir>/postgres/     0700, of the user who runs the assistant
      data/                  the cluster; as root it belongs to the account `nobody`
      lease                  shared flock: a process that uses the server
      supervisor.lock        flock: the supervisor lives
      server.lock            flock inherited by every process of the server: one of them lives
      status.json            what the supervisor last said: starting, ready or failed
      password               of the database user, 0600
      reserve                room that is given up when the disk is full, so that the server can start
      postgres.log[.1]       what the server says
      supervisor.log

No process id is kept and believed: the kernel drops a flock on any kind of death, kill -9 included.
Standard library only, because the supervisor must stay small.
"""

import errno
import fcntl
import hashlib
import json
import os
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path


class Phase(StrEnum):
    """How far the server is."""

    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class Status:
    """What the supervisor last said.

    Args:
        phase: How far the server is.
        socket_dir: The folder of the Unix socket, once known.
        message: Why it failed.
        hint: What to do about that.
    """

    phase: Phase
    socket_dir: str = ""
    message: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Layout:
    """The files of one embedded server.

    Args:
        root: The folder that holds them all, absolute.
    """

    root: Path

    @property
    def data(self) -> Path:
        """The cluster."""
        return self.root / "data"

    @property
    def lease(self) -> Path:
        """Locked shared by every process that uses the server."""
        return self.root / "lease"

    @property
    def supervisor_lock(self) -> Path:
        """Locked by the supervisor as long as it lives."""
        return self.root / "supervisor.lock"

    @property
    def server_lock(self) -> Path:
        """Locked as long as one process of the server lives."""
        return self.root / "server.lock"

    @property
    def reserve(self) -> Path:
        """Disk space kept for the server's next start."""
        return self.root / "reserve"

    @property
    def status(self) -> Path:
        """The supervisor's last word."""
        return self.root / "status.json"

    @property
    def password(self) -> Path:
        """The password of the database user."""
        return self.root / "password"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.root / "postgres.log"

    @property
    def supervisor_log(self) -> Path:
        """The supervisor's log."""
        return self.root / "supervisor.log"

    @property
    def name(self) -> str:
        """A short name of this server, unique on the machine; seen in the process list."""
        return "aei-" + hashlib.sha256(os.fsencode(self.root)).hexdigest()[:12]

    def write_status(self, status: Status) -> None:
        """Replace the supervisor's word atomically."""
        draft = self.status.with_suffix(".new")
        draft.write_text(json.dumps(asdict(status)), encoding="utf-8")
        draft.replace(self.status)

    def read_status(self) -> Status | None:
        """Return the supervisor's last word, or None when there is none."""
        try:
            fields = json.loads(self.status.read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):  # a power cut may leave it empty
            return None
        return Status(**{**fields, "phase": Phase(fields["phase"])})

    def log_tail(self, lines: int = 8) -> str:
        """Return the last lines of the server's log, empty when there is none."""
        return tail(self.log, lines)


def tail(path: Path, lines: int) -> str:
    """Return the last lines of a text file, empty when it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return "\n".join(text.strip().splitlines()[-lines:])


def open_lock(path: Path) -> int:
    """Open a lock file, making it when missing; returns the descriptor."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def try_lock(descriptor: int, *, shared: bool = False) -> bool:
    """Take the lock of an open file without waiting; False when another holder is in the way."""
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, mode | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


def unlock(descriptor: int) -> None:
    """Drop the lock, also for copies of the descriptor that a fork left elsewhere."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


def is_held(path: Path) -> bool:
    """Say whether some process holds the lock exclusively."""
    descriptor = open_lock(path)
    try:
        return not try_lock(descriptor, shared=True)
    finally:
        os.close(descriptor)
