"""A question back on the command line: the question on stdout, what to choose from on stderr."""

import json

import pytest
from typer.testing import CliRunner

from assistant.cli.app import app

QUESTION = "What were the net sales in fiscal 2024?"


@pytest.fixture
def aei(anyio_backend, database, tmp_path):
    """Run a command against a database of its own."""
    environment = {
        "AEI_DATABASE_URL": database.url,
        "AEI_DATA_DIR": str(tmp_path / "data"),
        "AEI_READERS": "1",
    }
    return lambda *words: CliRunner().invoke(app, list(map(str, words)), env=environment)


@pytest.fixture
def filings(aei, tmp_path):
    for company, sales in (("Marlowe Tin", 310), ("Pendle Cork", 475)):
        file = tmp_path / f"{company}.txt"
        file.write_text(f"{company}, Inc.\n\nNet sales were ${sales} million in fiscal 2024.\n")
        assert aei("ingest", file).exit_code == 0


def test_an_unclear_question_lists_its_choices_and_one_of_them_is_answered(aei, filings):
    asked = aei("ask", QUESTION)
    assert asked.exit_code == 0
    assert asked.stdout == "Which company do you mean? The filings are of 2 companies.\n"
    assert [line.strip() for line in asked.stderr.splitlines() if line.strip()[:1].isdigit()] == [
        "1. Marlowe Tin",
        "2. Pendle Cork",
    ]

    told = json.loads(aei("ask", QUESTION, "--json").stdout)
    assert told["refused"]
    [_, cork] = told["clarify"]["choices"]
    again = json.loads(
        aei("ask", cork["question"], "--document", cork["documents"][0], "--json").stdout
    )
    assert "$475 million" in again["answer"]
    assert again["clarify"] is None
