"""The day a filing was signed."""

from datetime import date

import pytest

from assistant.domain.filings import Page
from assistant.ingest.signature import signed_on

END = date(2023, 12, 31)
SIGNED = (
    "Pursuant to the requirements of Section 13 or 15(d) of the Act, the registrant has signed."
)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        (f"{SIGNED}\n\nDate: February 20, 2024\nBy: A. Person", date(2024, 2, 20)),
        (f"{SIGNED} this 9th day of August, 2024", date(2024, 8, 9)),
        (f"{SIGNED}\nas of December 31, 2023\nDate: March 1, 2024", date(2024, 3, 1)),
        (
            "Pursuant to the requirements of the Securities Exchange Act\nMay 2, 2024",
            date(2024, 5, 2),
        ),
        (f"{SIGNED}\nDate: June 31, 2024", None),
        (f"{SIGNED}\nDate: June 30, 2044", None),
        ("Dated February 20, 2024", None),
    ],
)
def test_the_first_date_behind_the_registrants_words_is_the_day(text, day):
    assert signed_on([Page(1, "Business"), Page(2, text)], END) == day


def test_the_date_may_stand_on_the_next_page():
    assert signed_on([Page(1, SIGNED), Page(2, "Date: May 2, 2024")], END) == date(2024, 5, 2)


def test_without_a_period_no_date_is_believed():
    assert signed_on([Page(1, f"{SIGNED} May 2, 2024")], None) is None
