"""What can be traded in the sample, and on which days: real companies and holidays, made-up sizes."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from assistant.domain.trading import MarketRows

FIRST_DAY, LAST_DAY = date(2024, 1, 2), date(2026, 6, 26)
"""The first and the last trading day."""
_HOLIDAYS = """
2024-01-01 2024-01-15 2024-02-19 2024-03-29 2024-05-27 2024-06-19 2024-07-04 2024-09-02 2024-11-28
2024-12-25 2025-01-01 2025-01-09 2025-01-20 2025-02-17 2025-04-18 2025-05-26 2025-06-19 2025-07-04
2025-09-01 2025-11-27 2025-12-25 2026-01-01 2026-01-19 2026-02-16 2026-04-03 2026-05-25 2026-06-19
"""
# symbol | name | CIK | class | exchange | sector | industry | listed | first price in USD | yearly drift,
# daily volatility in percent | revenue a year in billions of USD | dividend yield in percent | beta | tags
_LISTED = """
AAPL|Apple Inc.|0000320193|equity|NASDAQ|Technology|Consumer Electronics|1980-12-12|184|14|1.6|390|0.5|1.2|mega_cap dividend
MSFT|Microsoft Corporation|0000789019|equity|NASDAQ|Technology|Software|1986-03-13|372|13|1.5|250|0.8|1.0|mega_cap ai dividend
NVDA|NVIDIA Corporation|0001045810|equity|NASDAQ|Technology|Semiconductors|1999-01-22|49|45|3.0|110|0.1|1.8|mega_cap ai semis volatile
GOOGL|Alphabet Inc.|0001652044|equity|NASDAQ|Communication Services|Internet Content|2004-08-19|139|15|1.8|340|0.4|1.1|mega_cap ai
META|Meta Platforms, Inc.|0001326801|equity|NASDAQ|Communication Services|Internet Content|2012-05-18|350|22|2.1|160|0.3|1.3|mega_cap ai
AMZN|Amazon.com, Inc.|0001018724|equity|NASDAQ|Consumer Discretionary|Internet Retail|1997-05-15|151|16|1.9|620|0|1.2|mega_cap
TSLA|Tesla, Inc.|0001318605|equity|NASDAQ|Consumer Discretionary|Auto Manufacturers|2010-06-29|250|12|3.4|97|0|2.0|mega_cap ev volatile
NFLX|Netflix, Inc.|0001065280|equity|NASDAQ|Communication Services|Entertainment|2002-05-23|48|20|2.3|38|0|1.2|streaming
DIS|The Walt Disney Company|0001744489|equity|NYSE|Communication Services|Entertainment|1957-11-12|90|5|1.7|90|0.8|1.1|streaming dividend
AMD|Advanced Micro Devices, Inc.|0000002488|equity|NASDAQ|Technology|Semiconductors|1972-09-27|139|12|3.1|25|0|1.8|ai semis volatile
INTC|Intel Corporation|0000050863|equity|NASDAQ|Technology|Semiconductors|1971-10-13|48|-12|2.6|54|1.2|1.1|semis dividend
QCOM|QUALCOMM Incorporated|0000804328|equity|NASDAQ|Technology|Semiconductors|1991-12-13|141|8|2.2|39|2.1|1.3|semis dividend
ORCL|Oracle Corporation|0001341439|equity|NYSE|Technology|Software|1986-03-12|104|18|1.9|54|1.0|1.0|dividend
CRM|Salesforce, Inc.|0001108524|equity|NYSE|Technology|Software|2004-06-23|256|4|2.1|36|0.6|1.3|ai
ADBE|Adobe Inc.|0000796343|equity|NASDAQ|Technology|Software|1986-08-13|580|-8|2.2|21|0|1.3|ai
CSCO|Cisco Systems, Inc.|0000858877|equity|NASDAQ|Technology|Communication Equipment|1990-02-16|50|9|1.3|54|2.7|0.9|dividend
IBM|International Business Machines Corporation|0000051143|equity|NYSE|Technology|IT Services|1915-11-11|161|14|1.4|62|3.0|0.7|dividend
JPM|JPMorgan Chase & Co.|0000019617|equity|NYSE|Financials|Banks|1969-03-05|172|16|1.4|170|2.2|1.1|bank dividend
BAC|Bank of America Corporation|0000070858|equity|NYSE|Financials|Banks|1973-01-02|34|11|1.6|100|2.5|1.3|bank dividend
GS|The Goldman Sachs Group, Inc.|0000886982|equity|NYSE|Financials|Capital Markets|1999-05-04|386|18|1.7|51|2.2|1.4|bank dividend
V|Visa Inc.|0001403161|equity|NYSE|Financials|Credit Services|2008-03-19|260|10|1.2|35|0.8|0.9|payments dividend
MA|Mastercard Incorporated|0001141391|equity|NYSE|Financials|Credit Services|2006-05-25|425|11|1.3|27|0.6|1.0|payments dividend
JNJ|Johnson & Johnson|0000200406|equity|NYSE|Health Care|Drug Manufacturers|1944-09-25|158|3|1.0|88|3.1|0.5|dividend defensive
PFE|Pfizer Inc.|0000078003|equity|NYSE|Health Care|Drug Manufacturers|1942-06-22|29|-5|1.6|62|6.0|0.6|dividend
UNH|UnitedHealth Group Incorporated|0000731766|equity|NYSE|Health Care|Healthcare Plans|1984-10-17|530|-9|1.9|390|1.6|0.6|dividend
MRNA|Moderna, Inc.|0001682852|equity|NASDAQ|Health Care|Biotechnology|2018-12-07|108|-30|4.0|4|0|1.6|volatile
XOM|Exxon Mobil Corporation|0000034088|equity|NYSE|Energy|Oil & Gas|1920-03-25|102|4|1.4|340|3.4|0.9|dividend
CVX|Chevron Corporation|0000093410|equity|NYSE|Energy|Oil & Gas|1921-06-24|150|2|1.4|195|4.1|1.0|dividend
KO|The Coca-Cola Company|0000021344|equity|NYSE|Consumer Staples|Beverages|1919-09-05|60|6|0.9|46|3.0|0.6|dividend defensive
PEP|PepsiCo, Inc.|0000077476|equity|NASDAQ|Consumer Staples|Beverages|1972-01-03|169|-4|1.1|92|3.2|0.5|dividend defensive
PG|The Procter & Gamble Company|0000080424|equity|NYSE|Consumer Staples|Household Products|1891-01-01|148|6|1.0|84|2.5|0.4|dividend defensive
WMT|Walmart Inc.|0000104169|equity|NYSE|Consumer Staples|Discount Stores|1972-08-25|53|21|1.3|650|1.4|0.6|dividend defensive
COST|Costco Wholesale Corporation|0000909832|equity|NASDAQ|Consumer Staples|Discount Stores|1985-12-05|655|17|1.4|250|0.6|0.8|dividend
HD|The Home Depot, Inc.|0000354950|equity|NYSE|Consumer Discretionary|Home Improvement Retail|1981-09-22|345|5|1.4|155|2.5|1.0|dividend
MCD|McDonald's Corporation|0000063908|equity|NYSE|Consumer Discretionary|Restaurants|1965-04-21|297|3|1.1|26|2.3|0.6|dividend defensive
NKE|NIKE, Inc.|0000320187|equity|NYSE|Consumer Discretionary|Footwear|1980-12-02|107|-15|1.9|50|2.0|1.1|dividend
BA|The Boeing Company|0000012927|equity|NYSE|Industrials|Aerospace & Defense|1962-01-02|252|-3|2.2|78|0|1.5|volatile
CAT|Caterpillar Inc.|0000018230|equity|NYSE|Industrials|Farm & Construction Machinery|1929-12-02|292|12|1.7|65|1.6|1.0|dividend
T|AT&T Inc.|0000732717|equity|NYSE|Communication Services|Telecom Services|1983-11-21|17|14|1.3|122|5.0|0.6|dividend
SPY|SPDR S&P 500 ETF Trust||etf|ARCA||Index Fund|1993-01-29|472|12|0.9||1.2|1.0|index
QQQ|Invesco QQQ Trust||etf|NASDAQ||Index Fund|1999-03-10|405|15|1.2||0.6|1.2|index
BTC-USD|Bitcoin||crypto|COINBASE||Cryptocurrency|2014-09-17|44900|30|3.2||0|1.5|volatile
ETH-USD|Ethereum||crypto|COINBASE||Cryptocurrency|2016-05-18|2350|10|3.9||0|1.7|volatile
"""


@dataclass(frozen=True)
class Listed:
    """An instrument and what its made-up figures grow from.

    Args:
        price: Its first close in USD.
        drift: Expected growth a year, in percent.
        volatility: Of a day, in percent.
        revenue: A year, in billions of USD; None where nothing is reported.
        dividend: Dividend yield a year, in percent.
    """

    symbol: str
    name: str
    cik: str
    kind: str
    exchange: str
    sector: str
    industry: str
    since: date
    price: float
    drift: float
    volatility: float
    revenue: float | None
    dividend: float
    beta: float
    tags: tuple[str, ...]

    @property
    def shares(self) -> float:
        """How many shares there are, in billions: three years of revenue at the first price."""
        return 3 * (self.revenue or 60) / self.price


@cache
def listed() -> tuple[Listed, ...]:
    """Return the instruments, the best known first."""
    return tuple(map(_read, _LISTED.strip().splitlines()))


@cache
def trading_days() -> tuple[date, ...]:
    """Return the days on which the exchanges are open."""
    closed = {date.fromisoformat(day) for day in _HOLIDAYS.split()}
    return tuple(day for day in _days() if day.weekday() < 5 and day not in closed)


def instruments(closes: Mapping[str, float]) -> MarketRows:
    """Return the rows of `instruments`, worth what their last closes (in USD) say."""
    columns = (
        "symbol name cik asset_class exchange sector industry country currency market_cap ipo_date "
        "is_active tags attributes"
    )
    rows = [
        (
            *(one.symbol, one.name, one.cik or None, one.kind, one.exchange, one.sector or None),
            *(
                one.industry,
                "US",
                "USD",
                round(one.shares * closes[one.symbol], 1) * 10**9,
                one.since,
                True,
            ),
            *(list(one.tags), _attributes(number, one)),
        )
        for number, one in enumerate(listed())
    ]
    return MarketRows(tuple(columns.split()), rows)


def _attributes(number: int, one: Listed) -> str:
    held: dict[str, object] = {"dividend_yield": one.dividend, "beta": one.beta}
    if one.kind == "equity":
        held["esg_rating"] = ("AAA", "AA", "A", "A", "BBB", "BB")[number % 6]
        held["employees"] = round((one.revenue or 1) * (200 + 97 * (number % 11)), -2)
    return json.dumps(held, sort_keys=True)


def _read(line: str) -> Listed:
    fields = line.split("|")
    symbol, name, cik, kind, exchange, sector, industry = fields[:7]
    price, drift, volatility = map(float, fields[8:11])
    revenue, dividend, beta, tags = fields[11:]
    return Listed(
        *(symbol, name, cik, kind, exchange, sector, industry, date.fromisoformat(fields[7])),
        *(price, drift, volatility, float(revenue) if revenue else None),
        *(float(dividend), float(beta), tuple(tags.split())),
    )


def _days() -> Iterator[date]:
    day = FIRST_DAY
    while day <= LAST_DAY:
        yield day
        day += timedelta(days=1)
