"""Zip archives over a real socket: a job a file, and nothing that would do harm."""

import time
import uuid

import httpx
import pytest

from tests.archives import BOMB, locked, packed
from tests.browser.pdfs import pdf
from tests.servers.web import REAL, running


@pytest.fixture(scope="module")
def client(web):
    with httpx.Client(base_url=web.url, timeout=120) as client:
        yield client


def text(company="Sallow Creek"):
    return f"{company} dug 614 tonnes. {uuid.uuid4()}".encode()


def hand_in(client, *files, **more):
    return client.post("/api/v1/documents", files=[("files", file) for file in files], **more)


def followed(client, answer, seconds=90):
    """The ingest lines of all jobs of an answer, by path, once they are over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        jobs = [client.get(f"/api/v1/jobs/{job['job_id']}").json() for job in answer["jobs"]]
        if all(job["result"] for job in jobs):
            return {job["path"]: job["result"] for job in jobs}
        time.sleep(0.1)
    raise AssertionError(f"the jobs did not end: {jobs}")


def ending(line):
    return line["error"]["code"] if line["error"] else line["status"]


def test_each_file_of_an_archive_gets_its_job_and_its_line(client):
    secret = ("locked.txt", text())
    archive = packed(
        ("2024/report.pdf", pdf([f"Tarn Works sold 512 looms. {uuid.uuid4()}"])),
        ("note.txt", text()),
        ("../up.txt", text()),
        ("inner.zip", packed(("deep.txt", text()))),
        secret,
        ("empty.txt", b""),
        ("tool.exe", b"MZ" + bytes(200)),
    )
    response = hand_in(client, ("batch.zip", locked(archive, "locked.txt")))
    assert response.status_code == 202
    lines = followed(client, response.json())
    assert {path: ending(line) for path, line in lines.items()} == {
        "batch.zip/2024/report.pdf": "indexed",
        "batch.zip/note.txt": "indexed",
        "batch.zip/../up.txt": "bad_name",
        "batch.zip/inner.zip": "unsupported_type",
        "batch.zip/locked.txt": "password_required",
        "batch.zip/empty.txt": "empty_file",
        "batch.zip/tool.exe": "unsupported_type",
    }
    listed = client.get("/api/v1/jobs", params={"limit": 7}).json()["jobs"]
    assert [job["path"] for job in listed][::-1] == [job["path"] for job in response.json()["jobs"]]
    found = client.post("/api/v1/search", json={"query": "Tarn Works looms"}).json()
    assert found["results"][0]["document"] == "report"


def test_files_and_archives_in_one_upload_keep_their_order(client):
    files = (("a.txt", text()), ("b.zip", packed(("c.txt", text()))), ("d.txt", text()))
    answer = hand_in(client, *files, params={"wait": 60}).json()
    assert [line["path"] for line in answer["results"]] == ["a.txt", "b.zip/c.txt", "d.txt"]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (packed(("bomb.txt", BOMB)), "too_large"),
        (packed(), "empty_file"),
        (packed(("a.txt", b"Sales."))[:40], "corrupt"),
        (b"no archive at all \x00\x01\x02\x03" * 20, "unsupported_type"),
    ],
)
def test_an_archive_that_is_refused_has_one_line_with_its_code(client, data, code):
    response = hand_in(client, ("batch.zip", data), params={"wait": 60})
    assert response.status_code == 422
    [line] = response.json()["results"]
    assert (line["path"], line["error"]["code"]) == ("batch.zip", code)


def test_an_office_file_is_read_as_what_it_is(client):
    response = hand_in(client, ("report.docx", packed(("word/a.txt", text()))), params={"wait": 60})
    assert [line["path"] for line in response.json()["results"]] == ["report.docx"]


def test_with_a_password_the_files_of_an_archive_are_read_at_once(client):
    archive = packed(("note.txt", text()), ("../up.txt", text()))
    response = hand_in(client, ("batch.zip", archive), data={"password": "ours"})
    assert sorted(ending(line) for line in response.json()["results"]) == ["bad_name", "indexed"]


def test_an_archive_that_does_not_fit_into_the_queue_leaves_nothing(tmp_path):
    limits = {"AEI_QUEUE_LIMIT": "3", "AEI_WORKER_IN_SERVE": "false"}
    with (
        running(tmp_path / "data", REAL, **limits) as server,
        httpx.Client(base_url=server.url, timeout=60) as small,
    ):
        many = packed(*((f"{n}.txt", text()) for n in range(3)))
        full = hand_in(small, ("one.txt", text()), ("batch.zip", many))
        assert (full.status_code, full.json()["error"]["code"]) == (503, "queue_full")
        assert small.get("/api/v1/jobs").json()["jobs"] == []
        taken = hand_in(small, ("batch.zip", many))
        assert [job["state"] for job in taken.json()["jobs"]] == ["queued"] * 3
