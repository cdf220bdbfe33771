"""What a page's tables say: rows, columns, periods, units."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.printed.cells import read_line
from assistant.printed.fiscal import TO_DATE, AskedPeriod, ColumnPeriod
from assistant.printed.heads import read_heads
from assistant.printed.tables import Statement, tables
from tests.unit.rag.statements import BALANCE, CASH, INCOME, QUARTER

LINES = [
    ("Net sales  $ 4,200  $ 3,900", "Net sales", ["4200", "3900"]),
    ("Net Revenue  $ 86,392 $ 79,474 $ 70,372", "Net Revenue", ["86392", "79474", "70372"]),
    ("Interest expense  (848)  (1,417)", "Interest expense", ["-848", "-1417"]),
    ("Loss on debt  \u2014  40  -", "Loss on debt", ["0", "40", "0"]),
    ("Tax rate  26.1 %  (0.4)%", "Tax rate", ["26.1", "-0.4"]),
    ("Provisions  2,182  #  NM", "Provisions", ["2182", "None", "None"]),
    ("Receivables, net of $132 and $190, at December 31, 2019  848", "Receivables, net of $132 and $190, at December 31, 2019", ["848"]),
    ("5,162,082  12,899,672", "", ["5162082", "12899672"]),
    ("Restructuring (1)  (7)  34", "Restructuring (1)", ["-7", "34"]),
    ("CCB VaR  9  (d)  6", "CCB VaR", ["9", "6"]),
    ("Sales rose in 2019 because of prices", "Sales rose in 2019 because of prices", []),
]  # fmt: skip


@pytest.mark.parametrize(("line", "label", "values"), LINES)
def test_a_line_is_taken_apart_into_label_and_values(line, label, values):
    read = read_line(line)
    assert read.label == label
    assert [str(cell.value) for cell in read.cells] == values


@given(st.lists(st.integers(min_value=-(10**9), max_value=10**9), min_size=1, max_size=6))
def test_printed_values_keep_their_value_and_sign(numbers):
    printed = "  ".join(f"({-n:,})" if n < 0 else f"{n:,}" for n in numbers)
    assert [cell.value for cell in read_line(f"Some label  {printed}").cells] == numbers


@given(st.text(max_size=200))
def test_any_text_has_tables_whose_rows_are_verbatim(text):
    for table in tables(text):
        for row in table.rows:
            assert 0 <= row.start <= row.end <= len(text)


def test_a_statement_is_known_by_its_title_and_scaled_by_its_units_line():
    kinds = [tables(text)[0].statement for text in (INCOME, BALANCE, CASH)]
    assert kinds == [Statement.INCOME, Statement.BALANCE, Statement.CASH_FLOW]
    assert tables(INCOME)[0].scale == Decimal(10**6)


def test_a_table_without_a_units_line_has_no_scale():
    assert (
        tables("Note 3\nIn 2019 we spent $3.65 billion on it.\n2022  2021\nCharges  411  247")[
            -1
        ].scale
        is None
    )


def test_two_heads_are_laid_over_four_columns():
    [table] = tables(QUARTER)
    assert table.periods(table.rows[0]) == (
        ColumnPeriod(2023, 7, 3),
        ColumnPeriod(2022, 7, 3),
        ColumnPeriod(2023, 7, 6),
        ColumnPeriod(2022, 7, 6),
    )


def test_comparisons_behind_the_years_are_no_periods():
    heads = read_heads(["(Millions)  2022  2021  2020  2022 vs. 2021  2021 vs. 2020"])
    assert [period and period.year for period in heads.periods(7)] == [
        2022,
        2021,
        2020,
        None,
        None,
        None,
        None,
    ]
    assert [period and period.year for period in heads.periods(3)] == [2022, 2021, 2020]


def test_named_columns_group_under_their_period():
    heads = read_heads(["SECOND QUARTER", "2023  2022  Percent", "Amount  to Sales  Amount  to Sales  (Decrease)"])  # fmt: skip
    found = heads.periods(5)
    assert [period and (period.year, period.quarter) for period in found] == [
        (2023, 2),
        (2023, 2),
        (2022, 2),
        (2022, 2),
        None,
    ]


def test_rows_that_do_not_fit_the_head_have_no_period():
    heads = read_heads(["2022  2021  2020"])
    assert heads.periods(2) == ()
    assert heads.periods(4) == ()


def test_a_title_with_a_year_is_no_head():
    assert read_heads(["2019 Multi-Year Productivity Plan"]).cells == ()


def test_a_label_that_began_on_the_line_above_is_joined_and_verbatim():
    text = "2022  2021\nNet borrowings under bank credit facilities - maturities of\n90 days or less  (5)  7"
    [table] = tables(text)
    [row] = table.rows
    assert row.label.endswith("maturities of 90 days or less")
    assert text[row.start : row.end].startswith("Net borrowings")


def heads(*lines):
    return [
        cell and (cell.year, cell.month, cell.months, cell.quarter)
        for cell in read_heads(lines).cells
    ]


HEADS = [
    (["Quarter ended Mar. 29, 2025  Quarter ended Mar. 30, 2024"], [(2025, 3, 3, 0), (2024, 3, 3, 0)]),
    (["Quarter Ended", "Mar. 29, 2025  Mar. 30, 2024"], [(2025, 3, 3, 0), (2024, 3, 3, 0)]),
    (["Quarter Ended March 29, 2025  Year Ended December 28, 2024"], [(2025, 3, 3, 0), (2024, 12, 12, 0)]),
    (["For the quarter ended June 30,", "2025  2024"], [(2025, 6, 3, 0), (2024, 6, 3, 0)]),
    (["Twelve Weeks Ended", "June 14, 2025  June 15, 2024"], [(2025, 6, 3, 0), (2024, 6, 3, 0)]),
    (["16 Weeks Ended  40 Weeks Ended", "May 24, 2025  Nov 8, 2025"], [(2025, 5, 3, 0), (2025, 11, 9, 0)]),
    (["Half year ended June 30,", "2025  2024"], [(2025, 6, 6, 0), (2024, 6, 6, 0)]),
    (["Quarter Ended  Year-to-date", "June 30, 2025  June 30, 2025"], [(2025, 6, 3, 0), (2025, 6, TO_DATE, 0)]),
    (["Q1 2025  Q1 2024  % Change"], [(2025, 0, 3, 1), (2024, 0, 3, 1), None]),
    (["1Q25  4Q24"], [(2025, 0, 3, 1), (2024, 0, 3, 4)]),
    (["Q1 FY25  Q1 FY24"], [(2025, 0, 3, 1), (2024, 0, 3, 1)]),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "columns"), HEADS)
def test_heads_of_quarters_halves_and_years_to_date_are_told_from_those_of_years(lines, columns):
    assert heads(*lines) == columns


@pytest.mark.parametrize(("lines", "columns"), HEADS)
def test_only_a_column_of_twelve_months_stands_for_a_year(lines, columns):
    for cell in read_heads(lines).cells:
        if cell:
            assert cell.matches(AskedPeriod(cell.year)) is (cell.months == 12)
