"""Starts the web process on a free port and a data dir of its own, and says where it listens."""

import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SLOW = ("tests.servers.web_process",)
REAL = ("assistant", "serve")


@dataclass(frozen=True)
class WebServer:
    """A running server."""

    url: str
    data_dir: Path
    process: subprocess.Popen[str]

    @property
    def host(self) -> str:
        return self.url.removeprefix("http://")


@contextmanager
def running(
    data_dir: Path, module: tuple[str, ...] = SLOW, cwd: Path = ROOT, **environment: str
) -> Iterator[WebServer]:
    """Run a server until the block ends; stop it as an operator would."""
    given = {name: value for name, value in os.environ.items() if not name.startswith("AEI_")}
    with (data_dir.parent / f"{data_dir.name}.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            env=given
            | {"AEI_DATA_DIR": str(data_dir), "AEI_PORT": "0", "PYTHONPATH": str(ROOT)}
            | environment,
            cwd=cwd,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
        try:
            yield WebServer(_url(process, Path(log.name)), data_dir, process)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            process.stdout.close()


def _url(process: subprocess.Popen[str], log: Path, patience_s: float = 90) -> str:
    with selectors.DefaultSelector() as ready:
        ready.register(process.stdout, selectors.EVENT_READ)
        end = time.monotonic() + patience_s
        while time.monotonic() < end and process.poll() is None:
            if ready.select(1):
                line = process.stdout.readline()
                if said := re.search(r'http://[^\s"]+', line):
                    return said[0]
    raise AssertionError(f"the server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    """One server for all web tests."""
    with running(tmp_path_factory.mktemp("web") / "data") as server:
        yield server
