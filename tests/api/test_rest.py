"""REST over a real socket: shapes, statuses and headers as the contract says."""

import json
import re
import uuid

import httpx
import pytest

from tests.journeys.tagged import Report

SALES = "Corvine Mills, Inc. Annual report 2024.\n\nNet sales were $4,512 million in fiscal 2024."


@pytest.fixture(scope="module")
def client(web):
    with httpx.Client(base_url=web.url, timeout=60) as client:
        yield client


def add(client, name, text, media_type="text/plain"):
    files = {"files": (name, text.encode() if isinstance(text, str) else text, media_type)}
    return client.post("/api/v1/documents?wait=60", files=files)


@pytest.fixture(scope="module")
def filing(client):
    response = add(client, "Corvine 10-K 2024.txt", SALES)
    assert response.status_code == 200, response.text
    return response.json()["results"][0]


def test_the_process_lives_and_is_ready(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ready"}


def test_an_added_file_is_reported_and_listed(client, filing):
    assert filing["status"] == "indexed"
    assert filing["name"] == "Corvine 10-K 2024"
    listed = client.get("/api/v1/documents").json()["documents"]
    assert filing["document_id"] in [row["document_id"] for row in listed]


def test_costs_are_told_by_name_and_a_wrong_period_is_refused(client):
    told = client.get("/api/v1/costs", params={"by": "user", "days": 7}).json()
    assert (told["by"], told["days"]) == ("user", 7)
    assert told["total"]["cost_usd"] == 0
    assert told["budgets"][0]["usd_per_day"] == 1
    assert client.get("/costs").headers["content-type"].startswith("text/html")
    refused = client.get("/api/v1/costs", params={"days": 0})
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "invalid_request")


def test_the_same_bytes_again_are_a_duplicate(client, filing):
    again = add(client, "another name.txt", SALES)
    assert again.status_code == 200
    assert again.json()["results"][0]["status"] == "duplicate"


def test_a_refused_file_says_why_and_the_other_is_added(client):
    text = f"Brackwater Tin sold 700 tonnes. {uuid.uuid4()}"
    files = [
        ("files", ("empty.pdf", b"", "application/pdf")),
        ("files", ("tin.txt", text.encode(), "text/plain")),
    ]
    response = client.post("/api/v1/documents?wait=60", files=files)
    refused, added = response.json()["results"]
    assert response.status_code == 422
    assert refused["error"]["code"] == "empty_file"
    assert refused["error"]["hint"]
    assert added["status"] == "indexed"


def test_an_answer_cites_the_verbatim_text_of_its_page(client, filing):
    body = {"question": "What were Corvine's net sales in 2024?", "documents": [filing["name"]]}
    answer = client.post("/api/v1/ask", json=body).json()
    assert not answer["refused"]
    assert "4,512" in answer["answer"]
    citation = answer["citations"][0]
    page = client.get(f"/api/v1/documents/{filing['document_id']}/pages/{citation['page']}").json()
    assert page["text"][citation["start"] : citation["end"]] == citation["quote"]


def test_an_answer_names_the_day_and_the_facts_it_was_checked_with(client, filing):
    question = "What were Corvine's net sales in 2024?"
    body = {"question": question, "documents": [filing["name"]], "as_of": "2026-01-02"}
    answer = client.post("/api/v1/ask", json=body).json()
    assert "4,512" in answer["answer"]
    assert answer["notes"] == []
    assert {figure["fact"] for figure in answer["figures"]} == {None}


def test_a_follow_up_is_answered_with_the_questions_before_it(client, filing):
    body = {
        "question": "and in 2024?",
        "previous": ["What were Corvine's net sales in 2023?"],
        "documents": [filing["name"]],
    }
    response = client.post("/api/v1/ask", json=body, headers={"accept": "text/event-stream"})
    understood = json.loads(response.text.split("\n")[1].removeprefix("data: "))
    assert understood["query"].startswith("What were Corvine")
    assert understood["query"].endswith("net sales in 2024?")
    assert "4,512" in client.post("/api/v1/ask", json=body).json()["answer"]


