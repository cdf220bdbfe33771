"""Uploads as jobs over a real socket: taken in, followed, refused early, cancelled."""

import time
import uuid

import httpx
import pytest

from tests.servers.web import REAL, running

OVER = {"published", "rejected", "dead", "cancelled"}


@pytest.fixture(scope="module")
def client(web):
    with httpx.Client(base_url=web.url, timeout=60) as client:
        yield client


def text():
    return f"Sallow Creek Mining dug 614 tonnes. {uuid.uuid4()}".encode()


def hand_in(client, *files):
    return client.post("/api/v1/documents", files=[("files", file) for file in files])


def followed(client, job_id, seconds=90):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        job = client.get(f"/api/v1/jobs/{job_id}").json()
        if job["state"] in OVER:
            return job
        time.sleep(0.1)
    raise AssertionError(f"the job did not end: {job}")


def test_an_upload_answers_with_its_job_which_ends_with_the_ingest_line(client):
    response = hand_in(client, ("sallow.txt", text()))
    assert response.status_code == 202
    handed = response.json()
    assert handed["jobs"][0]["job_id"] == handed["job_id"]
    job = followed(client, handed["job_id"])
    assert (job["state"], job["progress"]) == ("published", 1.0)
    assert job["result"]["status"] == "indexed"
    assert job["result"]["path"] == "sallow.txt"
    assert set(job["timings"]) >= {"queued", "reading", "storing"}
    assert job["finished_at"] >= job["started_at"] >= job["created_at"]
    found = client.get(f"/api/v1/documents/{job['result']['document_id']}").json()
    assert found["name"] == "sallow"


def test_each_file_of_an_upload_gets_a_job_in_order(client):
    answer = hand_in(client, ("one.txt", text()), ("empty.txt", b""), ("two.txt", text())).json()
    assert [job["file_name"] for job in answer["jobs"]] == ["one.txt", "empty.txt", "two.txt"]
    assert answer["jobs"][1]["result"]["error"]["code"] == "empty_file"
    listed = client.get("/api/v1/jobs", params={"limit": 3}).json()["jobs"]
    assert [job["job_id"] for job in listed] == [job["job_id"] for job in answer["jobs"]][::-1]
    rejected = client.get("/api/v1/jobs", params={"state": "rejected"}).json()["jobs"]
    assert {job["state"] for job in rejected} == {"rejected"}


def test_a_job_that_is_over_cannot_be_cancelled(client):
    job = hand_in(client, ("empty.txt", b"")).json()
    response = client.delete(f"/api/v1/jobs/{job['job_id']}")
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "job_ended"


@pytest.mark.parametrize(
    ("given", "code"),
    [({"content": b"no form"}, 400), ({"files": {"other": (None, "text")}}, 400)],
)
def test_a_body_without_a_file_is_told_so(client, given, code):
    response = client.post("/api/v1/documents", **given)
    assert response.status_code == code
    assert response.json()["error"]["code"] == "invalid_request"


def test_there_is_no_such_job(client):
    assert client.get("/api/v1/jobs/nothing").status_code == 404
    assert client.get("/api/v1/jobs?state=flying").status_code == 422


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A server without a worker that takes two files of at most a mebibyte."""
    folder = tmp_path_factory.mktemp("small") / "data"
    limits = {"AEI_MAX_FILE_MB": "1", "AEI_QUEUE_LIMIT": "2", "AEI_WORKER_IN_SERVE": "false"}
    with (
        running(folder, REAL, **limits) as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        yield client


def test_a_file_that_is_too_large_is_refused_while_it_arrives(small):
    sent = []

    def body():
        boundary = b"--b\r\nContent-Disposition: form-data; name=files; filename=a.txt\r\n\r\n"
        yield boundary
        for _ in range(20 * 16):
            sent.append(1)
            yield bytes(1 << 16)
        yield b"\r\n--b--\r\n"

    headers = {"content-type": "multipart/form-data; boundary=b"}
    try:
        response = small.post("/api/v1/documents", content=body(), headers=headers)
    except httpx.WriteError:
        pytest.skip("the connection was closed before the answer could be read")
    assert response.status_code == 413
    assert response.json()["error"]["code"] == "too_large"
    assert small.get("/api/v1/jobs").json()["jobs"] == []


def test_a_full_queue_takes_nothing_and_says_when_to_come_back(small):
    handed = [hand_in(small, (f"{n}.txt", text())).json() for n in range(2)]
    full = hand_in(small, ("third.txt", text()))
    assert full.status_code == 503
    assert full.json()["error"]["code"] == "queue_full"
    assert int(full.headers["retry-after"]) > 0
    cancelled = small.delete(f"/api/v1/jobs/{handed[0]['job_id']}").json()
    assert cancelled["state"] == "cancelled"
    assert hand_in(small, ("third.txt", text())).status_code == 202
    again = small.post(f"/api/v1/jobs/{handed[0]['job_id']}/retry").json()
    assert again["state"] == "queued"


def test_waiting_ends_in_time_where_nobody_reads(small):
    for job in small.get("/api/v1/jobs", params={"state": "queued"}).json()["jobs"]:
        small.delete(f"/api/v1/jobs/{job['job_id']}")
    answer = small.post(
        "/api/v1/documents", params={"wait": 0.5}, files={"files": ("a.txt", text())}
    )
    assert answer.status_code == 202
    assert answer.json()["state"] == "queued"
