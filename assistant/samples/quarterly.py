"""Calloway Fen Logistics' report on Form 10-Q, whose figures carry XBRL names.

The closing balance sheet follows from the opening one and six months of cash flow.
"""

from importlib.resources import files

from assistant.samples.blocks import Block, Row, Table, growth, parse, percent
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

_PERIODS = (
    "Three months ended June 30, 2025",
    "Three months ended June 30, 2024",
    "Six months ended June 30, 2025",
    "Six months ended June 30, 2024",
)
_SEGMENTS: tuple[tuple[str, Amounts], ...] = (
    ("Truckload", (147, 154, 291, 303)),
    ("Contract Warehousing", (99, 84, 191, 166)),
    ("Freight Brokerage", (61, 66, 123, 131)),
)
_EXPENSES: tuple[tuple[str, Amounts, str], ...] = (
    ("Salaries, wages and benefits", (108, 106, 213, 209), "LaborAndRelatedExpense"),
    ("Purchased transportation", (71, 74, 141, 147), "CostOfPurchasedTransportation"),
    ("Fuel", (34, 38, 69, 77), "FuelCosts"),
    ("Depreciation", (29, 27, 57, 53), "Depreciation"),
    ("Insurance and claims", (12, 13, 25, 26), "InsuranceAndClaims"),
    ("Other operating expenses", (26, 24, 51, 47), "OtherCostAndExpenseOperating"),
)
_INTEREST: Amounts = (4, 5, 8, 9)
_TAXES: Amounts = (6, 4, 10, 8)
_SHARES = shares("62.1", "62.9", "62.3", "63.0")

_REVENUE = total(*(amounts for _, amounts in _SEGMENTS))
_COSTS = total(*(amounts for _, amounts, _ in _EXPENSES))
_OPERATING = less(_REVENUE, _COSTS)
_PRETAX = less(_OPERATING, _INTEREST)
_NET = less(_PRETAX, _TAXES)
_EPS = per_share(_NET, _SHARES)

_HALF = ("Six months ended June 30, 2025", "Six months ended June 30, 2024")
_OPERATIONS: tuple[tuple[str, Amounts], ...] = (
    ("Depreciation", (57, 53)),
    ("Deferred income taxes", (2, 1)),
    ("Stock-based compensation", (4, 4)),
    ("Accounts receivable", (-6, -9)),
    ("Prepaid expenses and other", (-3, 3)),
    ("Accounts payable", (5, -4)),
    ("Accrued liabilities", (4, 1)),
)
_INVESTING: tuple[tuple[str, Amounts], ...] = (
    ("Purchases of property and equipment", (-68, -61)),
    ("Proceeds from sales of equipment", (9, 7)),
)
_FINANCING: tuple[tuple[str, Amounts], ...] = (
    ("Net borrowings (repayments) under credit facility", (-25, 5)),
    ("Repayment of equipment notes", (-12, -10)),
    ("Dividends paid", (-7, -7)),
    ("Repurchases of common stock", (-8, -6)),
)
_OPENING_CASH: Amounts = (58, 49)


def calloway_report() -> list[Block]:
    """Return the 10-Q of Calloway Fen Logistics Corporation."""
    template = files("assistant.samples").joinpath("filings/calloway_10q.md")
    values = {
        "revenue": _REVENUE[0],
        "operating": _OPERATING[0],
        "operating_before": _OPERATING[1],
        "ratio": percent(_COSTS[0], _REVENUE[0]),
        "ratio_before": percent(_COSTS[1], _REVENUE[1]),
        "operating_cash": _operating_cash()[0],
        "capex": -_INVESTING[0][1][0],
        "revenue_growth": growth(_REVENUE[0], _REVENUE[1]),
    } | {f"{name.split()[-1].lower()}_growth": growth(row[0], row[1]) for name, row in _SEGMENTS}
    tables = {
        "income": _income(),
        "balance": _balance(),
        "cash": _cash_flows(),
        "segments": _segments(),
    }
    return parse(template.read_text("utf-8"), values, tables)


def _operating_cash() -> Amounts:
    return total(_NET[2:], *(row for _, row in _OPERATIONS))


def _net_change() -> Amounts:
    flows = [row for _, row in (*_INVESTING, *_FINANCING)]
    return total(_operating_cash(), *flows)


def _segments() -> Table:
    rows = [line(label, row, dollar=label == "Truckload") for label, row in _SEGMENTS]
    last = grand_line("Total revenue", _REVENUE, "Revenues")
    return Table(_PERIODS, (*rows, last), "Revenue by Segment (Unaudited)", MILLIONS)


