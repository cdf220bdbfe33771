"""Copies of filings for measuring large stores: other names and years, not a character moved."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.rag.companies import directory, named
from benchmarks.disguise import anonymous, disguises
from tests.unit.rag.making import filing

PEPSICO = filing(
    "PepsiCo, Inc.", "PEP", "PEPSICO_2022_10K", fiscal_year=2022, period_end=date(2022, 12, 31)
)
OTHERS = [filing("Acme Steel Corp", name="ACME_2020_10K"), PEPSICO]


def of(number, which=PEPSICO):
    return disguises(OTHERS, number)[which.id]


def test_company_and_years_are_others_in_a_copy():
    copy = of(3)
    changed = copy.text("PEPSICO, Inc. PepsiCo's 2022 and 2021: $12,022 of 20220")
    name = copy.coined
    assert changed == f"{name.upper()}, Inc. {name.capitalize()}'s 2019 and 2018: $12,022 of 20220"


@given(st.text(), st.integers(0, 200))
def test_no_character_moves(text, number):
    assert len(of(number).text(f"{text} PepsiCo {text}")) == 2 * len(text) + 9


def test_two_copies_are_two_companies_of_which_a_question_names_one():
    filings = [PEPSICO, *(of(number).filing(PEPSICO) for number in (1, 2, 3))]
    companies = directory(filings)
    assert len(companies) == 4
    said = named(of(2).question("What is PepsiCo's capex in FY22?"), companies)
    assert [company.filings for company in said.companies] == [(filings[2].id,)]


def test_the_cover_of_a_copy_tells_its_own_period():
    cover = of(3).filing(PEPSICO).cover
    assert (cover.fiscal_year, cover.period_end) == (2019, date(2019, 12, 28))
    assert (cover.ticker, cover.cik) == ("", "")


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("What is PepsiCo's capex in 2022?", "What is the company's capex in 2022?"),
        ("PEP margin", "the company margin"),
        ("Which margin?", "Which margin?"),
    ],
)
def test_a_question_can_leave_its_company_out(question, asked):
    assert anonymous(question, of(0).company) == asked
