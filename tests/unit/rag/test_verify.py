"""Whether an answer stands on what it cites."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.answers import Evidence, FigureStatus
from assistant.domain.filings import Locator
from assistant.rag.verify import verify
from tests.unit.rag.statements import CASH, INCOME, evidence

VERIFIED, DERIVED = FigureStatus.VERIFIED, FigureStatus.DERIVED
UNSUPPORTED = FigureStatus.UNSUPPORTED

PAGE = "Balance sheet\nProperty and equipment, net   253   282\nTotal assets   19,845   17,890\n"
EVIDENCE = Evidence(PAGE, Locator("f", "ACME 10-K", 69, "", 100, 100 + len(PAGE)), label="E1")


def test_the_quote_is_verbatim_text_of_the_page_at_its_place():
    [citation] = verify("> Property and equipment, net | 253 | 282 [1]", [EVIDENCE]).citations
    assert citation.quote == "Property and equipment, net   253   282"
    start = citation.locator.start - 100
    assert PAGE[start : start + len(citation.quote)] == citation.quote


def test_a_paraphrase_cites_the_whole_evidence():
    [citation] = verify("PP&E fell to 253 [1].", [EVIDENCE]).citations
    assert citation.quote == PAGE


def test_a_figure_in_the_cited_text_is_verified_and_another_is_not():
    checked = verify("PP&E was 253 [1], up from 999 [1].", [EVIDENCE])
    assert [(f.text, f.status, f.citation) for f in checked.figures] == [
        ("253", FigureStatus.VERIFIED, 1),
        ("999", FigureStatus.UNSUPPORTED, None),
    ]


def test_a_figure_without_a_mark_is_unsupported_though_the_page_holds_it():
    [figure] = verify("Total assets were 19,845.", [EVIDENCE]).figures
    assert figure.status is FigureStatus.UNSUPPORTED


def test_a_mark_that_stands_for_nothing_is_no_citation():
    assert verify("Total assets were 19,845 [2].", [EVIDENCE]).citations == ()


def test_a_figure_with_another_sign_or_unit_is_not_the_same_figure():
    cited = Evidence("margin of 12.5% on $40", EVIDENCE.locator, label="E1")
    checked = verify("12.5 bps and $(40) [1]", [cited])
    assert {f.status for f in checked.figures} == {FigureStatus.UNSUPPORTED}


FILING = evidence(INCOME, header="Meridian Tools 10-K 2022")
CASES = [
    ("Meridian's net sales in FY2022 were $4,200 million [1].", VERIFIED),
    ("Net sales were $4.2 billion in 2022 [1].", VERIFIED),
    ("Net sales were $4,200M in fiscal 2022 [1].", VERIFIED),
    ("Net sales of $4,200 million in FY2022, against $3,900 million in FY2021 [1].", VERIFIED),
    ("Net sales were $4,200 million and $3,900 million in FY2022 and FY2021, respectively [1].", VERIFIED),
    ("Cost of sales was $2,520 million in FY2022 [1].", VERIFIED),  # spent: its size is meant
    ("Diluted earnings were $4.36 per share in 2022 [1].", VERIFIED),
    ("Net sales were $4,020 million in FY2022 [1].", UNSUPPORTED),  # digits swapped
    ("Net sales were $4,200 billion in FY2022 [1].", UNSUPPORTED),  # scale
    ("Net sales were $4,200 in FY2022 [1].", UNSUPPORTED),  # no scale where the table has one
    ("Net sales were -$4,200 million in FY2022 [1].", UNSUPPORTED),  # sign
    ("Net sales were $4,200 million in FY2021 [1].", UNSUPPORTED),  # year
    ("Apex's net sales in FY2022 were $4,200 million [1].", UNSUPPORTED),  # company
    ("In FY2022, Apex Forge reported net sales of $4,200 million [1].", UNSUPPORTED),
    ("Net income was $630 million in FY2022 [1].", UNSUPPORTED),  # another row's figure
    ("Net sales were $4,200 million and $3,900 million in FY2021 and FY2022, respectively [1].", UNSUPPORTED),
    ("Net sales were 42.0% in FY2022 [1].", UNSUPPORTED),  # unit
    ("Net sales were $4,200 million in FY2022.", UNSUPPORTED),  # no mark
]  # fmt: skip


@pytest.mark.parametrize(("text", "status"), CASES)
def test_a_claim_is_checked_for_value_scale_sign_year_item_and_company(text, status):
    assert {figure.status for figure in verify(text, [FILING]).figures} == {status}


DERIVED_CASES = [
    ("Gross margin was 40.0% [1]. Calculation: 1,680 / 4,200 = 40.0% [1]", {DERIVED, VERIFIED}),
    ("Net sales grew 7.7% from $3,900 million in FY2021 to $4,200 million in FY2022 [1].", {DERIVED, VERIFIED}),
    ("Net sales grew 8.7% from $3,900 million in FY2021 to $4,200 million in FY2022 [1].", {UNSUPPORTED, VERIFIED}),
    ("Calculation: 1,680 / 4,200 = 41.0% [1]", {UNSUPPORTED, VERIFIED}),
    ("Calculation: 1,681 / 4,200 = 40.0% [1]", {UNSUPPORTED, VERIFIED}),
    ("Change: 4,200 - 3,900 = $300 million [1]", {DERIVED, VERIFIED}),
    ("Change: 4,200 - 3,900 = $300 billion [1]", {UNSUPPORTED, VERIFIED}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "statuses"), DERIVED_CASES)
def test_a_figure_is_derived_when_its_sum_comes_out_from_stated_figures(text, statuses):
    assert {figure.status for figure in verify(text, [FILING]).figures} == statuses


def test_a_derived_figure_names_the_citations_of_its_operands():
    cash = evidence(CASH, "E2", header="Meridian Tools 10-K 2022")
    checked = verify("Calculation: 210 / 4,200 = 5.0% [1][2]", [FILING, cash])
    [derived] = [figure for figure in checked.figures if figure.status is DERIVED]
    assert derived.operands == (2, 1)


def test_one_quote_spans_the_rows_that_an_answer_takes_from_a_page():
    text = (
        "> Net sales | $ 4,200 | $ 3,900 | $ 3,600 [1]\n> Gross profit | 1,680 | 1,500 | 1,350 [1]"
    )
    [citation] = verify(text, [FILING]).citations
    assert citation.quote in INCOME
    assert citation.quote.startswith("Net sales")
    assert citation.quote.endswith("1,350")


@given(st.text(max_size=300))
def test_any_text_can_be_checked_and_quotes_are_verbatim(text):
    for citation in verify(text + " [1]", [FILING]).citations:
        assert citation.quote in INCOME


def test_a_figure_of_a_part_of_a_table_is_checked_under_the_lines_carried_to_it():
    rows = evidence("Long-term debt  700  720\nOther liabilities  190  120")
    part = replace(rows, carried="Balance sheets\nIn millions\n2022  2021")
    said = "Long-term debt was $700 million in FY{} [1]."
    assert verify(said.format(2022), [part]).figures[0].status is VERIFIED
    assert verify(said.format(2021), [part]).figures[0].status is UNSUPPORTED


def test_lines_carried_to_a_part_of_a_table_are_never_quoted():
    part = replace(evidence("Long-term debt  700  720"), carried="In millions\n2022  2021")
    for text in ("In millions 2022 2021 [1]", "> 2022 | 2021\n> Long-term debt | 700 | 720 [1]"):
        for citation in verify(text, [part]).citations:
            assert citation.quote in part.text
