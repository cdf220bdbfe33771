"""Every provider of prices, held to the same words."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assistant.bootstrap.market import open_market
from assistant.domain.errors import NoMarketData
from assistant.domain.market import Frequency
from assistant.settings import Settings

pytestmark = pytest.mark.anyio

LATE = datetime(2026, 3, 21, tzinfo=UTC)


@pytest.fixture(params=["sample", "folder"])
def provider(request):
    if request.param == "sample":
        return open_market(Settings(_env_file=None, market_data=None))
    folder = Path(os.environ.get("AEI_EVAL_DIR", "../shared/eval")) / "prices"
    if not folder.is_dir():
        pytest.skip(f"no evaluation data in {folder}")
    return open_market(Settings(_env_file=None, market_data=folder))


async def test_every_symbol_is_served_at_every_frequency_it_is_said_to_have(provider):
    for symbol, frequencies in (await provider.symbols()).items():
        for frequency in frequencies:
            series = await provider.bars(symbol, frequency, LATE)
            assert (series.symbol, series.frequency) == (symbol, frequency)
            assert series.source == provider.name
            assert len(series) > 30


async def test_bars_are_sound_rising_in_time_and_not_of_the_future(provider):
    for symbol in await provider.symbols():
        series = await provider.bars(symbol, Frequency.DAY, LATE)
        assert list(series.ends) == sorted(set(series.ends))
        assert series.last.end <= LATE
        assert all(0 < low <= high for low, high in zip(series.low, series.high, strict=True))


async def test_an_earlier_moment_gives_the_same_bars_up_to_it(provider):
    symbol = min(await provider.symbols())
    whole = await provider.bars(symbol, Frequency.DAY, LATE)
    moment = whole.bar(-100).end
    early = await provider.bars(symbol, Frequency.DAY, moment)
    assert early.ends == whole.ends[:-99]
    just_before = await provider.bars(symbol, Frequency.DAY, moment - timedelta(seconds=1))
    assert just_before.ends == whole.ends[:-100]
    ratios = [a / b for a, b in zip(early.close, whole.close, strict=False)]
    assert max(ratios) == pytest.approx(min(ratios), rel=1e-9)


@pytest.mark.parametrize("symbol", ["NOSUCH", "", "../daily_mit/AAPL", "/etc/passwd", "daily_mit"])
async def test_what_nobody_has_is_an_error_that_names_who_was_asked(provider, symbol):
    with pytest.raises(NoMarketData, match=f"asked: {provider.name}"):
        await provider.bars(symbol, Frequency.DAY, LATE)


async def test_the_sample_says_of_every_series_that_it_is_generated():
    sample = open_market(Settings(_env_file=None, market_data=None))
    for symbol in await sample.symbols():
        series = await sample.bars(symbol, Frequency.DAY, LATE)
        assert series.sample
        assert "Generated prices of no company" in series.notes[0]
