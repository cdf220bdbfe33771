"""Rows of the database on the page: table, chart, query, a repair, a question back, a refusal, a verdict."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.chat import answers, ask
from tests.servers import ollama
from tests.servers.ollama import MODEL, Held, Ollama
from tests.servers.web import WebServer, running

TRADES = "SELECT trade_id, symbol, side, price, realized_pnl, executed_at FROM trades"
FEES = "SELECT symbol, sum(fee) AS fees FROM trades GROUP BY symbol ORDER BY fees DESC LIMIT 8"
SAID = {
    "list every trade": [TRADES],
    "fees by symbol": [FEES],
    "repair twice": ["SELECT profit FROM trades", "SELECT fee, nothing FROM trades", FEES],
    "the usual figure of each stock": [
        json.dumps({"clarify": "Which figure?", "choices": ["fees by symbol", "list every trade"]})
    ],
    "reveal the weather": [json.dumps({"refuse": "Nothing in the database tells the weather."})],
}


def reply(body):
    """Say what belongs to the question in the prompt; its next attempt each time it is asked again."""
    prompt = json.dumps(body["messages"])
    question = max(SAID, key=prompt.rfind)
    said = SAID[question]
    tried = sum(prompt.count(json.dumps(one)[1:-1]) > 0 for one in said[:-1])
    return said[min(tried, len(said) - 1)]


@pytest.fixture(scope="module")
def web(tmp_path_factory) -> Iterator[WebServer]:
    local = Ollama(models={MODEL: Held(loaded=40_960)}, reply=reply)
    with ollama.running(local) as server:
        there = {"AEI_OLLAMA_URL": server.url, "AEI_MODEL": "local"}
        with running(tmp_path_factory.mktemp("rows") / "data", **there) as web:
            yield web


def test_a_table_can_be_sorted_and_its_query_copied_and_judged(page):
    ask(page, "/sql list every trade")
    expect(page.get_by_text(re.compile(r"First 200 of (more than )?[\d,]+ rows"))).to_be_visible()
    table = page.locator(".dataframe table")
    expect(table.locator("tbody tr")).to_have_count(10)
    expect(table.locator("thead")).to_contain_text("(USD)")
    price = table.locator("tbody tr td:nth-child(4)")
    expect(price.first).to_have_class(re.compile("number"))
    table.get_by_text("price").click()
    figures = [float(text.replace(",", "")) for text in price.all_inner_texts()]
    assert figures == sorted(figures) or figures == sorted(figures, reverse=True)
    expect(page.locator("code.language-sql").last).to_contain_text("FROM trades")
    address = page.get_by_role("link", name="Excel").evaluate("link => link.href")
    assert page.request.get(address).body().startswith(b"PK")
    page.get_by_role("button", name="Right").last.click()
    expect(answers(page).last).to_contain_text("Noted")


def test_a_chart_is_drawn_without_a_request_to_another_host(page):
    ask(page, "/sql fees by symbol")
    expect(page.locator(".inline-plotly .main-svg").first).to_be_visible()
    expect(page.locator(".inline-plotly .bars .point")).to_have_count(8)


def test_each_attempt_is_a_step_with_what_the_database_said(page):
    ask(page, "/sql repair twice")
    expect(page.get_by_text("Attempt 2 could not be run")).to_be_visible()
    page.get_by_text("Attempt 1 could not be run").click()
    expect(page.get_by_text(re.compile("profit")).first).to_be_visible()
    expect(page.get_by_text("Wrote the query anew (attempt 3)")).to_be_visible()


def test_a_question_back_offers_questions_that_the_database_answers(page):
    ask(page, "/sql the usual figure of each stock")
    page.get_by_role("button", name="fees by symbol").click()
    expect(page.locator(".inline-plotly .main-svg").first).to_be_visible()


def test_a_refusal_is_a_sentence_and_offers_the_filings(page):
    ask(page, "/sql reveal the weather")
    expect(answers(page).last).to_contain_text("Nothing in the database tells the weather")
    expect(page.get_by_role("button", name="Search the filings instead")).to_be_visible()
