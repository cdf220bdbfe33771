"""Tarrowmere's primary statements as tables, from its books.

Labels and their order are those of ordinary US filings, so that a reader finds what he expects.
"""

from collections.abc import Callable, Sequence

from assistant.samples.blocks import Cell, Row, RowKind, Table
from assistant.samples.model import Position, Year

MILLIONS = "(in millions)"
PER_SHARE = "(in millions, except per share amounts)"
YEARS_ENDED = "Years Ended December 31,"

Amount = Callable[[Year], Cell]
Standing = Callable[[Position], Cell]


def head(label: str) -> Row:
    """Return a row that only names a group."""
    return Row(label, kind=RowKind.HEAD)


def over(
    years: Sequence[Year],
    label: str,
    amount: Amount,
    kind: RowKind = RowKind.LINE,
    *,
    dollar: bool = False,
    indent: int = 0,
) -> Row:
    """Return a row with one amount a year."""
    return Row(label, tuple(amount(year) for year in years), kind, dollar, indent)


def columns(years: Sequence[Year]) -> tuple[str, ...]:
    """Return the heads of year columns."""
    return tuple(str(year.year) for year in years)


def income(years: Sequence[Year]) -> Table:
    """Return the consolidated statements of income."""
    total, grand = RowKind.TOTAL, RowKind.GRAND
    rows = (
        head("Revenue:"),
        over(years, "Products", lambda y: sum(y.flows.revenue[:2]), dollar=True, indent=1),
        over(years, "Services", lambda y: y.flows.revenue[2], indent=1),
        over(years, "Total revenue", lambda y: y.revenue, total),
        head("Cost of revenue:"),
        over(years, "Cost of products", lambda y: y.flows.cost_of_products, indent=1),
        over(years, "Cost of services", lambda y: y.flows.cost_of_services, indent=1),
        over(years, "Total cost of revenue", lambda y: y.cost_of_revenue, total),
        over(years, "Gross profit", lambda y: y.gross_profit, total),
        head("Operating expenses:"),
        over(years, "Research and development", lambda y: y.flows.research, indent=1),
        over(years, "Selling, general and administrative", lambda y: y.flows.selling, indent=1),
        over(years, "Amortization of intangible assets", lambda y: y.flows.amortization, indent=1),
        over(years, "Restructuring charges", lambda y: y.flows.restructuring, indent=1),
        over(years, "Total operating expenses", lambda y: y.operating_expenses, total),
        over(years, "Operating income", lambda y: y.operating_income, total),
        over(years, "Interest expense", lambda y: -y.flows.interest_expense),
        over(years, "Interest income", lambda y: y.flows.interest_income),
        over(years, "Income before income taxes", lambda y: y.pretax_income, total),
        over(years, "Provision for income taxes", lambda y: y.flows.taxes),
        over(years, "Net income", lambda y: y.net_income, grand, dollar=True),
        head("Earnings per share:"),
        over(years, "Basic", lambda y: y.basic_eps, dollar=True, indent=1),
        over(years, "Diluted", lambda y: y.diluted_eps, dollar=True, indent=1),
        head("Weighted average shares outstanding:"),
        over(years, "Basic", lambda y: str(y.flows.basic_shares), indent=1),
        over(years, "Diluted", lambda y: str(y.flows.diluted_shares), indent=1),
        over(
            years,
            "Cash dividends declared per share",
            lambda y: y.flows.dividend_per_share,
            dollar=True,
        ),
    )
    title = "Consolidated Statements of Income"
    return Table(columns(years), rows, title, PER_SHARE, YEARS_ENDED)


