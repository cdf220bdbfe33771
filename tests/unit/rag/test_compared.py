"""How the cells of a comparison are filled, marked and worded."""

from dataclasses import replace
from decimal import Decimal

import pytest

from assistant.domain.answers import FigureStatus
from assistant.domain.comparisons import CellQuestion, Comparison
from assistant.domain.filings import Locator
from assistant.rag.citations import CitationStream
from assistant.rag.compared import compare
from assistant.rag.tabulated import first_table, without_table
from assistant.rag.verify import verify
from tests.unit.rag.statements import statements


def pages(filing="meridian", factor=None):
    """Return the statement pages as evidence of one filing, net sales changed on demand."""
    found = []
    for number, item in enumerate(statements(), start=1):
        text = item.text.replace("$ 4,200", factor) if factor else item.text
        found.append(replace(item, text=text, locator=Locator(filing, filing, number, "", 0, 9999)))
    return found


def labelled(*groups):
    items = [item for group in groups for item in group]
    return [item.labelled(f"E{n}") for n, item in enumerate(items, start=1)]


def comparison(metrics, rows, columns, *, extreme="", by_metric=False):
    """Return a plan; the filing of a row is its name in small letters."""
    companies = ("Meridian",) if by_metric else rows
    cells = tuple(
        CellQuestion(
            m if by_metric else r,
            c if by_metric else m * len(columns) + c,
            m,
            f"What was the {metric} in {column}?",
            (company.lower(),),
        )
        for r, company in enumerate(companies)
        for m, metric in enumerate(metrics)
        for c, column in enumerate(columns)
    )
    corner = companies[0] if by_metric else "Company"
    return Comparison(metrics, corner, rows, columns, cells, (), extreme)


def answered(plan, evidence):
    stream = CitationStream(evidence)
    text = stream.feed("\n\n".join(compare(plan, evidence))) + stream.close()
    return text, verify(text, stream.cited), first_table(text)


def test_every_cell_holds_a_figure_with_its_unit_and_citation():
    plan = comparison(("revenue",), ("Meridian", "Norwood"), ("FY2021", "FY2022"))
    evidence = labelled(pages(), pages("norwood", "$ 5,300"))
    _, checked, table = answered(plan, evidence)
    shown = [[(cell.text, cell.value, cell.unit) for cell in row.cells] for row in table.rows]
    assert table.columns == ("FY2021", "FY2022")
    assert shown == [
        [("$3,900 million", Decimal(3_900_000_000), "$"), ("$4,200 million", Decimal(4_200_000_000), "$")],
        [("$3,900 million", Decimal(3_900_000_000), "$"), ("$5,300 million", Decimal(5_300_000_000), "$")],
    ]  # fmt: skip
    documents = {citation.n: citation.locator.document for citation in checked.citations}
    assert [documents[row.cells[1].citation] for row in table.rows] == ["meridian", "norwood"]
    assert {figure.status for figure in checked.figures} == {FigureStatus.VERIFIED}


def test_a_computed_cell_cites_its_operands_and_can_be_done_again():
    plan = comparison(("gross margin",), ("Meridian",), ("FY2021", "FY2022"))
    text, checked, table = answered(plan, labelled(pages()))
    assert [cell.text for cell in table.rows[0].cells] == ["38.5%", "40.0%"]
    assert "FY2022: (4,200 - 2,520) / 4,200 = 40.0%" in text
    statuses = {figure.text: figure.status for figure in checked.figures}
    assert statuses["40.0%"] is FigureStatus.DERIVED
    assert FigureStatus.UNSUPPORTED not in statuses.values()
    assert "Net sales" in checked.citations[0].quote


def test_a_figure_that_no_row_states_is_not_found_and_not_guessed():
    plan = comparison(("revenue",), ("Meridian", "Nobody"), ("FY2019", "FY2022"))
    _, checked, table = answered(plan, labelled(pages()))
    texts = [[cell.text for cell in row.cells] for row in table.rows]
    assert texts == [["not found", "$4,200 million"], ["not found", "not found"]]
    assert [cell.citation for cell in table.rows[1].cells] == [None, None]
    assert {figure.status for figure in checked.figures} == {FigureStatus.VERIFIED}


