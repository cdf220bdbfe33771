"""A sample of trading data, so that the first question in plain English has something to ask about.

    listing ──> prices ──> trading (orders, trades, positions) ──> signals ──> reports

Generated with a fixed seed: the same bytes every time. The companies exist, the figures are made up. They
hang together: trades lie within their day's range, positions and realised profit follow from the trades by
average cost, what a model expected is held against the price that came, a year's revenue is the sum of
its quarters. Each part has a random source of its own, so that one can change without the others.
"""

from datetime import date

from assistant.domain.trading import MarketData, Origin
from assistant.samples.market.accounts import accounts
from assistant.samples.market.listing import LAST_DAY, instruments
from assistant.samples.market.prices import Prices
from assistant.samples.market.reports import reports
from assistant.samples.market.signals import signals
from assistant.samples.market.trading import trading

TODAY: date = LAST_DAY
"""The day that the sample calls today: its last trading day."""


def sample_market() -> tuple[MarketData, Origin]:
    """Return the rows of every table, and what they are; takes a second or two of one core."""
    prices = Prices.made()
    people = accounts()
    tables = {
        "users": people.users,
        "instruments": instruments(prices.last),
        **trading(people, prices),
        "prices_daily": prices.daily(),
        "prices_intraday": prices.intraday(),
        **signals(prices, len(people.users.rows)),
        "filing_record": reports(),
    }
    return tables, Origin(sample=True, today=TODAY)
