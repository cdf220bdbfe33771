"""A real Chromium on the real page. Any request to another host fails the test that made it."""

import shutil
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.servers.web import web

__all__ = ["web"]

expect.set_options(timeout=40_000)  # a busy machine is slow, not wrong
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]


@pytest.fixture(scope="package")  # its event loop runs as long as it lives: no async test beside it
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("no chromium on this machine (apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGS)
        yield browser
        browser.close()


@pytest.fixture
def width() -> int:
    return 1280


@pytest.fixture
def page(chromium, web, width) -> Iterator[Page]:
    """A chat page that has connected."""
    context = chromium.new_context(viewport={"width": width, "height": 860})
    page = context.new_page()
    page.set_default_timeout(40_000)
    outside, errors = [], []
    page.on("request", lambda request: outside.append(request.url) if _outside(request) else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if _violates(line.text) else None)
    page.goto(web.url)
    page.wait_for_selector("#upload-button:not([disabled])")
    yield page
    context.close()
    assert outside == []
    assert errors == []


def _outside(request) -> bool:
    parts = urlsplit(request.url)
    return parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1"


def _violates(text: str) -> bool:
    return "Content Security Policy" in text or "Content-Security-Policy" in text
