"""The locks by which processes find each other, and the supervisor's word."""

import os
import subprocess
import sys
from pathlib import Path

from assistant.storage.layout import (
    Layout,
    Phase,
    Status,
    is_held,
    open_lock,
    tail,
    try_lock,
    unlock,
)


def test_a_lock_is_shared_by_many_or_held_by_one(tmp_path: Path) -> None:
    first, second, third = (open_lock(tmp_path / "lock") for _ in range(3))
    assert try_lock(first, shared=True)
    assert try_lock(second, shared=True)
    assert not try_lock(third)
    unlock(first)
    assert not try_lock(third)
    unlock(second)
    assert try_lock(third)
    assert not try_lock(first, shared=True)
    for descriptor in (first, second, third):
        os.close(descriptor)


def test_the_kernel_drops_the_lock_of_a_killed_process(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    program = (
        "import fcntl, sys, time; file = open(sys.argv[1], 'w');"
        "fcntl.flock(file, fcntl.LOCK_EX); print('locked', flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(lock)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        assert is_held(lock)
        holder.kill()
        holder.wait()
    assert not is_held(lock)


def test_a_look_at_a_lock_leaves_it_free(tmp_path: Path) -> None:
    assert not is_held(tmp_path / "lock")
    descriptor = open_lock(tmp_path / "lock")
    assert try_lock(descriptor)
    os.close(descriptor)


def test_the_supervisors_word_is_read_as_it_was_written(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert layout.read_status() is None
    status = Status(Phase.FAILED, "/tmp/é", "what", "hint")
    layout.write_status(Status(Phase.READY, "/tmp"))
    layout.write_status(status)
    assert layout.read_status() == status
    assert [path.name for path in tmp_path.iterdir()] == ["status.json"]


def test_a_word_cut_short_by_a_power_failure_is_no_word(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    layout.status.write_text("")
    assert layout.read_status() is None


def test_each_folder_has_a_name_of_its_own(tmp_path: Path) -> None:
    names = {Layout(tmp_path / name).name for name in ("one", "two", "one")}
    assert len(names) == 2
    assert all(name.startswith("aei-") and len(name) == 16 for name in names)


def test_the_tail_of_a_log_is_its_last_lines(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log, 2) == ""
    log.write_bytes(b"x" * 20_000 + b"\none\ntwo\xff\nthree\n")
    assert tail(log, 2) == "two\ufffd\nthree"
