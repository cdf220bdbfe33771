"""Periods of plain English: the days they cover, and what is none."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.nl2sql.periods import find_periods, moved, start_of

TODAY = date(2026, 3, 20)  # a Friday


def covered(text):
    _, periods = find_periods(text)
    return [period.days(TODAY)[:2] for period in periods]


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("trades in 2025", date(2025, 1, 1), date(2026, 1, 1)),
        ("orders of february 2026", date(2026, 2, 1), date(2026, 3, 1)),
        ("orders in the third quarter of 2025", date(2025, 7, 1), date(2025, 10, 1)),
        ("close on june 16, 2025", date(2025, 6, 16), date(2025, 6, 17)),
        ("close on the 16th of june 2025", date(2025, 6, 16), date(2025, 6, 17)),
        ("trades this week", date(2026, 3, 16), None),
        ("trades since monday", date(2026, 3, 16), None),
        ("trades last week", date(2026, 3, 9), date(2026, 3, 16)),
        ("fees last month", date(2026, 2, 1), date(2026, 3, 1)),
        ("fees over the past year", date(2025, 3, 20), None),
        ("fees in the last 12 months", date(2025, 3, 20), None),
        ("orders in the past 90 days", date(2025, 12, 20), None),
        ("orders since 2024", date(2024, 1, 1), None),
        ("orders after 2024", date(2025, 1, 1), None),
        ("orders before march 2025", None, date(2025, 3, 1)),
        ("between 2025-01-05 and 2025-01-07", date(2025, 1, 5), date(2025, 1, 8)),
        ("from january 2025 to march 2025", date(2025, 1, 1), date(2025, 4, 1)),
        ("pnl year to date", date(2026, 1, 1), None),
        ("orders yesterday", date(2026, 3, 19), date(2026, 3, 20)),
        ("orders today", date(2026, 3, 20), date(2026, 3, 21)),
    ],
)
def test_a_period_covers_these_days(text, start, end):
    assert covered(text) == [(start, end)]


@pytest.mark.parametrize(
    "text",
    [
        "trades above 2000 dollars",
        "more than 2000 shares",
        "within 5 days before the filing",
        "top 5 days",
        "may I see my orders",
        "on 2025-02-30",
    ],
)
def test_what_is_no_period_stays_in_the_text(text):
    assert find_periods(text) == (text, ())


def test_periods_that_cover_the_same_days_are_the_same():
    same = ["in 2026", "this year", "since new year", "since the start of 2026", "ytd"]
    assert len({tuple(covered(text)) for text in same}) == 1


def test_the_clock_stays_in_the_statement():
    _, [week] = find_periods("this week")
    _, [days] = find_periods("in the last 30 days")
    assert week.start.sql == "date_trunc('week', now())"
    assert days.start.since(in_days=False) == "now() - interval '30 days'"
    assert days.start.since(in_days=True) == "current_date - interval '30 days'"


@given(
    day=st.dates(date(1990, 1, 1), date(2090, 1, 1)),
    unit=st.sampled_from(["week", "month", "quarter", "year"]),
)
def test_a_day_is_in_the_unit_that_begins_before_it(day, unit):
    start = start_of(day, unit)
    assert start <= day < moved(start, unit, 1)
    assert moved(moved(start, unit, 1), unit, -1) == start


@given(day=st.dates(date(1990, 1, 1), date(2090, 1, 1)), months=st.integers(-60, 60))
def test_months_later_stays_in_that_month(day, months):
    later = moved(day, "month", months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later + timedelta(1)).day == 1
