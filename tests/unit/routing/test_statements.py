"""Statements: sums that do not depend on how the count is cut, and a saving that is never invented."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.answers import Destination
from assistant.domain.costs import Price, Tally
from assistant.domain.statements import By, Statement

PRICE = Price(Decimal("0.000003"), Decimal("0.000015"))
DAY = date(2026, 11, 20)
counts = st.integers(0, 100_000)
money = st.decimals(0, 100, places=9)


@st.composite
def tallies(draw):
    place = draw(st.sampled_from(Destination))
    cloud = place is Destination.CLOUD
    return Tally(
        day=DAY - timedelta(days=draw(st.integers(0, 3))),
        who=draw(st.sampled_from(["ann", "bob"])),
        role="analyst",
        model=draw(st.sampled_from(["a", "b"])),
        destination=place,
        answers=draw(counts),
        prompt_tokens=draw(counts),
        completion_tokens=draw(counts),
        cost_usd=draw(money) if cloud else Decimal(0),
        held_usd=draw(money) if cloud else Decimal(0),
    )


def statement(found):
    return Statement(7, "maker/model", PRICE, True, (), tuple(found))


@given(st.lists(tallies(), max_size=12), st.sampled_from(By))
def test_lines_add_up_to_the_total(found, by):
    made = statement(found)
    lines, total = made.lines(by), made.total
    for name in ("answers", "builtin", "local", "cloud", "cost_usd", "held_usd", "saving_usd"):
        assert sum(getattr(line, name) for line in lines) == getattr(total, name)
    assert len({line.name for line in lines}) == len(lines)


@given(st.lists(tallies(), max_size=12))
def test_what_the_cloud_answered_saves_nothing(found):
    only_cloud = [one for one in found if one.destination is Destination.CLOUD]
    total = statement(only_cloud).total
    assert total.saving_usd == 0
    assert total.all_cloud_usd == total.cost_usd
    assert total.share_without_cloud in (None, 0)


@given(st.lists(tallies(), max_size=12))
def test_the_saving_is_what_the_other_tokens_would_have_cost(found):
    here = [one for one in found if one.destination is not Destination.CLOUD]
    expected = sum(PRICE.of(one.prompt_tokens, one.completion_tokens) for one in here)
    total = statement(found).total
    assert total.saving_usd == expected >= 0
    if total.answers:
        assert total.share_without_cloud == 1 - total.cloud / total.answers


def test_days_stand_newest_first_and_others_by_what_they_cost():
    dear = Tally(DAY, "bob", "viewer", "m", Destination.CLOUD, 1, cost_usd=Decimal(2))
    cheap = Tally(DAY - timedelta(days=1), "ann", "viewer", "n", Destination.CLOUD, 9)
    made = statement([cheap, dear])
    assert [line.name for line in made.lines(By.DAY)] == ["2026-11-20", "2026-11-19"]
    assert [line.name for line in made.lines(By.USER)] == ["bob", "ann"]
