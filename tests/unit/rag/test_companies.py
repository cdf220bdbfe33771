"""Which companies of the catalogue a question names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.rag.companies import directory, named
from tests.unit.rag.making import filing

NAMES = {
    "AMERICAN EXPRESS COMPANY": "AXP",
    "AMERICAN WATER WORKS COMPANY, INC.": "AWK",
    "Johnson & Johnson": "JNJ",
    "THE COCA-COLA COMPANY": "KO",
    "LOWE'S COMPANIES, INC.": "LOW",
    "Foot Locker, Inc.": "FL",
    "TARGET CORPORATION": "TGT",
    "MGM RESORTS INTERNATIONAL": "MGM",
    "ADVANCED MICRO DEVICES, INC.": "AMD",
    "PG&E CORPORATION": "PCG",
    "AMAZON.COM, INC.": "AMZN",
    "Microsoft Corporation": "MSFT",
}
COMPANIES = directory(
    filing(company, ticker, name=str(n)) for n, (company, ticker) in enumerate(NAMES.items())
)


@pytest.mark.parametrize(
    ("question", "company"),
    [
        ("What is American Express's tax rate?", "AMERICAN EXPRESS COMPANY"),
        ("AMEX card members", "AMERICAN EXPRESS COMPANY"),
        ("American Water rates", "AMERICAN WATER WORKS COMPANY, INC."),
        ("JnJ's margin", "Johnson & Johnson"),
        ("J&J eps", "Johnson & Johnson"),
        ("Johnson and Johnson eps", "Johnson & Johnson"),
        ("Coca Cola's margin", "THE COCA-COLA COMPANY"),
        ("CocaCola margin", "THE COCA-COLA COMPANY"),
        ("Lowes margin", "LOWE'S COMPANIES, INC."),
        ("Footlocker's new CEO", "Foot Locker, Inc."),
        ("MGM Resorts in Macau", "MGM RESORTS INTERNATIONAL"),
        ("AMD quick ratio", "ADVANCED MICRO DEVICES, INC."),
        ("PG&E wildfires", "PG&E CORPORATION"),
        ("revenue of AMZN", "AMAZON.COM, INC."),
        ("Micrsoft cloud revenue", "Microsoft Corporation"),
        ("Did Target meet its sales target?", "TARGET CORPORATION"),
        ("what did target earn", "TARGET CORPORATION"),
    ],
)
def test_a_company_is_known_by_its_names(question, company):
    assert [one.name for one in named(question, COMPANIES).companies] == [company]


@pytest.mark.parametrize(
    "question",
    [
        "What is the target price?",
        "Which American company grew?",
        "How many cards are in force?",
        "",
    ],
)
def test_ordinary_words_name_no_company(question):
    assert named(question, COMPANIES).companies == ()


def test_two_companies_are_both_found():
    found = named("Compare Amazon with Microsoft", COMPANIES).companies
    assert [one.name for one in found] == ["AMAZON.COM, INC.", "Microsoft Corporation"]


def test_the_words_that_name_a_company_are_told():
    assert named("Coca-Cola's revenue", COMPANIES).words == {"coca", "cola"}


def test_filings_of_one_company_under_two_names_are_one_company():
    [company] = directory(
        [filing("Quill Inc.", "QUI", name="new"), filing("Old Mill Corp.", "QUI", name="old")]
    )
    assert (company.name, company.filings) == ("Quill Inc.", ("new", "old"))


def test_a_filing_that_names_nobody_goes_by_its_file():
    [company] = directory([filing(name="Brindlecombe_memo")])
    assert named("What does Brindlecombe Memo say?", [company]).companies == (company,)


@given(st.text(max_size=200))
def test_any_text_can_be_asked(text):
    assert set(named(text, COMPANIES).companies) <= set(COMPANIES)


def test_the_same_filings_have_the_same_directory_and_others_another():
    filings = [filing("Acme, Inc.", "ACM", name="1"), filing("Bolt, Inc.", "BLT", name="2")]
    first = directory(filings)
    assert directory(list(filings)) is first
    assert [company.name for company in directory(filings[1:])] == ["Bolt, Inc."]
    assert directory(filings) == first


@given(st.text("abc", min_size=6, max_size=12), st.data())
def test_a_long_name_with_two_typing_errors_is_found(name, data):
    company = filing(f"x{name}qrs", name="1")
    typed = list(f"x{name}qrs")
    for _ in range(2):
        place = data.draw(st.integers(1, len(typed) - 1))
        typed[place] = data.draw(st.sampled_from("abcz"))
    said = named(f"X{''.join(typed[1:])} margin", directory([company]))
    assert [one.name for one in said.companies] == [f"x{name}qrs"]
