"""What of the evidence a model gets to see, and under which keys."""

import re
from dataclasses import replace

from assistant.domain.answers import Evidence
from assistant.domain.filings import Locator
from assistant.rag.context import pack


def evidence(page, text="text"):
    return Evidence(text, Locator("filing", "ACME", page, "", 0, len(text)))


def test_every_piece_has_a_key_of_its_own_that_says_nothing_about_its_rank():
    keys = [item.label for item in pack([evidence(n) for n in range(400)], 10_000)]
    assert len(set(keys)) == 400
    assert all(re.fullmatch(r"E[1-9]\d{3}", key) for key in keys)
    assert keys != sorted(keys)


def test_the_same_place_has_the_same_key_in_every_prompt():
    [alone] = pack([evidence(7)], 100)
    assert alone.label in {item.label for item in pack([evidence(3), evidence(7)], 100)}


def test_what_does_not_fit_is_left_out_and_the_rest_keeps_its_order():
    packed = pack([evidence(1, "a" * 300), evidence(2, "b" * 300), evidence(3, "c" * 80)], 100)
    assert [item.locator.page for item in packed] == [1, 3]


def test_the_lines_carried_to_a_table_take_room_too():
    carried = replace(evidence(2, "b" * 100), carried="c" * 300)
    packed = pack([evidence(1, "a" * 100), carried, evidence(3, "d" * 100)], 100)
    assert [item.locator.page for item in packed] == [1, 3]
