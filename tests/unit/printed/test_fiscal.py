"""Which fiscal periods a text names, and which column holds one."""

import pytest

from assistant.printed.fiscal import AskedPeriod, ColumnPeriod, asked_periods

NAMED = [
    ("What was FY2019 revenue?", [(2019, None)]),
    ("between FY20 and FY21", [(2020, None), (2021, None)]),
    ("in fiscal 2018 and fiscal year 2019", [(2018, None), (2019, None)]),
    ("in Q2 of FY2024", [(2024, 2)]),
    ("the second quarter of 2023", [(2023, 2)]),
    ("the second fiscal quarter of 2023", [(2023, 2)]),
    ("FY2017 - FY2019 average", [(2017, None), (2019, None), (2018, None)]),
    ("agreed on May 26, 2023", []),
]

MATCHES = [
    (ColumnPeriod(2019), AskedPeriod(2019), 0, True),
    (ColumnPeriod(2019, 12, 12), AskedPeriod(2019), 0, True),
    (ColumnPeriod(2019, 12, 3), AskedPeriod(2019), 0, False),
    (ColumnPeriod(2023, 7), AskedPeriod(2023), 1, False),  # the quarter, not the year's end
    (ColumnPeriod(2023, 1), AskedPeriod(2023), 1, True),
    (ColumnPeriod(2023, 7, 3), AskedPeriod(2024, 2), 0, True),  # a year that ends in January
    (ColumnPeriod(2022, 12), AskedPeriod(2023, 2), 0, True),  # a year that ends in June
    (ColumnPeriod(2023, 6, 3), AskedPeriod(2023, 2), 0, True),
    (ColumnPeriod(2023, 6, 6), AskedPeriod(2023, 2), 0, False),
    (ColumnPeriod(2023, 0, 3, 2), AskedPeriod(2023, 2), 0, True),
]


@pytest.mark.parametrize(("text", "periods"), NAMED)
def test_the_periods_of_a_question(text, periods):
    assert [(period.year, period.quarter) for period in asked_periods(text)] == periods


@pytest.mark.parametrize(("column", "asked", "year_end", "matches"), MATCHES)
def test_a_column_holds_a_period_or_not(column, asked, year_end, matches):
    assert column.matches(asked, year_end) is matches
