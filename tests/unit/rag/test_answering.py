"""What the built-in answerer states from statement pages, and what it refuses."""

import pytest

from assistant.domain.answers import FigureStatus
from assistant.rag.answering import answer
from assistant.rag.citations import CitationStream
from assistant.rag.verify import verify
from tests.unit.rag.statements import BALANCE, QUARTER, evidence, statements

ANSWERS = [
    ("What was Meridian's FY2021 revenue?", "FY2021 revenue: $3,900 million"),
    ("What is the FY2022 gross margin of Meridian Tools?", "FY2022 gross margin: 40.0%"),
    ("What is the FY2022 net income?", "FY2022 net income: $441 million"),
    ("What is the FY2022 effective tax rate?", "FY2022 effective tax rate: 25.0%"),
    ("What is the FY2022 diluted EPS?", "FY2022 diluted earnings per share: $4.36"),
    ("What is the FY2022 capex in USD billions? Round to two decimal places.", "FY2022 capital expenditures: $0.21 billion"),
    ("What is the FY2022 free cash flow?", "FY2022 free cash flow: $310 million"),
    ("What is the FY2022 EBITDA margin?", "FY2022 EBITDA margin: 17.9%"),
    ("What is the FY2022 fixed asset turnover? Fixed asset turnover is defined as: FY2022 revenue / (average PP&E between FY2021 and FY2022).", "FY2022 fixed asset turnover: 4.94"),
    ("What is the FY2020 - FY2022 3 year average of capex as a % of revenue? Round to one decimal place.", "FY2020 to FY2022 average capital expenditures as a percentage of revenue: 5.0%"),
    ("What is the 2 year revenue CAGR from FY2020 to FY2022?", "FY2020 to FY2022 compound annual growth rate of revenue: 8.0%"),
    ("What was the growth of net income from FY2021 to FY2022 in percent?", "FY2021 to FY2022 growth of net income: 6.3%"),
    ("What is the FY2022 dividend payout ratio?", "FY2022 dividend payout ratio: 0.20"),
    ("What is the FY2022 days payable outstanding?", "FY2022 days payable outstanding: 42.77 days"),
    ("Did Meridian grow its inventories between FY2021 and FY2022?", "Yes. Inventories rose by 10.5%: $380 million in FY2021, $420 million in FY2022."),
    ("Did net income drop between FY2021 and FY2022?", "No. Net income rose by 6.3%"),
    ("Is Meridian's working capital negative in FY2022?", "No. Working capital was $610 million in FY2022."),
    ("What was the largest liability of Meridian in FY2022?", "Long-term debt was the largest liability in FY2022: $700 million"),
]  # fmt: skip

REFUSED = [
    "What is the FY2019 revenue of Meridian?",  # no such column
    "What is the FY2022 research and development expense?",  # no such row
    "What is the FY2020 return on assets?",  # the balance sheet has no 2020
    "What is the FY2022 Fasteners revenue of Meridian?",  # a segment, not the company
    "What is the Q2 FY2022 revenue?",  # years, no quarters
]


def answered(question, pages=None):
    return "\n\n".join(answer(question, statements() if pages is None else pages))


@pytest.mark.parametrize(("question", "begins"), ANSWERS)
def test_a_figure_is_stated_first_and_every_figure_stands_on_its_row(question, begins):
    pages = statements()
    text = answered(question, pages)
    assert text.startswith(begins)
    stream = CitationStream(pages)
    shown = stream.feed(text) + stream.close()
    checked = verify(shown, stream.cited)
    assert checked.figures
    assert {figure.status for figure in checked.figures} <= {
        FigureStatus.VERIFIED,
        FigureStatus.DERIVED,
    }
    for citation in checked.citations:
        assert citation.quote in stream.cited[citation.n - 1].text


@pytest.mark.parametrize("question", REFUSED)
def test_a_figure_that_no_row_states_is_refused(question):
    assert answered(question) == ""


def test_a_quarter_is_found_by_the_months_of_its_column():
    pages = [evidence(QUARTER)]
    assert answered("What was revenue in Q2 of FY2024?", pages).startswith(
        "Q2 FY2024 revenue: $1,050 million"
    )
    assert answered("Did net earnings as a percent of sales increase in Q2 FY2024 compared to Q2 FY2023?", pages).startswith("No. ")  # fmt: skip


