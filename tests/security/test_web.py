"""Attacks on the web process: foreign pages, foreign names, hostile files and their names."""

import json
import socket
import uuid

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.servers.web import running

HOSTILE = (
    "Varga Tools, Inc. Net sales of Varga were $55 million. "
    "<script>window.pwned=1</script> <img src=x onerror='window.pwned=1'>"
)


@pytest.fixture(scope="module")
def client(web):
    with httpx.Client(base_url=web.url, timeout=60) as client:
        yield client


def add(client, name, data):
    files = {"files": (name, data, "text/html")}
    return client.post("/api/v1/documents?wait=60", files=files).json()["results"][0]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "a@b.c"])
@pytest.mark.parametrize("path", ["/", "/api/v1/documents", "/healthz", "/project/settings"])
def test_a_foreign_host_name_is_refused_everywhere(client, host, path):
    response = client.get(path, headers={"host": host})
    assert response.status_code in {400, 403}


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_our_own_names_are_served(client, web, name):
    port = web.host.rsplit(":", 1)[1]
    assert client.get("/healthz", headers={"host": f"{name}:{port}"}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
@pytest.mark.parametrize(
    "path", ["/api/v1/ask", "/api/v1/documents", "/project/file", "/project/action", "/mcp"]
)
def test_a_write_from_a_page_of_another_origin_is_refused(client, origin, path):
    response = client.post(path, headers={"origin": origin}, json={"question": "a?"})
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "forbidden_origin"


def test_a_cross_site_write_without_an_origin_is_refused(client):
    response = client.post(
        "/api/v1/ask", headers={"sec-fetch-site": "cross-site"}, json={"question": "a?"}
    )
    assert response.status_code == 403


def test_a_delete_from_another_origin_leaves_the_filing(client):
    key = add(client, "kept.txt", f"Kept Foods. {uuid.uuid4()}".encode())["document_id"]
    refused = client.delete(f"/api/v1/documents/{key}", headers={"origin": "http://evil.example"})
    assert refused.status_code == 403
    assert client.get(f"/api/v1/documents/{key}").status_code == 200


def test_a_web_socket_from_another_origin_is_refused(web):
    url = f"ws://{web.host}/ws/socket.io/?EIO=4&transport=websocket"
    with pytest.raises(InvalidStatus) as refused, connect(url, origin="http://evil.example"):
        pass
    assert refused.value.response.status_code == 403


def test_a_web_socket_from_our_own_page_is_accepted(web):
    url = f"ws://{web.host}/ws/socket.io/?EIO=4&transport=websocket"
    with connect(url, origin=web.url) as ours:
        assert ours.recv(10).startswith("0{")


def test_a_session_id_that_is_a_path_is_refused(web):
    url = f"ws://{web.host}/ws/socket.io/?EIO=4&transport=websocket"
    with connect(url, origin=web.url) as ours:
        ours.recv(10)
        auth = {"clientType": "webapp", "sessionId": "../../..", "threadId": ""}
        ours.send(f"40{json.dumps(auth)}")
        assert ours.recv(10).startswith("44")
    assert web.data_dir.is_dir()


def test_no_other_origin_may_read_answers(client):
    response = client.get("/api/v1/documents", headers={"origin": "http://evil.example"})
    assert "access-control-allow-origin" not in response.headers
    page = client.get("/project/settings", headers={"origin": "http://evil.example"})
    assert "access-control-allow-origin" not in page.headers


@pytest.mark.parametrize("path", ["/", "/api/v1/documents", "/api/docs", "/viewer/x", "/healthz"])
def test_every_response_carries_the_headers_that_hold_a_browser_back(client, path):
    headers = client.get(path, headers={"accept": "text/html"}).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    policy = headers["content-security-policy"]
    assert "default-src" in policy
    assert "unsafe-eval" not in policy
    script = policy.partition("script-src")[2].partition(";")[0]
    assert "unsafe-inline" not in script


def test_an_html_filing_is_never_a_page_of_ours(client):
    page = f"<html><body><p>{HOSTILE} {uuid.uuid4()} {'Words. ' * 60}</p></body></html>"
    added = add(client, "varga.html", page.encode())
    assert added["status"] == "indexed", added
    response = client.get(f"/api/v1/documents/{added['document_id']}/original")
    assert response.headers["content-type"] == "application/octet-stream"
    assert response.headers["content-disposition"].startswith("attachment")
    assert response.headers["content-security-policy"].startswith("sandbox")


def test_the_viewer_shows_markup_of_a_filing_as_text(client):
    added = add(client, "varga.txt", f"{HOSTILE} {uuid.uuid4()}".encode())
    html = client.get(f"/viewer/{added['document_id']}?page=1&start=0&end=500").text
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize(
    "name",
    [
        "../../../../tmp/aei-escaped.txt",
        "..\\..\\escaped.txt",
        "/etc/aei-escaped.txt",
        'quote".txt\r\nx-evil: 1',
        "<b>name</b>.txt",
        "a" * 400 + ".txt",
    ],
)
def test_an_upload_name_is_a_label_and_never_a_path_or_a_header(client, name, web):
    boundary = uuid.uuid4().hex
    label = name.replace("\r", "%0D").replace("\n", "%0A").replace('"', "%22")
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="files"; filename="{label}"\r\n'
        f"Content-Type: text/plain\r\n\r\nEscaping Goods sold 4 ladders. {boundary}\r\n"
        f"--{boundary}--\r\n"
    )
    headers = {"content-type": f"multipart/form-data; boundary={boundary}"}
    result = client.post("/api/v1/documents?wait=60", content=body.encode(), headers=headers)
    outcome = result.json()["results"][0]
    assert not list(web.data_dir.parent.rglob("*escaped.txt"))
    if outcome["document_id"]:
        original = client.get(f"/api/v1/documents/{outcome['document_id']}/original")
        assert original.status_code == 200
        assert "x-evil" not in original.headers
        assert "/" not in original.headers["content-disposition"].partition(";")[2].replace(
            "''", ""
        )


