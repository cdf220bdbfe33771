"""Folders of prices for tests."""

from datetime import UTC, datetime

from assistant.market.folder import PriceFolder
from assistant.market.replay import ReplayMarket

HEAD = "Date,Open,High,Low,Close,Volume\n"
ADJUSTED = "Date,Open,High,Low,Close,Adj Close,Volume\n"
MINUTES = "datetime,open,high,low,close,volume\n"
WEEK = ("2024-07-01", "2024-07-02", "2024-07-03", "2024-07-05", "2024-07-08")  # holiday on the 4th
LATER = datetime(2024, 7, 8, 22, tzinfo=UTC)


def bar(day, close, volume=1000, adjusted=None):
    middle = "" if adjusted is None else f"{adjusted},"
    return f"{day},{close},{close + 1},{close - 1},{close},{middle}{volume}\n"


def week(*closes):
    return HEAD + "".join(bar(day, close) for day, close in zip(WEEK, closes, strict=True))


def market(folder, **files):
    """Write files (name without suffix = text) and open the folder as a market."""
    for name, text in files.items():
        suffix = "toml" if name == "market" else "csv"
        (folder / f"{name}.{suffix}").write_text(text, "utf-8")
    return ReplayMarket(PriceFolder(folder))
