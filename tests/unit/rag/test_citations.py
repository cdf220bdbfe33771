"""How a model's labels become a reader's numbers while the text streams."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.answers import Evidence
from assistant.domain.filings import Locator
from assistant.rag.citations import CitationStream

EVIDENCE = tuple(
    Evidence(f"text {n}", Locator("f", "ACME", n, "", 0, 6), label=f"E{n}") for n in range(1, 5)
)


def rewrite(pieces):
    stream = CitationStream(EVIDENCE)
    text = "".join([stream.feed(piece) for piece in pieces] + [stream.close()])
    return text, stream


def test_labels_are_numbered_in_the_order_they_are_cited():
    text, stream = rewrite(["Up [E3]. Down [E1][E3]."])
    assert text == "Up [1]. Down [2][1]."
    assert [item.label for item in stream.cited] == ["E3", "E1"]


def test_a_label_that_was_never_handed_out_is_dropped_and_counted():
    text, stream = rewrite(["Up [E9], [E1, E7]."])
    assert text == "Up , [1]."
    assert stream.removed == 2


def test_a_marker_cut_in_two_is_never_shown_half():
    stream = CitationStream(EVIDENCE)
    assert stream.feed("Up [E") == "Up "
    assert stream.feed("2] now") == "[1] now"


def test_a_bracket_that_is_no_marker_is_shown():
    text, _ = rewrite(["a [note] and [", "E and [E"])
    assert text == "a [note] and [E and [E"


@pytest.mark.parametrize(
    ("text", "shown", "removed"),
    [
        ("Up [e3].", "Up [1].", 0),
        ("Up [E1; E2].", "Up [1][2].", 0),
        ("Up [E1-E3].", "Up [1][2][3].", 0),
        ("Up [E1 and E2].", "Up [1][2].", 0),
        ("Up [^E1].", "Up [1].", 0),
        ("Up \u3010E1\u3011.", "Up [1].", 0),
        ("Up [7].", "Up .", 1),  # a number that the model made up
        ("Up [K9] [D12].", "Up  .", 2),
        ("Up [E0][E999].", "Up .", 2),
        ("in [2019] and [FY2019]", "in [2019] and [FY2019]", 0),
    ],
)
def test_every_bracket_that_looks_like_a_citation_is_judged(text, shown, removed):
    rewritten, stream = rewrite([text])
    assert (rewritten, stream.removed) == (shown, removed)


@given(st.text(alphabet="[]E12,;- ^k\n", max_size=40))
def test_no_mark_is_left_that_points_nowhere(text):
    shown, stream = rewrite([text])
    marks = [int(n) for n in re.findall(r"\[(\d{1,3})\]", shown)]
    assert all(1 <= mark <= len(stream.cited) for mark in marks)


@given(st.lists(st.integers(min_value=1, max_value=40), max_size=12))
def test_how_the_stream_is_cut_does_not_change_the_text(cuts):
    whole = "Sales rose [E2][E1]. Costs [see note] fell [E4, E2] by 3 [E8]."
    pieces, start = [], 0
    for cut in cuts:
        pieces.append(whole[start : start + cut])
        start += cut
    assert rewrite([*pieces, whole[start:]])[0] == rewrite([whole])[0]
