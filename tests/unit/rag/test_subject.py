"""Whose figures a question asks for."""

import pytest

from assistant.rag.answering import answer
from assistant.rag.subject import about, names
from tests.unit.rag.statements import evidence, statements

NAMES = [
    ("What are Microsoft's FY2020 revenues?", ["Microsoft"]),
    ("What is the FY2019 fixed asset turnover ratio for Activision Blizzard?", ["Activision Blizzard"]),
    ("What is Block's (formerly known as Square) FY2016 working capital ratio?", ["Block", "Square"]),
    ("Did JnJ's net earnings as a percent of sales increase in Q2 of FY2023?", ["JnJ"]),
    ("What is the FY2018 capital expenditure amount (in USD millions) for 3M?", ["3M"]),
    ("What Was AMCOR's Adjusted Non GAAP EBITDA for FY 2023", ["AMCOR"]),
    ("What is the FY2022 net income?", []),
    ("Here's the question: what is Johnson & Johnson's FY2020 DPO?", ["Johnson Johnson"]),
]  # fmt: skip


@pytest.mark.parametrize(("question", "found"), NAMES)
def test_names_are_read_by_their_capitals(question, found):
    assert names(question) == found


@pytest.mark.parametrize(
    ("asked", "header", "same"),
    [
        ("Amex", "American Express Company \u00b7 10-K", True),
        ("AMEX", "American Express Company \u00b7 10-K", True),
        ("P&G", "The Procter & Gamble Company \u00b7 10-K", True),
        ("JnJ", "Johnson & Johnson \u00b7 10-K", True),
        ("Amcor", "American Water Works \u00b7 10-K", False),
        ("Microsoft", "Lockheed Martin \u00b7 10-K", False),
    ],
)
def test_evidence_is_of_a_company_by_its_header(asked, header, same):
    found = about(f"What is {asked}'s FY2022 revenue?", [evidence("no name here", header=header)])
    assert bool(found) is same


def test_another_company_never_answers():
    assert answer("What was Microsoft's FY2021 revenue?", statements()) == []
    assert answer("What was Meridian's FY2021 revenue?", statements()) != []
