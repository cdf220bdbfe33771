"""Which lines a part of a table carries, and where none may be carried."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.answers import Evidence
from assistant.domain.filings import Block, BlockKind, Document, Locator, Page
from assistant.ingest.chunk import chunk
from assistant.printed.fiscal import AskedPeriod, ColumnPeriod
from assistant.printed.tables import tables
from assistant.rag.line_items import metrics
from assistant.rag.lookup import FilingTables

HEAD = """MERIDIAN TOOLS, INC.
CONSOLIDATED BALANCE SHEETS
(In millions, except per share data)
December 31, 2022  December 31, 2021"""
CARRIED = HEAD.removeprefix("MERIDIAN TOOLS, INC.\n")  # the header of a passage names the company
FIRST = f"""{HEAD}
Assets
Cash and cash equivalents  $ 300  $ 260
Inventories  420  380
Total assets  $ 2,600  $ 2,400"""
REST = """Liabilities and stockholders' equity
Accounts payable  $ 310  $ 290
Long-term debt  700  720
Total liabilities  $ 1,500  $ 1,450"""


def passages(*texts):
    pages = tuple(Page(number, text) for number, text in enumerate(texts, start=1))
    return chunk(Document(pages), "meridian")


def of_page(number, *texts):
    return [one for one in passages(*texts) if one.page == number]


def evidence(passage, label="E1"):
    place = Locator("f", "m", passage.page, "", passage.start, passage.end)
    return Evidence(passage.text, place, label=label, carried=passage.carried)


def test_the_second_page_of_a_statement_carries_title_units_and_heads():
    [rest] = of_page(2, FIRST, REST)
    assert rest.carried == CARRIED
    assert rest.text == REST


def test_a_row_is_read_under_the_heads_of_the_page_before():
    filing = FilingTables([evidence(one) for one in passages(FIRST, REST)])
    debt = filing.find(metrics()["long_term_debt"], AskedPeriod(2021))
    assert (debt.printed, debt.scale, debt.line) == (720, 10**6, "Long-term debt  700  720")


def test_without_the_carried_lines_the_row_states_nothing():
    bare = [Evidence(REST, Locator("f", "m", 2, "", 0, len(REST)), label="E1")]
    assert FilingTables(bare).find(metrics()["long_term_debt"], AskedPeriod(2021)) is None


def test_a_table_over_three_pages_is_one():
    third = "Treasury stock  (40)  (30)\nTotal equity  $ 1,100  $ 950"
    assert of_page(3, FIRST, REST, third)[0].carried == CARRIED


def test_running_heads_and_page_numbers_do_not_part_a_table():
    texts = [f"Meridian Tools, Inc. Annual Report\n{text}\n{n}" for n, text in enumerate("abcd")]
    texts = [*texts, f"Meridian Tools, Inc. Annual Report\n{FIRST}\n5"]
    [rest] = of_page(6, *texts, f"Meridian Tools, Inc. Annual Report\n{REST}\n6")
    assert rest.carried == CARRIED


@pytest.mark.parametrize(
    "between",
    [
        "Three Months Ended\nJune 30, 2022  June 30, 2021",
        "CONSOLIDATED STATEMENTS OF CASH FLOWS",
        "Note 7. Contractual obligations",
        "Due in  Thereafter",
        "The amounts below are what the segments report to the chief operating decision maker, who "
        "uses them to allocate resources among the segments every quarter",
        "Purchases of the company are shown below.",
    ],
)
def test_what_may_begin_another_table_carries_no_heads(between):
    [rest, *_] = of_page(2, FIRST, f"{between}\n{REST}")
    assert "December 31, 2022" not in rest.carried


def test_rows_with_another_number_of_values_are_another_table():
    [rest] = of_page(2, FIRST, "Due within a year  4  5  6\nDue later  7  8  9")
    assert rest.carried == ""


def test_prose_after_the_last_row_ends_the_table():
    prose = "Our liquidity depends on the cash that we generate. " * 6
    assert of_page(2, f"{FIRST}\n\n{prose}", REST)[0].carried == ""


def long_table(rows):
    lines = [f"Item of line number {n}  {n},000  {n},500" for n in range(1, rows + 1)]
    return "\n".join([HEAD, "Current assets:", *lines])


def test_each_part_of_a_long_table_carries_the_head_and_the_section_in_force():
    text = long_table(120)
    page = Page(1, text, blocks=(Block(0, len(text), BlockKind.TABLE),))
    first, *others = chunk(Document((page,)), "meridian")
    assert first.carried == ""
    assert len(others) > 1
    assert {one.carried for one in others} == {f"{CARRIED}\nCurrent assets:"}


@given(rows=st.integers(1, 160), junk=st.sampled_from(["", "Prose about it.\n\n", "Title\n"]))
def test_every_row_of_a_cut_table_is_read_as_in_the_whole(rows, junk):
    text = junk + long_table(rows)
    page = Page(1, text, blocks=(Block(0, len(text), BlockKind.TABLE),))
    parts = chunk(Document((page,)), "meridian")
    for part in parts:
        assert text[part.start : part.end] == part.text
        for table in tables(part.text, "", part.carried):
            for row in table.rows:
                assert table.periods(row) == (ColumnPeriod(2022, 12), ColumnPeriod(2021, 12))
                assert table.scale == 10**6
                assert row.section == "Current assets"
    lines = [line for part in parts for line in part.text.split("\n") if line]
    assert lines == [line for line in text.split("\n") if line]
    assert all(one.end <= other.start for one, other in pairwise(parts))


@given(st.lists(st.text(max_size=300), max_size=4))
def test_any_pages_are_cut_and_carry_at_most_a_few_lines(texts):
    for passage in passages(*texts):
        assert len(passage.carried) < 700
        assert not re.search(r"\n\s*\n", passage.carried)