def comprehensive_income(years: Sequence[Year]) -> Table:
    """Return the consolidated statements of comprehensive income."""
    rows = (
        over(years, "Net income", lambda y: y.net_income, dollar=True),
        head("Other comprehensive income (loss), net of tax:"),
        over(years, "Foreign currency translation adjustments", lambda y: y.translation, indent=1),
        over(
            years,
            "Comprehensive income",
            lambda y: y.net_income + y.translation,
            RowKind.GRAND,
            dollar=True,
        ),
    )
    title = "Consolidated Statements of Comprehensive Income"
    return Table(columns(years), rows, title, MILLIONS, YEARS_ENDED)


def balance_sheets(year: Year) -> Table:
    """Return the consolidated balance sheets at the end of a year and of the year before."""
    ends = (year.closing, year.opening)

    def line(
        label: str, amount: Standing, kind: RowKind = RowKind.LINE, *, dollar: bool = False
    ) -> Row:
        indent = 1 if kind is RowKind.LINE else 0
        return Row(label, tuple(amount(end) for end in ends), kind, dollar, indent)

    total, grand = RowKind.TOTAL, RowKind.GRAND
    rows = (
        head("Assets"),
        head("Current assets:"),
        line("Cash and cash equivalents", lambda p: p.carried.cash, dollar=True),
        line("Accounts receivable, net", lambda p: p.balances.receivables),
        line("Inventories", lambda p: p.balances.inventories),
        line("Prepaid expenses and other current assets", lambda p: p.balances.prepaid),
        line("Total current assets", lambda p: p.current_assets, total),
        line("Property, plant and equipment, net", lambda p: p.carried.plant),
        line("Operating lease right-of-use assets", lambda p: p.balances.lease_assets),
        line("Goodwill", lambda p: p.carried.goodwill),
        line("Intangible assets, net", lambda p: p.carried.intangibles),
        line("Other assets", lambda p: p.balances.other_assets),
        line("Total assets", lambda p: p.assets, grand, dollar=True),
        head("Liabilities and shareholders' equity"),
        head("Current liabilities:"),
        line("Current portion of long-term debt", lambda p: p.carried.current_debt, dollar=True),
        line("Accounts payable", lambda p: p.balances.payables),
        line("Accrued compensation and benefits", lambda p: p.balances.compensation),
        line("Deferred revenue", lambda p: p.balances.deferred_revenue),
        line("Current operating lease liabilities", lambda p: p.balances.current_leases),
        line("Other accrued liabilities", lambda p: p.balances.other_accrued),
        line("Total current liabilities", lambda p: p.current_liabilities, total),
        line("Long-term debt, net of current portion", lambda p: p.long_term_debt),
        line("Long-term operating lease liabilities", lambda p: p.long_term_leases),
        line("Deferred income taxes", lambda p: p.balances.deferred_taxes),
        line("Other long-term liabilities", lambda p: p.balances.other_liabilities),
        line("Total liabilities", lambda p: p.liabilities, total),
        head("Shareholders' equity:"),
        line("Common stock and additional paid-in capital", lambda p: p.carried.paid_in),
        line("Retained earnings", lambda p: p.carried.retained),
        line("Accumulated other comprehensive loss", lambda p: p.carried.translation),
        line("Treasury stock, at cost", lambda p: p.carried.treasury),
        line("Total shareholders' equity", lambda p: p.equity, total),
        line(
            "Total liabilities and shareholders' equity",
            lambda p: p.liabilities + p.equity,
            grand,
            dollar=True,
        ),
    )
    heads = (f"December 31, {year.year}", f"December 31, {year.year - 1}")
    return Table(heads, rows, "Consolidated Balance Sheets", MILLIONS)


