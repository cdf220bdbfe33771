"""Filings come from EDGAR, from archives and from a watched folder, and answer."""

import json
import os
import signal
import subprocess
import sys
import zipfile

import pytest
from typer.testing import CliRunner

from assistant.cli.app import app
from tests.servers.edgar import edgar_server

TEXT = "{} sold goods.\n\nNet sales of {} were ${} million in fiscal 2024.\n"


def page(company, sales):
    return f"<html><body><p>{TEXT.format(company, company, sales)}</p></body></html>".encode()


@pytest.fixture
def environment(anyio_backend, database, tmp_path):
    return {
        "AEI_DATABASE_URL": database.url,
        "AEI_DATA_DIR": str(tmp_path / "data"),
        "AEI_READERS": "1",
    }


@pytest.fixture
def aei(environment):
    return lambda *words: CliRunner().invoke(app, list(map(str, words)), env=environment)


def rows(result):
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_filings_of_edgar_answer_and_are_not_fetched_twice(aei, environment):
    with edgar_server() as edgar:
        filings = [
            ("0000000042-25-000001", "10-K", "2025-02-14", "2024-12-31", "a.htm", page("Ays", 12)),
            ("0000000042-24-000001", "10-K", "2024-02-14", "2023-12-31", "b.htm", page("Ays", 11)),
        ]
        edgar.add_company("AYS", 42, "Ays Mills", filings)
        edgar.faults["/a.htm"] = ["429", "rate_page"]
        environment["AEI_EDGAR_URL"] = edgar.url
        words = ("ingest", "edgar", "AYS", "--form", "10-K", "--years", "2023-2024", "--json")
        unnamed = aei(*words)
        assert unnamed.exit_code == 2
        assert "AEI_EDGAR_USER_AGENT" in rows(unnamed)[0]["error"]["hint"]

        environment["AEI_EDGAR_USER_AGENT"] = "Ays Research desk@ays.example"
        first = aei(*words)
        assert [row["status"] for row in rows(first)] == ["indexed", "indexed"]
        assert rows(first)[0]["name"] == "AYS 10-K 2023-12-31 0000000042-24-000001"
        again = aei(*words)
        assert [row["status"] for row in rows(again)] == ["duplicate", "duplicate"]
        assert sum(count for path, count in edgar.counts.items() if path.endswith("/b.htm")) == 1
    name = rows(first)[1]["name"]
    asked = aei("ask", "What were the net sales in fiscal 2024?", "-d", name, "--json")
    assert "$12 million" in asked.stdout


def test_the_files_of_an_archive_answer_and_the_refused_ones_are_named(aei, tmp_path):
    batch = tmp_path / "batch.zip"
    with zipfile.ZipFile(batch, "w") as made:
        made.writestr("in/Cork.txt", TEXT.format("Cork", "Cork", 77))
        made.writestr("../up.txt", "x")
    result = aei("ingest", batch, "--json")
    assert result.exit_code == 1
    assert {row["path"]: row["status"] for row in rows(result)} == {
        f"{batch}/in/Cork.txt": "indexed",
        f"{batch}/../up.txt": "rejected",
    }
    assert not (tmp_path.parent / "up.txt").exists()
    assert "$77 million" in aei("ask", "What were the net sales of Cork in 2024?", "--json").stdout


def test_what_comes_into_a_watched_folder_is_read_and_an_interrupt_ends_it(environment, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    command = [sys.executable, "-m", "assistant", "ingest", str(inbox), "--watch", "--json"]
    everything = {**os.environ, **environment}
    process = subprocess.Popen(
        command,
        env=everything,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # a shell that runs the tests in the background has told its children to ignore it
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        assert process.stderr is not None
        assert process.stdout is not None
        while "Watching" not in (line := process.stderr.readline()):
            assert line, "the command ended"
        (inbox / "Tin.txt").write_text(TEXT.format("Tin", "Tin", 31))
        assert json.loads(process.stdout.readline())["status"] == "indexed"
        (inbox / "Tin.txt").unlink()
        while "was removed" not in (line := process.stderr.readline()):
            assert line, "the command ended"
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert "Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.communicate()
