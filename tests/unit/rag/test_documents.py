"""Which filings a question looks into."""

from datetime import date

from assistant.rag.documents import MOST, choose
from assistant.rag.reading import read_question
from tests.unit.rag.making import filing

TARROWMERE = "Tarrowmere Foods, Inc."
FILINGS = [
    filing(TARROWMERE, name="k22", form="10-K", fiscal_year=2022, period_end=date(2023, 1, 28)),
    filing(TARROWMERE, name="k21", form="10-K", fiscal_year=2021, period_end=date(2022, 1, 29)),
    filing(TARROWMERE, name="q2", form="10-Q", fiscal_year=2022, quarter=2),
    filing(TARROWMERE, name="8k", form="8-K", event=date(2022, 5, 3)),
    filing("Quill Corp.", name="other", form="10-K", fiscal_year=2022),
]


def chosen(question):
    return list(choose(FILINGS, read_question(question, FILINGS)))


def test_only_filings_of_the_company_are_looked_into():
    assert "other" not in chosen("Tarrowmere's revenue")


def test_the_year_the_quarter_and_the_form_decide():
    assert chosen("Tarrowmere's revenue in FY2021")[0] == "k21"
    assert chosen("Tarrowmere's revenue in Q2 of FY2022")[0] == "q2"
    assert chosen("Tarrowmere's revenue in its 10-Q of 2022")[0] == "q2"
    assert chosen("What did Tarrowmere decide on May 3, 2022?")[0] == "8k"


def test_without_a_period_the_newest_annual_report_is_meant():
    assert chosen("Tarrowmere's revenue")[0] == "k22"


def test_a_year_is_also_known_by_the_calendar_year_it_ends_in():
    assert chosen("Tarrowmere's revenue in FY2023")[0] == "k22"


def test_the_year_after_restates_a_year_that_is_not_there():
    assert chosen("Tarrowmere's revenue in FY2020")[0] == "k21"


def test_no_more_filings_of_a_company_than_can_be_looked_into_are_chosen():
    many = [filing(TARROWMERE, name=str(n)) for n in range(40)]
    assert len(choose(many, read_question("Tarrowmere's revenue", many))) == MOST


def test_without_a_company_every_filing_may_speak_of_the_question():
    many = [filing(f"Company {n}", name=str(n)) for n in range(40)]
    assert len(choose(many, read_question("revenue", many))) == 40