def _income() -> Table:
    rows = (
        line("Revenue", _REVENUE, "Revenues", dollar=True),
        head("Operating expenses:"),
        *(line(label, row, concept) for label, row, concept in _EXPENSES),
        sum_line("Total operating expenses", _COSTS, "CostsAndExpenses"),
        sum_line("Operating income", _OPERATING, "OperatingIncomeLoss"),
        line("Interest expense", negative(_INTEREST), "InterestExpense"),
        sum_line("Income before income taxes", _PRETAX, "IncomeLossBeforeIncomeTaxes"),
        line("Provision for income taxes", _TAXES, "IncomeTaxExpenseBenefit"),
        grand_line("Net income", _NET, "NetIncomeLoss"),
        Row("Diluted earnings per share", _EPS, dollar=True, concept="EarningsPerShareDiluted"),
        Row("Diluted weighted average shares", tuple(str(count) for count in _SHARES)),
    )
    title = "Condensed Consolidated Statements of Income (Unaudited)"
    return Table(_PERIODS, rows, title, PER_SHARE)


def _balance() -> Table:
    plant = 598 + 68 - 57 - 9
    cash = (_OPENING_CASH[0] + _net_change()[0], _OPENING_CASH[0])
    assets: tuple[tuple[str, Amounts, str], ...] = (
        ("Cash and cash equivalents", cash, "CashAndCashEquivalentsAtCarryingValue"),
        ("Accounts receivable, net", (134, 128), "AccountsReceivableNetCurrent"),
        ("Prepaid expenses and other", (27, 24), "PrepaidExpenseAndOtherAssetsCurrent"),
        ("Property and equipment, net", (plant, 598), "PropertyPlantAndEquipmentNet"),
        ("Goodwill", (142, 142), "Goodwill"),
        ("Other assets", (31, 31), "OtherAssetsNoncurrent"),
    )
    liabilities: tuple[tuple[str, Amounts, str], ...] = (
        ("Accounts payable", (72, 67), "AccountsPayableCurrent"),
        ("Accrued liabilities", (61, 57), "AccruedLiabilitiesCurrent"),
        ("Revolving credit facility", (60, 85), "LineOfCredit"),
        ("Equipment notes", (118, 130), "NotesPayable"),
        ("Deferred income taxes", (79, 77), "DeferredIncomeTaxLiabilitiesNet"),
        ("Other liabilities", (38, 38), "OtherLiabilitiesNoncurrent"),
    )
    owned = total(*(row for _, row, _ in assets))
    owed = total(*(row for _, row, _ in liabilities))
    before = owned[1] - owed[1]
    changes = _NET[2] + _OPERATIONS[2][1][0] + _FINANCING[2][1][0] + _FINANCING[3][1][0]
    equity = (before + changes, before)
    rows = (
        head("Assets"),
        *(line(label, row, concept) for label, row, concept in assets),
        grand_line("Total assets", owned, "Assets"),
        head("Liabilities and shareholders' equity"),
        *(line(label, row, concept) for label, row, concept in liabilities),
        sum_line("Total liabilities", owed, "Liabilities"),
        line("Shareholders' equity", equity, "StockholdersEquity"),
        grand_line(
            "Total liabilities and shareholders' equity",
            total(owed, equity),
            "LiabilitiesAndStockholdersEquity",
        ),
    )
    heads = ("June 30, 2025", "December 31, 2024")
    title = "Condensed Consolidated Balance Sheets (Unaudited)"
    return Table(heads, rows, title, MILLIONS)


def _cash_flows() -> Table:
    investing = total(*(row for _, row in _INVESTING))
    financing = total(*(row for _, row in _FINANCING))
    rows = (
        head("Operating activities:"),
        line("Net income", _NET[2:], "NetIncomeLoss", dollar=True),
        *(line(label, row) for label, row in _OPERATIONS),
        sum_line("Net cash provided by operating activities", _operating_cash()),
        head("Investing activities:"),
        *(line(label, row) for label, row in _INVESTING),
        sum_line("Net cash used in investing activities", investing),
        head("Financing activities:"),
        *(line(label, row) for label, row in _FINANCING),
        sum_line("Net cash used in financing activities", financing),
        sum_line("Net increase (decrease) in cash", _net_change()),
        line("Cash and cash equivalents, beginning of period", _OPENING_CASH),
        grand_line("Cash and cash equivalents, end of period", total(_OPENING_CASH, _net_change())),
    )
    title = "Condensed Consolidated Statements of Cash Flows (Unaudited)"
    return Table(_HALF, rows, title, MILLIONS)
