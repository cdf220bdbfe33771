"""What a question was understood as: shown as a chip, edited, and asked back."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.chat import answers, ask, drop

REPORT = """FORM 10-K
ANNUAL REPORT PURSUANT TO SECTION 13 OR 15(d) OF THE SECURITIES EXCHANGE ACT OF 1934
For the fiscal year ended December 31, {year}

{company}
(Exact name of registrant as specified in its charter)

Item 7. Management's Discussion

Total net sales were ${sales} million in fiscal {year}.
"""
FILINGS = [
    ("TELLER BRASS, INC.", 2022, "4,118"),
    ("TELLER BRASS, INC.", 2023, "4,529"),
    ("TELLER OPTICS CORPORATION", 2023, "6,073"),
]


def report(company, year, sales):
    text = REPORT.format(company=company, year=year, sales=sales)
    return (f"{company.split()[1].strip(',').lower()} {year}.txt", text.encode())


@pytest.fixture(params=[1440, 390])
def width(request):
    return request.param


@pytest.fixture
def tellers(page):
    drop(page, *(report(*filing) for filing in FILINGS))
    done = page.get_by_text(re.compile(r"3 files: 3 (added|already there)"))
    expect(done).to_be_visible(timeout=30_000)  # the reading processes start
    return page


def chips(page):
    return page.locator(".prose > h6:only-child")


def choose(page, name):
    """Press a choice, and wait for the end of the answer."""
    asked = page.locator("[data-step-type='user_message']").count()
    page.get_by_role("button", name=name, exact=True).last.click()
    expect(page.locator("[data-step-type='user_message']")).to_have_count(asked + 1)
    expect(page.locator("#stop-button")).to_have_count(0)


def test_the_chip_says_what_was_understood_and_stands_above_the_answer(tellers):
    ask(tellers, "What were Teller Brass's net sales in FY2023?")
    chip, answer = chips(tellers).last, answers(tellers).last
    expect(answer).to_contain_text("$4,529 million")
    expect(chip).to_have_text("Teller Brass, Inc. · 10-K · FY2023 · revenue · 1 filing")
    assert chip.bounding_box()["y"] < answer.bounding_box()["y"]
    assert chip.bounding_box()["height"] < 48
    assert tellers.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_another_scope_answers_the_same_question_from_other_filings(tellers):
    question = "What were Teller Brass's net sales?"
    ask(tellers, question)
    tellers.get_by_role("button", name="Edit scope").last.click()
    expect(tellers.get_by_text("Which filings may answer?").last).to_be_visible()
    choose(tellers, "Teller Brass, Inc. · 10-K · FY2022")
    expect(answers(tellers).last).to_contain_text("$4,118 million")
    expect(chips(tellers).last).to_contain_text("FY2022")
    expect(chips(tellers).last).to_contain_text("1 filing, chosen")
    expect(tellers.get_by_text(question)).to_have_count(2)


def test_a_name_of_two_companies_is_asked_back_and_the_choice_is_answered(tellers):
    ask(tellers, "What were Teller's net sales in FY2023?")
    expect(answers(tellers).last).to_have_text(
        "Several companies are called Teller. Which one do you mean?"
    )
    expect(tellers.get_by_text("Searched the filings")).to_have_count(0)
    choose(tellers, "Teller Optics Corporation")
    expect(answers(tellers).last).to_contain_text("$6,073 million")


def test_choices_are_reached_and_pressed_by_keyboard(tellers):
    ask(tellers, "What were Teller's net sales in FY2023?")
    choice = tellers.get_by_role("button", name="Teller Optics Corporation", exact=True)
    choice.focus()
    tellers.keyboard.press("Enter")
    expect(answers(tellers).last).to_contain_text("$6,073 million")
