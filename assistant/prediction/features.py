"""What a model looks at: indicators of prices, known at each bar's end (library: TA-Lib).

Every column is a ratio or a share, never a price, so that a split or another company changes nothing.
Every indicator looks back only; no average is centred. `features_look_ahead` in `evaluation` holds any
table of features to that, ours too.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import talib

from assistant.domain.market import BarSeries, Frequency
from assistant.domain.predictions import Family
from assistant.prediction.arrays import Column, Columns

_DAY = 86_400


@dataclass(frozen=True, slots=True, eq=False)
class FeatureTable:
    """Features by bar: `values` of shape (bars, names), NaN where an indicator has no past yet."""

    names: tuple[str, ...]
    values: Column


def features(series: BarSeries, families: Collection[Family] = tuple(Family)) -> FeatureTable:
    """Return the features of every bar.

    Args:
        series: Prices, oldest first.
        families: Which ones, in the order in which they become columns.
    """
    columns = Columns.of(series)
    found: dict[str, Column] = {}
    for family in families:
        found |= _FAMILIES[family](columns, series.frequency)
    values = np.column_stack([*found.values()]) if found else np.empty((len(series), 0))
    return FeatureTable(tuple(found), values)


def _share(part: Column, whole: Column) -> Column:
    """Return part / whole, 0 where the whole is nothing: a price that does not move has no trend."""
    made = np.zeros_like(part)
    np.divide(part, whole, out=made, where=whole != 0)
    made[np.isnan(part) | np.isnan(whole)] = np.nan
    return made


def _sma(bars: Columns, _: Frequency) -> dict[str, Column]:
    return {f"sma_{n}": bars.close / talib.SMA(bars.close, n) - 1 for n in (5, 20, 60)}


def _ema(bars: Columns, _: Frequency) -> dict[str, Column]:
    return {f"ema_{n}": bars.close / talib.EMA(bars.close, n) - 1 for n in (12, 26)}


def _macd(bars: Columns, _: Frequency) -> dict[str, Column]:
    line, signal, histogram = talib.MACD(bars.close, 12, 26, 9)
    return {
        "macd": line / bars.close,
        "macd_signal": signal / bars.close,
        "macd_histogram": histogram / bars.close,
    }


def _rsi(bars: Columns, _: Frequency) -> dict[str, Column]:
    return {"rsi_14": talib.RSI(bars.close, 14) / 100 - 0.5}


def _volatility(bars: Columns, _: Frequency) -> dict[str, Column]:
    returns = np.diff(np.log(bars.close), prepend=np.nan)
    short, long = (_deviation(returns, n) for n in (10, 60))
    return {
        "return_1": returns,
        "return_5": talib.ROC(bars.close, 5) / 100,
        "volatility_10": short,
        "volatility_60": long,
        "volatility_ratio": _share(short, long),
    }


def _deviation(returns: Column, count: int) -> Column:
    made = np.full(len(returns), np.nan)
    if len(returns) > count:
        made[1:] = talib.STDDEV(returns[1:], count)
    return made


def _atr(bars: Columns, _: Frequency) -> dict[str, Column]:
    return {"atr_14": talib.ATR(bars.high, bars.low, bars.close, 14) / bars.close}


def _bollinger(bars: Columns, _: Frequency) -> dict[str, Column]:
    upper, middle, lower = talib.BBANDS(bars.close, 20, 2, 2)
    return {
        "bollinger_place": _share(bars.close - middle, upper - lower),
        "bollinger_width": (upper - lower) / middle,
    }


def _volume(bars: Columns, _: Frequency) -> dict[str, Column]:
    mean = talib.SMA(bars.volume, 20)
    flow = talib.SMA(bars.volume * np.sign(np.diff(bars.close, prepend=bars.close[:1])), 20)
    return {
        "volume_ratio": np.log1p(_share(bars.volume, mean)),
        "volume_flow": _share(flow, mean),
    }


def _calendar(bars: Columns, frequency: Frequency) -> dict[str, Column]:
    days = bars.ends // _DAY
    since = np.diff(bars.ends, prepend=bars.ends[:1]) / frequency.seconds
    made = {
        "weekday": ((days + 3) % 7).astype(float) / 4,  # 1970-01-01 was a Thursday
        "since_last_bar": np.log1p(since.astype(float)),
    }
    if frequency is not Frequency.DAY:
        made["time_of_day"] = (bars.ends % _DAY).astype(float) / _DAY
    return made


_FAMILIES: Mapping[Family, Callable[[Columns, Frequency], dict[str, Column]]] = MappingProxyType(
    {
        Family.SMA: _sma,
        Family.EMA: _ema,
        Family.MACD: _macd,
        Family.RSI: _rsi,
        Family.VOLATILITY: _volatility,
        Family.ATR: _atr,
        Family.BOLLINGER: _bollinger,
        Family.VOLUME: _volume,
        Family.CALENDAR: _calendar,
    }
)