def test_an_answer_streams_as_events_and_ends_whole(client, filing):
    body = {"question": "What were Corvine's net sales in 2024?", "documents": [filing["name"]]}
    with client.stream(
        "POST", "/api/v1/ask", json=body, headers={"accept": "text/event-stream"}
    ) as response:
        frames = response.read().decode().strip().split("\n\n")
    events = [re.match(r"event: (\w+)\ndata: (.*)", frame).groups() for frame in frames]
    names = [name for name, _ in events]
    text = "".join(json.loads(data)["text"] for name, data in events if name == "delta")
    assert names[0] == "understood"
    assert names[-1] == "answered"
    assert json.loads(events[-1][1])["answer"] == text


@pytest.fixture(scope="module")
def namesakes(client):
    """Two filings of companies whose names begin alike."""
    text = "{0}, Inc. Annual report 2024.\n\nNet sales were $7{1} million in fiscal 2024."
    names = [("Velmont Foundry", 31), ("Velmont Dairies", 48)]
    added = [add(client, f"{who} 10-K 2024.txt", text.format(who, n)) for who, n in names]
    return [response.json()["results"][0] for response in added]


def test_a_question_back_says_what_to_ask_instead(client, namesakes):
    body = {"question": "What were net sales?", "documents": [one["name"] for one in namesakes]}
    answer = client.post("/api/v1/ask", json=body).json()
    assert answer["refused"]
    assert answer["clarify"]["question"].startswith("Which company do you mean?")
    assert answer["answer"].startswith(answer["clarify"]["question"])
    choices = answer["clarify"]["choices"]
    assert len(choices) == 2
    assert {one for choice in choices for one in choice["documents"]} == {
        one["document_id"] for one in namesakes
    }
    chosen = {key: choices[0][key] for key in ("question", "documents")}
    assert client.post("/api/v1/ask", json=chosen).json()["clarify"] is None


def test_a_question_back_streams_as_an_event_of_its_own(client, namesakes):
    body = {"question": "What were net sales?", "documents": [one["name"] for one in namesakes]}
    with client.stream(
        "POST", "/api/v1/ask", json=body, headers={"accept": "text/event-stream"}
    ) as response:
        frames = response.read().decode().strip().split("\n\n")
    events = [re.match(r"event: (\w+)\ndata: (.*)", frame).groups() for frame in frames]
    assert [name for name, _ in events] == ["understood", "clarify", "answered"]
    assert json.loads(events[0][1])["chip"][-1] == "2 filings, chosen"
    assert len(json.loads(events[1][1])["choices"]) == 2


def test_search_ranks_passages_of_the_named_filing_only(client, filing):
    body = {"query": "net sales", "documents": [filing["name"]], "limit": 3}
    found = client.post("/api/v1/search", json=body).json()
    assert [row["rank"] for row in found["results"]] == list(range(1, len(found["results"]) + 1))
    assert {row["document_id"] for row in found["results"]} == {filing["document_id"]}


def test_a_search_as_of_a_day_leaves_out_what_became_public_later(client):
    added = add(client, "report.html", Report().html(), "text/html").json()
    key = added["results"][0]["document_id"]
    for day, expected in (("2023-02-19", False), ("2023-02-20", True)):
        body = {"query": "Meridian Tools net sales", "as_of": day}
        found = client.post("/api/v1/search", json=body).json()["results"]
        assert (key in {row["document_id"] for row in found}) is expected


def test_the_original_comes_back_byte_for_byte_and_by_range(client, filing):
    url = f"/api/v1/documents/{filing['document_id']}/original"
    assert client.get(url).content == SALES.encode()
    part = client.get(url, headers={"range": "bytes=8-12"})
    assert part.status_code == 206
    assert part.content == SALES.encode()[8:13]
    assert part.headers["content-range"] == f"bytes 8-12/{len(SALES.encode())}"


def test_a_range_past_the_end_is_refused(client, filing):
    url = f"/api/v1/documents/{filing['document_id']}/original"
    response = client.get(url, headers={"range": "bytes=999999-"})
    assert response.status_code == 416
    assert response.json()["error"]["code"] == "invalid_request"


