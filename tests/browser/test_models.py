"""Who answers, on the page: the picker, what is said while a model loads, and where a wish ends."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.chat import answers, ask, drop, send
from tests.servers import ollama, openrouter
from tests.servers.ollama import MODEL, Held, Manner, Ollama
from tests.servers.web import WebServer, running

FILING = b"""Marlowe Tin, Inc.

Item 7. Management's Discussion

Net sales were $310 million in fiscal 2024, against $285 million in fiscal 2023.
"""
QUESTION = "What were the net sales of Marlowe Tin in fiscal 2024?"
LOADS_S = 3


def key_in(body):
    return re.search(r"\bE\d{4}\b", body["messages"][-1]["content"])[0]


@pytest.fixture(scope="module")
def local() -> Iterator[Ollama]:
    said = Ollama(
        models={MODEL: Held()},
        load=Manner(load_s=LOADS_S),
        reply=lambda body: f"Net sales were $310 million [{key_in(body)}].",
    )
    with ollama.running(said) as server:
        yield server


@pytest.fixture(scope="module")
def cloud():
    with openrouter.openrouter_server() as server:
        yield server


@pytest.fixture(scope="module")
def web(local, cloud, tmp_path_factory) -> Iterator[WebServer]:
    there = {
        "AEI_OLLAMA_URL": local.url,
        "AEI_OPENROUTER_URL": cloud.url,
        "AEI_OPENROUTER_API_KEY": openrouter.KEY,
    }
    with running(tmp_path_factory.mktemp("models") / "data", **there) as server:
        yield server


def pick(page, name):
    page.locator("#mode-picker-trigger-model").click()
    page.get_by_role("option", name=name).or_(page.get_by_role("menuitem", name=name)).first.click()


def picked(page):
    return page.locator("#mode-picker-trigger-model")


def test_a_wish_is_remembered_and_never_sends_what_is_sensitive(page, local, cloud):
    drop(page, ("Marlowe 10-K 2024.txt", FILING))
    expect(page.get_by_text(re.compile("1 file: 1 (added|already there)"))).to_be_visible()
    expect(picked(page)).to_have_text("Auto")

    send(page, QUESTION)
    expect(page.get_by_text(f"Loading {MODEL} ...")).to_be_visible()
    expect(page.get_by_text(re.compile("Written by a local model"))).to_be_visible()
    expect(answers(page).last).to_contain_text("Net sales were $310 million")

    pick(page, "Built-in")
    asked = len(local.chats)
    ask(page, "What were the net sales of Marlowe Tin in fiscal 2023?")
    assert len(local.chats) == asked

    pick(page, "Cloud model")
    ask(page, f"{QUESTION} My SSN is 536-22-8145.")
    step = page.get_by_text(re.compile("sensitive, stays on this machine")).last
    step.click()
    expect(page.get_by_text("which changes nothing about that").last).to_be_visible()
    assert b"536-22-8145" not in cloud.received
    expect(picked(page)).to_have_text("Cloud model")
