"""Where a question goes is shown before, on the command line, and with every answer."""

import json

import pytest
from typer.testing import CliRunner

from assistant.cli.app import app
from tests.servers.ollama import MODEL, Held, Manner, Ollama, refused_url, running

HARD = (
    "Compare the pension accounting of Ford and GM and explain in depth which is more conservative"
)


@pytest.fixture
def aei(anyio_backend, database, tmp_path):
    """Run a command against a database of its own."""
    environment = {
        "AEI_DATABASE_URL": database.url,
        "AEI_DATA_DIR": str(tmp_path / "data"),
        "AEI_READERS": "1",
    }
    return lambda *words: CliRunner().invoke(app, list(map(str, words)), env=environment)


def route(*words, **environment):
    ran = CliRunner().invoke(app, ["route", *words], env=environment)
    assert ran.exit_code == 0, ran.stderr
    return json.loads(ran.stdout)


def test_a_decision_is_printed_with_no_store_and_no_service(tmp_path):
    nowhere = {"AEI_DATABASE_URL": "postgresql://127.0.0.1:1/none", "AEI_DATA_DIR": str(tmp_path)}
    told = route(HARD, "--json", **nowhere)
    assert told["text"] == HARD
    assert (told["intent"], told["complexity"]) == ("multi_doc_compare", "complex")
    assert (told["sensitive"], told["sensitivity"]) == (False, [])
    assert told["destination"] == "cloud"
    assert told["reasons"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "destination"), [("builtin", "builtin"), ("local", "local"), ("auto", "cloud")]
)
def test_the_decision_follows_the_setting(model, destination):
    assert route(HARD, "--json", AEI_MODEL=model)["destination"] == destination


def test_a_wish_for_the_cloud_does_not_move_a_secret():
    told = route("sell 2,000 TSLA at 251", "--json", AEI_MODEL="cloud")
    assert told["destination"] == "local"
    [span] = told["sensitivity"]
    assert told["text"][span["start"] : span["end"]].startswith("sell 2,000 TSLA")


