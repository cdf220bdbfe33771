"""A dear answer is asked about on the page, and what was spent is a page of its own."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat import answers, ask, drop
from tests.servers import ollama
from tests.servers.openrouter import KEY, Reply, openrouter_server
from tests.servers.web import REAL, running

FILING = b"""Marlowe Tin, Inc.

Item 7. Management's Discussion

Net sales were $310 million in fiscal 2024, against $285 million in fiscal 2023.
"""
QUESTION = "What were the net sales of Marlowe Tin in fiscal 2024?"


def says(body):
    key = re.search(r"\bE\d{4}\b", body["messages"][-1]["content"])[0]
    return Reply(text=f"The cloud found $310 million [{key}].")


@pytest.fixture(scope="module")
def cloud():
    with openrouter_server(answer=says) as server:
        yield server


@pytest.fixture(scope="module")
def web(cloud, tmp_path_factory):
    """A server whose cloud model is dear, and that has no local one."""
    with running(
        tmp_path_factory.mktemp("costs") / "data",
        REAL,
        AEI_OPENROUTER_API_KEY=KEY,
        AEI_OPENROUTER_URL=cloud.url,
        AEI_OLLAMA_URL=ollama.refused_url(),
        AEI_CLOUD_CONFIRM_USD="0.0001",
        AEI_MODEL="cloud",
    ) as server:
        yield server


def choose(page, name):
    page.get_by_role("button", name=name, exact=True).last.click()
    expect(page.locator("[data-step-type='user_message']").last).to_contain_text("Marlowe")
    expect(page.locator("#stop-button")).to_have_count(0)


def test_the_user_says_whether_a_dear_answer_is_wanted_and_sees_what_it_cost(page, cloud, web):
    drop(page, ("Marlowe Tin 10-K 2024.txt", FILING))
    expect(page.get_by_text(re.compile(r"1 added|already there"))).to_be_visible()
    ask(page, QUESTION)
    expect(answers(page).last).to_contain_text("Ask it?")
    assert cloud.completions == []

    choose(page, "Use the local model")
    expect(answers(page).last).to_contain_text("$310 million")
    assert cloud.completions == []

    ask(page, QUESTION)
    expect(answers(page).last).to_contain_text("Ask it?")
    choose(page, "Ask the cloud model")
    expect(answers(page).last).to_contain_text("The cloud found $310 million")
    assert len(cloud.completions) == 1

    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 860})
        for theme in ("light", "dark"):
            page.goto(f"{web.url}/costs?theme={theme}")
            expect(page.get_by_role("heading", name="Costs of language models")).to_be_visible()
            expect(page.get_by_text("1 of 2 answers")).to_be_visible()
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