def test_a_body_that_says_it_is_too_long_is_refused_before_it_is_sent(web):
    host, port = web.host.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        raw.sendall(
            f"POST /api/v1/documents HTTP/1.1\r\nHost: {web.host}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {10**12}\r\n\r\n".encode()
        )
        assert raw.recv(64).startswith(b"HTTP/1.1 413")


def test_a_file_over_the_limit_is_refused_by_both_doors(tmp_path):
    with (
        running(tmp_path / "data", AEI_MAX_FILE_MB="1") as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):
        big = client.post("/api/v1/documents", files={"files": ("big.txt", b"a" * (2 << 20))})
        assert big.status_code == 413
        assert big.json()["error"]["code"] == "too_large"
        url = f"/project/file?session_id={uuid.uuid4()}"
        dropped = client.post(url, files={"file": ("b.txt", b"a" * (3 << 20))})
        assert dropped.status_code == 413
        assert "AEI_MAX_FILE_MB" in dropped.json()["detail"]
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="b.txt"\r\n\r\n'
        streamed = client.post(
            url,
            content=(head + b"a" * (1 << 20) for _ in range(4)),
            headers={"content-type": "multipart/form-data; boundary=x"},
        )
        assert streamed.status_code == 413


@pytest.mark.parametrize(
    "path", ["/public/../.chainlit/config.toml", "/public/%2e%2e/.chainlit/config.toml",
             "/assets/..%2f..%2fserver.py", "/avatars/..%2f..%2fconfig"]
)  # fmt: skip
def test_static_paths_do_not_lead_out_of_their_folder(client, path):
    response = client.get(path)
    assert "session_timeout" not in response.text
    assert "def lifespan" not in response.text
