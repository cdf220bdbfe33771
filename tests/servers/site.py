"""A whole installation that is killed part by part: server, worker, PostgreSQL, MongoDB protocol.

Each part is killed with SIGKILL, as a machine would end it, and comes back as an operator's
supervisor would bring it.
"""

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import psutil

from tests.servers.mongodb import BINARY
from tests.servers.relay import Relay, relay
from tests.servers.web import ROOT

_START_S = 120


class Site:
    """The installation below one folder.

    Args:
        folder: Where it keeps its data and logs.
        mongodb: The relay in front of the MongoDB-protocol server; None keeps originals in
            PostgreSQL.
    """

    def __init__(self, folder: Path, mongodb: Relay | None) -> None:
        self.data_dir = folder / "data"
        self._log = (folder / "site.log").open("ab")
        self._relay = mongodb
        self._mongodb_data = folder / "mongodb"
        self._mongodb_data.mkdir()
        self._parts: dict[str, subprocess.Popen[str]] = {}
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """What can be killed."""
        return ("worker", "server", "postgres", *(["mongodb"] if self._relay else []))

    def environment(self) -> dict[str, str]:
        given = {key: value for key, value in os.environ.items() if not key.startswith("AEI_")}
        url = f"mongodb://127.0.0.1:{self._relay.port}/" if self._relay else ""
        return given | {
            "AEI_DATA_DIR": str(self.data_dir),
            "AEI_PORT": str(self.port),
            "AEI_MONGODB_URL": url,
            "PYTHONPATH": str(ROOT),
        }

    def start(self) -> None:
        self.start_mongodb()
        self.start_server()

    def start_mongodb(self) -> None:
        if self._relay:
            said = self._spawn("mongodb", [str(BINARY), str(self._mongodb_data)])
            self._relay.target = int(re.search(r":(\d+)", said)[1])

    def start_server(self) -> None:
        said = self._spawn("server", [sys.executable, "-m", "assistant", "serve"])
        self.port = int(re.search(r"http://[^:]+:(\d+)", said)[1])

    def kill(self, kind: str) -> None:
        """Kill one part; bring it back where nobody else does."""
        match kind:
            case "worker":
                for process in self._workers():
                    _kill(process.pid)
            case "postgres":
                _kill(self._postmaster())
            case "server":
                self._end("server")
                self.start_server()
            case "mongodb":
                self._end("mongodb")
                self.start_mongodb()

    def command(self, *arguments: str) -> str:
        """Run `aei` on this site; return what it prints."""
        done = subprocess.run(
            [sys.executable, "-m", "assistant", *arguments],
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            timeout=300,
            check=False,
        )
        return done.stdout

    def stop(self) -> None:
        for name in list(self._parts):
            self._end(name)
        for process in psutil.process_iter():
            with suppress(psutil.NoSuchProcess, psutil.AccessDenied):
                if str(self.data_dir) in " ".join([*process.cmdline(), process.cwd()]):
                    process.kill()
        self._log.close()

    def _workers(self) -> list[psutil.Process]:
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(self._parts["server"].pid).children()
            return [one for one in children if "worker" in one.cmdline()]
        return []

    def _postmaster(self) -> int:
        """Return the pid, or 0 while the database is on its way."""
        with suppress(ValueError, OSError, IndexError):
            [file] = self.data_dir.rglob("postmaster.pid")
            return int(file.read_text().split()[0])
        return 0

    def _spawn(self, name: str, command: list[str]) -> str:
        """Start a part; return the line in which it says where it listens."""
        process = subprocess.Popen(
            command,
            env=self.environment() | {"DO_NOT_TRACK": "1"},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self._parts[name] = process
        deadline = time.monotonic() + _START_S
        with selectors.DefaultSelector() as ready:
            ready.register(process.stdout, selectors.EVENT_READ)
            while time.monotonic() < deadline and process.poll() is None:
                line = process.stdout.readline() if ready.select(1) else ""
                if "127.0.0.1:" in line:
                    return line
        raise AssertionError(
            f"the {name} did not start: {Path(self._log.name).read_text()[-3000:]}"
        )

    def _end(self, name: str) -> None:
        process = self._parts.pop(name)
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()


def _kill(pid: int) -> None:
    if pid:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


@contextmanager
def site(folder: Path, with_mongodb: bool) -> Iterator[Site]:
    """Run an installation until the block is left, and leave no process behind."""
    with relay() as front:
        running = Site(folder, front if with_mongodb else None)
        try:
            running.start()
            yield running
        finally:
            running.stop()


def hand_in(client: httpx.Client, url: str, name: str, data: bytes) -> str | None:
    """Hand a file in; return the id of its job, or None when it was not acknowledged."""
    try:
        answer = client.post(f"{url}/api/v1/documents", files={"files": (name, data)})
    except httpx.HTTPError:
        return None
    return answer.json()["job_id"] if answer.status_code == 202 else None