def test_a_deleted_filing_is_gone_with_its_original_and_its_passages(client):
    added = add(client, "gone.txt", f"Vanishing Foods sold 31 vans. {uuid.uuid4()}").json()
    key = added["results"][0]["document_id"]
    assert client.delete(f"/api/v1/documents/{key}").status_code == 200
    assert client.get(f"/api/v1/documents/{key}").status_code == 404
    found = client.post("/api/v1/search", json={"query": "Vanishing Foods vans"}).json()
    assert key not in [row["document_id"] for row in found["results"]]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/api/v1/documents/nothing", None, 404, "not_found"),
        ("GET", "/api/v1/nothing", None, 404, "not_found"),
        ("GET", "/api/nothing/at/all", None, 404, "not_found"),
        ("PUT", "/api/v1/ask", None, 405, "method_not_allowed"),
        ("POST", "/api/v1/ask", {}, 422, "invalid_request"),
        ("POST", "/api/v1/ask", {"question": "  "}, 422, "invalid_request"),
        ("POST", "/api/v1/ask", {"question": "a?", "other": 1}, 422, "invalid_request"),
        ("POST", "/api/v1/ask", {"question": "a?", "as_of": "soon"}, 422, "invalid_request"),
        ("POST", "/api/v1/ask", {"question": "a?", "previous": "b?"}, 422, "invalid_request"),
        ("POST", "/api/v1/search", {"query": "a", "limit": 0}, 422, "invalid_request"),
        ("POST", "/api/v1/search", {"query": "a", "as_of": "soon"}, 422, "invalid_request"),
    ],
)
def test_every_error_has_the_one_shape(client, method, path, body, status, code):
    response = client.request(method, path, json=body)
    assert response.status_code == status
    error = response.json()["error"]
    assert error["code"] == code
    assert error["message"]


def test_a_violation_names_every_field(client):
    error = client.post("/api/v1/search", json={"query": "", "limit": 900}).json()["error"]
    assert "body.query" in error["message"]
    assert "body.limit" in error["message"]


def test_the_api_page_names_every_operation_and_loads_nothing_from_outside(client):
    html = client.get("/api/docs").text
    for path in client.get("/api/openapi.json").json()["paths"]:
        assert path in html
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", html)


def test_the_viewer_marks_the_quote_in_the_text_of_the_page(client, filing):
    start = SALES.index("Net sales")
    html = client.get(
        f"/viewer/{filing['document_id']}", params={"page": 1, "start": start, "end": start + 9}
    ).text
    assert '<mark id="quote">Net sales</mark>' in html


def test_the_viewer_says_so_when_there_is_no_such_page(client, filing):
    response = client.get(f"/viewer/{filing['document_id']}?page=99")
    assert response.status_code == 404
    assert "cannot be shown" in response.text


def test_each_entry_is_deleted_on_its_own_and_the_audit_log_tells(client):
    text = f"Quarndon Rope sold 40 km. {uuid.uuid4()}"
    added = add(client, "Quarndon.txt", text).json()["results"][0]
    again = add(client, "Quarndon copy.txt", text).json()["results"][0]
    assert again["status"] == "duplicate"
    assert again["document_id"] != added["document_id"]
    listed = client.get("/api/v1/documents").json()["documents"]
    assert {added["document_id"], again["document_id"]} <= {one["document_id"] for one in listed}

    first = client.delete(f"/api/v1/documents/{added['document_id']}?reason=wrong+name").json()
    assert first["remaining"] == ["Quarndon copy"]
    assert client.get(f"/api/v1/documents/{added['document_id']}").status_code == 404
    last = client.delete(f"/api/v1/documents/{again['document_id']}").json()
    assert (last["status"], last["content_removed"]) == ("deleted", True)

    log = client.get("/api/v1/audit", params={"kind": "delete", "limit": 2}).json()["entries"]
    assert [one["entry"]["document"] for one in log] == [again["document_id"], added["document_id"]]
    assert log[1]["entry"]["reason"] == "wrong name"
    older = client.get("/api/v1/audit", params={"before": log[1]["seq"], "limit": 1}).json()
    assert older["entries"][0]["seq"] == log[1]["seq"] - 1
    assert client.get("/api/v1/audit/verify").json()["whole"]
