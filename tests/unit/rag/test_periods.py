"""Which times a question names."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.rag.periods import periods, without_periods


@pytest.mark.parametrize(
    ("text", "years", "quarter"),
    [
        ("revenue in FY2019", (2019,), None),
        ("revenue in FY20 and FY21", (2020, 2021), None),
        ("average FY2017 - FY2019", (2017, 2018, 2019), None),
        ("between 2018 and 2020", (2018, 2019, 2020), None),
        ("from fiscal 2018 to fiscal 2020", (2018, 2019, 2020), None),
        ("Q2 of FY2024", (2024,), 2),
        ("sales in 2Q24", (2024,), 2),
        ("the second fiscal quarter of 2023", (2023,), 2),
        ("Q3'22 margin", (2022,), 3),
        ("revenue of $2,019 million", (), None),
        ("what are the risks?", (), None),
    ],
)
def test_years_and_quarters(text, years, quarter):
    read = periods(text)
    assert (read.years, read.quarter) == (years, quarter)


@pytest.mark.parametrize("text", ["on May 3, 2023", "3 May 2023", "2023-05-03", "May 3rd, 2023"])
def test_dates_give_their_year_too(text):
    read = periods(text)
    assert (read.dates, read.years) == ((date(2023, 5, 3),), (2023,))


def test_the_latest_year_holds_the_earlier_ones():
    assert periods("FY2021 and FY2022").year == 2022
    assert periods("no year").year is None


def test_a_day_that_does_not_exist_is_passed_over():
    assert periods("February 30, 2023").dates == ()


def test_periods_are_taken_out_of_the_words():
    left = without_periods("sales in Q2 of FY2024 on May 3, 2023")
    assert " ".join(left.split()) == "sales in of on"


@given(st.text(max_size=300))
def test_any_text_gives_ascending_years(text):
    years = periods(text).years
    assert list(years) == sorted(set(years))
