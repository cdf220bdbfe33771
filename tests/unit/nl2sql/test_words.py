"""Words are compared without case, accents and endings, and keep what an ending changes the meaning of."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.nl2sql.words import phrase, stem, tells_time, tokens


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("orders", "Order"),
        ("companies", "company"),
        ("cancelled", "cancel"),
        ("Clôture", "cloture"),
        ("bought", "buys"),
        ("losses", "loss"),
        ("stopped", "stop"),
        ("10-Ks", "10-k"),
        ("Nvidia's", "nvidia"),
        ("P&L", "p & l"),
    ],
)
def test_forms_of_a_word_are_alike(one, other):
    assert phrase(one) == phrase(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("closed", "close"), ("filled", "fill"), ("news", "new"), ("holding", "hold")],
)
def test_words_that_an_ending_makes_another_are_not(one, other):
    assert stem(one) != stem(other)


@given(st.text(max_size=80))
def test_every_token_is_a_word_of_the_text_where_it_says(text):
    found = tokens(text)
    assert all(text[one.start : one.end] == one.text for one in found)
    assert [one.start for one in found] == sorted(one.start for one in found)


def test_words_of_time_alone_tell_a_time():
    assert tells_time(phrase("the last 90 days"))
    assert not tells_time(phrase("last trade"))
