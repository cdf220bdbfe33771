"""kill -9 in the middle of a batch: what was acknowledged is there once, nothing else answers."""

import json
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

pytestmark = pytest.mark.slow
FILES = 24


@pytest.fixture
def folder(tmp_path):
    files = tmp_path / "filings"
    files.mkdir()
    for n in range(FILES):
        body = "\n\n".join(
            f"Net sales of unit {n}-{k} were ${k},{n:03d} thousand." for k in range(150)
        )
        (files / f"filing {n:02d}.txt").write_text(f"Filing number {n}\n\n{body}\n")
    return files


@pytest.fixture
def data_dir(tmp_path):
    yield tmp_path / "data"
    for process in processes_of(tmp_path / "data"):
        with suppress(psutil.NoSuchProcess):
            process.kill()


def aei(data_dir, *arguments):
    return subprocess.Popen(
        [sys.executable, "-m", "assistant", *map(str, arguments), "--json"],
        env=os.environ | {"AEI_DATA_DIR": str(data_dir), "AEI_DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
    )


def result(data_dir, *arguments):
    process = aei(data_dir, *arguments)
    output, _ = process.communicate(timeout=120)
    return [json.loads(line) for line in output.splitlines()]


def postmaster(data_dir):
    [file] = Path(data_dir).rglob("postmaster.pid")
    return int(file.read_text().split()[0])


def processes_of(data_dir):
    """The database, its supervisor, readers and commands that work below this data dir."""
    found = []
    for process in psutil.process_iter():
        try:
            below = str(data_dir) in " ".join([*process.cmdline(), process.cwd()])
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if below and process.pid != os.getpid():
            found.append(process)
    return found


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def assert_whole(data_dir, folder, acknowledged):
    """After the next start every acknowledged filing is there once, with all of its text."""
    listed = result(data_dir, "documents", "list")[0]["documents"]
    assert set(acknowledged) <= {row["document_id"] for row in listed}
    assert len({row["sha256"] for row in listed}) == len(listed)
    again = result(data_dir, "ingest", folder)
    assert len(again) == FILES
    assert {row["status"] for row in again} <= {"indexed", "duplicate"}
    listed = result(data_dir, "documents", "list")[0]["documents"]
    assert sorted(row["name"] for row in listed) == sorted(f.stem for f in folder.iterdir())
    for row in listed[:: FILES // 4]:
        [text] = result(data_dir, "documents", "text", row["document_id"])
        assert "-149 were" in text["pages"][-1]["text"]


@pytest.mark.parametrize("after", [1, 9])
def test_an_ingest_that_is_killed_loses_nothing_it_acknowledged(data_dir, folder, after):
    with aei(data_dir, "ingest", folder) as process:
        lines = [json.loads(process.stdout.readline()) for _ in range(after)]
        process.send_signal(signal.SIGKILL)
    wait_until(lambda: processes_of(data_dir) == [])

    assert_whole(data_dir, folder, [line["document_id"] for line in lines])
    wait_until(lambda: processes_of(data_dir) == [])


def test_an_ingest_goes_on_when_the_database_is_killed_under_it(data_dir, folder):
    lines = []
    with aei(data_dir, "ingest", folder) as process:
        for n in range(FILES):
            lines.append(json.loads(process.stdout.readline()))
            if n in (3, 12):
                os.kill(postmaster(data_dir), signal.SIGKILL)
        assert process.wait(timeout=60) == 0
    assert {line["status"] for line in lines} == {"indexed"}

    assert_whole(data_dir, folder, [line["document_id"] for line in lines])
    wait_until(lambda: processes_of(data_dir) == [])
