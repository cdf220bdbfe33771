"""The product's own market: what its tables are filled with, and what that data is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class MarketRows:
    """Rows of one table, in the order of `columns`."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[object, ...]]


MarketData = Mapping[str, MarketRows]
"""Rows by table; a table comes after those that it refers to."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What the data of a market is.

    Args:
        sample: Whether it is the generated sample.
        today: The day that the data calls today; None: the real one.
    """

    sample: bool
    today: date | None = None
