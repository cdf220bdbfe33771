"""Which questions are comparisons, and how their cells are laid out."""

import pytest

from assistant.domain.structure import Form
from assistant.rag.comparing import read_comparison
from tests.unit.rag.making import filing

FILINGS = [
    filing("Alder Mills, Inc.", "ALM", "alder-24", fiscal_year=2024, form=Form.ANNUAL),
    filing("Alder Mills, Inc.", "ALM", "alder-23", fiscal_year=2023, form=Form.ANNUAL),
    filing("Birch Foods plc", "BRF", "birch-24", fiscal_year=2024, form=Form.ANNUAL),
    filing(
        "Cedar Lines Corp.", "CDL", "cedar-q2", fiscal_year=2024, quarter=2, form=Form.QUARTERLY
    ),
]
ALDER, BIRCH, CEDAR = "Alder Mills, Inc.", "Birch Foods plc", "Cedar Lines Corp."

COMPARED = [
    ("Compare gross margin of Alder Mills and Birch Foods in 2023 and 2024", (ALDER, BIRCH), ("FY2023", "FY2024"), ("gross margin",), ""),
    ("Which of Birch Foods, Alder Mills and Cedar Lines had the highest revenue in 2024?", (BIRCH, ALDER, CEDAR), ("FY2024",), ("revenue",), "highest"),
    ("revenue of Alder Mills from 2022 to 2024", (ALDER,), ("FY2022", "FY2023", "FY2024"), ("revenue",), ""),
    ("Alder Mills vs Birch Foods operating income", (ALDER, BIRCH), ("FY2024",), ("operating income",), ""),
    ("Alder Mills' revenue over the last two years", (ALDER,), ("FY2023", "FY2024"), ("revenue",), ""),
    ("Who had the lower net income in 2023, Alder Mills or Birch Foods?", (ALDER, BIRCH), ("FY2023",), ("net income",), "lowest"),
    ("Show a table of revenue and net income for Alder Mills in 2023 and 2024.", ("revenue", "net income"), ("FY2023", "FY2024"), ("revenue", "net income"), ""),
    ("Compare revenue and net income of Alder Mills and Birch Foods in 2024", (ALDER, BIRCH), ("revenue", "net income"), ("revenue", "net income"), ""),
    ("Compare revenue growth of Alder Mills and Birch Foods from 2022 to 2024", (ALDER, BIRCH), ("FY2022 to FY2024",), ("revenue growth",), ""),
    ("Compare capex as a percentage of revenue for Alder Mills and Birch Foods in 2024", (ALDER, BIRCH), ("FY2024",), ("capex as a percentage of revenue",), ""),
    ("Compare Alder Mills and Dogwood revenue in 2024", (ALDER, "Dogwood"), ("FY2024",), ("revenue",), ""),
    ("Which company had the highest revenue in 2024?", (ALDER, BIRCH, CEDAR), ("FY2024",), ("revenue",), "highest"),
]  # fmt: skip

NOT_COMPARED = [
    "What was Alder Mills' revenue in 2024?",  # one figure
    "Was Alder Mills' revenue in 2024 higher than in 2023?",  # yes or no
    "What was Alder Mills' revenue growth from 2022 to 2024?",  # one rate
    "What is Alder Mills' 3 year average capex from 2022 to 2024?",  # one average
    "Compare gaming revenue of Alder Mills and Birch Foods in 2024",  # a part of revenue
    "Compare the revenue of Alder Mills and Birch Foods in Europe in 2024",
    "Compare revenue of Alder Mills and Birch Foods in 2024 excluding acquisitions",
    "Compare the risk factors of Alder Mills and Birch Foods",  # no figure
    "Compare revenue of Dogwood and Elm in 2024",  # no filing is of either
    "Why did revenue of Alder Mills and Birch Foods fall in 2024?",
]


@pytest.mark.parametrize(("text", "rows", "columns", "metrics", "extreme"), COMPARED)
def test_a_comparison_has_a_row_a_company_and_a_column_a_period(
    text, rows, columns, metrics, extreme
):
    found = read_comparison(text, FILINGS)
    assert found is not None
    assert (found.rows, found.columns, found.metrics, found.extreme) == (
        rows, columns, metrics, extreme,
    )  # fmt: skip
    assert {(cell.row, cell.column) for cell in found.cells} == {
        (row, column) for row in range(len(rows)) for column in range(len(columns))
    }


@pytest.mark.parametrize("text", NOT_COMPARED)
def test_a_word_that_may_change_what_is_asked_makes_no_table(text):
    assert read_comparison(text, FILINGS) is None


def test_a_cell_is_asked_only_of_the_filings_of_its_company_its_own_year_first():
    found = read_comparison("Alder Mills vs Birch Foods revenue 2023", FILINGS)
    assert [cell.filings for cell in found.cells] == [("alder-23", "alder-24"), ("birch-24",)]
    assert [cell.text for cell in found.cells] == ["What was the revenue in FY2023?"] * 2


def test_a_quarter_is_asked_only_of_filings_for_that_quarter():
    second = read_comparison("Alder Mills vs Cedar Lines revenue Q2 2024", FILINGS)
    third = read_comparison("Alder Mills vs Cedar Lines revenue Q3 2024", FILINGS)
    assert [cell.filings for cell in second.cells] == [(), ("cedar-q2",)]
    assert [cell.filings for cell in third.cells] == [(), ()]


def test_the_unit_and_rounding_asked_for_are_asked_in_each_cell():
    found = read_comparison("Alder Mills vs Birch Foods revenue in 2024 in USD billions", FILINGS)
    assert found.cells[0].text == "What was the revenue in FY2024 in USD billions?"


def test_a_wide_comparison_keeps_the_newest_columns_and_counts_the_rest():
    found = read_comparison("revenue of Alder Mills from 2010 to 2024", FILINGS)
    assert (len(found.columns), found.columns[-1], found.left_out) == (10, "FY2024", 5)
