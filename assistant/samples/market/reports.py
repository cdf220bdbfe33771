"""Filings of the sample: three years of every company, with figures that are made up and add up."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random

from assistant.domain.trading import MarketRows
from assistant.samples.market.accounts import moment
from assistant.samples.market.listing import LAST_DAY, Listed, listed

_YEARS = range(2023, LAST_DAY.year + 1)
_ENDS = {1: (3, 31), 2: (6, 30), 3: (9, 30), 4: (12, 31)}
_SECTIONS = {
    "10-K": ["Item 1", "Item 1A", "Item 7", "Item 7A", "Item 8"],
    "10-Q": ["Part I Item 1", "Part I Item 2", "Part II Item 1A"],
    "8-K": ["Item 2.02", "Item 9.01"],
    "DEF 14A": ["Executive Compensation", "Proposals"],
}
_PAGES = {"10-K": (70, 180), "10-Q": (35, 80), "8-K": (3, 12), "DEF 14A": (50, 110)}
_DAYS = {"10-K": (32, 58), "10-Q": (24, 40), "8-K": (1, 3), "DEF 14A": (1, 3)}
_WITHOUT_RESEARCH = ("Financials", "Energy")
_SUMMED = ("revenue", "net_income", "rd_expense")
_COLUMNS = (
    "filing_id symbol accession_no form_type fiscal_year fiscal_period period_end filed_at title "
    "page_count word_count sections metrics ingested_at"
)
_Metrics = dict[str, float]


def reports() -> MarketRows:
    """Return the rows of `filing_record`."""
    random = Random(46)  # noqa: S311 -- a sample, no secret
    rows = list[tuple[object, ...]]()
    for one in listed():
        if one.cik:
            for filed in _of(random, one):
                rows += [row for row in [_row(random, one, len(rows) + 1, *filed)] if row]
    return MarketRows(tuple(_COLUMNS.split()), rows)


def _of(random: Random, one: Listed) -> Iterator[tuple[str, int, str, date, _Metrics]]:
    """Yield form, year, period, its end and its figures, in millions of USD, of a company's filings."""
    quarter = (one.revenue or 0) * 1000 / 4
    margin, research = random.uniform(0.03, 0.28), random.uniform(0.01, 0.16)
    research *= one.sector not in _WITHOUT_RESEARCH
    assets = quarter * 4 * random.uniform(1.2, 3.5)
    for year in _YEARS:
        quarters = list[_Metrics]()
        yield "DEF 14A", year, "EV", date(year, 4, 12), {}
        for number, end in _ENDS.items():
            quarter *= random.gauss(1.012 + one.drift / 4000, 0.02)
            assets *= random.gauss(1.01, 0.01)
            sold = round(quarter, 1)
            made = round(sold * (margin + random.gauss(0, 0.01)), 1)
            quarters.append(_figures(one, sold, made, round(sold * research, 1), round(assets, 1)))
            day = date(year, *end)
            yield "8-K", year, "EV", day + timedelta(days=21), {}
            if number < 4:
                yield "10-Q", year, f"Q{number}", day, quarters[-1]
        sums = {name: round(sum(q[name] for q in quarters), 1) for name in _SUMMED}
        yield (
            "10-K",
            year,
            "FY",
            date(year, 12, 31),
            _figures(
                one, sums["revenue"], sums["net_income"], sums["rd_expense"], round(assets, 1)
            ),
        )


def _figures(one: Listed, sold: float, made: float, research: float, assets: float) -> _Metrics:
    return {
        "revenue": sold,
        "net_income": made,
        "rd_expense": research,
        "total_assets": assets,
        "eps_diluted": round(made / (one.shares * 1000), 2),
    }


def _row(
    random: Random, one: Listed, number: int, form: str, year: int, period: str, end: date,
    metrics: _Metrics,
) -> tuple[object, ...] | None:  # fmt: skip
    """Return a row; None for what is filed after the last day."""
    filed = end + timedelta(days=random.randint(*_DAYS[form]))
    pages = random.randint(*_PAGES[form])
    if filed > LAST_DAY:
        return None
    label = f"{year} {period}" if metrics else f"{end:%B %Y}"
    return (
        *(number, one.symbol, f"{one.cik}-{filed:%y}-9{number:05}", form, year, period, end),
        *(moment(filed, 21), f"{one.name} {form} {label} (sample figures)", pages, pages * 620),
        *(_SECTIONS[form], json.dumps(metrics, sort_keys=True), moment(filed, 22)),
    )
