"""The page as a person uses it: drop, ask, read, open the page, stop."""

import re
from random import Random

import pytest
from playwright.sync_api import expect

from tests.archives import packed
from tests.browser.chat import answers, ask, drop, send
from tests.browser.pdfs import pdf
from tests.servers.web import running

MILLS = pdf(
    ["Dunmore Mills, Inc.", "Annual report on Form 10-K for fiscal 2024"],
    [
        "Item 7. Results of operations",
        "The net sales of Dunmore Mills were $7,331 million in fiscal 2024.",
    ],
)
QUESTION = "What were the net sales of Dunmore Mills in fiscal 2024?"


@pytest.fixture
def mills(page):
    drop(page, ("Dunmore 10-K 2024.pdf", MILLS))
    expect(page.get_by_text(re.compile("1 file: 1 (added|already there)"))).to_be_visible()
    return page


def test_a_dropped_pdf_answers_and_its_citation_opens_the_page_beside_the_chat(mills, web):
    ask(mills, QUESTION)
    answer = answers(mills).last
    expect(answer).to_contain_text("$7,331 million")
    expect(answer).to_contain_text("Dunmore 10-K 2024, page 2")
    answer.locator("a[href*='&n=1']").first.click()
    viewer = mills.frame_locator("#viewer iframe")
    expect(viewer.get_by_text("2 of 2")).to_be_visible()
    expect(viewer.locator("rect#quote")).to_be_visible()
    picture = mills.request.get(f"{web.url}{viewer.locator('img').get_attribute('src')}")
    assert picture.body().startswith(b"\x89PNG")
    assert int.from_bytes(picture.body()[16:20]) == 1400
    assert answer.bounding_box()["x"] + answer.bounding_box()["width"] < (
        mills.locator("#viewer").bounding_box()["x"] + 1
    )


def test_a_follow_up_is_searched_for_as_it_is_meant(mills):
    ask(mills, QUESTION)
    ask(mills, "and in 2023?")
    mills.get_by_text("Searched the filings").last.click()
    searched = mills.get_by_text("Searched for:").last
    expect(searched).to_contain_text("net sales of Dunmore Mills in fiscal 2023?")


def test_the_mark_lies_on_the_quoted_line(mills):
    ask(mills, QUESTION)
    answers(mills).last.locator("a[href*='&n=1']").first.click()
    viewer = mills.frame_locator("#viewer iframe")
    rect = viewer.locator("rect").last
    expect(rect).to_be_visible()
    x, y, height = (float(rect.get_attribute(name)) for name in ("x", "y", "height"))
    baseline = 792 - 680
    assert 68 < x < 72
    assert y < baseline < y + height


def test_escape_closes_the_cited_page_and_gives_the_focus_back(mills):
    ask(mills, QUESTION)
    link = answers(mills).last.locator("a[href*='&n=1']").first
    link.click()
    expect(mills.locator("#viewer")).to_be_visible()
    mills.locator("#viewer-close").focus()
    mills.keyboard.press("Escape")
    expect(mills.locator("#viewer")).to_be_hidden()
    expect(link).to_be_focused()


def test_the_steps_of_a_turn_tell_what_was_searched_and_who_answered(mills):
    ask(mills, QUESTION)
    mills.get_by_text("Searched the filings").last.click()
    expect(mills.get_by_text("Searched for:").last).to_be_visible()
    mills.get_by_text("Quoted from the filings").last.click()
    expect(mills.get_by_text("no language model").last).to_be_visible()


def test_a_question_that_the_filings_do_not_answer_is_refused_in_plain_words(mills):
    ask(mills, "Who won the ladies' curling championship at Zermatt?")
    answer = answers(mills).last
    expect(answer.locator("h4")).to_have_text("No answer in the filings")
    expect(answer.locator("a[href*='&n=']")).to_have_count(0)


def test_each_refused_file_has_its_line_and_the_rest_is_read(page):
    good = b"Ostrava Glass shipped 88 furnaces in 2024."
    drop(page, ("empty.pdf", b""), ("tool.exe", b"MZ" + bytes(200)), ("ostrava.txt", good))
    expect(page.get_by_text(re.compile("3 files: 1 .*, 2 refused"))).to_be_visible()
    lines = answers(page).last.inner_text().splitlines()
    assert any(line.startswith("✗ empty.pdf: ") for line in lines)
    assert any(line.startswith("✗ tool.exe: ") for line in lines)
    assert any(line.startswith("✓ ostrava.txt: ") for line in lines)


def test_each_file_of_a_dropped_archive_has_its_line(page):
    good = b"Lindgren Paper milled 91 rolls in 2024."
    drop(page, ("batch.zip", packed(("lindgren.txt", good), ("../up.txt", b"x"))))
    expect(page.get_by_text(re.compile("2 files: 1 .*, 1 refused"))).to_be_visible()
    lines = answers(page).last.inner_text().splitlines()
    assert any(line.startswith("✓ batch.zip/lindgren.txt: ") for line in lines)
    assert any(line.startswith("✗ batch.zip/../up.txt: ") for line in lines)


def test_a_question_sent_with_files_is_answered_after_they_are_read(page):
    text = "How many bridges did Nordhaven Steel build in 2024?"
    drop(page, ("nordhaven.txt", b"Nordhaven Steel built 417 bridges in 2024."), text=text)
    expect(answers(page).last).to_contain_text("417 bridges")


