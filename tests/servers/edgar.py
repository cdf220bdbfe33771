"""EDGAR on a loopback port: its addresses, its rules on who asks and how often, and its faults."""

import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

RATE_PAGE = (
    b"<!DOCTYPE html><html><head><title>SEC.gov | Request Rate Threshold Exceeded</title></head>"
    b"<body><h1>Your Request Originates from an Undeclared Automated Tool</h1></body></html>"
)
BUSY_PAGE = (
    b"<html><head><title>SEC.gov | Request Rate Threshold Exceeded</title></head>"
    b"<body>Current guidelines limit users to a total of no more than 10 requests per second.</body>"
    b"</html>"
)
MISSING = b"<html><head><title>SEC.gov | File Not Found Error Alert (404)</title></head><body></body></html>"


@dataclass
class Edgar:
    """What the server holds, how it fails, and what it was asked.

    `faults` says for an address's end how its next requests fail, one after the other: "429",
    "503", "rate_page" (with 200), "undeclared", "cut", "empty", "hang_up".
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[str]] = field(default_factory=dict)
    asked: list[tuple[float, str]] = field(default_factory=list)
    agents: set[str] = field(default_factory=set)
    url: str = ""

    @property
    def counts(self) -> Counter[str]:
        return Counter(path for _, path in self.asked)

    def add_company(self, ticker, cik, name, filings, older=()):
        tickers = json.loads(self.files.get("/files/company_tickers.json", b"{}"))
        tickers[str(len(tickers))] = {"cik_str": cik, "ticker": ticker, "title": name}
        self.files["/files/company_tickers.json"] = json.dumps(tickers).encode()
        pages = []
        if older:
            page = f"CIK{cik:010d}-submissions-001.json"
            pages = [{"name": page, "filingCount": len(older)}]
            self.files[f"/submissions/{page}"] = json.dumps(_columns(older)).encode()
        held = {"cik": str(cik), "name": name, "tickers": [ticker]}
        held["filings"] = {"recent": _columns(filings), "files": pages}
        self.files[f"/submissions/CIK{cik:010d}.json"] = json.dumps(held).encode()
        for accession, _form, _filed, _period, document, body in (*filings, *older):
            folder = f"/Archives/edgar/data/{cik}"
            path = f"{folder}/{accession.replace('-', '')}/{document}"
            self.files[path if document else f"{folder}/{accession}.txt"] = body


def _columns(filings):
    names = ("accessionNumber", "form", "filingDate", "reportDate", "primaryDocument")
    return {name: [row[n] for row in filings] for n, name in enumerate(names)}


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    edgar: Edgar


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        edgar = self.server.edgar
        edgar.asked.append((time.monotonic(), self.path))
        agent = self.headers.get("user-agent", "")
        edgar.agents.add(agent)
        if "@" not in agent:
            self.answer(403, RATE_PAGE)
            return
        waiting = next((f for end, f in edgar.faults.items() if self.path.endswith(end)), [])
        if waiting:
            self.fail(waiting.pop(0))
            return
        body = edgar.files.get(self.path)
        if body is None:
            self.answer(404, MISSING)
        else:
            self.answer(200, body, squeeze=True)

    def fail(self, fault):
        body = self.server.edgar.files.get(self.path, b"")
        match fault:
            case "429":
                self.answer(429, BUSY_PAGE, **{"Retry-After": "0"})
            case "503":
                self.answer(503, b"<html>Service Unavailable</html>", **{"Retry-After": "0"})
            case "rate_page":
                self.answer(200, BUSY_PAGE, **{"Retry-After": "0"})
            case "undeclared":
                self.answer(403, RATE_PAGE)
            case "empty":
                self.answer(200, b"", **{"Retry-After": "0"})
            case "cut":
                self.answer(200, body, sent=len(body) // 2)
            case "hang_up":
                self.close_connection = True
            case _:
                raise AssertionError(fault)

    def answer(self, status, body, sent=None, squeeze=False, **headers):
        if squeeze and "gzip" in self.headers.get("accept-encoding", ""):
            body = gzip.compress(body)
            headers["Content-Encoding"] = "gzip"
        self.send_response(status)
        kind = "application/json" if self.path.endswith(".json") else "text/html"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:sent])
        if sent is not None:
            self.close_connection = True

    def log_message(self, *words):
        pass


@contextmanager
def edgar_server() -> Iterator[Edgar]:
    edgar = Edgar()
    server = _Server(("127.0.0.1", 0), _Handler)
    server.edgar = edgar
    edgar.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield edgar
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
