"""What a page that stays open shows of a filing that is deleted somewhere else."""

import re

import httpx
from playwright.sync_api import expect

from tests.browser.chat import answers, ask, drop
from tests.browser.pdfs import pdf

ROPE = pdf(
    ["Ashcote Ropes, Inc.", "Annual report on Form 10-K for fiscal 2024"],
    ["Item 7. Results", "The net sales of Ashcote Ropes were $9,118 million in fiscal 2024."],
)
QUESTION = "What were the net sales of Ashcote Ropes in fiscal 2024?"


def test_an_open_chat_answers_no_more_from_a_deleted_filing_and_its_links_are_dead(page, web):
    drop(page, ("Ashcote 10-K 2024.pdf", ROPE))
    expect(page.get_by_text(re.compile("1 file: 1 (added|already there)"))).to_be_visible()
    ask(page, QUESTION)
    expect(answers(page).last).to_contain_text("$9,118 million")
    answers(page).last.locator("a[href*='&n=1']").first.click()
    viewer = page.frame_locator("#viewer iframe")
    expect(viewer.get_by_text("2 of 2")).to_be_visible()
    picture = viewer.locator("img").get_attribute("src")

    with httpx.Client(base_url=web.url, timeout=60) as client:
        assert client.delete("/api/v1/documents/Ashcote 10-K 2024").status_code == 200
    link = answers(page).last.locator("a[href*='&n=1']").first.get_attribute("href")
    tab = page.context.new_page()
    tab.goto(f"{web.url}{link}")
    expect(tab.get_by_text(re.compile("There is no filing"))).to_be_visible()
    tab.close()
    assert page.request.get(f"{web.url}{picture}").status == 404

    ask(page, QUESTION)
    expect(answers(page).last).not_to_contain_text("$9,118")
    ask(page, "and in 2024?")
    expect(answers(page).last).not_to_contain_text("$9,118")