def test_another_filing_of_the_company_is_not_mixed_in():
    older = evidence(BALANCE.replace("900  800", "999  800"), "E9", filing="g")
    assert "$900 million" in answered("What is FY2022 net PP&E?", [*statements(), older])


def test_rows_that_disagree_on_pages_of_one_rank_state_nothing():
    table = "(in millions)\n2022  2021\nTotal net sales  10  9"
    pages = [evidence(table, "E1", 1), evidence(table.replace("10", "11"), "E2", 2)]
    assert answered("What was FY2022 revenue?", pages) == ""


def test_units_that_no_line_names_are_not_made_up():
    page = evidence("2022  2021\nTotal net sales  10  9")
    assert answered("What was FY2022 revenue?", [page]).startswith("FY2022 revenue: 10\n")


PROSE = (
    "Total net sales were $4,200 thousand in fiscal 2022, against $3,900 thousand in fiscal 2021. "
    "Net sales increased $9 million."
)


def test_a_sentence_that_states_the_item_answers_where_no_table_does():
    pages = [evidence(PROSE)]
    assert answered("What were total net sales in fiscal 2022?", pages) == (
        "Total net sales were $4,200 thousand in fiscal 2022, against $3,900 thousand in fiscal "
        "2021. [E1]"
    )
    assert answered("What were total net sales in fiscal 2021?", pages) == ""


def test_a_sentence_about_a_part_or_a_change_does_not_answer():
    for text in (
        "Net sales increased $9 million in fiscal 2022.",
        "Segment net sales were $9 million in fiscal 2022.",
        "Fasteners net sales were $9 million in fiscal 2022.",
        "Net sales were $9 million in fiscal 2021.",
    ):
        assert answered("What were net sales in fiscal 2022?", [evidence(text)]) == ""


def test_a_sentence_may_name_the_company_after_the_item_but_no_part_of_it():
    asked = "What were the net sales of Meridian Tools in fiscal 2022?"
    own = evidence("The net sales of Meridian Tools were $9 million in fiscal 2022.")
    part = evidence("The net sales of Garden Products were $9 million in fiscal 2022.")
    assert "$9 million" in answered(asked, [own])
    assert answered("What were net sales in fiscal 2022?", [part]) == ""


def test_the_whole_is_not_stated_for_a_part_that_a_name_after_a_preposition_asks_for():
    page = evidence("(In millions)\n2022  2021\nTotal net sales  410  390")
    assert "410" in answered("What was Meridian's net sales in 2022?", [page])
    for part in (
        "How much of 2022 net sales came from China?",
        "What were net sales in Brazil in 2022?",
    ):
        assert answered(part, [page]) == ""


def test_a_quarterly_report_does_not_answer_for_another_quarter():
    text = "(In millions)\nThree months ended\nJune 30, 2025  June 30, 2024\nNet income  17  14"
    page = evidence(text, header="Meridian Tools \u00b7 10-Q \u00b7 Q2 FY2025")
    assert "17" in answered("What was Meridian's net income in Q2 2025?", [page])
    assert answered("What was Meridian's net income in Q3 2025?", [page]) == ""


RETAIL = """CONSOLIDATED BALANCE SHEETS
(In millions)
February 2, 2019  February 3, 2018
Inventories  1,269  1,278"""


def test_a_year_that_ends_in_february_carries_the_year_that_the_filing_gives_it():
    late = evidence(RETAIL, header="Meridian Stores \u00b7 10-K \u00b7 FY2018")
    assert "$1,269 million" in answered("What were FY2018 inventories?", [late])
    same = evidence(RETAIL, header="Meridian Stores \u00b7 10-K \u00b7 FY2019")
    assert "$1,278 million" in answered("What were FY2018 inventories?", [same])


def test_a_value_asked_for_two_years_is_stated_for_both_or_not_at_all():
    text = answered("What was Meridian's revenue in FY2021 and FY2022?")
    assert "FY2021 revenue: $3,900 million" in text
    assert "FY2022 revenue: $4,200 million" in text
    assert answered("What was Meridian's revenue in FY2019 and FY2022?") == ""
