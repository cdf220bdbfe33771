"""How a model's labels become a reader's numbers while the text streams."""

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


@given(st.lists(st.integers(min_value=1, max_value=40), max_size=12))
def test_how_the_stream_is_cut_does_not_change_the_text(cuts):
    whole = "Sales rose [E2][E1]. Costs [see note] fell [E4, E2] by 3 [E8]."
    pieces, start = [], 0
    for cut in cuts:
        pieces.append(whole[start : start + cut])
        start += cut
    assert rewrite([*pieces, whole[start:]])[0] == rewrite([whole])[0]