def test_a_question_is_answered_while_files_are_being_read(chromium, tmp_path):
    with running(tmp_path / "data") as own:  # 1,800 pages of its own: no neighbour searches them
        page = chromium.new_page()
        page.set_default_timeout(30_000)
        page.goto(own.url)
        page.wait_for_selector("#upload-button:not([disabled])")
        drop(page, ("Dunmore 10-K 2024.pdf", MILLS))
        expect(page.get_by_text("1 file: 1 added")).to_be_visible(timeout=60_000)
        drop(page, *((f"long {n}.pdf", pdf(*_prose(n, pages=300))) for n in range(6)))
        expect(page.get_by_text("Reading 6 files")).to_be_visible()
        ask(page, QUESTION)
        expect(answers(page).last).to_contain_text("$7,331 million")
        assert "Reading 6 files" in page.inner_text("body")
        expect(page.get_by_text("6 files: 6 added")).to_be_visible(timeout=150_000)
        page.close()


def _prose(seed, pages):
    """Pages that differ: an index of near-equal vectors finds nothing else any more."""
    words = [
        "river",
        "harvest",
        "copper",
        "anthem",
        "ledger",
        "window",
        "orchard",
        "winter",
        "signal",
        "marble",
    ]
    random = Random(seed)
    return [[" ".join(random.choices(words, k=8)) for _ in range(6)] for _ in range(pages)]


def test_stop_ends_the_answer_at_once_and_keeps_what_was_shown(mills):
    send(mills, f"{QUESTION} Answer slowly.")
    _stop_in_the_middle(mills)


def test_stop_works_after_a_message_was_edited(mills):
    send(mills, f"{QUESTION} Answer slowly.")
    _stop_in_the_middle(mills)
    mills.locator("[data-step-type='user_message']").last.hover()
    mills.locator(".edit-message").last.click()
    mills.locator("#edit-chat-input").fill(f"{QUESTION} Answer slowly, again.")
    mills.locator(".confirm-edit").click()
    expect(mills.get_by_text("Stopped.")).to_have_count(0)
    _stop_in_the_middle(mills)


def _stop_in_the_middle(page):
    expect(answers(page).last).to_contain_text("word9 ")
    page.locator("#stop-button").click()
    expect(page.get_by_text("Stopped.")).to_be_visible()
    shown = answers(page).last.inner_text()
    page.wait_for_timeout(600)
    assert answers(page).last.inner_text() == shown
    assert "word9 " in shown
    assert "word399" not in shown
    expect(page.locator("#chat-submit")).to_be_visible()


def test_a_socket_that_drops_for_a_moment_loses_nothing(mills):
    sockets = []
    mills.route_web_socket("**/ws/socket.io/**", lambda s: _pass_through(s, sockets))
    mills.reload()
    mills.wait_for_selector("#upload-button:not([disabled])")
    send(mills, f"{QUESTION} Answer slowly.")
    expect(answers(mills).last).to_contain_text("word9 ")
    mills.context.set_offline(True)
    sockets[-1].close()
    mills.wait_for_timeout(1500)
    mills.context.set_offline(False)
    expect(answers(mills).last).to_contain_text("word150 ", timeout=60_000)
    assert len(sockets) > 1
    expect(answers(mills).last).to_contain_text("$7,331 million", timeout=60_000)
    text = answers(mills).last.inner_text()
    assert [f"word{n} " in text for n in range(399)] == [True] * 399


def _pass_through(socket, sockets):
    socket.connect_to_server()
    sockets.append(socket)


def test_the_samples_load_with_one_click_and_are_marked(page):
    send(page, "/samples")
    expect(page.get_by_text("The companies are fictional")).to_be_visible(timeout=90_000)
    page.get_by_role(
        "button", name=re.compile("Chief Financial Officer|total revenue")
    ).last.click()
    expect(answers(page).last).to_contain_text("Sources")
    send(page, "/documents")
    expect(page.get_by_role("row", name=re.compile("Tarrowmere.* sample")).first).to_be_visible()


def test_the_documents_button_lists_the_filings(mills):
    mills.get_by_role("button", name="Documents").click()
    send(mills)
    expect(
        mills.get_by_role("row", name=re.compile("Dunmore 10-K 2024.*PDF.*2 pages"))
    ).to_be_visible()


def test_the_guide_opens(page):
    page.get_by_role("button", name="Guide").click()
    expect(page.get_by_role("heading", name="Ask filings, get cited answers")).to_be_visible()


@pytest.mark.parametrize("width", [390])
def test_a_phone_shows_everything_without_scrolling_sideways(mills, width):
    ask(mills, QUESTION)
    expect(answers(mills).last).to_contain_text("$7,331 million")
    assert mills.evaluate("document.scrollingElement.scrollWidth") <= width
    answers(mills).last.locator("a[href*='&n=1']").first.click()
    expect(mills.frame_locator("#viewer iframe").locator("rect#quote")).to_be_visible()
    assert mills.evaluate("document.scrollingElement.scrollWidth") <= width
    assert mills.locator("#viewer").bounding_box()["width"] == width


def test_a_page_outlives_its_server_and_an_edited_question_is_answered(chromium, tmp_path):
    with running(tmp_path / "data") as first:
        port = first.url.rsplit(":", 1)[1]
        page = chromium.new_page()
        page.set_default_timeout(30_000)
        page.goto(first.url)
        page.wait_for_selector("#upload-button:not([disabled])")
        drop(page, ("Dunmore 10-K 2024.pdf", MILLS), text="What is the name of the company?")
        expect(page.get_by_text("1 file: 1 added")).to_be_visible()
        expect(page.locator("#stop-button")).to_have_count(0)
    with running(tmp_path / "data", AEI_PORT=port):
        expect(page.locator("#upload-button:not([disabled])")).to_be_visible(timeout=30_000)
        page.get_by_text("What is the name of the company?").hover()
        page.locator(".edit-message").last.click()
        page.locator("#edit-chat-input").fill(QUESTION)
        page.locator(".confirm-edit").click()
        expect(answers(page).last).to_contain_text("$7,331 million", timeout=20_000)
        page.close()
