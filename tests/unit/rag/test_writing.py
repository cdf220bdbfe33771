"""A reply as it arrives: the mark of a refusal is taken off however it is cut, keys become numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.answers import Destination, Evidence, Route
from assistant.domain.completions import NO_ANSWER, Routed, TextDelta, Usage
from assistant.domain.filings import Locator
from assistant.rag.writing import NOTHING_FOUND, NoAnswerMark, Writing, joined

EVIDENCE = Evidence("Net sales were $310 million.", Locator("f", "M", 1, "", 0, 28), label="E1001")
DECIDED = Route(Destination.CLOUD, ("it takes several steps of reasoning",))
LOCAL = Route(Destination.LOCAL, ("the cloud model is busy, so the local model answers",))


def in_pieces(text, cuts):
    ends = sorted({min(cut, len(text)) for cut in cuts} | {len(text)})
    return [text[start:end] for start, end in zip([0, *ends], ends, strict=False)]


def fed(pieces):
    mark = NoAnswerMark()
    return "".join(map(mark.feed, pieces)) + mark.close(), mark.seen


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("NO_ANSWER", ""),
        ("NO_ANSWER\n\nThe evidence ends in 2023.", "The evidence ends in 2023."),
        ("**NO_ANSWER**: nothing on 2025.", "nothing on 2025."),
        ("`NO_ANSWER` - none", "none"),
        ("  \nNO_ANSWER. None.", "None."),
    ],
)
@given(cuts=st.lists(st.integers(0, 40)))
def test_the_mark_is_taken_off_however_the_reply_is_cut(said, shown, cuts):
    assert fed(in_pieces(said, cuts)) == (shown, True)


@pytest.mark.parametrize(
    "said",
    ["", "N", "NO", "NO_ANSWERS were given", "No answer is simple: sales rose.", "Sales: NO_ANSWER",
     "**Net** sales rose.", "$310 million", "- a list", "NO_ANSWER2"],
)  # fmt: skip
@given(cuts=st.lists(st.integers(0, 40)))
def test_a_reply_without_the_mark_is_shown_letter_by_letter(said, cuts):
    assert fed(in_pieces(said, cuts)) == (said, False)


@given(st.lists(st.text(max_size=12), max_size=12))
def test_nothing_else_is_ever_lost(pieces):
    whole = "".join(pieces)
    shown, seen = fed(pieces)
    assert shown == whole if not seen else NO_ANSWER in whole and whole.endswith(shown)


def test_a_reply_that_never_comes_to_a_word_is_not_held_back_without_end():
    mark = NoAnswerMark()
    assert "".join(mark.feed("-" * 10) for _ in range(20)).startswith("-" * 100)


def writing(*texts):
    one = Writing((EVIDENCE,), DECIDED)
    shown = [one.take(Routed(LOCAL)), *(one.take(TextDelta(text)) for text in texts)]
    one.take(Usage("m"))
    shown.append(one.close())
    return one, "".join(event.text for event in shown if isinstance(event, TextDelta))


def test_what_is_shown_is_the_text_of_the_answer():
    one, shown = writing("Net sales were $310 ", "million [E10", "01].")
    assert shown == one.text == "Net sales were $310 million [1]."
    assert one.said == "Net sales were $310 million [E1001]."
    assert not one.refused


def test_a_bare_refusal_gets_a_sentence():
    one, shown = writing("NO_", "ANSWER")
    assert one.refused
    assert shown == one.text == NOTHING_FOUND


def test_a_refusal_keeps_its_reason():
    one, shown = writing("NO_ANSWER: ", "The filings end in 2023 [E1001].")
    assert one.refused
    assert shown == "The filings end in 2023 [1]."


def test_the_way_that_was_taken_tells_why_it_is_not_the_one_decided():
    way = joined(DECIDED, LOCAL)
    assert way.destination is Destination.LOCAL
    assert way.reasons == (
        "it takes several steps of reasoning, so the cloud model comes first",
        "the cloud model is busy, so the local model answers",
    )
    same = joined(DECIDED, Route(Destination.CLOUD, (), sent_to=(Destination.CLOUD,)))
    assert same.reasons == DECIDED.reasons
    assert same.sent_to == (Destination.CLOUD,)
