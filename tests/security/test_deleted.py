"""A deleted filing's text comes out of no face, no link and no process, whatever keeps originals."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import httpx
import pytest

from assistant.bootstrap import open_app
from assistant.domain.answers import EarlierTurn, Question, Scope
from assistant.domain.people import LOCAL_USER
from assistant.settings import Settings
from assistant.turn import final_answer
from tests.browser.pdfs import pdf
from tests.servers.mongodb import REASON, available, mongodb
from tests.servers.web import ROOT, running

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]

SECRET = "6,604"
NAME = "Thornlea 10-K 2024"
LINES = ["Thornlea Salt Works, Inc.", "Item 7. Results of operations"]
FILING = pdf(["Annual report on Form 10-K"], [*LINES, f"Net sales were ${SECRET} million in 2024."])
QUESTION = "What were the net sales of Thornlea in 2024?"
FOLLOW_UP = "and in 2024?"


@dataclass
class Faces:
    """A running server, and a way to run commands beside it."""

    client: httpx.Client
    environment: dict[str, str]

    def aei(self, *words):
        done = subprocess.run(
            [sys.executable, "-m", "assistant", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=150,
        )  # fmt: skip
        return done.stdout + done.stderr

    def settings(self):
        given = {k.removeprefix("AEI_").lower(): v for k, v in self.environment.items()}
        names = Settings.model_fields.keys() & given.keys()
        return Settings(**{name: given[name] for name in names}, _env_file=None)


@contextmanager
def serving(folder, **more):
    with (
        running(folder / "data", ("assistant", "serve"), **more) as server,
        httpx.Client(base_url=server.url, timeout=90) as client,
    ):
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AEI_")}
        data = {"AEI_DATA_DIR": str(server.data_dir), "PYTHONPATH": str(ROOT), "AEI_READERS": "1"}
        yield Faces(client, kept | data | more)


@pytest.fixture(params=["postgresql", "gridfs"])
def faces(request, tmp_path):
    if request.param == "postgresql":
        with serving(tmp_path) as found:
            yield found
        return
    if not available():
        pytest.skip(REASON)
    with mongodb(tmp_path) as url, serving(tmp_path, AEI_MONGODB_URL=url) as found:
        yield found


def asked(app, text, *documents, history=()):
    question = Question(text, LOCAL_USER, date(2026, 1, 2), Scope(documents), history=history)
    return final_answer(app.assistant.ask(question))


def by_rest(client, document):
    """Everything that REST and the viewer say of a filing, by what was asked."""
    one, viewer = f"/api/v1/documents/{document}", f"/viewer/{document}"
    stream = {"accept": "text/event-stream"}
    said = {path: client.get(path) for path in (
        "/api/v1/documents", one, f"{one}/pages/2", f"{one}/original", f"/api/v1/documents/{NAME}",
        f"/api/v1/documents/{NAME}/original", f"{viewer}?page=2&start=0&end=60&n=1",
        f"{viewer}/pages/2.png",
    )}  # fmt: skip
    for scope in ([], [NAME], [document]):
        body = {"question": QUESTION, "documents": scope}
        later = {"question": FOLLOW_UP, "previous": [QUESTION], "documents": scope}
        said[f"ask {scope}"] = client.post("/api/v1/ask", json=body)
        said[f"stream {scope}"] = client.post("/api/v1/ask", json=body, headers=stream)
        said[f"follow-up {scope}"] = client.post("/api/v1/ask", json=later)
        search = {"query": "Thornlea net sales", "documents": scope}
        said[f"search {scope}"] = client.post("/api/v1/search", json=search)
    said["audit"] = client.get("/api/v1/audit?limit=1000")
    return said


def tells(response):
    """Whether a response holds the filing's text, its picture or its bytes."""
    body = response.content
    picture = response.status_code == 200 and b"PNG" in body[:8]
    return SECRET.encode() in body or picture or body.startswith(b"%PDF")


async def by_process(app, document):
    """What a process that was running all the time says, without a face."""
    said = [hit.text for hit in await app.search("Thornlea net sales", Scope(), 10)]
    said += [hit.text for hit in await app.search("net sales", Scope((document,)), 10)]
    for scope in ((), (NAME,), (document,)):
        said.append((await asked(app, QUESTION, *scope)).text)
        history = (EarlierTurn(QUESTION),)
        said.append((await asked(app, FOLLOW_UP, *scope, history=history)).text)
    return "\n".join(said)


async def test_a_deleted_filing_is_gone_from_every_face_and_every_process(faces, tmp_path):
    files = {"files": (f"{NAME}.pdf", FILING, "application/pdf")}
    [added] = faces.client.post("/api/v1/documents?wait=120", files=files).json()["results"]
    document = added["document_id"]
    async with open_app(faces.settings()) as second:
        before = by_rest(faces.client, document)
        silent = {"/api/v1/documents", f"/api/v1/documents/{document}", "audit"}
        silent.add(f"/api/v1/documents/{NAME}")
        silent.add(f"/viewer/{document}?page=2&start=0&end=60&n=1")  # marks over a picture
        assert {what for what, response in before.items() if not tells(response)} == silent
        assert SECRET in await by_process(second, document)
        assert (await asked(second, QUESTION)).cached
        assert SECRET in "".join(await kept_answers(second))
        picture = before[f"/viewer/{document}/pages/2.png"]
        assert picture.headers["cache-control"] == "private, no-cache"

        deleted = json.loads(faces.aei("documents", "delete", NAME, "--reason", "test", "--json"))
        assert deleted["content_removed"]
        assert deleted["removed"]["answers"] > 0
        assert await kept_answers(second) == []

        after = by_rest(faces.client, document)
        assert {what for what, response in after.items() if tells(response)} == set()
        assert after["/api/v1/documents"].json() == {"documents": []}
        kept = {"if-none-match": picture.headers["etag"]}
        again = faces.client.get(f"/viewer/{document}/pages/2.png", headers=kept)
        assert again.status_code == 404
        assert SECRET not in await by_process(second, document)
        assert await second.blobs.stat(added_hash(before)) is None
        assert await second.upkeep.run() == []

        out = tmp_path / "export.pdf"
        said = [faces.aei("documents", command, document) for command in ("show", "text", "facts")]
        said += [
            faces.aei("documents", "export", document, str(out)),
            faces.aei("documents", "list"),
            faces.aei("search", "Thornlea net sales"),
            faces.aei("ask", QUESTION, "--document", document),
            faces.aei("audit", "list", "--json"),
        ]
        assert SECRET not in "\n".join(said)
        assert not out.exists()
        assert left_on_disk(faces.settings().data_dir) == []


async def kept_answers(app):
    """What the cache holds, whether anybody could find it or not."""
    async with app.postgres.connection() as connection:
        found = await connection.execute("select answer from cached_answer")
        return [answer for (answer,) in await found.fetchall()]


def added_hash(before):
    [row] = before["/api/v1/documents"].json()["documents"]
    return row["sha256"]


def left_on_disk(folder: Path):
    """Files of ours that hold the filing; the database's own files are freed by its vacuum."""
    ours = (path for path in folder.rglob("*") if path.is_file() and "postgres" not in path.parts)
    return [path for path in ours if SECRET.encode() in path.read_bytes()]
