"""Joins market data: the folder of the settings, or the generated sample."""

import numpy as np

from assistant.domain.market import Adjustment, Frequency
from assistant.market.calendar import sessions
from assistant.market.folder import PriceFolder
from assistant.market.recorded import Recorded
from assistant.market.replay import HeldRecords, ReplayMarket
from assistant.ports import MarketData
from assistant.samples.prices import LAST_DAY, SAMPLES, generated
from assistant.settings import Settings

SAMPLE_NAME = "generated sample"
_SAMPLE_DAYS = 1500


def open_market(settings: Settings) -> MarketData:
    """Return where prices come from; nothing of it is read yet.

    Raises:
        NotFound: The folder is not there, or holds no prices.
        InvalidRequest: Its files contradict each other.
    """
    if settings.market_data is not None:
        return ReplayMarket(PriceFolder(settings.market_data))
    return ReplayMarket(_sample())


def _sample() -> HeldRecords:
    exchange = sessions("XNYS")
    last = int(np.searchsorted(exchange.days, np.datetime64(LAST_DAY))) + 1
    ends = exchange.closes[last - _SAMPLE_DAYS : last]
    ones = np.ones(_SAMPLE_DAYS)
    records = []
    for symbol, manner in SAMPLES.items():
        columns = generated(manner, _SAMPLE_DAYS)
        records.append(
            Recorded(
                symbol=symbol,
                frequency=Frequency.DAY,
                ends=ends,
                prices=columns[:4],
                volume=columns[4],
                splits=ones,
                dividends=ones,
                given=Adjustment.NONE,
                source=SAMPLE_NAME,
                sample=True,
                notes=("Generated prices of no company: they show the form, and predict nothing.",),
            )
        )
    return HeldRecords(SAMPLE_NAME, exchange, tuple(records))