def cash_flows(years: Sequence[Year]) -> Table:
    """Return the consolidated statements of cash flows."""
    total = RowKind.TOTAL
    changes = tuple(
        over(years, label, lambda y, label=label: y.working_capital[label], indent=2)  # type: ignore[misc]
        for label in years[0].working_capital
    )
    rows = (
        head("Operating activities:"),
        over(years, "Net income", lambda y: y.net_income, dollar=True, indent=1),
        head("Adjustments to reconcile net income to net cash:"),
        over(years, "Depreciation", lambda y: y.flows.depreciation, indent=2),
        over(years, "Amortization of intangible assets", lambda y: y.flows.amortization, indent=2),
        over(years, "Stock-based compensation", lambda y: y.flows.stock_compensation, indent=2),
        over(years, "Deferred income taxes", lambda y: y.deferred_tax, indent=2),
        head("Changes in operating assets and liabilities:"),
        *changes,
        over(years, "Net cash provided by operating activities", lambda y: y.operating_cash, total),
        head("Investing activities:"),
        over(
            years,
            "Purchases of property, plant and equipment",
            lambda y: -y.flows.capital_expenditure,
            indent=1,
        ),
        over(
            years, "Acquisitions, net of cash acquired", lambda y: -y.acquisition or None, indent=1
        ),
        over(years, "Net cash used in investing activities", lambda y: y.investing_cash, total),
        head("Financing activities:"),
        over(
            years,
            "Proceeds from issuance of senior notes",
            lambda y: y.flows.notes_issued,
            indent=1,
        ),
        over(years, "Repayment of term loan", lambda y: -y.flows.loan_repaid, indent=1),
        over(years, "Dividends paid", lambda y: -y.flows.dividends, indent=1),
        over(years, "Repurchases of common stock", lambda y: -y.flows.buybacks, indent=1),
        over(
            years,
            "Proceeds from exercise of stock options",
            lambda y: y.flows.options_exercised,
            indent=1,
        ),
        over(
            years,
            "Net cash provided by (used in) financing activities",
            lambda y: y.financing_cash,
            total,
        ),
        over(
            years,
            "Effect of exchange rate changes on cash",
            lambda y: y.flows.translation_of_cash,
        ),
        over(
            years,
            "Net increase in cash and cash equivalents",
            lambda y: y.net_change_in_cash,
            total,
        ),
        over(
            years,
            "Cash and cash equivalents, beginning of year",
            lambda y: y.opening.carried.cash,
        ),
        over(
            years,
            "Cash and cash equivalents, end of year",
            lambda y: y.closing.carried.cash,
            RowKind.GRAND,
            dollar=True,
        ),
    )
    title = "Consolidated Statements of Cash Flows"
    return Table(columns(years), rows, title, MILLIONS, YEARS_ENDED)


def equity(years: Sequence[Year]) -> Table:
    """Return the consolidated statements of shareholders' equity, oldest year first."""
    rows = [_equity_row(f"Balance at December 31, {years[-1].year - 1}", years[-1].opening)]
    for year in reversed(years):
        f = year.flows
        rows += [
            Row("Net income", (None, year.net_income, None, None, year.net_income)),
            Row(
                "Foreign currency translation",
                (None, None, year.translation, None, year.translation),
            ),
            Row(
                f"Cash dividends (${f.dividend_per_share} per share)",
                (None, -f.dividends, None, None, -f.dividends),
            ),
            Row("Repurchases of common stock", (None, None, None, -f.buybacks, -f.buybacks)),
            Row(
                "Stock-based compensation",
                (f.stock_compensation, None, None, None, f.stock_compensation),
            ),
            Row(
                "Exercise of stock options",
                (f.options_exercised, None, None, None, f.options_exercised),
            ),
            _equity_row(f"Balance at December 31, {year.year}", year.closing),
        ]
    heads = (
        "Common Stock and Paid-in Capital",
        "Retained Earnings",
        "Accum. Other Compr. Loss",
        "Treasury Stock",
        "Total",
    )
    title = "Consolidated Statements of Shareholders' Equity"
    return Table(heads, tuple(rows), title, MILLIONS)


def _equity_row(label: str, at: Position) -> Row:
    c = at.carried
    cells: tuple[Cell, ...] = (c.paid_in, c.retained, c.translation, c.treasury, at.equity)
    return Row(label, cells, RowKind.TOTAL, dollar=True)