def test_nothing_is_said_when_no_cell_is_found():
    plan = comparison(("revenue",), ("Meridian", "Nobody"), ("FY2011",))
    assert compare(plan, labelled(pages())) == []


def test_two_figures_of_one_page_are_cited_by_their_own_rows():
    plan = comparison(
        ("revenue", "net income"), ("revenue", "net income"), ("FY2022",), by_metric=True
    )
    _, checked, table = answered(plan, labelled(pages(), pages()))
    quotes = {citation.n: citation.quote for citation in checked.citations}
    revenue, income = (quotes[row.cells[0].citation] for row in table.rows)
    assert revenue.startswith("Net sales")
    assert income.startswith("Net income")
    assert "Net income" not in revenue


@pytest.mark.parametrize(
    ("extreme", "says"),
    [("highest", "Highest: Norwood, FY2022, $5,300 million"), ("lowest", "Lowest: Meridian, FY2022, $4,200 million")],
)  # fmt: skip
def test_the_highest_or_lowest_of_the_figures_is_named_first(extreme, says):
    plan = comparison(("revenue",), ("Meridian", "Norwood"), ("FY2022",), extreme=extreme)
    text, checked, _ = answered(plan, labelled(pages(), pages("norwood", "$ 5,300")))
    assert text.startswith(says)
    assert {figure.status for figure in checked.figures} == {FigureStatus.VERIFIED}


def test_the_highest_of_an_incomplete_column_is_said_to_be_of_those_found():
    names = ("Meridian", "Norwood", "Nobody")
    plan = comparison(("revenue",), names, ("FY2022",), extreme="highest")
    text, _, _ = answered(plan, labelled(pages(), pages("norwood", "$ 5,300")))
    assert text.startswith("Highest of the figures found: Norwood")


def test_one_figure_alone_is_not_the_highest():
    plan = comparison(("revenue",), ("Meridian", "Nobody"), ("FY2022",), extreme="highest")
    text, _, _ = answered(plan, labelled(pages()))
    assert text.startswith("Which is highest cannot be said")


def test_a_table_is_read_back_from_any_answer_and_can_be_taken_out():
    text = "Both grew.\n\n| Year | Sales |\n|---|---:|\n| 2024 | $5.2 million [2][1] |\n| 2023 | n/a |\n\nEnd."
    table = first_table(text)
    assert (table.corner, table.columns) == ("Year", ("Sales",))
    assert table.rows[0].cells[0].citations == (2, 1)
    assert table.rows[0].cells[0].value == Decimal(5_200_000)
    assert table.rows[1].cells[0].value is None
    assert without_table(text) == "Both grew.\n\nEnd."
    assert first_table("> 2024 | 2023\n> Sales | 3 | 2 [1]") is None


def test_what_is_left_out_is_said_in_words_that_no_check_takes_for_a_figure():
    plan = replace(comparison(("revenue",), ("Meridian",), ("FY2021", "FY2022")), left_out=3)
    text, checked, _ = answered(plan, labelled(pages()))
    assert "the rest is left out" in text
    assert {figure.status for figure in checked.figures} == {FigureStatus.VERIFIED}


def in_thousands(filing, sales):
    """Return an income statement in thousands with these net sales of 2022."""
    [page, *_] = pages(filing)
    text = page.text.replace("(In millions,", "(In thousands,").replace("$ 4,200", sales)
    return [replace(page, text=text)]


@pytest.mark.parametrize(
    ("sales", "cells"),
    [
        ("$ 3,650,125", ["$4,200 million", "$3,650.13 million"]),
        ("$ 12,500", ["$4,200 million", "$12.5 million"]),
        ("$ 4,210", ["$4,200,000 thousand", "$4,210 thousand"]),  # 4.21 million has few digits
        ("(250)", ["$4,200,000 thousand", "-$250 thousand"]),
    ],
)
def test_amounts_printed_in_several_scales_are_shown_in_one(sales, cells):
    plan = comparison(("revenue",), ("Meridian", "Norwood"), ("FY2022",), extreme="highest")
    evidence = labelled(pages(), in_thousands("norwood", sales))
    text, checked, table = answered(plan, evidence)
    assert [row.cells[0].text for row in table.rows] == cells
    assert f"> Net sales | {sales}" in text
    assert {figure.status for figure in checked.figures} == {FigureStatus.VERIFIED}
