"""One pass over a text finds the needs that asking for each of them finds."""

from hypothesis import given
from hypothesis import strategies as st

from assistant.screening.rules import met, rules

NEEDS = {
    cased: sorted({need for rule in rules() if rule.cased is cased for need in rule.needs})
    for cased in (False, True)
}
PIECES = st.sampled_from([*NEEDS[False], *NEEDS[True], "net sales ", " 4%", "\u2019s "])


@given(st.lists(PIECES, max_size=12), st.integers(0, 6), st.booleans())
def test_one_pass_finds_what_asking_for_each_need_finds(pieces, cut, cased):
    text = "".join(pieces)[cut:]
    assert met(text, cased=cased) == {need for need in NEEDS[cased] if need in text}
