"""`aei sql`: a statement is checked, run as somebody, and noted."""

import json
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from assistant.cli.app import app
from tests.servers import ollama, trading


@pytest.fixture
def told_by():
    """The language model that writes statements."""
    with ollama.running() as server:
        server.models[ollama.MODEL].loaded = 40_960
        yield server


@pytest.fixture
def aei(anyio_backend, database, empty_database, told_by, tmp_path):
    role = f"reader_{uuid4().hex[:8]}"
    trading.make(empty_database.url, role)
    environment = {
        "AEI_DATABASE_URL": database.url,
        "AEI_DATA_DIR": str(tmp_path / "data"),
        "AEI_ANALYTICS_URL": empty_database.url,
        "AEI_ANALYTICS_ROLE": role,
        "AEI_OLLAMA_URL": told_by.url,
        "AEI_MODEL": "local",
    }
    yield lambda *words: CliRunner().invoke(app, list(map(str, words)), env=environment)
    trading.drop_role(empty_database.url, role)


def test_a_statement_is_run_as_somebody_and_noted_with_the_hash_of_its_rows(aei):
    counting = "SELECT username, count(*) AS n FROM trades JOIN users USING (user_id) GROUP BY 1"
    told = json.loads(aei("sql", "--run", counting, "--as", "42", "--json").stdout)
    assert (told["columns"], told["rows"]) == (["username", "n"], [["bob", 1500]])
    assert (told["row_count"], told["truncated"], told["attempts"]) == (1, False, 1)
    assert told["sql"].endswith("LIMIT 10000")
    [entry] = json.loads(aei("audit", "list", "--json").stdout)["entries"]
    noted = entry["entry"]
    assert (noted["kind"], noted["actor"], noted["sql"]) == ("sql", "42", counting)
    assert (noted["outcome"], noted["rows"]) == ("answered", 1)
    assert len(noted["rows_sha256"]) == 64


def test_a_refused_statement_is_wrong_usage_and_noted_too(aei):
    ran = aei("sql", "--run", "DELETE FROM trades", "--json")
    assert ran.exit_code == 2
    assert json.loads(ran.stdout)["error"]["code"] == "unsafe_sql"
    [entry] = json.loads(aei("audit", "list", "--json").stdout)["entries"]
    assert entry["entry"]["outcome"] == "refused: not_a_query"


def test_a_check_says_why_not(aei):
    ran = aei("sql", "--check", "SELECT tax_id FROM users", "--json")
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["allowed"], told["code"]) == (1, False, "column")
    assert told["rewritten"] is None


def test_a_batch_checks_every_line_in_order(aei, tmp_path):
    lines = [
        {"id": "a", "sql": "SELECT 1 AS one"},
        {"id": "b", "sql": "SELECT * FROM secrets"},
        {"id": "c"},
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    assert aei("sql", "--batch", source, "--out", target).exit_code == 1
    told = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [one["id"] for one in told] == ["a", "b", "c"]
    assert [one.get("allowed") for one in told] == [True, False, None]
    assert told[2]["error"]["code"] == "invalid_request"


def test_a_question_is_answered_with_its_statement_and_how_it_was_written(aei, told_by):
    told_by.reply = lambda body: "SELECT username, count(*) AS n FROM users GROUP BY 1"
    told = json.loads(aei("sql", "how many names are there?", "--as", "42", "--json").stdout)
    assert told["action"] == "answer"
    assert (told["columns"], told["rows"]) == (["username", "n"], [["bob", 1]])
    assert (told["row_count"], told["attempts"], told["model"]) == (1, 1, ollama.MODEL)
    assert told["route"]["destination"] == "local"
    assert len(told["rows_sha256"]) == 64
    assert (told["clarification"], told["refused"]) == (None, None)


def test_a_declined_question_is_an_exit_of_one_with_a_reason(aei, told_by):
    ran = aei("sql", "delete all my trades", "--json")
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["action"], told["sql"], told["rows"]) == (1, "refuse", None, [])
    assert "only be read" in told["refused"]["reason"]
    plain = aei("sql", "delete all my trades")
    assert (plain.exit_code, plain.stdout) == (1, "")
    assert "only be read" in plain.stderr


