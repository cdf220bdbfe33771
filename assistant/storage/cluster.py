"""The cluster on disk: whom its server runs as, where its socket is, how it comes to be.

PostgreSQL refuses to run as root, so root's server runs as `nobody`. No folder of the user is
opened for that: the server's working folder is set while still root, and the server addresses its
data as `/proc/self/cwd`, which asks nothing of the folders above. Only the socket and the programs
(`programs.py`) need a path that `nobody` can walk.

Standard library only, because the supervisor must stay small.
"""

import os
import pwd
import secrets
import shutil
import stat
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from assistant.domain.errors import ServiceFailed
from assistant.storage.layout import Layout

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
SOCKET_NAME = ".s.PGSQL.5432"
MAX_SOCKET_FOLDER = 100 - len(SOCKET_NAME)
"""The kernel takes 107 bytes for the whole path; some systems 103."""
CWD = Path("/proc/self/cwd")
UNFINISHED = "data.new."
MAX_PLACE = MAX_SOCKET_FOLDER - 20
"""The short folder's own name is 16 long."""

SHARED_MEMORY_NEEDED_BYTES = 2**30
"""A parallel index build with maintenance_work_mem of 1 GB takes that much of /dev/shm."""


@dataclass(frozen=True)
class Account:
    """Whom the server runs as."""

    uid: int
    gid: int

    @property
    def is_other(self) -> bool:
        """True when it is not the user who runs us: only root's server."""
        return self.uid != os.geteuid()

    def process_arguments(self) -> dict[str, Any]:
        """Return the arguments of `subprocess` that start a process as this account."""
        if not self.is_other:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account() -> Account:
    """Return the user who runs us, or `nobody` for root."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise ServiceFailed(
            "PostgreSQL refuses to run as root, and this machine has no account `nobody`.",
            "Run the assistant as an ordinary user.",
        ) from None
    return Account(nobody.pw_uid, nobody.pw_gid)


def data_argument(folder: Path) -> str:
    """Return how a process whose working folder is `folder` should address it."""
    return str(CWD) if CWD.exists() else str(folder)


def environment() -> dict[str, str]:
    """Return a minimal environment: no PG* variable of the user may steer the server."""
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}


def owner_name(uid: int) -> str:
    """Return the name of a user, or the number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def is_safe_place(folder: Path) -> bool:
    """Say whether no other ordinary user can remove or replace what we put into the folder."""
    found = folder.stat()
    shared = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    return found.st_uid in (0, os.geteuid()) and bool(not shared or found.st_mode & stat.S_ISVTX)


def socket_folder(layout: Layout, account: Account) -> Path:
    """Return the folder of the Unix socket: the server's own, or a short one all can walk to.

    Raises:
        ServiceFailed: The short one belongs to somebody else.
    """
    if not account.is_other and len(os.fsencode(layout.root)) <= MAX_SOCKET_FOLDER:
        return layout.root
    folder = _short_place(account) / layout.name
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    ours = stat.S_ISDIR(found.st_mode) and found.st_uid in (account.uid, os.geteuid())
    if not ours or found.st_mode & 0o077:
        raise ServiceFailed(
            f"{folder} is there, but it is not ours (user {owner_name(found.st_uid)}).",
            "Remove it, or set TMPDIR to another folder.",
        )
    os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    return folder


def _short_place(account: Account) -> Path:
    for place in (Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")):  # noqa: S108
        real = place.resolve()
        parents = (real, *real.parents)
        walkable = not account.is_other or all(
            parent.stat().st_mode & stat.S_IXOTH for parent in parents
        )
        if walkable and len(os.fsencode(place)) <= MAX_PLACE and is_safe_place(real):
            return place
    raise ServiceFailed(
        "No temporary folder is fit for the database's socket.", "Set TMPDIR to a short path."
    )


def server_settings(socket_dir: Path, name: str) -> dict[str, str]:
    """Return the server's configuration: small when idle, durable, on a Unix socket only."""
    return {
        "cluster_name": name,
        "listen_addresses": "",
        "port": "5432",
        "unix_socket_directories": str(socket_dir),
        "unix_socket_permissions": "0700",
        "max_connections": "60",
        "shared_buffers": "64MB",
        "maintenance_work_mem": "64MB",
        "max_wal_size": "512MB",
        "max_wal_senders": "0",
        "max_logical_replication_workers": "0",
        "checkpoint_timeout": "15min",
        "io_method": "sync",
        "jit": "off",
        "random_page_cost": "1.1",
        "dynamic_shared_memory_type": _shared_memory(),
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] ",
    }


