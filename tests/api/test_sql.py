"""The database over REST: questions, statements, checks, links, and what is refused."""

import json
from uuid import uuid4

import httpx
import pytest

from tests.conftest import fresh_database
from tests.servers import ollama, trading
from tests.servers.web import running

BY_USER = (
    "SELECT username, count(*) AS n FROM trades JOIN users USING (user_id) GROUP BY 1 ORDER BY 1"
)
ASKED = {"question": "Count the trades of each user", "model": "local"}


@pytest.fixture(scope="module")
def model():
    with ollama.running() as server:
        server.models[ollama.MODEL].loaded = 40_960
        yield server


@pytest.fixture(scope="module")
async def client(model, anyio_backend, database_server, tmp_path_factory):
    role = f"reader_{uuid4().hex[:8]}"
    async with fresh_database(database_server, "template1") as given:
        trading.make(given.url, role)
        there = {
            "AEI_ANALYTICS_URL": given.url,
            "AEI_ANALYTICS_ROLE": role,
            "AEI_OLLAMA_URL": model.url,
        }
        with (
            running(tmp_path_factory.mktemp("sql") / "data", **there) as web,
            httpx.Client(base_url=web.url, timeout=60) as client,
        ):
            yield client
        trading.drop_role(given.url, role)


@pytest.fixture
def said(model):
    """Makes the model say these texts, the last one again and again."""

    def say(*texts):
        left = list(texts)
        model.reply = lambda body: left.pop(0) if len(left) > 1 else left[0]

    return say


def post(client, path="", headers=None, **body):
    return client.post(f"/api/v1/sql{path}", json=body, headers=headers)


def test_a_question_is_answered_in_the_shape_of_the_contract(client, said):
    said(json.dumps({"sql": BY_USER}))
    told = post(client, **ASKED).json()
    assert (told["action"], told["attempts"], told["truncated"]) == ("answer", 1, False)
    assert (told["columns"], told["rows"]) == (["username", "n"], [["ada", 1500], ["bob", 1500]])
    assert told["row_count"] == 2
    assert told["sql"].endswith("LIMIT 10000")
    assert len(told["rows_sha256"]) == 64


def test_a_statement_of_ones_own_is_judged_and_run(client):
    assert post(client, sql="SELECT 1 AS one").json()["rows"] == [[1]]
    refused = post(client, sql="DELETE FROM trades")
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, "unsafe_sql")


def test_events_tell_each_attempt_and_end_with_the_result(client, said):
    said("SELECT profit FROM trades", BY_USER)
    text = post(client, headers={"accept": "text/event-stream"}, **ASKED).text
    frames = [frame.split("\n", 1) for frame in text.strip().split("\n\n")]
    names = [name.removeprefix("event: ") for name, _ in frames if name != "event: waiting"]
    assert names == ["linked", "drafted", "failed", "drafted", "result"]
    told = json.loads(frames[-1][1].removeprefix("data: "))
    assert told["attempts"] == 2


def test_an_error_is_an_event_of_the_stream(client, said):
    body = {"question": " ".join(["why"] * 900)}
    text = post(client, headers={"accept": "text/event-stream"}, **body).text
    assert text.startswith("event: error\n")
    assert "longer than" in text


def test_the_same_question_to_ask_carries_the_rows(client, said):
    said(BY_USER)
    told = client.post("/api/v1/ask", json={**ASKED, "source": "database"}).json()
    assert told["data"]["rows"] == [["ada", 1500], ["bob", 1500]]
    assert told["citations"] == []
    assert not told["refused"]


def test_a_check_runs_nothing_and_links_name_tables(client):
    told = post(client, "/check", sql="SELECT tax_id FROM users").json()
    assert (told["allowed"], told["code"]) == (False, "column")
    assert set(post(client, "/link", question="trades of ada").json()) >= {
        "tables",
        "columns",
        "values",
    }


def test_a_verdict_is_noted_and_one_on_no_statement_of_ours_is_refused(client):
    body = {"question": "Count the trades", "sql": "SELECT count(*) FROM trades"}
    for right in (True, False):
        told = post(client, "/feedback", right=right, **body).json()["message"]
        assert ("reviewed" in told) == right
    noted = [one["entry"] for one in client.get("/api/v1/audit").json()["entries"]]
    outcomes = [one.get("outcome") for one in noted if one.get("question") == body["question"]]
    assert [one for one in outcomes if one in {"judged right", "judged wrong"}] == [
        "judged wrong",
        "judged right",
    ]
    evil = body | {"sql": "SELECT token FROM secrets"}
    assert post(client, "/feedback", right=True, **evil).json()["error"]["code"] == "unsafe_sql"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"question": "x", "sql": "SELECT 1"},
        {"question": " "},
        {"question": "x", "asked_by": "42"},
    ],
)
def test_a_wrong_body_is_named(client, body):
    refused = post(client, **body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_request")


def test_the_description_names_every_operation(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    assert {"/v1/sql", "/v1/sql/check", "/v1/sql/link", "/v1/sql/feedback"} <= set(paths)


def test_a_page_of_another_site_cannot_run_statements(client):
    foreign = {"origin": "https://evil.example"}
    assert post(client, headers=foreign, sql="SELECT 1").status_code == 403
