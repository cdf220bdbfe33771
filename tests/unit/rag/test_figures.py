"""Which figures a text holds, and what they are worth."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.rag.figures import figures

CASES = [
    ("Net sales were $1,577.3 million.", [(Decimal("1577300000"), "$")]),
    ("a loss of $(1,577) million", [(Decimal(-1577000000), "$")]),
    ("a loss of ($12.5)", [(Decimal("-12.5"), "$")]),
    ("margin of 12.5% against 11.0 percent", [(Decimal("12.5"), "%"), (Decimal("11.0"), "%")]),
    ("down 35 basis points", [(Decimal(35), "bps")]),
    ("Property and equipment, net | 253 | 282", [(Decimal(253), ""), (Decimal(282), "")]),
    ("in fiscal 2019 and 2018", []),
    ("the 10-K, Q2, COVID-19, Note 12 and Item 7", []),
    ("[1] and [12]", []),
    ("1. First point", []),
    ("$2019 of fees", [(Decimal(2019), "$")]),
    ("a change of -3.1%", [(Decimal("-3.1"), "%")]),
    ("EBITDA of .75 billion", [(Decimal("750000000"), "")]),
    ("1,2,3", []),
    ("sales of $2,018mn and $1.5B", [(Decimal(2018000000), "$"), (Decimal(1500000000), "$")]),
    ("1,250 - 2,811 = -1,561", [(Decimal(1250), ""), (Decimal(2811), ""), (Decimal(-1561), "")]),
    ("365 * 10.5 / 2", [(Decimal("10.5"), "")]),
    ("the 3 year average", []),
    ("(8) The proposal of May 3 and Sept. 30", []),
]


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_a_figure_is_read_with_scale_unit_and_sign(text, expected):
    assert [(found.value, found.unit) for found in figures(text)] == expected


@given(st.integers(min_value=0, max_value=10**15))
def test_a_grouped_number_keeps_its_value(number):
    [found] = figures(f"sales of ${number:,} were")
    assert found.value == number


@given(st.text(max_size=300))
def test_any_text_can_be_searched_and_offsets_point_at_the_figure(text):
    for found in figures(text):
        assert text[found.start : found.end].strip() == found.text
