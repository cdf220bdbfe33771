"""How a question is put into the words of a filing."""

import pytest

from assistant.rag.understand import searchable


@pytest.mark.parametrize(
    ("question", "added"),
    [
        ("What was FY2019 revenue?", "2019"),
        ("What was fiscal 22 revenue?", "2022"),
        ("Revenue in Q2 of 2023?", "second quarter"),
    ],
)
def test_periods_are_also_written_out(question, added):
    assert searchable(question) == f"{question} {added}"


def test_a_null_character_never_reaches_the_database():
    assert "\x00" not in searchable("net\x00sales")
