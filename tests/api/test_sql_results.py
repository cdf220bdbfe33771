"""Files of an answer over REST, and a result of 100,000 rows that is never whole in memory."""

import csv
import io
import json
import re
import threading
import zipfile
from contextlib import contextmanager
from uuid import uuid4

import httpx
import psutil
import psycopg
import pytest
from pyarrow import parquet

from tests.conftest import fresh_database
from tests.servers import ollama, trading
from tests.servers.web import running

ROWS, MIB = 100_000, 1 << 20
LARGE = "SELECT * FROM ticks"
SMALL = "SELECT symbol, sum(price) AS total FROM trades GROUP BY symbol ORDER BY symbol"
_TICKS = f"""
create table ticks (tick_id int primary key, symbol text, price numeric(12,4), at timestamptz, note text);
insert into ticks select n, 'SYM' || n % 5, n * 0.25, timestamptz '2026-03-01' + n * interval '1 second',
       repeat(md5(n::text), 32) from generate_series(1, {ROWS}) n;
analyze ticks;
"""


@pytest.fixture(scope="module")
def model():
    with ollama.running() as server:
        server.models[ollama.MODEL].loaded = 40_960
        yield server


@pytest.fixture(scope="module")
async def server(model, anyio_backend, database_server, tmp_path_factory):
    role = f"reader_{uuid4().hex[:8]}"
    async with fresh_database(database_server, "template1") as given:
        trading.make(given.url, role)
        with psycopg.connect(given.url, autocommit=True) as connection:
            connection.execute(_TICKS)
            connection.execute(f"grant select on ticks to {role}")
        there = {
            "AEI_ANALYTICS_URL": given.url,
            "AEI_ANALYTICS_ROLE": role,
            "AEI_OLLAMA_URL": model.url,
            "AEI_SQL_TIMEOUT_S": "60",
        }
        with running(tmp_path_factory.mktemp("results") / "data", **there) as web:
            yield web
        trading.drop_role(given.url, role)


@pytest.fixture(scope="module")
def client(server):
    with httpx.Client(base_url=server.url, timeout=150) as client:
        yield client


@pytest.fixture
def answer(client, model):
    """Asks, with a model that writes this statement; returns the answer."""

    def ask(sql):
        model.reply = lambda body: json.dumps({"sql": sql})
        asked = {"question": "List the rows of the table", "model": "local"}
        return client.post("/api/v1/sql", json=asked).json()

    return ask


def file(client, told, kind):
    return client.get(f"/api/v1/sql/results/{told['result_id']}.{kind}")


def test_an_answer_can_be_downloaded_as_each_kind_of_file(client, answer):
    told = answer(SMALL)
    assert (told["row_count"], told["columns"]) == (5, ["symbol", "total"])
    files = {kind: file(client, told, kind) for kind in ("csv", "xlsx", "parquet")}
    for kind, found in files.items():
        assert found.status_code == 200
        assert re.search(
            rf'attachment; filename="result-[\d-]+\.{kind}"', found.headers["content-disposition"]
        )
        assert found.headers["cache-control"] == "no-store"
        assert found.headers["x-rows-sha256"] == told["rows_sha256"]
        assert (found.headers["x-rows"], found.headers["x-rows-truncated"]) == ("5", "false")
    rows = list(csv.reader(io.StringIO(files["csv"].content.decode("utf-8-sig"))))
    assert rows[0] == ["symbol", "total"]
    assert [row[0] for row in rows[1:]] == [f"SYM{n}" for n in range(5)]
    assert parquet.read_table(io.BytesIO(files["parquet"].content)).num_rows == 5
    assert zipfile.ZipFile(io.BytesIO(files["xlsx"].content)).testzip() is None


def test_a_download_is_noted_with_its_hash_and_leaves_no_file(client, server, answer):
    told = answer(SMALL)
    file(client, told, "csv")
    entries = client.get("/api/v1/audit", params={"limit": 5}).json()["entries"]
    [noted] = [one["entry"] for one in entries if one["entry"].get("download")][:1]
    assert (noted["kind"], noted["download"], noted["rows"]) == ("sql", "csv", 5)
    assert noted["rows_sha256"] == told["rows_sha256"]
    assert list((server.data_dir / "downloads").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("nothing.csv", 404),
        ("{id}.pdf", 400),
        ("{id}x.csv", 404),
        ("..%2F..%2Fetc%2Fpasswd.csv", 404),
        ("{id}", 404),
    ],
)
def test_a_link_that_is_not_ours_opens_nothing(client, answer, name, status):
    told = answer("SELECT 1 AS one")
    refused = client.get(f"/api/v1/sql/results/{name.format(id=told['result_id'])}")
    assert refused.status_code == status
    assert refused.json()["error"]["code"] in {"not_found", "invalid_request"}


def test_a_statement_of_ones_own_is_told_in_words_too(client):
    told = client.post("/api/v1/sql", json={"sql": SMALL}).json()
    assert told["explanation"].startswith("For each symbol: sum of price")
    assert told["chart"] == {
        "kind": "bar",
        "x": "symbol",
        "y": ["total"],
        "series": None,
        "title": "Total by symbol",
    }
    assert len(told["rows_sha256"]) == 64


def test_what_is_not_answered_has_no_file(client):
    asked = {"question": "Delete all my trades", "model": "builtin"}
    assert client.post("/api/v1/sql", json=asked).json()["result_id"] is None


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_a_hundred_thousand_rows_leave_as_a_file_and_never_stand_in_memory(
    client, server, answer, kind
):
    assert file(client, answer(SMALL), kind).status_code == 200  # what it loads once is loaded
    told = answer(LARGE)
    size = 0
    with growth(server.process.pid) as grown:
        address = f"/api/v1/sql/results/{told['result_id']}.{kind}"
        with client.stream("GET", address) as found:
            assert found.status_code == 200
            assert found.headers["x-rows"] == str(ROWS)
            for chunk in found.iter_bytes():
                size += len(chunk)
    assert size == int(found.headers["content-length"])
    assert grown.most < 70 * MIB  # the rows have 110 MiB as text alone


@pytest.mark.slow
def test_the_answer_to_a_chat_holds_a_preview_only(client, model):
    model.reply = lambda body: json.dumps({"sql": LARGE})
    asked = {"question": "List the rows of the table", "model": "local", "source": "database"}
    told = client.post("/api/v1/ask", json=asked).json()
    data = told["data"]
    assert (data["row_count"], data["truncated"]) == (10_000, True)
    assert len(data["rows"]) <= 1_000
    assert told["answer"].count("\n| ") <= 12
    assert "limited to the first 10,000 rows" in data["explanation"].lower()


@contextmanager
def growth(pid):
    """Watch by how many bytes a process grows, at most, while the block runs."""
    process, ended = psutil.Process(pid), threading.Event()
    before = process.memory_info().rss

    class Grown:
        most = 0

    def watch():
        while not ended.wait(0.05):
            Grown.most = max(Grown.most, process.memory_info().rss - before)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield Grown
    finally:
        ended.set()
        watcher.join()
