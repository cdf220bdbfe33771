"""A question back on the command line: the question on stdout, what to choose from on stderr."""

import json

import pytest
from typer.testing import CliRunner

from assistant.cli.app import app
from tests.journeys.tagged import Report

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


@pytest.fixture
def amended(aei, tmp_path):
    """Store a report and its amendment, which was filed three months later."""
    reports = {
        "original": Report(),
        "amendment": Report("10-K/A", "4,050", "4,050", "August 9, 2023"),
    }
    for name, report in reports.items():
        file = tmp_path / f"{name}.html"
        file.write_bytes(report.html())
        assert aei("ingest", file).exit_code == 0


def found_in(text):
    return {hit["document"] for hit in json.loads(text)["results"]}


def test_a_search_as_of_a_day_sees_no_filing_that_became_public_later(aei, amended):
    assert found_in(aei("search", "net sales", "--json").stdout) == {"original", "amendment"}
    earlier = aei("search", "net sales", "--as-of", "2023-05-01", "--json")
    assert found_in(earlier.stdout) == {"original"}
    assert found_in(aei("search", "net sales", "--as-of", "2022-05-01", "--json").stdout) == set()


@pytest.mark.parametrize("command", ["search", "ask"])
def test_a_line_of_a_batch_has_its_own_day(aei, amended, tmp_path, command):
    asked, told = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    question = "What were Meridian Tools' net sales in FY2022?"
    days = ["2023-05-01", "2024-01-02", "tomorrow", 20240102, None]
    lines = [{"id": n, "question": question, "as_of": day} for n, day in enumerate(days)]
    asked.write_text("\n".join(map(json.dumps, lines)))
    run = aei(command, "--batch", asked, "--out", told, "--as-of", "2023-05-01")
    assert run.exit_code == 1
    early, late, wrong, odd, unsaid = map(json.loads, told.read_text().splitlines())
    assert {one["error"]["code"] for one in (wrong, odd)} == {"invalid_request"}
    assert "4,200" in json.dumps(early)
    assert "4,050" not in json.dumps([early, unsaid])
    assert "4,050" in json.dumps(late)
