"""The bars of predictions, held on the shared prices."""

from datetime import UTC, datetime

import numpy as np
import pytest

from assistant.bootstrap.market import open_market
from assistant.domain.market import Frequency
from assistant.prediction.arrays import Columns
from assistant.prediction.evaluation import evaluate
from assistant.prediction.intervals import coverage
from assistant.settings import Settings

pytestmark = pytest.mark.anyio
LATE = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def histories(eval_dir):
    market = open_market(Settings(_env_file=None, market_data=eval_dir / "prices"))
    return {
        symbol: await market.bars(symbol, Frequency.DAY, LATE)
        for symbol, frequencies in (await market.symbols()).items()
        if Frequency.DAY in frequencies
    }


@pytest.mark.parametrize("last", [None, 1250])
async def test_intervals_cover_in_the_band_for_every_symbol(histories, last):
    found = {s: coverage(Columns.of(b).close, 1, 0.8, last) for s, b in histories.items()}
    assert all(one.n >= 1000 for one in found.values())
    assert {s: one for s, one in found.items() if not 0.77 <= one.covered <= 0.83} == {}
    assert {s: one for s, one in found.items() if one.worst_year < 0.70} == {}
    assert {s: one for s, one in found.items() if one.width_ratio > 1.05} == {}
    pooled = np.average([v.covered for v in found.values()], weights=[v.n for v in found.values()])
    assert 0.77 <= pooled <= 0.83


async def test_real_direction_costs_no_brier_score_and_is_not_called_skill(histories):
    _, skill = evaluate(histories["FB"], 1)
    assert skill.brier <= skill.brier_base + 0.001
    assert skill.calibration_error <= 0.03
    assert skill.sentence.startswith("No skill over always-up")
