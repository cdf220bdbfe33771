"""What is hidden comes back whole, whatever the text; and what leaves holds none of it."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.routing import Secret, SensitiveSpan
from assistant.routing.redaction import Redaction
from assistant.routing.sensitivity import Detectors

DETECTORS = Detectors.load(["Hartwell Trust"])
TEXTS = st.text(
    alphabet=st.one_of(st.sampled_from("[]_12TEXMAIL ab"), st.characters()), max_size=60
)


@st.composite
def marked(draw):
    text = draw(TEXTS)
    ends = st.integers(0, len(text))
    kinds = st.sampled_from(Secret)
    spans = draw(st.lists(st.tuples(ends, ends, kinds), max_size=5))
    return text, [SensitiveSpan(min(a, b), max(a, b), kind) for a, b, kind in spans]


@given(st.lists(marked(), max_size=4))
def test_what_was_hidden_comes_back_in_every_message_of_a_conversation(messages):
    redaction = Redaction()
    hidden = [redaction.hide(text, spans) for text, spans in messages]
    assert [redaction.restore(one) for one in hidden] == [text for text, _ in messages]


@given(marked(), st.integers(1, 7))
def test_a_stream_in_any_pieces_is_restored_as_the_whole(message, size):
    redaction = Redaction()
    hidden = redaction.hide(*message)
    stream = redaction.restoring()
    shown = [stream.feed(hidden[at : at + size]) for at in range(0, len(hidden), size)]
    assert "".join([*shown, stream.close()]) == message[0]


def test_nothing_hidden_is_left_in_what_leaves():
    text = "Hartwell Trust, m.lopez@example.com, DE89370400440532013000, m.lopez@example.com"
    redaction = Redaction()
    hidden = redaction.hide(text, DETECTORS.find(text))
    assert hidden == "[NAME_1], [EMAIL_1], [IBAN_1], [EMAIL_1]"
    assert not DETECTORS.find(hidden)
    assert "lopez" not in repr(redaction)


def test_the_same_text_keeps_its_placeholder_in_the_next_message():
    redaction = Redaction()
    mail = "m.lopez@example.com"
    first = redaction.hide(mail, [SensitiveSpan(0, len(mail), Secret.EMAIL)])
    other = redaction.hide("a@b.org", [SensitiveSpan(0, 7, Secret.EMAIL)])
    again = redaction.hide(f"to {mail}", [SensitiveSpan(3, 3 + len(mail), Secret.EMAIL)])
    assert (first, other, again) == ("[EMAIL_1]", "[EMAIL_2]", "to [EMAIL_1]")


def test_a_placeholder_that_nobody_gave_stays_as_it_is():
    assert Redaction().restore("see [EMAIL_7]") == "see [EMAIL_7]"
    redaction = Redaction()
    assert redaction.hide("see [EMAIL_1]", ()) == "see [TEXT_1]"
    assert redaction.restore("see [TEXT_1]") == "see [EMAIL_1]"