def test_a_vague_question_is_asked_back(aei, told_by):
    ran = aei("sql", "profit this period", "--json")
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["action"], told["sql"]) == (0, "clarify", None)
    assert "profit this year" in told["clarification"]["choices"]


def test_a_batch_answers_questions_checks_statements_and_runs_them_where_asked(
    aei, told_by, tmp_path
):
    told_by.reply = lambda body: "SELECT count(*) AS n FROM trades"
    lines = [
        {"id": 1, "question": "how many trades of mine are there", "as": "42"},
        {"id": 2, "question": "only the last ones", "previous_question": "how many trades?"},
        {"id": 3, "sql": "SELECT 1 AS one"},
        {"id": 4, "sql": "SELECT count(*) FROM trades", "run": True, "as": 7},
        {"id": 5, "question": "cancel my orders"},
        {"id": 6, "question": ""},
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    assert aei("sql", "--batch", source, "--out", target).exit_code == 1
    told = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [one["id"] for one in told] == [1, 2, 3, 4, 5, 6]
    assert [one.get("rows") for one in told] == [[[1500]], [[3000]], None, [[1500]], [], None]
    assert told[2]["allowed"]
    assert told[4]["action"] == "refuse"
    assert told[5]["error"]["code"] == "invalid_request"


def test_a_statement_needs_no_model(aei):
    assert aei("sql", "--check", "SELECT 1", "--model", "cloud").exit_code == 0
    asked = aei("sql", "how many trades?", "--model", "cloud", "--json")
    assert (asked.exit_code, json.loads(asked.stdout)["error"]["code"]) == (3, "model_missing")


def test_one_thing_at_a_time(aei):
    assert aei("sql", "how many trades?", "--check", "SELECT 1").exit_code == 2
    assert aei("sql").exit_code == 2


def test_rows_are_saved_to_a_file_beside_the_answer(aei, tmp_path):
    path = tmp_path / "trades.csv"
    every = "SELECT trade_id, price FROM trades ORDER BY 1"
    ran = aei("sql", "--run", every, "--as", "42", "--save", path, "--json")
    assert ran.exit_code == 0, ran.stderr
    told = json.loads(ran.stdout)
    lines = path.read_text("utf-8-sig").splitlines()
    assert (lines[0], len(lines)) == ("trade_id,price", 1501)
    assert "1,500 rows in" in ran.stderr
    saved, shown = (
        one["entry"] for one in json.loads(aei("audit", "list", "--json").stdout)["entries"][:2]
    )
    assert saved["download"] == "csv"
    assert saved["rows_sha256"] == shown["rows_sha256"]
    assert told["row_count"] == saved["rows"] == 1500


def test_a_file_of_an_unknown_kind_is_refused_before_anything_runs(aei, tmp_path):
    ran = aei("sql", "--run", "SELECT 1", "--save", tmp_path / "rows.pdf", "--json")
    assert ran.exit_code == 2
    assert "csv, xlsx, parquet" in json.loads(ran.stdout)["error"]["hint"]
    assert json.loads(aei("audit", "list", "--json").stdout)["entries"] == []


@pytest.mark.parametrize(("option", "told"), [("--check", "allowed"), ("--run", "rows")])
def test_check_and_run_take_their_statements_from_a_batch_too(aei, tmp_path, option, told):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [{"id": "a", "sql": "SELECT 1 AS one"}, {"id": "b", "question": "how many trades?"}]
    source.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    assert aei("sql", option, "--batch", source, "--out", target).exit_code == 1
    first, second = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert first["id"] == "a"
    assert told in first
    assert second["error"]["code"] == "invalid_request"
