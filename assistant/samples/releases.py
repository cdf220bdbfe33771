"""Two press releases: Orsett Vale Foods' third quarter and Pellucid Harbor Water's news.

Orsett's balance sheet follows from the one before and the nine months' cash flow, so it balances.
"""

from importlib.resources import files

from assistant.samples.blocks import Block, Row, RowKind, Table, growth, parse, percent
from assistant.samples.columns import (
    Amounts,
    grand_line,
    less,
    line,
    negative,
    per_share,
    shares,
    sum_line,
    total,
)
from assistant.samples.statements import MILLIONS, PER_SHARE, head

FOOTNOTES = (
    "Organic net sales leave out the effect of exchange rates and of the Greenlath brand, which "
    "the Company acquired in November 2024 and which added 0.7 points to growth.",
)

_QUARTERS = ("Quarter ended Mar. 29, 2025", "Quarter ended Mar. 30, 2024")
_PERIODS = (*_QUARTERS, "Nine months ended Mar. 29, 2025", "Nine months ended Mar. 30, 2024")
_SEGMENTS: tuple[tuple[str, Amounts], ...] = (
    ("Pantry", (268, 254, 812, 781)),
    ("Frozen", (171, 174, 522, 519)),
    ("Foodservice", (84, 76, 247, 226)),
)
_COST: Amounts = (345, 339, 1051, 1031)
_SELLING: Amounts = (96, 93, 288, 279)
_START_UP: Amounts = (4, 9, 14, 21)
_INTEREST: Amounts = (11, 12, 34, 36)
_TAXES: Amounts = (15, 12, 44, 37)
_START_UP_TAXES: Amounts = (1, 2, 3, 5)
_SHARES = shares("54.2", "55.1", "54.5", "55.3")

_SALES = total(*(amounts for _, amounts in _SEGMENTS))
_GROSS = less(_SALES, _COST)
_OPERATING = less(_GROSS, _SELLING, _START_UP)
_PRETAX = less(_OPERATING, _INTEREST)
_NET = less(_PRETAX, _TAXES)
_ADJUSTED = less(total(_NET, _START_UP), _START_UP_TAXES)
_EPS = per_share(_NET, _SHARES)
_ADJUSTED_EPS = per_share(_ADJUSTED, _SHARES)

_DIVIDENDS, _BUYBACKS, _CAPEX, _STOCK_COMPENSATION = 50, 58, 97, 9
_DEPRECIATION, _AMORTIZATION = 56, 6
_ASSETS: tuple[tuple[str, Amounts], ...] = (
    ("Accounts receivable, net", (171, 163)),
    ("Inventories", (238, 251)),
    ("Prepaid expenses", (24, 22)),
    ("Property, plant and equipment, net", (671 + _CAPEX - _DEPRECIATION, 671)),
    ("Goodwill", (508, 508)),
    ("Intangible assets, net", (189 - _AMORTIZATION, 189)),
    ("Other assets", (41, 41)),
)
_LIABILITIES: tuple[tuple[str, Amounts], ...] = (
    ("Current portion of long-term debt", (25, 25)),
    ("Accounts payable", (164, 158)),
    ("Accrued liabilities", (121, 117)),
    ("Long-term debt", (625, 625)),
    ("Deferred income taxes", (88, 84)),
    ("Other liabilities", (52, 51)),
)
_OPENING_CASH = 88


def orsett_release() -> list[Block]:
    """Return the earnings release of Orsett Vale Foods, Inc."""
    template = files("assistant.samples").joinpath("filings/orsett_release.md")
    sales = dict(_SEGMENTS)
    values = {
        "sales": _SALES[0],
        "operating": _OPERATING[0],
        "eps": _EPS[0],
        "eps_before": _EPS[1],
        "adjusted_eps": _ADJUSTED_EPS[0],
        "adjusted_eps_before": _ADJUSTED_EPS[1],
        "sales_growth": growth(_SALES[0], _SALES[1]),
        "income_growth": growth(_OPERATING[0], _OPERATING[1]),
        "gross_margin": percent(_GROSS[0], _SALES[0]),
        "gross_margin_before": percent(_GROSS[1], _SALES[1]),
        "operating_cash": _operating_cash(),
        "capex": _CAPEX,
        "dividends": _DIVIDENDS,
        "buybacks": _BUYBACKS,
    } | {f"{name.lower()}_growth": growth(row[0], row[1]) for name, row in sales.items()}
    return parse(template.read_text("utf-8"), values, _orsett_tables())


