"""Compliance on the command line: hold, retain, delete, and read and check the audit log."""

import json

import pytest
from typer.testing import CliRunner

from assistant.cli.app import app

NAME = "Pendle Cork"


@pytest.fixture
def aei(anyio_backend, database, tmp_path):
    """Run a command against a database of its own; its exit code and what it printed as JSON."""
    environment = {
        "AEI_DATABASE_URL": database.url,
        "AEI_DATA_DIR": str(tmp_path / "data"),
        "AEI_READERS": "1",
    }

    def run(*words, plain=False):
        given = [*map(str, words), *([] if plain else ["--json"])]
        done = CliRunner().invoke(app, given, env=environment)
        return done.exit_code, done.stdout if plain else json.loads(done.stdout)

    return run


@pytest.fixture
def filing(aei, tmp_path):
    for folder, name in (("in", NAME), ("in/board", "Copy")):
        (tmp_path / folder).mkdir(exist_ok=True)
        text = "Pendle Cork, Inc.\n\nNet sales were $475 million in fiscal 2024.\n"
        (tmp_path / folder / f"{name}.txt").write_text(text)
    aei("ingest", tmp_path / "in" / f"{NAME}.txt")
    code, row = aei("ingest", tmp_path / "in" / "board" / "Copy.txt", "--collection", "board")
    assert (code, row["status"], row["name"]) == (0, "duplicate", "Copy")
    return row["document_id"]


def test_what_is_held_or_retained_is_not_deleted_and_the_log_tells_of_all_of_it(
    aei, filing, tmp_path
):
    _, listed = aei("documents", "list")
    assert {(row["name"], row["collection"]) for row in listed["documents"]} == {
        (NAME, ""),
        ("Copy", "board"),
    }
    assert aei("documents", "hold", NAME, "--reason", "Matter 7")[1]["held_for"] == ["Matter 7"]
    code, refused = aei("documents", "delete", filing)
    assert (code, refused["error"]["code"]) == (1, "on_hold")
    assert "aei documents release" in refused["error"]["hint"]
    assert aei("documents", "release", filing)[1]["held_for"] == []

    assert aei("documents", "retain", NAME, "--until", "2999-01-31")[0] == 0
    code, refused = aei("documents", "delete", NAME)
    assert (code, refused["error"]["code"]) == (1, "retained")
    code, refused = aei("documents", "retain", NAME, "--until", "2001-01-31")
    assert (code, refused["error"]["code"]) == (1, "kept")
    aei("documents", "retain", NAME, "--until", "2001-01-31", "--shorten")
    assert len(aei("documents", "expire", "--list")[1]["expired"]) == 1
    _, gone = aei("documents", "delete", NAME, "--reason", "wrong folder")
    assert (gone["content_removed"], gone["remaining"]) == (False, ["Copy"])
    _, expired = aei("documents", "expire")
    assert [one["content_removed"] for one in expired["deleted"]] == [True]
    assert aei("documents", "list")[1] == {"documents": []}

    _, log = aei("audit", "list")
    kinds = [row["entry"]["kind"] for row in log["entries"]]
    assert kinds == [
        "delete", "delete", "retain", "retain", "release", "hold", "ingest", "ingest",
    ]  # fmt: skip
    assert log["entries"][1]["entry"]["reason"] == "wrong folder"
    [hold] = aei("audit", "list", "--kind", "hold")[1]["entries"]
    assert hold["entry"]["reason"] == "Matter 7"

    export = tmp_path / "audit.jsonl"
    assert aei("audit", "export", export)[1]["entries"] == 8
    code, verdict = aei("audit", "verify", "--against", export)
    assert (code, verdict["whole"], verdict["entries"], verdict["anchored"]) == (0, True, 8, 8)
    export.write_text(export.read_text().replace(verdict["head"], "0" * 64))
    code, verdict = aei("audit", "verify", "--against", export)
    assert (code, verdict["broken"]) == (1, 8)
    code, refused = aei("audit", "verify", "--against", tmp_path)
    assert (code, refused["error"]["code"]) == (2, "invalid_request")


def test_the_doctor_finds_that_all_stores_agree_and_names_what_does_not(aei, filing, database):
    stores = [row for row in aei("doctor")[1]["checks"] if row["check"] == "stores"]
    assert [row["ok"] for row in stores] == [True]


def test_names_and_reasons_that_look_like_markup_are_printed_as_they_are(aei, tmp_path):
    (tmp_path / "[red] a.txt").write_text("Net sales were $12 million in fiscal 2024.\n")
    aei("ingest", tmp_path / "[red] a.txt")
    aei("documents", "hold", "[red] a", "--reason", "[/nope] 7")
    for words, said in (
        (("documents", "list"), "[red] a"),
        (("documents", "show", "[red] a"), "[/nope] 7"),
        (("audit", "list"), "[/nope] 7"),
        (("audit", "verify"), "The log is whole: 2 entries"),
        (("documents", "release", "[red] a"), "legal holds: none"),
        (("documents", "retain", "[red] a", "--until", "2001-01-31"), "kept until: 2001-01-31"),
        (("documents", "expire", "--list"), "[red] a: retention ended on 2001-01-31"),
        (("doctor",), "agree"),
    ):
        code, printed = aei(*words, plain=True)
        assert code == 0
        assert said in printed
