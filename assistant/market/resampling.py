"""Longer bars from shorter ones of the same session, counted from its open.

A longer bar is complete when its time is over, not when its last trade was seen. The last bar of a
session may be shorter than the others.
"""

from dataclasses import replace

import numpy as np

from assistant.domain.market import Frequency
from assistant.market.calendar import Sessions
from assistant.market.recorded import Recorded

FINER = {
    Frequency.MINUTE: (),
    Frequency.FIVE_MINUTES: (Frequency.MINUTE,),
    Frequency.HOUR: (Frequency.FIVE_MINUTES, Frequency.MINUTE),
    Frequency.DAY: (),
}
"""What a frequency can be made of. A day is not made of minutes: auctions are missing in them."""


def resampled(record: Recorded, frequency: Frequency, sessions: Sessions) -> Recorded:
    """Return the bars of a longer frequency.

    Args:
        record: Bars inside sessions, a frequency that `FINER` names.
        frequency: How long the new bars are.
        sessions: When the exchange trades.
    """
    place = sessions.place_of_moment(record.ends)
    opens, closes = sessions.opens[place], sessions.closes[place]
    steps = -(-(record.ends - opens) // frequency.seconds)
    ends = np.minimum(opens + steps * frequency.seconds, closes)
    starts = np.flatnonzero(np.append(True, ends[1:] != ends[:-1])[: len(ends)])
    lasts = np.append(starts[1:], len(ends)) - 1
    opening, high, low, close = record.prices
    if not len(ends):
        return replace(record, frequency=frequency)
    return replace(
        record,
        frequency=frequency,
        ends=ends[lasts],
        prices=np.stack(
            [
                opening[starts],
                np.maximum.reduceat(high, starts),
                np.minimum.reduceat(low, starts),
                close[lasts],
            ]
        ),
        volume=np.add.reduceat(record.volume, starts),
        splits=record.splits[lasts],
        dividends=record.dividends[lasts],
        notes=(*record.notes, f"Bars of {frequency} made from bars of {record.frequency}."),
    )
