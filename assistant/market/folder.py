"""Prices in a folder of CSV or Parquet files: `AAPL.csv` (a bar a day), `AAPL_1min.csv`, one level deep.

`market.toml` in it, all of it optional, says what files cannot:

    calendar = "XNYS"                # the exchange (ISO 10383)
    prices = "splits"                # what they are adjusted for: none, splits, splits_and_dividends
    stamps = "end"                   # of bars inside a day: when they begin ("start") or end
    sample = false                   # true: generated, of no company
    [aliases]
    META = "FB"                      # symbol asked for = name of its file

`actions.csv` in it (symbol, ex_date, kind, value): splits (new shares for one) and dividends (money a
share), for prices that are not adjusted.
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import csv

from assistant.domain.errors import InvalidRequest, MalformedReply, NotFound
from assistant.domain.market import Adjustment, Frequency
from assistant.market.calendar import Days, Seconds, Sessions, sessions
from assistant.market.reading import Rows, left_out, read_rows
from assistant.market.recorded import Column, Recorded

_SUFFIXES = {".csv", ".parquet"}
_ACTIONS = "actions.csv"


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `market.toml` says of a folder. `stamps` is "" where it is to be seen from the bars."""

    calendar: str = "XNYS"
    prices: Adjustment | None = None
    stamps: Literal["", "start", "end"] = ""
    sample: bool = False
    aliases: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Action:
    """A split (`value` new shares for one) or a dividend (`value` of money a share)."""

    day: np.datetime64
    kind: str
    value: float


class PriceFolder:
    """The records of a folder; files are found once, and read when they are asked for.

    Args:
        path: The folder.

    Raises:
        NotFound: It is no folder, or holds no prices.
        InvalidRequest: Two files are of one symbol and frequency, or `market.toml` is wrong.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise NotFound(
                f"There is no folder of market data at {path}", "Set AEI_MARKET_DATA to one."
            )
        self.name = f"files in {path.name}"
        self._path = path
        self._declared = _declared(path / "market.toml")
        self._files = _files(path)
        if not self._files:
            raise NotFound(
                f"{path} holds no prices",
                "Files are named AAPL.csv or AAPL_1min.csv (or .parquet).",
            )
        self.sessions = sessions(self._declared.calendar)
        self._actions = _actions(path / _ACTIONS)

    def symbols(self) -> dict[str, frozenset[Frequency]]:
        """Return each symbol with the frequencies that a file has; aliases are symbols too."""
        found: dict[str, set[Frequency]] = {}
        for symbol, frequency in self._files:
            found.setdefault(symbol, set()).add(frequency)
        aliased = {
            alias: found[name] for alias, name in self._declared.aliases.items() if name in found
        }
        return {name: frozenset(given) for name, given in (found | aliased).items()}

    def read(self, symbol: str, frequency: Frequency) -> Recorded | None:
        """Return the record of a symbol, None where no file has it.

        Raises:
            MalformedReply: Its file cannot be read.
        """
        name = self._declared.aliases.get(symbol, symbol)
        path = self._files.get((name, frequency))
        if path is None:
            return None
        rows = read_rows(path)
        if frequency is Frequency.DAY and rows.zoned:
            rows = _dated(rows, self.sessions)
        if len(rows.stamps) and _whole_days(rows) != (frequency is Frequency.DAY):
            raise MalformedReply(
                f"{path.name} does not hold bars of {frequency}",
                "Name files of daily bars AAPL.csv, of others AAPL_1min.csv.",
            )
        return self._record(symbol, name, frequency, rows)

    def _record(self, symbol: str, name: str, frequency: Frequency, rows: Rows) -> Recorded:
        if frequency is Frequency.DAY:
            ends, inside = _day_ends(rows, self.sessions)
        else:
            ends, inside = _bar_ends(rows, frequency, self.sessions, self._declared.stamps)
        notes = rows.notes + left_out(int(np.sum(~inside)), "the exchange was closed then")
        days = rows.stamps.astype("datetime64[D]")
        close = rows.prices[3]
        actions = self._actions.get(name, ())
        # beside an adjusted close, the close itself is adjusted for splits (Yahoo's way)
        usual = Adjustment.NONE if rows.adjusted is None else Adjustment.SPLITS
        given = self._declared.prices or usual
        splits, dividends = _factors(days, close, actions, name)
        if given is not Adjustment.NONE:
            splits = np.ones(len(days))
        if rows.adjusted is not None:
            dividends = rows.adjusted / close
        told = bool(actions) or rows.adjusted is not None
        whole = Recorded(
            symbol,
            frequency,
            ends,
            rows.prices,
            rows.volume,
            splits,
            dividends,
            given,
            self.name,
            Adjustment.ALL if told else Adjustment.NONE,
            self._declared.sample,
            notes,
        )
        return whole.cut(inside)


def _declared(path: Path) -> Declared:
    if not path.is_file():
        return Declared()
    try:
        return msgspec.toml.decode(path.read_bytes(), type=Declared)
    except (msgspec.DecodeError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InvalidRequest(
            f"{path} is not as expected: {error}", "docs/operations.md shows such a file."
        ) from None


def _files(folder: Path) -> dict[tuple[str, Frequency], Path]:
    found: dict[tuple[str, Frequency], Path] = {}
    for path in sorted([*folder.glob("*"), *folder.glob("*/*")]):
        if path.suffix.lower() not in _SUFFIXES or path.name == _ACTIONS or not path.is_file():
            continue
        symbol, _, kind = path.stem.partition("_")
        if kind and kind not in {f.value for f in Frequency}:
            continue
        key = (symbol.upper(), Frequency(kind or "1d"))
        if key in found:
            raise InvalidRequest(
                f"{found[key]} and {path} are both the bars of {key[0]} ({key[1]})",
                "Keep one of them in the folder of market data.",
            )
        found[key] = path
    return found


def _actions(path: Path) -> dict[str, tuple[Action, ...]]:
    if not path.is_file():
        return {}
    kept: dict[str, list[Action]] = {}
    try:
        for row in csv.read_csv(path).to_pylist():
            action = Action(np.datetime64(row["ex_date"], "D"), row["kind"], float(row["value"]))
            if action.kind not in {"split", "dividend"} or not action.value > 0:
                raise ValueError(f"no split or dividend: {row}")  # noqa: TRY301 -- one message below
            kept.setdefault(str(row["symbol"]).upper(), []).append(action)
    except (pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise MalformedReply(
            f"{path} cannot be read as splits and dividends ({error})",
            "Its columns are symbol, ex_date, kind (split or dividend), value.",
        ) from None
    return {symbol: tuple(actions) for symbol, actions in kept.items()}


def _whole_days(rows: Rows) -> bool:
    return bool(np.all(rows.stamps == rows.stamps.astype("datetime64[D]")))


def _dated(rows: Rows, calendar: Sessions) -> Rows:
    """Give daily bars their date: of UTC where they are stamped midnight there, else the exchange's."""
    if _whole_days(rows):
        return rows
    local = calendar.local(rows.stamps)
    return replace(rows, stamps=local.astype("datetime64[D]").astype("datetime64[s]"))