def pellucid_release() -> list[Block]:
    """Return the press release of Pellucid Harbor Water Company."""
    template = files("assistant.samples").joinpath("filings/pellucid_release.md")
    rows = (
        Row("Increase of annual revenue, in millions", ("$31.2", "$23.6")),
        Row("Increase in percent", ("9.0%", "6.8%")),
        Row("Return on equity", ("10.20%", "9.45%")),
        Row("Equity ratio", ("53%", "52%")),
        Row("Effective date", ("Oct. 1, 2025", "Jan. 1, 2026")),
    )
    rates = Table(("Requested", "Approved"), rows, "Rate Case")
    return parse(template.read_text("utf-8"), {}, {"rates": rates})


def _operating_cash() -> int:
    """Net income plus what took no cash, less what the balances took."""
    no_cash = _DEPRECIATION + _AMORTIZATION + _STOCK_COMPENSATION
    taken = sum(row[0] - row[1] for _, row in _ASSETS[:3])
    given = sum(row[0] - row[1] for _, row in _LIABILITIES)
    return _NET[2] + no_cash - taken + given


def _orsett_tables() -> dict[str, Table]:
    segments = [line(name, amounts, dollar=name == "Pantry") for name, amounts in _SEGMENTS]
    outlook = (
        Row("Net sales growth", ("3% to 4%", "3% to 4%")),
        Row("Adjusted diluted earnings per share", ("$3.92 to $4.00", "$3.80 to $3.92")),
        Row("Capital expenditures, in millions", ("$125 to $135", "$125 to $135")),
        Row("Effective tax rate", ("about 23%", "about 23%")),
    )
    return {
        "segments": Table(
            _PERIODS,
            (*segments, grand_line("Net sales", _SALES)),
            "Net Sales by Segment (Unaudited)",
            MILLIONS,
        ),
        "outlook": Table(("April 24, 2025", "January 30, 2025"), outlook, "Fiscal 2025 Outlook"),
        "income": _income(),
        "balance": _balance(),
        "adjusted": _adjusted(),
    }


def _income() -> Table:
    rows = (
        line("Net sales", _SALES, dollar=True),
        line("Cost of goods sold", _COST),
        sum_line("Gross profit", _GROSS),
        line("Selling, general and administrative", _SELLING),
        line("Plant start-up costs", _START_UP),
        sum_line("Operating income", _OPERATING),
        line("Interest expense, net", negative(_INTEREST)),
        sum_line("Income before income taxes", _PRETAX),
        line("Provision for income taxes", _TAXES),
        grand_line("Net income", _NET),
        Row("Diluted earnings per share", _EPS, dollar=True),
        Row("Diluted shares outstanding", tuple(str(count) for count in _SHARES)),
    )
    return Table(_PERIODS, rows, "Consolidated Statements of Income (Unaudited)", PER_SHARE)


def _balance() -> Table:
    spent = _CAPEX + _DIVIDENDS + _BUYBACKS
    cash = (_OPENING_CASH + _operating_cash() - spent, _OPENING_CASH)
    assets = total(cash, *(row for _, row in _ASSETS))
    liabilities = total(*(row for _, row in _LIABILITIES))
    before = assets[1] - liabilities[1]
    equity = (before + _NET[2] - _DIVIDENDS - _BUYBACKS + _STOCK_COMPENSATION, before)
    rows = (
        head("Assets"),
        line("Cash and cash equivalents", cash, dollar=True),
        *(line(label, row) for label, row in _ASSETS),
        grand_line("Total assets", assets),
        head("Liabilities and shareholders' equity"),
        *(line(label, row) for label, row in _LIABILITIES),
        sum_line("Total liabilities", liabilities),
        line("Shareholders' equity", equity),
        grand_line("Total liabilities and shareholders' equity", total(liabilities, equity)),
    )
    heads = ("March 29, 2025", "June 29, 2024")
    return Table(heads, rows, "Consolidated Balance Sheets (Unaudited)", MILLIONS)


def _adjusted() -> Table:
    rows = (
        line("Net income", _NET, dollar=True),
        line("Plant start-up costs", _START_UP),
        line("Income taxes on start-up costs", negative(_START_UP_TAXES)),
        Row("Adjusted net income", _ADJUSTED, RowKind.GRAND, dollar=True),
        Row("Adjusted diluted earnings per share", _ADJUSTED_EPS, dollar=True),
    )
    return Table(_PERIODS, rows, "Adjusted Net Income (Unaudited)", PER_SHARE)
