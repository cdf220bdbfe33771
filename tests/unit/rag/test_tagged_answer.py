"""A figure whose row no vocabulary knows, answered from its tag."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from assistant.domain.answers import FigureStatus
from assistant.domain.facts import Fact, FactPeriod
from assistant.rag.answering import answer
from assistant.rag.tagged import concepts_of
from assistant.rag.verify import verify
from tests.unit.rag.statements import evidence

CASH = """MERIDIAN TOOLS, INC.
CONSOLIDATED STATEMENTS OF CASH FLOWS
(In millions)

Year Ended December 31,

2022  2021  2020
Net income  $ 441  $ 415  $ 310
Depreciation and amortization  120  110  100
Money laid out for plant and tools  (210)  (195)  (180)
Dividends paid  (90)  (80)  (75)"""
HEADER = "Meridian Tools, Inc. · 10-K · FY2022"
CONCEPT = "us-gaap:PaymentsToAcquirePropertyPlantAndEquipment"


def year(n):
    return FactPeriod(date(n, 1, 1), date(n, 12, 31))


def capex(millions, period, concept=CONCEPT, *dimensions):
    return Fact(concept, Decimal(millions) * 10**6, "USD", period, dimensions, -6)


FACTS = (capex(210, year(2022)), capex(195, year(2021)))


def asked(question, facts=FACTS, header=HEADER, text=CASH):
    page = replace(evidence(text, header=header), facts=facts)
    return answer(question, [page])


def test_the_fact_is_stated_with_the_row_that_prints_it_and_both_are_verified():
    [paragraph] = asked("What was Meridian's capital expenditures in FY2022?")
    assert paragraph == (
        "FY2022 capital expenditures: $210 million\n"
        "> Money laid out for plant and tools | (210) | (195) | (180) [E1]"
    )
    page = evidence(CASH, header=HEADER)
    checked = verify(paragraph.replace("[E1]", "[1]"), [page], {page.locator.filing_id: FACTS})
    assert {figure.status for figure in checked.figures} == {FigureStatus.VERIFIED}
    assert checked.figures[0].fact == FACTS[0]


INCOME = replace(capex(441, year(2022)), concept="us-gaap:NetIncomeLoss")


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("FY2022 capital expenditures: $210 million [1]", "Meridian was founded in 1911."),
        ("FY2022 net income: -$441 million [1]", CASH),
    ],
)
def test_a_tag_verifies_no_figure_that_the_page_does_not_print_with_its_sign(text, page):
    cited = evidence(page, header=HEADER)
    [figure] = verify(text, [cited], {"f": (*FACTS, INCOME)}).figures
    assert figure.status is FigureStatus.UNSUPPORTED


def test_each_period_asked_has_its_fact():
    found = asked("What were Meridian's capital expenditures in FY2021 and FY2022?")
    assert [text.split("\n")[0] for text in found] == [
        "FY2021 capital expenditures: $195 million",
        "FY2022 capital expenditures: $210 million",
    ]


@pytest.mark.parametrize(
    ("facts", "header"),
    [
        ((), HEADER),
        (FACTS[1:], HEADER),  # another year's
        ((capex(211, year(2022)),), HEADER),  # no row prints it
        (FACTS, "Meridian Tools, Inc."),  # no year to count from
        (FACTS, "Meridian Tools, Inc. · 10-Q · Q2 FY2022"),
        ((capex(210, year(2022), CONCEPT, ("a:Segment", "a:Tools")),), HEADER),
        ((capex(210, year(2022), "us-gaap:PaymentsToAcquireBusinessesGross"),), HEADER),
    ],
)
def test_without_the_fact_or_its_row_there_is_no_answer(facts, header):
    assert asked("What was Meridian's capital expenditures in FY2022?", facts, header) == []


def test_a_part_of_the_item_is_not_answered_with_the_whole():
    assert asked("What was Meridian's Gaming capital expenditures in FY2022?") == []


def test_a_filer_whose_year_ends_in_january_is_asked_by_its_own_number():
    january = FactPeriod(date(2022, 1, 30), date(2023, 1, 28))
    before = FactPeriod(date(2021, 1, 31), date(2022, 1, 29))
    facts = (capex(210, january), capex(195, before))
    question = "What was Meridian's capital expenditures in FY2022?"
    assert asked(question, facts)[0].startswith("FY2022 capital expenditures: $210 million")


def test_the_elements_of_the_items_a_question_names_are_looked_up():
    assert CONCEPT in concepts_of("What was the capex of Meridian?")
    assert concepts_of("Where are the plants?") == ()


QUARTER = """MERIDIAN TOOLS, INC.
CONDENSED CONSOLIDATED STATEMENTS OF INCOME
(In millions)
Three Months Ended  Six Months Ended
June 30, 2023  June 30, 2022  June 30, 2023  June 30, 2022
Revenue  $ 1,050  $ 1,000  $ 2,080  $ 1,990
Tools and plant laid out for  61  52  118  99"""
BALANCE = """MERIDIAN TOOLS, INC.
CONDENSED CONSOLIDATED BALANCE SHEETS
(In millions)
June 30, 2023  December 31, 2022
Goods that wait for buyers  440  420"""
QUARTERLY = "Meridian Tools, Inc. · 10-Q · Q2 FY2023"
GOODS = "us-gaap:InventoryNet"


def months(first, last):
    return FactPeriod(date(2023, first, 1), date(2023, last, 30))


def day(year, month, n):
    return FactPeriod(None, date(year, month, n))


ENDS = (capex(2600, day(2023, 6, 30), "us-gaap:Assets"),)
SPENT = (
    capex(61, months(4, 6)),
    capex(118, months(1, 6)),
    capex(52, FactPeriod(date(2022, 4, 1), date(2022, 6, 30))),
)
KEPT = (capex(440, day(2023, 6, 30), GOODS), capex(420, day(2022, 12, 31), GOODS))


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("What was Meridian's capital expenditures in Q2 of FY2023?", "Q2 FY2023 capital expenditures: $61"),
        ("What was Meridian's capital expenditures in Q2 of FY2022?", "Q2 FY2022 capital expenditures: $52"),
    ],
)  # fmt: skip
def test_a_quarter_is_answered_by_the_fact_of_its_three_months(question, shown):
    [paragraph] = asked(question, (*SPENT, *ENDS), QUARTERLY, QUARTER)
    assert paragraph.startswith(f"{shown} million")


@pytest.mark.parametrize(
    ("period", "shown"),
    [("Q2 of FY2023", "Q2 FY2023 inventories: $440"), ("FY2022", "FY2022 inventories: $420")],
)
def test_a_balance_is_answered_as_of_the_last_day_of_the_quarter_or_year(period, shown):
    found = asked(f"What was Meridian's inventory in {period}?", (*KEPT, *ENDS), QUARTERLY, BALANCE)
    assert found[0].startswith(f"{shown} million")


@pytest.mark.parametrize(
    ("facts", "period"),
    [
        (SPENT, "Q2 of FY2023"),  # nothing says on which day the quarter ended
        ((*SPENT, *ENDS), "Q1 of FY2023"),
        ((*SPENT, *ENDS), "FY2023"),  # six months are no year
        ((SPENT[1], *ENDS), "Q2 of FY2023"),
        ((capex(61, FactPeriod(date(2022, 4, 1), date(2022, 6, 30))), *ENDS), "Q2 of FY2022"),
    ],
)
def test_no_fact_of_other_months_answers_for_a_quarter(facts, period):
    question = f"What was Meridian's capital expenditures in {period}?"
    assert asked(question, facts, QUARTERLY, QUARTER) == []


def test_a_quarter_of_a_year_that_ends_in_january_is_counted_back_from_its_end():
    text = QUARTER.replace("June 30", "April 29").replace("2023", "2024").replace("2022", "2023")
    facts = (
        capex(61, FactPeriod(date(2024, 1, 29), date(2024, 4, 28))),
        capex(2600, day(2024, 4, 28), "us-gaap:Assets"),
    )
    header = QUARTERLY.replace("Q2 FY2023", "Q1 FY2025")
    found = asked("What was Meridian's capital expenditures in Q1 of FY2025?", facts, header, text)
    assert found[0].startswith("Q1 FY2025 capital expenditures: $61 million")


EQUITY = """MERIDIAN TOOLS, INC.
CONSOLIDATED STATEMENTS OF STOCKHOLDERS' EQUITY
(In millions, except per share data)
Common stock  Retained earnings  Total
Balance, December 31, 2021  10  900  910
Cash dividends declared and paid ($0.90 per common share)  -  (90)  (90)
Stock-based compensation ($0.80 a share)  5  -  5"""
DIVIDENDS = "What were Meridian's dividends declared per share in FY2022?"


def per_share(amount, period):
    concept = "us-gaap:CommonStockDividendsPerShareDeclared"
    return Fact(concept, Decimal(amount), "USD/shares", period, (), 2)


def test_an_amount_per_share_that_stands_in_a_label_is_answered_by_its_tag():
    [paragraph] = asked(DIVIDENDS, (per_share("0.90", year(2022)),), HEADER, EQUITY)
    first, quoted = paragraph.split("\n")
    assert first == "FY2022 dividends per share: $0.90"
    assert "($0.90 per common share)" in quoted


@pytest.mark.parametrize("amount", ["0.9001", "9", "0.80", "90"])
def test_a_label_that_prints_another_amount_or_no_amount_per_share_answers_nothing(amount):
    assert asked(DIVIDENDS, (per_share(amount, year(2022)),), HEADER, EQUITY) == []
