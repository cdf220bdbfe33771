"""`aei serve` as an operator runs it: ready, clean, and gone on a signal."""

import signal
import time

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


def test_a_data_dir_that_cannot_be_written_is_named_with_what_to_do(tmp_path):
    (tmp_path / "data").write_text("a file, not a folder")
    with (
        pytest.raises(AssertionError, match="AEI_DATA_DIR"),
        running(tmp_path / "data", REAL),
    ):
        pass
