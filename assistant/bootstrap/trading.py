"""Joins the product's own market: its database, its roles, and the sample that it begins with."""

import logging
from datetime import date

from anyio import to_thread

from assistant.domain.trading import Origin
from assistant.samples.market import sample_market
from assistant.settings import Settings
from assistant.storage.market import Market
from assistant.storage.postgres import ConnectionSource

_logger = logging.getLogger(__name__)


def own_market(settings: Settings, server: ConnectionSource) -> Market:
    """Return the market in the product's database, which is at the newest schema."""
    return Market(server, ours=not settings.database_url.get_secret_value())


async def ready(market: Market) -> Origin:
    """Settle who reads the market, fill it with the sample where nothing is in it; say what it holds.

    Raises:
        ServiceFailed: The roles cannot be made, or the database does not answer.
    """
    await market.settle()
    return await market.origin() or await load_sample(market)


async def load_sample(market: Market) -> Origin:
    """Fill an empty market with the sample; say what it holds then."""
    _logger.warning("The market is empty: it gets sample data once, which takes a few seconds.")
    data, origin = await to_thread.run_sync(sample_market)
    await market.fill(data, origin)
    return await market.origin() or Origin(sample=False)


def notes_on(origin: Origin, today: date | None) -> tuple[str, ...]:
    """Return what every answer from the market says of its data."""
    if not origin.sample:
        return ()
    return (f"Sample data, generated; today is {today:%B %-d, %Y} in it.",)
