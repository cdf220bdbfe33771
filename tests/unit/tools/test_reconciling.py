"""A figure of the table beside the same figure of a filing: equal as rounded, or said to differ."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.answers import Answer, Destination, Figure, FigureStatus, Query, Route
from assistant.domain.facts import Fact, FactPeriod
from assistant.domain.filings import BlobRef, Filing
from assistant.domain.reconciling import StatedFigure
from assistant.domain.structure import Cover
from assistant.domain.understanding import Periods, Understanding
from assistant.tools.reconciling import asked_of_table, otherwise, reconciled

YEAR = FactPeriod(date(2022, 1, 1), date(2022, 12, 31))
COVER = Cover("Meridian Tools", ticker="MRDN", form="10-K", fiscal_year=2022, period_end=YEAR.end)
FILING = Filing(
    "f1", "Meridian 10-K 2022", "m.html", BlobRef("f1" * 32, "text/html", 1), 1, 1, cover=COVER
)
REVENUE = Fact("us-gaap:Revenues", Decimal("4200000000"), "USD", YEAR, (), -6)


def table(value, item="revenue", tolerance="500000", quarter=0, year=2022, unit="USD"):
    return StatedFigure("MRDN", year, quarter, item, Decimal(value), Decimal(tolerance), unit)


def both(figure, *facts, filing=FILING):
    return reconciled([figure], [filing], {filing.id: facts})


def test_the_same_figure_agrees_and_names_its_filing():
    [one] = both(table("4200000000"), REVENUE)
    assert one.agree
    assert one.document == "Meridian 10-K 2022"
    assert "$4,200 million" in one.sentence


def test_a_difference_beyond_rounding_is_flagged_with_both_figures():
    [one] = both(table("4050000000"), REVENUE)
    assert not one.agree
    assert "$4,050 million" in one.sentence
    assert "$4,200 million" in one.sentence
    assert "disagree" in one.sentence


@given(st.integers(-500_000, 500_000))
def test_what_rounds_to_the_same_million_agrees(off):
    [one] = both(table(4_200_000_000 + off), REVENUE)
    assert one.agree


@given(st.integers(500_001, 10**12))
def test_what_does_not_round_to_it_disagrees(off):
    for away in (off, -off):
        [one] = both(table(4_200_000_000 + away), REVENUE)
        assert not one.agree


@pytest.mark.parametrize(
    ("figure", "fact"),
    [
        (table("1", year=2021), REVENUE),
        (table("1", quarter=3), REVENUE),
        (table("1", item="net_income"), REVENUE),
        (table("1"), replace(REVENUE, dimensions=(("us-gaap:Segment", "x:Tools"),))),
        (table("1"), replace(REVENUE, unit="EUR")),
        (table("1"), replace(REVENUE, period=FactPeriod(date(2022, 10, 1), YEAR.end))),
        (table("1"), replace(REVENUE, period=FactPeriod(date(2021, 1, 1), date(2021, 12, 31)))),
    ],
)
def test_another_year_quarter_item_segment_currency_or_span_is_not_compared(figure, fact):
    assert both(figure, fact) == ()


def test_a_balance_is_compared_at_the_end_of_the_year():
    assets = Fact(
        "us-gaap:Assets", Decimal("2600000000"), "USD", FactPeriod(None, YEAR.end), (), -6
    )
    [one] = both(table("2600000000", item="total_assets"), assets)
    assert one.agree


def test_an_amendment_counts_in_place_of_what_it_restates():
    original = replace(FILING, superseded_by="f2")
    amended = replace(FILING, id="f2", name="Meridian 10-K/A 2022")
    restated = replace(REVENUE, value=Decimal("4050000000"))
    facts = {"f1": [REVENUE], "f2": [restated]}
    [one] = reconciled([table("4050000000")], [original, amended], facts)
    assert (one.document, one.agree) == ("Meridian 10-K/A 2022", True)


def question(
    text="revenue of Meridian Tools in FY2022", companies=("Meridian Tools",), years=(2022,)
):
    read = Understanding(text, companies, frozenset({"f1"}), Periods(years))
    return Query(text, understanding=read)


def test_a_question_about_one_figure_is_asked_of_the_table():
    sql, item = asked_of_table(question(), [FILING])
    assert item == "revenue"
    assert "'MRDN'" in sql
    assert "2022" in sql


@pytest.mark.parametrize(
    "asked",
    [
        question(years=(2021, 2022)),
        question(companies=("Meridian Tools", "Other")),
        question("revenue and net income of Meridian Tools in FY2022"),
        question("risk factors of Meridian Tools in FY2022"),
        question("goodwill of Meridian Tools in FY2022"),
    ],
)
def test_any_other_question_is_not(asked):
    assert asked_of_table(asked, [FILING]) == ("", "")


def test_a_ticker_that_is_none_never_reaches_a_statement():
    odd = replace(FILING, cover=replace(COVER, ticker="X' OR '1'='1"))
    assert asked_of_table(question(), [odd]) == ("", "")


def answered(value):
    figure = Figure("x", Decimal(value), "$", FigureStatus.VERIFIED, 1)
    return Answer("x", (), (figure,), Route(Destination.BUILTIN, ()), "builtin")


def test_an_answer_from_a_filing_is_noted_only_where_the_table_differs():
    assert otherwise(answered("4200000000"), [table("4200000000")], "revenue") == ""
    note = otherwise(answered("4200000000"), [table("4050000000")], "revenue")
    assert "$4,050 million" in note
    assert otherwise(answered("4200000000"), [table("1", item="net_income")], "revenue") == ""