def test_a_batch_keeps_order_and_reads_what_was_said_before(tmp_path):
    lines = [
        {"id": 1, "text": HARD},
        {"id": 2, "text": HARD, "previous": ["I hold 500 shares of Ford"]},
        {"id": 3},
        {"id": 4, "text": HARD, "previous": "we plan to short 20k GM on Monday"},
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("\n".join(map(json.dumps, lines)))
    ran = CliRunner().invoke(app, ["route", "--batch", str(source), "--out", str(target)])
    assert ran.exit_code == 1
    free, held, broken, planned = map(json.loads, target.read_text().splitlines())
    assert (free["id"], free["destination"]) == (1, "cloud")
    assert (held["id"], held["destination"], held["sensitive"]) == (2, "local", True)
    assert broken["error"]["code"] == "invalid_request"
    assert (planned["id"], planned["destination"]) == (4, "local")


def test_a_policy_that_cannot_be_read_stops_the_command(tmp_path):
    ran = CliRunner().invoke(
        app, ["route", "hi"], env={"AEI_ROUTING_POLICY": str(tmp_path / "gone.toml")}
    )
    assert ran.exit_code == 2
    assert "gone.toml" in ran.stderr


def test_a_label_governs_the_answer_and_every_answer_shows_its_route(aei, tmp_path):
    file = tmp_path / "memo.txt"
    file.write_text("Marlowe Tin, Inc.\n\nNet sales were $310 million in fiscal 2024.\n")
    assert aei("ingest", file, "--label", "internal").exit_code == 0
    [filing] = json.loads(aei("documents", "list", "--json").stdout)["documents"]
    assert filing["sensitivity"] == "internal"

    question = "What were the net sales of Marlowe Tin in fiscal 2024?"
    asked = json.loads(aei("ask", question, "--json").stdout)
    assert asked["route"]["destination"] == "builtin"
    assert asked["route"]["intent"] == "filing_qa"
    assert "labelled internal" in asked["route"]["reasons"][0]

    changed = json.loads(aei("documents", "label", "memo", "public", "--json").stdout)
    assert changed["sensitivity"] == "public"
    asked = json.loads(aei("ask", question, "--json").stdout)
    assert "labelled" not in " ".join(asked["route"]["reasons"])


def test_a_question_for_a_tool_that_is_not_there_says_so(aei):
    asked = json.loads(aei("ask", "predict NVDA for tomorrow", "--json").stdout)
    assert "no price predictions yet" in asked["answer"]
    assert asked["refused"]
    assert asked["route"]["intent"] == "predict"


def test_a_collection_keeps_its_filings_from_the_cloud(aei, tmp_path):
    file = tmp_path / "memo.txt"
    file.write_text("Marlowe Tin, Inc.\n\nNet sales were $310 million in fiscal 2024.\n")
    assert aei("ingest", file, "--collection", "deals/2026").exit_code == 0
    question = "What were the net sales of Marlowe Tin in fiscal 2024?"

    def asked():
        told = json.loads(aei("ask", question, "--json").stdout)
        assert told["citations"]
        return " ".join(told["route"]["reasons"])

    assert "labelled" not in asked()
    labelled = json.loads(aei("collections", "label", "deals", "confidential", "--json").stdout)
    assert (labelled["label"], labelled["filings"]) == ("confidential", 0)
    assert "labelled confidential" in asked()

    told = aei("documents", "label", "memo", "internal")
    assert "a collection it is in keeps it confidential" in told.stdout
    [filing] = json.loads(aei("documents", "list", "--json").stdout)["documents"]
    assert (filing["label"], filing["sensitivity"]) == ("internal", "confidential")
    assert "labelled confidential" in asked()

    listed = json.loads(aei("collections", "list", "--json").stdout)["collections"]
    assert [(one["name"], one["sensitivity"], one["filings"]) for one in listed] == [
        ("deals", "confidential", 0),
        ("deals/2026", "confidential", 1),
    ]
    assert aei("collections", "label", "/", "public").exit_code == 2


@pytest.fixture
def marlowe(aei, tmp_path):
    file = tmp_path / "Marlowe Tin 10-K 2024.txt"
    text = "Net sales were $310 million in fiscal 2024, against $285 million in fiscal 2023."
    file.write_text(f"Marlowe Tin, Inc.\n\nItem 7. Management's Discussion\n\n{text}\n")
    assert aei("ingest", file).exit_code == 0
    return "What were the net sales of Marlowe Tin in fiscal 2024?"


def test_a_cloud_model_without_a_key_is_refused_with_what_to_do(aei):
    ran = aei("ask", "What were net sales?", "--model", "cloud", "--json")
    assert ran.exit_code == 3
    told = json.loads(ran.stdout)["error"]
    assert told["code"] == "model_missing"
    assert "AEI_OPENROUTER_API_KEY" in told["hint"]


@pytest.mark.parametrize("model", ["auto", "local"])
def test_without_a_local_model_the_built_in_answerer_answers_and_says_why(
    aei, marlowe, model, monkeypatch
):
    monkeypatch.setenv("AEI_OLLAMA_URL", refused_url())
    asked = json.loads(aei("ask", marlowe, "--model", model, "--json").stdout)
    assert "$310 million" in asked["answer"]
    assert (asked["model"], asked["interrupted"]) == ("builtin", "")
    assert asked["route"]["destination"] == "builtin"
    assert asked["route"]["reasons"][-1].startswith("Ollama is not running at http://127.0.0.1")
    assert asked["route"]["reasons"][-1].endswith(", so the built-in answerer answers")


def test_the_built_in_answerer_is_all_that_is_asked_where_it_was_asked_for(aei, marlowe):
    asked = json.loads(aei("ask", marlowe, "--model", "builtin", "--json").stdout)
    assert asked["route"]["reasons"] == ["the built-in answerer was asked for"]


def test_an_answer_that_breaks_off_says_so_in_every_form(aei, marlowe, monkeypatch):
    server = Ollama({MODEL: Held(loaded=12_288)}, manner=Manner(cut_after=2))
    with running(server):
        monkeypatch.setenv("AEI_OLLAMA_URL", server.url)
        asked = json.loads(aei("ask", marlowe, "--json").stdout)
        shown = aei("ask", marlowe).stdout
    assert asked["interrupted"].startswith("The answer breaks off here")
    assert asked["answer"] == "Revenue rose"
    assert "The answer breaks off here" in " ".join(shown.split())
