"""The real Ollama server, where it was built (`install_ollama.sh`), with a tiny model in it."""

import hashlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.servers.tiny_model import TEMPLATE, files

BINARY = Path(os.environ.get("AEI_TEST_OLLAMA") or Path(__file__).parents[2] / ".bin" / "ollama")
REASON = f"no Ollama at {BINARY}: run tests/servers/install_ollama.sh, or set AEI_TEST_OLLAMA"
_START_S = 60


@contextmanager
def real_ollama(folder: Path, *names: str) -> Iterator[str]:
    """Run the server until the block is left; yields its address. It holds the tiny model by names."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    given = {"HOME": str(folder), "OLLAMA_HOST": url, "OLLAMA_MODELS": str(folder / "models")}
    kept = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    log = folder / "ollama.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            [str(BINARY), "serve"],
            env=kept | given | {"OLLAMA_NUM_PARALLEL": "1"},
            cwd=folder,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
        try:
            _wait(process, url, log)
            for name in names:
                _create(url, name)
            yield url
        finally:
            process.terminate()
            process.wait(30)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def _wait(process: subprocess.Popen, url: str, log: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(f"{url}/api/version", trust_env=False)
        except httpx.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"Ollama did not start:\n{log.read_text()[-3000:]}")


def _create(url: str, name: str) -> None:
    with httpx.Client(base_url=url, trust_env=False, timeout=60) as client:
        digests = {}
        for file, data in files().items():
            digests[file] = f"sha256:{hashlib.sha256(data).hexdigest()}"
            client.post(f"/api/blobs/{digests[file]}", content=data).raise_for_status()
        body = {"model": name, "files": digests, "template": TEMPLATE, "stream": False}
        made = client.post("/api/create", json=body)
        assert made.json().get("status") == "success", made.text
