"""Nothing that happened after `as_of` is in a series: no bar, no split, no dividend."""

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain.errors import MalformedReply
from assistant.domain.market import Adjustment, Frequency
from assistant.market.calendar import sessions
from assistant.market.recorded import Recorded, oddities, seen
from tests.unit.market.making import ADJUSTED, LATER, WEEK, bar, market, week

pytestmark = pytest.mark.anyio

DAY = Frequency.DAY
SESSIONS = sessions("XNYS")
FIRST = int(np.searchsorted(SESSIONS.days, np.datetime64("2020-01-02")))
ACTIONS = "symbol,ex_date,kind,value\nACME,2024-07-03,split,4\nACME,2024-07-05,dividend,1\n"


def at(day, hour=22):
    return datetime.fromisoformat(f"{day}T{hour}:00:00").replace(tzinfo=UTC)


async def test_a_split_adjusts_earlier_prices_once_it_has_happened(tmp_path):
    acme = market(tmp_path, ACME=week(40, 44, 11, 12, 13), actions=ACTIONS)
    before = await acme.bars("ACME", DAY, at(WEEK[1]), Adjustment.SPLITS)
    after = await acme.bars("ACME", DAY, at(WEEK[2]), Adjustment.SPLITS)
    assert list(before.close) == [40, 44]
    assert list(after.close) == [10, 11, 11]
    assert list(after.volume) == [4000, 4000, 1000]
    assert not any("split that is not adjusted" in note for note in after.notes)


async def test_a_dividend_adjusts_earlier_prices_from_its_ex_date_on(tmp_path):
    acme = market(tmp_path, ACME=week(40, 44, 11, 12, 13), actions=ACTIONS)
    before = await acme.bars("ACME", DAY, at(WEEK[2]))
    after = await acme.bars("ACME", DAY, at(WEEK[3]))
    assert before.last.close == 11
    assert after.close[2] == pytest.approx(11 * (1 - 1 / 11))
    assert after.last.close == 12


async def test_a_dividend_paid_later_changes_no_price_seen_earlier(tmp_path):
    rows = [bar(day, 100 + i, adjusted=90 + i) for i, day in enumerate(WEEK)]
    paid = [bar(day, 100 + i, adjusted=(90 + i) * 0.97) for i, day in enumerate(WEEK[:4])]
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    without = market(tmp_path / "a", ACME=ADJUSTED + "".join(rows))
    later = market(tmp_path / "b", ACME=ADJUSTED + "".join(paid) + rows[-1])
    for adjustment in Adjustment:
        one = await without.bars("ACME", DAY, at(WEEK[3]), adjustment)
        other = await later.bars("ACME", DAY, at(WEEK[3]), adjustment)
        assert list(one.close) == pytest.approx(list(other.close), rel=1e-12)


async def test_a_split_that_the_prices_hold_already_is_not_applied_twice(tmp_path):
    said = 'prices = "splits"\n'
    acme = market(tmp_path, ACME=week(10, 11, 11, 12, 13), actions=ACTIONS, market=said)
    series = await acme.bars("ACME", DAY, LATER)
    assert list(series.volume) == [1000] * 5
    assert list(series.close[:3]) == pytest.approx([10 * 10 / 11, 10, 10])


async def test_a_dividend_of_more_than_the_price_is_refused(tmp_path):
    actions = "symbol,ex_date,kind,value\nACME,2024-07-05,dividend,12\n"
    acme = market(tmp_path, ACME=week(10, 11, 11, 12, 13), actions=actions)
    with pytest.raises(MalformedReply, match="paid 12 on 2024-07-05"):
        await acme.bars("ACME", DAY, LATER)


@pytest.mark.parametrize(
    "text", ["symbol,when\nACME,1\n", "symbol,ex_date,kind,value\nACME,x,split,2\n"]
)
def test_actions_that_cannot_be_read_are_refused(tmp_path, text):
    with pytest.raises(MalformedReply, match=r"actions\.csv"):
        market(tmp_path, ACME=week(1, 2, 3, 4, 5), actions=text)


def record(seed, count=60):
    rng = np.random.default_rng(seed)
    close = 50 * np.exp(np.cumsum(rng.normal(0, 0.02, count)))
    prices = np.stack([close, close * 1.01, close * 0.99, close])
    factors = np.cumprod(rng.choice([1.0, 1.0, 1.0, 0.5, 0.98], (2, count)), axis=1)[:, ::-1]
    return Recorded(
        "ACME",
        DAY,
        SESSIONS.closes[FIRST : FIRST + count],
        prices,
        rng.integers(1, 1000, count).astype(float),
        factors[0],
        factors[1],
        Adjustment.NONE,
        "a test",
    )


@given(st.integers(0, 50), st.integers(1, 59), st.floats(0.1, 9), st.sampled_from(Adjustment))
@settings(max_examples=60, deadline=None)
def test_no_change_of_the_future_changes_what_was_seen(seed, cut, change, adjustment):
    whole = record(seed)
    as_of = datetime.fromtimestamp(int(whole.ends[cut - 1]), UTC)
    prices, volume = whole.prices.copy(), whole.volume.copy()
    prices[:, cut:] *= change
    volume[cut:] = 0
    splits, dividends = whole.splits.copy(), whole.dividends.copy()
    splits[:cut] *= change  # an action after the cut multiplies every earlier factor
    dividends[:cut] /= change
    altered = replace(whole, prices=prices, volume=volume, splits=splits, dividends=dividends)
    one, other = (seen(r, as_of, adjustment, None) for r in (whole, altered))
    assert len(one) == len(other) == cut
    for column in ("open", "high", "low", "close", "volume"):
        assert list(getattr(one, column)) == pytest.approx(list(getattr(other, column)), rel=1e-9)
    assert oddities(whole, one, SESSIONS) == oddities(altered, other, SESSIONS)


@given(st.integers(0, 50), st.integers(1, 60), st.integers(1, 70))
@settings(max_examples=30, deadline=None)
def test_a_limit_gives_the_newest_bars_with_the_same_prices(seed, cut, limit):
    whole = record(seed)
    as_of = datetime.fromtimestamp(int(whole.ends[cut - 1]), UTC)
    every = seen(whole, as_of, Adjustment.ALL, None)
    newest = seen(whole, as_of, Adjustment.ALL, limit)
    assert list(newest.close) == list(every.close)[-limit:]


async def test_a_series_cut_back_has_no_later_bar(tmp_path):
    series = await market(tmp_path, ACME=week(10, 11, 12, 13, 14)).bars("ACME", DAY, LATER)
    cut = series.until(at(WEEK[2]))
    assert list(cut.close) == [10, 11, 12]
    assert cut.as_of == cut.last.end