def _shared_memory() -> str:
    try:
        room = os.statvfs("/dev/shm")  # noqa: S108 -- only asked for its size
    except OSError:
        return "posix"
    enough = room.f_bavail * room.f_frsize >= SHARED_MEMORY_NEEDED_BYTES
    return "posix" if enough else "mmap"


def ensure_cluster(layout: Layout, programs: Path, account: Account) -> None:
    """Make the cluster when there is none; a half-made one is thrown away first.

    Raises:
        ServiceFailed: It could not be made, or it is not one that we can run.
    """
    if not layout.data.exists():
        _make_cluster(layout, programs, account)
    found = layout.data.stat()
    if found.st_uid != account.uid:
        raise ServiceFailed(
            f"The database in {layout.data} belongs to the user {owner_name(found.st_uid)}.",
            "Run the assistant as the user who made it, or choose another AEI_DATA_DIR.",
        )
    try:
        version = (layout.data / "PG_VERSION").read_text(encoding="ascii").strip()
    except FileNotFoundError:
        version = "nothing"
    if version != MAJOR_VERSION:
        raise ServiceFailed(
            f"{layout.data} was written by PostgreSQL {version}, ours is {MAJOR_VERSION}.",
            "Use the release that wrote it to back it up, and restore the backup here.",
        )
    if not layout.password.exists():
        raise ServiceFailed(
            f"{layout.password} is missing, so the database can't be opened.",
            "Restore that file from a backup.",
        )


def _make_cluster(layout: Layout, programs: Path, account: Account) -> None:
    for half_made in layout.root.glob(f"{UNFINISHED}*"):
        shutil.rmtree(half_made, ignore_errors=True)
    # a new name each time: an initdb that outlived its killed supervisor may still write
    draft = Path(tempfile.mkdtemp(prefix=UNFINISHED, dir=layout.root))
    if account.is_other:
        os.chown(draft, account.uid, account.gid)
    password = secrets.token_urlsafe(24)
    with tempfile.TemporaryFile() as file:
        file.write(password.encode() + b"\n")
        file.seek(0)
        if account.is_other:
            os.fchown(file.fileno(), account.uid, account.gid)
        made = _initdb(draft, programs, account, file)
    if made.returncode:
        lines = (made.stderr.strip() or made.stdout.strip()).splitlines()
        reason = [line for line in lines if not line.startswith(("child process", "initdb: rem"))]
        shutil.rmtree(draft, ignore_errors=True)
        raise ServiceFailed(
            f"The database in {layout.root} could not be made: " + "\n".join(reason[-3:]),
            "Free some disk space or choose another AEI_DATA_DIR, then start again.",
        )
    _write_durably(layout.password, password)
    draft.rename(layout.data)
    _sync_folder(layout.root)


def _initdb(
    folder: Path, programs: Path, account: Account, password: IO[bytes]
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- fixed arguments
        [
            str(programs / "bin/initdb"),
            f"--pgdata={data_argument(folder)}",
            f"--username={SUPERUSER}",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--auth=scram-sha-256",
            "--pwfile=/dev/stdin",
            # one call: a thousand times fsync takes seconds on a busy disk
            *(["--sync-method=syncfs"] if sys.platform == "linux" else []),
        ],
        cwd=folder,
        stdin=password,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env=environment(),
        **account.process_arguments(),
    )


def _write_durably(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
