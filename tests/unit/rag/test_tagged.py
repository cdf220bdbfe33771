"""What a filing's own facts say of a figure."""

from datetime import date
from decimal import Decimal

import pytest

from assistant.domain.answers import FigureStatus
from assistant.domain.facts import Fact, FactPeriod
from assistant.rag.claims import Claim, claim_around
from assistant.rag.figures import figures
from assistant.rag.line_items import metrics
from assistant.rag.tagged import Agreement, compare, concepts
from assistant.rag.verify import verify
from tests.unit.rag.statements import INCOME, evidence

CONFIRMED, CONTRADICTED = Agreement.CONFIRMED, Agreement.CONTRADICTED
SILENT = Agreement.SILENT
MILLION = Decimal(10**6)


def year(n):
    return FactPeriod(date(n, 1, 1), date(n, 12, 31))


def fact(concept, millions, period, *dimensions, unit="USD", decimals=-6):
    value = Decimal(millions) * (MILLION if unit == "USD" else 1)
    return Fact(f"us-gaap:{concept}", value, unit, period, dimensions, decimals)


PART = ("srt:ProductOrServiceAxis", "a:HandTools")
FACTS = (
    fact("Revenues", 4200, year(2022)),
    fact("Revenues", 3900, year(2021)),
    fact("Revenues", 1200, FactPeriod(date(2022, 10, 1), date(2022, 12, 31))),
    fact("Revenues", 2500, year(2022), PART),
    fact("Assets", 2600, FactPeriod(None, date(2022, 12, 31))),
    fact("EarningsPerShareDiluted", "4.36", year(2022), unit="USD/shares", decimals=2),
    fact("PaymentsToAcquirePropertyPlantAndEquipment", 210, year(2022)),
)


def said(text, facts=FACTS):
    [figure] = figures(text)
    return compare(figure, claim_around(text, figure, [figure]), facts)[0]


@pytest.mark.parametrize(
    ("text", "agreement"),
    [
        ("FY2022 revenue: $4,200 million", CONFIRMED),
        ("Net sales were $4.2 billion in FY2022", CONFIRMED),
        ("FY2022 revenue: $4,300 million", CONTRADICTED),
        ("FY2021 revenue: $4,200 million", CONTRADICTED),
        ("FY2020 revenue: $4,200 million", SILENT),  # not tagged
        ("Revenue was $4,300 million", SILENT),  # no period
        ("FY2022 revenue: 4,300", SILENT),  # no scale
        ("FY2022 revenue: $2,500 million", SILENT),  # a part of it
        ("Q4 FY2022 revenue: $1,200 million", CONFIRMED),
        ("FY2022 revenue: $1,200 million", CONTRADICTED),  # a quarter's
        ("FY2022 total assets: $2,600 million", CONFIRMED),
        ("FY2022 diluted EPS: $4.36", CONFIRMED),
        ("FY2022 diluted EPS: $4.63", CONTRADICTED),
        ("FY2022 capital expenditures: -$210 million", CONFIRMED),  # printed as spent
        ("FY2022 adjusted EBITDA: $4,300 million", SILENT),  # has no element
        ("FY2022 revenue grew by 4.2%", SILENT),
    ],
)
def test_a_figure_is_compared_with_the_fact_of_its_item_and_period(text, agreement):
    assert said(text) is agreement


def test_without_facts_nothing_is_said():
    assert said("FY2022 revenue: $4,200 million", ()) is SILENT
    [figure] = figures("$4,200 million")
    assert compare(figure, Claim((), frozenset()), FACTS) == (SILENT, None)


def test_a_fact_of_an_odd_length_or_without_an_end_is_not_compared():
    odd = fact("Revenues", 9, FactPeriod(date(2022, 1, 1), date(2022, 5, 31)))
    forever = fact("Revenues", 9, FactPeriod(None, None))
    assert said("FY2022 revenue: $4,200 million", (odd, forever)) is SILENT


def test_a_year_that_ends_in_the_first_days_of_a_month_counts_to_the_month_before():
    early = fact("Revenues", 4200, FactPeriod(date(2022, 1, 3), date(2023, 1, 1)))
    assert said("FY2022 revenue: $4,200 million", (early,)) is CONFIRMED


@pytest.mark.parametrize(
    ("millions", "status", "confirmed"),
    [
        (4200, FigureStatus.VERIFIED, True),
        (4300, FigureStatus.UNSUPPORTED, False),
        (None, FigureStatus.VERIFIED, False),
    ],
)
def test_verification_records_the_equal_fact_and_marks_the_contradicted_figure(
    millions, status, confirmed
):
    facts = (fact("Revenues", millions, year(2022)),) if millions else ()
    page = evidence(INCOME, header="Meridian Tools 10-K 2022")
    text = "FY2022 revenue: $4,200 million\n> Net sales | 4,200 | 3,900 | 3,600 [1]"
    first, *cells = verify(text, [page], {page.locator.filing_id: facts}).figures
    assert first.status is status
    assert first.fact == (facts[0] if confirmed else None)
    assert {cell.status for cell in cells} == {FigureStatus.VERIFIED}


def test_every_item_with_elements_exists():
    assert set(concepts()) <= set(metrics())
    assert all(names and len(names) == len(set(names)) for names in concepts().values())
