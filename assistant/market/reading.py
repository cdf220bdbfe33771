"""Reads CSV and Parquet files of bars into columns (library: pyarrow), by the names of their columns.

Rows that cannot be bars are left out and counted; a file without the columns of a bar is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv, parquet

from assistant.domain.errors import MalformedReply
from assistant.market.recorded import Column

_STAMPS = ("datetime", "timestamp", "date", "time")
_NAMES = {
    "open": ("open",),
    "high": ("high",),
    "low": ("low",),
    "close": ("close",),
    "volume": ("volume",),
    "adjusted": ("adj close", "adj_close", "adjusted close", "adjusted_close"),
}
_NEEDED = ("open", "high", "low", "close", "volume")


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Rows of a file that are bars, oldest first, one a stamp.

    `zoned` when the stamps are UTC; else they are in the exchange's own time. `adjusted` is the
    close adjusted for splits and dividends, where the file has one. `notes` say what was left out.
    """

    stamps: npt.NDArray[np.datetime64]
    zoned: bool
    prices: Column
    volume: Column
    adjusted: Column | None
    notes: tuple[str, ...] = ()


def read_rows(path: Path) -> Rows:
    """Return the bars of a file.

    Raises:
        MalformedReply: It is no CSV or Parquet file of bars.
    """
    try:
        table = _table(path)
    except (pa.ArrowException, OSError) as error:
        raise MalformedReply(
            f"{path.name} cannot be read as a table of prices ({_first_line(error)})",
            "Mend the file, or take it out of the folder of market data.",
        ) from None
    names = {name.strip().lower(): name for name in table.column_names}
    stamp = next((names[n] for n in _STAMPS if n in names), None)
    found = {
        key: next((names[n] for n in tried if n in names), None) for key, tried in _NAMES.items()
    }
    missing = [key for key in _NEEDED if found[key] is None] + (["date"] if not stamp else [])
    if missing or stamp is None:
        raise MalformedReply(
            f"{path.name} has no column for {', '.join(missing)}",
            "Name the columns date (or datetime), open, high, low, close, volume.",
        )
    return _rows(path, table, stamp, found)


def _table(path: Path) -> pa.Table:
    if path.suffix.lower() == ".parquet":
        return parquet.read_table(path)
    convert = csv.ConvertOptions(
        null_values=["", "null", "NaN", "nan", "NA"], strings_can_be_null=True
    )
    return csv.read_csv(path, convert_options=convert)


def _first_line(error: BaseException) -> str:
    return str(error).splitlines()[0][:120]


def _rows(path: Path, table: pa.Table, stamp: str, found: Mapping[str, str | None]) -> Rows:
    kind = table.schema.field(stamp).type
    zoned = pa.types.is_timestamp(kind) and kind.tz is not None
    columns = {key: _numbers(path, table, name) for key, name in found.items() if name}
    stamps = _stamps(path, table, stamp)
    prices = np.stack([columns[key] for key in ("open", "high", "low", "close")])
    adjusted = columns.get("adjusted")
    good = ~np.isnat(stamps) & _are_bars(prices, columns["volume"])
    if adjusted is not None:
        good &= np.isfinite(adjusted) & (adjusted > 0)
    notes = left_out(
        int(np.sum(~good)), "they are no bar (no price, below zero, or high under low)"
    )
    order = np.flatnonzero(good)[np.argsort(stamps[good], kind="stable")]
    last = np.append(stamps[order][1:] != stamps[order][:-1], True)[: len(order)]
    notes += left_out(
        int(np.sum(~last)), "they have the stamp of another; the later in the file holds"
    )
    order = order[last]
    return Rows(
        stamps[order],
        zoned,
        prices[:, order],
        columns["volume"][order],
        None if adjusted is None else adjusted[order],
        notes,
    )


def _numbers(path: Path, table: pa.Table, name: str) -> Column:
    try:
        return np.asarray(table[name].cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    except pa.ArrowException as error:
        raise MalformedReply(
            f"{path.name}: column {name!r} is not of numbers ({_first_line(error)})",
            "Mend the file, or take it out of the folder of market data.",
        ) from None


def _stamps(path: Path, table: pa.Table, name: str) -> npt.NDArray[np.datetime64]:
    column = table[name]
    try:
        if not pa.types.is_timestamp(column.type):
            column = column.cast(pa.timestamp("s"))
        return np.asarray(column.cast(pa.timestamp("s", column.type.tz), safe=False).to_numpy())
    except pa.ArrowException as error:
        raise MalformedReply(
            f"{path.name}: column {name!r} is not of dates ({_first_line(error)})",
            "Write dates as 2024-01-31, times as 2024-01-31 15:30:00.",
        ) from None


def _are_bars(prices: Column, volume: Column) -> npt.NDArray[np.bool_]:
    opens, high, low, close = prices
    with np.errstate(invalid="ignore"):
        sound = np.all(np.isfinite(prices) & (prices > 0), axis=0) & (volume >= 0)
        # a close adjusted by its vendor may stand a rounding outside of its bar
        sound &= (high >= low) & (np.maximum(opens, close) <= high * _ROUNDING)
        sound &= np.isfinite(volume) & (np.minimum(opens, close) * _ROUNDING >= low)
    return np.asarray(sound, dtype=np.bool_)


def left_out(count: int, why: str) -> tuple[str, ...]:
    """Return the note on rows that are not used; none where there are none."""
    return (f"{count:,} row{'s' * (count > 1)} left out: {why}.",) if count else ()


_ROUNDING = 1.0005
