"""Labels, holds, retention and collections by REST: as on the command line, in the audit log too."""

import uuid

import httpx
import pytest


@pytest.fixture(scope="module")
def client(web):
    with httpx.Client(base_url=f"{web.url}/api/v1", timeout=60) as client:
        yield client


@pytest.fixture
def filing(client):
    text = f"Brackwater Tin sold 700 tonnes. {uuid.uuid4()}"
    files = {"files": (f"tin {uuid.uuid4().hex[:6]}.txt", text.encode(), "text/plain")}
    response = client.post("/documents?wait=60", files=files)
    assert response.status_code == 200, response.text
    return f"/documents/{response.json()['results'][0]['document_id']}"


def logged(client, kind):
    [entry] = client.get("/audit", params={"kind": kind, "limit": 1}).json()["entries"]
    return entry["entry"]


def test_a_label_is_set_and_logged(client, filing):
    said = client.put(f"{filing}/label", json={"label": "confidential"})
    assert (said.status_code, said.json()["sensitivity"]) == (200, "confidential")
    entry = logged(client, "label")
    assert (entry["label"], entry["before"]) == ("confidential", "public")
    wrong = client.put(f"{filing}/label", json={"label": "secret"})
    assert wrong.status_code == 422
    assert "label" in wrong.json()["error"]["message"]
    assert client.put("/documents/none/label", json={"label": "public"}).status_code == 404


def test_a_hold_keeps_a_filing_until_it_is_released(client, filing):
    held = client.post(f"{filing}/holds", json={"reason": "Matter 4711"}).json()
    assert held["held_for"] == ["Matter 4711"]
    refused = client.delete(filing)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "on_hold")
    assert client.delete(f"{filing}/holds", params={"reason": "another"}).status_code == 400
    released = client.delete(f"{filing}/holds", params={"reason": "Matter 4711"}).json()
    assert released["held_for"] == []
    assert logged(client, "release")["reason"] == "Matter 4711"
    assert client.post(f"{filing}/holds", json={"reason": " "}).status_code == 422
    assert client.delete(filing).status_code == 200


def test_a_retention_date_is_shortened_on_purpose_only(client, filing):
    kept = client.put(f"{filing}/retention", json={"until": "2099-12-31"}).json()
    assert kept["retain_until"] == "2099-12-31"
    assert client.delete(filing).json()["error"]["code"] == "retained"
    earlier = {"until": "2020-01-01"}
    assert client.put(f"{filing}/retention", json=earlier).status_code == 409
    shortened = client.put(f"{filing}/retention", json={**earlier, "shorten": True}).json()
    assert shortened["retain_until"] == "2020-01-01"
    assert logged(client, "retain")["before"] == "2099-12-31"


def test_a_filing_is_shown_with_what_it_hides(client, filing):
    assert client.get(filing).json()["findings"] == []


def test_a_collection_is_labelled_by_its_path(client):
    path = f"deals {uuid.uuid4().hex[:6]}/2026"
    assert client.get(f"/collections/{path}/label").status_code == 404
    said = client.put(f"/collections/{path}/label", json={"label": "restricted"})
    assert said.json() == {
        "name": path,
        "label": "restricted",
        "sensitivity": "restricted",
        "filings": 0,
    }
    assert said.json() in client.get("/collections").json()["collections"]
    assert client.get(f"/collections/{path}/label").json() == said.json()
    assert logged(client, "label")["collection"] == path
