"""A filing may hold anything; on the page it is only ever text.

Leaving the machine, and breaking the page's policy, fail every browser test (see `conftest.py`).
"""

import os
import re
import subprocess
import sys

from playwright.sync_api import expect

from tests.browser.chat import answers, ask, drop

LINE = (
    "Net sales of Hexham Traps were $91 million in 2024 "
    "<script>window.pwned=1</script> <b onclick=window.pwned=1> "
    "![pixel](p.png) [click](c.html) "
    "http://evil.example/bare www.evil.example a@evil.example Item 7:Management "
    "*stars* _lines_ `ticks` ~~gone~~ &amp; $1 and $2."
)
QUESTION = "What were the net sales of Hexham Traps in 2024?"


def let_in(page, web):
    """Add the filing, and let its text, which is withheld as written for a model, into answers."""
    drop(page, ("hexham.txt", LINE.encode()))
    expect(page.get_by_text(re.compile("1 file: 1 (added|already there)"))).to_be_visible()
    subprocess.run(
        [sys.executable, "-m", "assistant", "documents", "release-text", "hexham", "--reason", "a"],
        env=os.environ | {"AEI_DATA_DIR": str(web.data_dir)},
        check=False,  # the second time there is nothing left to release
        timeout=120,
    )


def test_text_that_is_withheld_is_no_answer_until_it_is_released(page, web):
    drop(page, ("hexham.txt", LINE.encode()))
    expect(page.get_by_text(re.compile("1 file: 1 (added|already there)"))).to_be_visible()
    ask(page, QUESTION)
    expect(answers(page).last).to_contain_text("No answer in the filings")
    let_in(page, web)
    ask(page, QUESTION)
    expect(answers(page).last).to_contain_text("Sources")


def test_hostile_text_is_shown_as_it_is_written_and_nothing_runs(page, web):
    let_in(page, web)
    ask(page, QUESTION)
    answer = answers(page).last
    expect(answer).to_contain_text("Sources")
    shown = " ".join(answer.inner_text().split())
    assert " ".join(LINE.split()) in shown
    assert page.evaluate("window.pwned") is None
    assert answer.locator("img, script").count() == 0
    links = answer.locator("a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert links
    assert all(link.startswith("/viewer/") for link in links)


def test_the_cited_passage_of_hostile_text_is_marked_text(page, web):
    let_in(page, web)
    ask(page, QUESTION)
    answers(page).last.locator("a[href*='&n=1']").first.click()
    mark = page.frame_locator("#viewer iframe").locator("mark#quote")
    expect(mark).to_contain_text("<script>window.pwned=1</script>")


def test_a_hostile_file_name_is_a_label(page):
    name = "![x](http:evil.example) <img src=x onerror=window.pwned=1> [a](b).exe"
    drop(page, (name, b"MZ" + bytes(300)))
    expect(page.get_by_text("1 file: 1 refused")).to_be_visible()
    assert answers(page).last.locator("img, a").count() == 0
    assert page.evaluate("window.pwned") is None
