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
