"""Word boxes come out of their packing where they went in, to an eighth of a point."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.filings import WordBox, pack_boxes, unpack_boxes

POINTS = st.floats(-20_000, 20_000)
BOXES = st.builds(
    lambda start, length, *sides: WordBox(start, start + length, *sides),
    st.integers(0, 2**31),
    st.integers(0, 65_535),
    *[POINTS] * 4,
)


@given(st.lists(BOXES, max_size=6))
def test_boxes_are_where_they_were_and_far_ones_are_held_at_the_limit(boxes):
    for box, back in zip(boxes, unpack_boxes(pack_boxes(boxes)), strict=True):
        assert (back.start, back.end) == (box.start, box.end)
        for side, was in zip(back[2:], box[2:], strict=True):
            assert abs(side - max(-8192, min(8191.75, was))) <= 0.125
