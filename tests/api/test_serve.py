"""`aei serve` as an operator runs it: ready, clean, and gone on a signal."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.servers.web import REAL, running


def test_it_starts_beside_a_foreign_database_url_leaves_no_litter_and_ends_on_sigterm(tmp_path):
    folder = tmp_path / "working directory"
    folder.mkdir()
    foreign = {
        "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        "CHAINLIT_APP_ROOT": str(tmp_path / "elsewhere"),
        "LITERAL_API_KEY": "key",
    }
    with running(tmp_path / "data", REAL, cwd=folder, **foreign) as server:
        assert httpx.get(f"{server.url}/readyz", timeout=30).status_code == 200
        settings = httpx.get(f"{server.url}/project/settings", timeout=30).json()
        assert settings["dataPersistence"] is False
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(15) == 0
        assert time.monotonic() - started < 12
    assert list(folder.iterdir()) == []
    assert not (tmp_path / "elsewhere").exists()


@contextmanager
def in_flight(tmp_path, words):
    """A server that is just writing an answer of so many words, slowly."""
    with (
        running(tmp_path / "data") as server,
        ThreadPoolExecutor() as pool,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        client.post(
            "/api/v1/documents?wait=60",
            files={"files": ("a.txt", b"Ardent Rail did sell 12 trains: answer slowly 40 times.")},
        )
        body = {"question": f"How many trains did Ardent Rail sell? Answer slowly {words}."}
        asked = pool.submit(client.post, "/api/v1/ask", json=body)
        time.sleep(0.7)
        yield server, asked


def test_an_answer_in_flight_is_finished_before_the_server_ends(tmp_path):
    with in_flight(tmp_path, words=40) as (server, asked):
        assert not asked.done()
        server.process.send_signal(signal.SIGTERM)
        assert "12 trains" in asked.result().json()["answer"]
        assert server.process.wait(15) == 0
    assert "Traceback" not in (tmp_path / "data.log").read_text()


def test_an_answer_that_takes_too_long_does_not_hold_the_end_up(tmp_path):
    with in_flight(tmp_path, words=4000) as (server, asked):
        started = time.monotonic()
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(20) == 0
        assert time.monotonic() - started < 14
        assert asked.exception() is not None or asked.result().status_code >= 500


def test_a_database_that_does_not_answer_is_named_without_a_traceback(tmp_path):
    with (
        pytest.raises(AssertionError) as failed,
        running(tmp_path / "data", REAL, AEI_DATABASE_URL="postgresql://x@127.0.0.1:1/x"),
    ):
        pass
    assert "The database gave no answer" in str(failed.value)
    assert "Traceback" not in str(failed.value)


def test_a_port_that_is_taken_is_named_with_what_to_do(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with (
            pytest.raises(AssertionError, match=r"already in use[\s\S]*AEI_PORT"),
            running(tmp_path / "data", REAL, AEI_PORT=port),
        ):
            pass


def serve_as_json(data_dir, **environment):
    """Start `aei serve --json`; return the process."""
    return subprocess.Popen(
        [sys.executable, "-m", *REAL, "--json"],
        env=os.environ | {"AEI_DATA_DIR": str(data_dir), "AEI_PORT": "0"} | environment,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_with_json_it_says_that_it_is_ready_as_one_object(tmp_path):
    with serve_as_json(tmp_path / "data", AEI_DATABASE_URL="") as process:
        ready = json.loads(process.stdout.readline())
        assert httpx.get(f"{ready['url']}/readyz", timeout=30).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == ""
        assert process.wait(20) == 0


@pytest.mark.parametrize("missing", ["database", "data dir", "port"])
def test_with_json_it_says_why_it_cannot_start_as_one_object(tmp_path, missing):
    (tmp_path / "a file").touch()
    folder = tmp_path / ("a file" if missing == "data dir" else "data")
    url = "postgresql://x@127.0.0.1:1/x" if missing == "database" else ""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1]) if missing == "port" else "0"
        with serve_as_json(folder, AEI_DATABASE_URL=url, AEI_PORT=port) as process:
            error = json.loads(process.stdout.read())["error"]
            assert process.wait(20) == 3
    assert error["code"].startswith("service_")
    assert error["message"]
    assert error["hint"]


def test_a_data_dir_that_cannot_be_written_is_named_with_what_to_do(tmp_path):
    (tmp_path / "data").write_text("a file, not a folder")
    with (
        pytest.raises(AssertionError, match="AEI_DATA_DIR"),
        running(tmp_path / "data", REAL),
    ):
        pass