def _factors(
    days: Days, close: Column, actions: tuple[Action, ...], name: str
) -> tuple[Column, Column]:
    """Return for each bar what later splits and dividends make of its price."""
    splits, dividends = np.ones(len(days)), np.ones(len(days))
    for action in actions:
        before = int(np.searchsorted(days, action.day))  # bars before the ex-date
        if action.kind == "split":
            splits[:before] /= action.value
        elif 0 < before < len(days):
            if action.value >= close[before - 1]:
                raise MalformedReply(
                    f"{_ACTIONS}: {name} paid {action.value:g} on {action.day}, no less than its price",
                    "A dividend is money a share, in the terms of the prices beside it.",
                )
            dividends[:before] *= 1 - action.value / close[before - 1]
    return splits, dividends


def _day_ends(rows: Rows, calendar: Sessions) -> tuple[Seconds, npt.NDArray[np.bool_]]:
    places = calendar.place(rows.stamps)
    return calendar.closes[places], places >= 0


def _bar_ends(
    rows: Rows, frequency: Frequency, calendar: Sessions, stamps: str
) -> tuple[Seconds, npt.NDArray[np.bool_]]:
    """Return when bars inside a day end, and which are inside a session.

    Where nobody says what a stamp is: a bar stamped with the opening minute can only begin there.
    """
    moments = rows.stamps.astype("datetime64[s]").astype(np.int64)
    if not rows.zoned:
        moments = calendar.utc(rows.stamps)
    begins = bool(np.isin(moments, calendar.opens).any()) if not stamps else stamps == "start"
    ends = moments + frequency.seconds * begins
    places = calendar.place_of_moment(ends)
    if begins:  # the last bar of a session may be shorter than the others
        begun = calendar.place_of_moment(moments + 1)
        ends = np.where(begun >= 0, np.minimum(ends, calendar.closes[begun]), ends)
        places = begun
    return ends, places >= 0
