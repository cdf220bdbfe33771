"""When a question is asked back, and what it offers."""

from datetime import date

import pytest

from assistant.rag.clarify import ask_back
from assistant.rag.reading import read_question
from tests.unit.rag.making import filing

STEEL = filing("Harrow Steel Corporation", name="s", form="10-K", fiscal_year=2023)
FOODS = filing("HARROW FOODS, INC.", name="f", form="10-K", fiscal_year=2023)
QUILL = filing("Quill Corp.", name="q", form="10-K", fiscal_year=2022)
OLDER = filing("Quill Corp.", name="older", form="10-K", fiscal_year=2021)
INTERIM = [
    filing("Marl Inc.", name=f"m{quarter}", form="10-Q", fiscal_year=2024, quarter=quarter,
           period_end=date(2024, 3 * quarter, 28))
    for quarter in (1, 2, 3)
]  # fmt: skip
STORE = [STEEL, FOODS, QUILL, OLDER]


def asked_back(question, filings=STORE):
    return ask_back(question, filings, read_question(question, filings))


def test_a_name_that_two_companies_have_is_asked_back_with_both():
    back = asked_back("What was Harrow's revenue in FY2023?")
    assert back.question == "Several companies are called Harrow. Which one do you mean?"
    assert [(one.label, one.question) for one in back.choices] == [
        ("Harrow Steel Corporation", "What was Harrow Steel Corporation's revenue in FY2023?"),
        ("Harrow Foods, Inc.", "What was Harrow Foods, Inc.'s revenue in FY2023?"),
    ]


def test_each_choice_of_a_name_is_a_clear_question():
    for choice in asked_back("What was Harrow's revenue in FY2023?").choices:
        read = read_question(choice.question, STORE)
        assert len(read.companies) == 1
        assert ask_back(choice.question, STORE, read) is None


@pytest.mark.parametrize(
    "question",
    [
        "What was Harrow Steel's revenue in FY2023?",
        "Harrow Steel: what was Harrow's revenue in FY2023?",
        "What was Quill's revenue?",
        "What was Quill's latest revenue?",
    ],
)
def test_a_clear_question_is_answered(question):
    assert asked_back(question) is None


@pytest.mark.parametrize(
    "question",
    [
        "What was the total revenue?",
        "what was the company's net income in FY2023?",
        "How much was capex in 2022?",
    ],
)
def test_a_figure_of_nobody_is_asked_back_with_the_companies(question):
    back = asked_back(question, [*STORE, *INTERIM])
    assert "Which company do you mean?" in back.question
    labels = [one.label for one in back.choices]
    assert labels == sorted(labels)
    assert {"s", "f", "q"} & {one for choice in back.choices for one in choice.scope.documents}


def test_a_choice_of_a_company_is_asked_of_all_its_filings():
    back = asked_back("What was the total revenue?")
    scopes = {one.label: set(one.scope.documents) for one in back.choices}
    assert scopes["Quill Corp."] == {"q", "older"}


@pytest.mark.parametrize(
    "question",
    [
        "Which company has the highest revenue?",
        "Compare revenue across companies",
        "What was Microsoft's revenue in 2022?",  # it is not here: refused, not asked
        "what was microsoft's revenue in 2022",
        "What was the revenue from railway couplings?",
        "Who audited the financial statements?",
        "Hello",
    ],
)
def test_what_the_filings_themselves_can_tell_is_searched(question):
    assert asked_back(question) is None


def test_a_period_does_not_say_whose_figure_is_meant():
    """Later filings of the other companies restate the year."""
    assert len(asked_back("What was the total revenue in FY2021?").choices) == 3


def test_one_company_alone_is_never_asked_for():
    assert asked_back("What was the total revenue?", [QUILL, OLDER]) is None


def test_many_companies_are_not_all_offered():
    many = [filing(f"Firm{n} Corp.", name=str(n), form="10-K", fiscal_year=2020) for n in range(9)]
    back = asked_back("What was the total revenue?", many)
    assert len(back.choices) == 6
    assert "9 companies; these are some of them" in back.question


def test_filings_that_say_who_files_are_offered_before_those_that_do_not():
    unread = [filing(name=f"scan {n}", fiscal_year=2024) for n in range(6)]
    labels = [
        one.label for one in asked_back("What was the total revenue?", [*unread, *STORE]).choices
    ]
    assert {"Harrow Steel Corporation", "Harrow Foods, Inc.", "Quill Corp."} <= set(labels)


def test_a_figure_of_several_quarters_is_asked_back_with_the_periods_newest_first():
    back = asked_back("What was Marl's revenue?", INTERIM)
    assert [(one.label, one.scope.documents) for one in back.choices] == [
        ("Marl Inc. · 10-Q · Q3 FY2024", ("m3",)),
        ("Marl Inc. · 10-Q · Q2 FY2024", ("m2",)),
        ("Marl Inc. · 10-Q · Q1 FY2024", ("m1",)),
    ]


@pytest.mark.parametrize(
    "question",
    [
        "What was Marl's revenue in Q2 2024?",
        "What was Marl's most recent revenue?",
        "What are Marl's risk factors?",
    ],
)
def test_a_period_is_not_asked_for_where_it_is_said_or_matters_little(question):
    assert asked_back(question, INTERIM) is None


def test_the_newest_annual_report_is_meant_where_there_is_one():
    annual = filing("Marl Inc.", name="mk", form="10-K", fiscal_year=2023)
    assert asked_back("What was Marl's revenue?", [*INTERIM, annual]) is None


def test_an_empty_store_asks_nothing():
    assert asked_back("What was the total revenue?", []) is None
