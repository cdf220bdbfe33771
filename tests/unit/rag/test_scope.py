"""Which filings a question is about: in short, and as choices."""

from datetime import date

import pytest

from assistant.domain.answers import Scope
from assistant.rag.reading import read_question
from assistant.rag.scope import chip, filing_label, matching, offers, readable
from tests.unit.rag.making import filing

TARROW = "TARROWMERE FOODS, INC."
FILINGS = [
    filing(TARROW, name="t22", form="10-K", fiscal_year=2022, period_end=date(2022, 12, 31)),
    filing(TARROW, name="t23", form="10-K", fiscal_year=2023, period_end=date(2023, 12, 31)),
    filing(
        TARROW, name="t23q2", form="10-Q", fiscal_year=2023, quarter=2, period_end=date(2023, 6, 30)
    ),
    filing(TARROW, name="t8k", form="8-K", event=date(2023, 5, 3)),
    filing("Quill Corp.", name="q22", form="10-K", fiscal_year=2022, period_end=date(2022, 9, 30)),
]


def match(question, filings=FILINGS):
    return [one.id for one in matching(filings, read_question(question, filings))]


def chip_of(question, filings=FILINGS, *, chosen=False):
    read = read_question(question, filings)
    return chip(read, filings if chosen else matching(filings, read), chosen=chosen)


@pytest.mark.parametrize(
    ("question", "ids"),
    [
        ("Tarrowmere's revenue", ["t23", "t23q2", "t8k", "t22"]),
        ("Tarrowmere's revenue in FY2022", ["t22"]),
        ("Tarrowmere's 10-K", ["t23", "t22"]),
        ("Tarrowmere's revenue in Q2 2023", ["t23q2"]),
        ("What did Tarrowmere announce on May 3, 2023?", ["t23", "t23q2", "t8k"]),
        ("Tarrowmere's revenue in FY1999", ["t23", "t23q2", "t8k", "t22"]),
        ("revenue in FY2022", ["t22", "q22"]),
    ],
)
def test_filings_match_by_company_form_and_period_the_newest_first(question, ids):
    assert match(question) == ids


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        (
            "Tarrowmere's revenue in FY2022",
            ("Tarrowmere Foods, Inc.", "10-K", "FY2022", "revenue", "1 filing"),
        ),
        ("Quill's revenue", ("Quill Corp.", "10-K", "FY2022", "revenue", "1 filing")),
        ("Tarrowmere's 10-K", ("Tarrowmere Foods, Inc.", "10-K", "2 filings")),
        ("What was the revenue?", ("revenue", "5 filings")),
    ],
)
def test_the_chip_says_what_was_understood_and_of_how_many_filings(question, shown):
    assert chip_of(question) == shown


def test_the_chip_of_a_chosen_filing_names_it_where_the_question_does_not():
    shown = chip_of("What was the revenue?", FILINGS[:1], chosen=True)
    assert shown == ("Tarrowmere Foods, Inc.", "10-K", "FY2022", "revenue", "1 filing, chosen")


def test_an_empty_store_has_no_chip():
    assert chip_of("What was the revenue?", []) == ()


def test_the_chip_leaves_out_what_a_ratio_is_computed_from():
    assert "property, plant and equipment" not in chip_of("Quill's fixed asset turnover")


def test_a_scope_can_be_widened_and_narrowed():
    question = "What was Tarrowmere's revenue in FY2022?"
    found = offers(question, FILINGS, read_question(question, FILINGS))
    assert [(one.label, one.scope.documents) for one in found] == [
        ("All 5 filings", ()),
        ("All 4 filings of Tarrowmere Foods, Inc.", ("t23", "t23q2", "t8k", "t22")),
        ("Only FY2023", ("t23", "t23q2")),
        ("Tarrowmere Foods, Inc. · 10-K · FY2022", ("t22",)),
        ("Tarrowmere Foods, Inc. · 10-K · FY2023", ("t23",)),
        ("Tarrowmere Foods, Inc. · 10-Q · Q2 FY2023", ("t23q2",)),
        ("Tarrowmere Foods, Inc. · 8-K · 2023-05-03", ("t8k",)),
    ]
    assert {one.question for one in found} == {question}


def test_a_store_of_one_filing_offers_only_itself():
    found = offers("revenue?", FILINGS[:1], read_question("revenue?", FILINGS[:1]))
    assert [one.scope for one in found] == [Scope()]
    assert found[0].label == "The only filing"


def test_filings_with_the_same_label_also_show_their_names():
    twins = [filing("Quill Corp.", name=n, form="10-K", fiscal_year=2022) for n in ("a", "b")]
    found = offers("Quill's revenue", twins, read_question("Quill's revenue", twins))
    assert [one.label for one in found][-2:] == [
        "Quill Corp. · 10-K · FY2022 (a)",
        "Quill Corp. · 10-K · FY2022 (b)",
    ]


def test_a_filing_that_does_not_say_what_it_is_goes_by_its_name():
    assert filing_label(filing(name="scan 7")) == "scan 7"


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("TARROWMERE FOODS, INC.", "Tarrowmere Foods, Inc."),
        ("PG&E CORPORATION", "PG&E Corporation"),
        ("THE AES CORPORATION", "The AES Corporation"),
        ("LOWE'S COMPANIES, INC.", "Lowe's Companies, Inc."),
        ("BANK OF THE WEST CO", "Bank of the West Co"),
        ("3M COMPANY", "3M Company"),
        ("COPPER FEN MINING CORP.", "Copper Fen Mining Corp."),
        ("NEW YORK JKL CO", "New York JKL Co"),
        ("eBay Inc.", "eBay Inc."),
    ],
)
def test_a_name_printed_in_capitals_is_shown_as_text_writes_it(printed, read):
    assert readable(printed) == read
