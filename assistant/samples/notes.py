"""The tables of Tarrowmere's notes and of its management's discussion.

Details that the books do not hold (countries, kinds of inventory, classes of assets) are shares of
what they do hold, the last line taking the rest, so that every table sums to its statement.
"""

from collections.abc import Sequence

from assistant.samples.blocks import Cell, Row, RowKind, Table, percent
from assistant.samples.model import SEGMENTS, Year
from assistant.samples.statements import MILLIONS, YEARS_ENDED, columns, over

_REGIONS = (
    ("United States", 446),
    ("Germany", 118),
    ("Other Europe", 172),
    ("China", 97),
    ("Japan", 61),
    ("Rest of the world", 106),
)
_NOTE_NAMES = (
    ("2.95% senior notes due June 2025", 2025),
    ("3.75% senior notes due March 2028", 2028),
    ("5.20% senior notes due October 2033", 2033),
)


def split(whole: int, parts: Sequence[int]) -> tuple[int, ...]:
    """Return `whole` divided in proportion to `parts`; the last part takes the rounding."""
    shares = [whole * part // sum(parts) for part in parts[:-1]]
    return (*shares, whole - sum(shares))


def breakdown(
    title: str, whole: Sequence[int], heads: tuple[str, ...], parts: Sequence[tuple[str, int]]
) -> Table:
    """Return a table whose lines are shares of a known total, a column a total."""
    weights = [weight for _, weight in parts]
    grid = [split(total, weights) for total in whole]
    rows = [
        Row(label, tuple(column[i] for column in grid), dollar=i == 0)
        for i, (label, _) in enumerate(parts)
    ]
    rows.append(Row("Total", tuple(whole), RowKind.GRAND, dollar=True))
    return Table(heads, tuple(rows), title, MILLIONS)


def segment_revenue(years: Sequence[Year]) -> Table:
    """Return revenue by segment."""
    rows = tuple(
        over(years, name, lambda y, i=i: y.flows.revenue[i], dollar=i == 0)  # type: ignore[misc]
        for i, name in enumerate(SEGMENTS)
    )
    total = over(years, "Total revenue", lambda y: y.revenue, RowKind.GRAND, dollar=True)
    return Table(columns(years), (*rows, total), "Revenue by Segment", MILLIONS, YEARS_ENDED)


def segment_income(years: Sequence[Year]) -> Table:
    """Return segment operating income, reconciled to the statement of income."""
    rows = tuple(
        over(years, name, lambda y, i=i: y.flows.segment_income[i], dollar=i == 0)  # type: ignore[misc]
        for i, name in enumerate(SEGMENTS)
    )
    rest = (
        over(
            years,
            "Total segment operating income",
            lambda y: sum(y.flows.segment_income),
            RowKind.TOTAL,
        ),
        over(years, "Corporate expenses", lambda y: -y.corporate),
        over(years, "Amortization of intangible assets", lambda y: -y.flows.amortization),
        over(years, "Restructuring charges", lambda y: -y.flows.restructuring or None),
        over(years, "Operating income", lambda y: y.operating_income, RowKind.GRAND, dollar=True),
    )
    title = "Segment Operating Income"
    return Table(columns(years), (*rows, *rest), title, MILLIONS, YEARS_ENDED)


def regions(years: Sequence[Year]) -> Table:
    """Return revenue by the customer's country."""
    table = breakdown("Revenue by Geography", [y.revenue for y in years], columns(years), _REGIONS)
    return Table(table.columns, table.rows, table.title, MILLIONS, YEARS_ENDED)


def shares_of_revenue(years: Sequence[Year]) -> Table:
    """Return the statement of income in percent of revenue."""

    def line(label: str, amounts: Sequence[int], kind: RowKind = RowKind.LINE) -> Row:
        pairs = zip(amounts, years, strict=True)
        return Row(label, tuple(percent(amount, year.revenue) for amount, year in pairs), kind)

    rows = (
        line("Revenue", [y.revenue for y in years]),
        line("Cost of revenue", [y.cost_of_revenue for y in years]),
        line("Gross margin", [y.gross_profit for y in years], RowKind.TOTAL),
        line("Research and development", [y.flows.research for y in years]),
        line("Selling, general and administrative", [y.flows.selling for y in years]),
        line("Amortization of intangible assets", [y.flows.amortization for y in years]),
        line("Restructuring charges", [y.flows.restructuring for y in years]),
        line("Operating margin", [y.operating_income for y in years], RowKind.TOTAL),
        line("Net income", [y.net_income for y in years], RowKind.GRAND),
    )
    return Table(columns(years), rows, "Percentage of Revenue", "", YEARS_ENDED)


def liquidity(years: Sequence[Year]) -> Table:
    """Return the summary of cash flows with free cash flow, which is not a GAAP measure."""
    rows = (
        over(years, "Operating activities", lambda y: y.operating_cash, dollar=True),
        over(years, "Investing activities", lambda y: y.investing_cash),
        over(years, "Financing activities", lambda y: y.financing_cash),
        over(years, "Capital expenditures", lambda y: -y.flows.capital_expenditure),
        over(
            years,
            "Free cash flow (non-GAAP)",
            lambda y: y.free_cash_flow,
            RowKind.GRAND,
            dollar=True,
        ),
    )
    return Table(columns(years), rows, "Summary of Cash Flows", MILLIONS, YEARS_ENDED)


def debt(year: Year) -> Table:
    """Return what is borrowed, an instrument a line."""
    ends = (year.closing, year.opening)
    rows = [
        Row("Term loan due December 2026", tuple(e.carried.term_loan for e in ends), dollar=True)
    ]
    for i, (label, _) in enumerate(_NOTE_NAMES):
        cells = tuple(e.carried.notes[i] if i < len(e.carried.notes) else None for e in ends)
        if any(cells):
            rows.append(Row(label, cells))
    rows += [
        Row("Total debt", tuple(e.debt for e in ends), RowKind.TOTAL),
        Row("Less: current portion", tuple(-e.carried.current_debt for e in ends)),
        Row("Long-term debt", tuple(e.long_term_debt for e in ends), RowKind.GRAND, dollar=True),
    ]
    return Table(_year_ends(year), tuple(rows), "Long-term Debt", MILLIONS)


def maturities(year: Year) -> Table:
    """Return when the debt falls due: the term loan by 50 a year, the notes when they mature."""
    due = dict.fromkeys(range(year.year + 1, year.year + 6), 0)
    later = 0
    loan = year.closing.carried.term_loan
    for number in sorted(due):
        due[number] += min(50, loan) if number < 2026 else max(0, loan if number == 2026 else 0)
        loan -= due[number]
    for (_, matures), principal in zip(_NOTE_NAMES, year.closing.carried.notes, strict=False):
        if matures in due:
            due[matures] += principal
        else:
            later += principal
    rows: list[Row] = [
        Row(str(number), (amount,), dollar=i == 0) for i, (number, amount) in enumerate(due.items())
    ]
    rows.append(Row("Thereafter", (later,)))
    rows.append(Row("Total", (year.closing.debt,), RowKind.GRAND, dollar=True))
    heads = ("Principal due",)
    return Table(heads, tuple(rows), "Maturities of Long-term Debt", MILLIONS)


def goodwill(history: Sequence[Year]) -> Table:
    """Return the roll-forward of goodwill over the last year, a column a segment.

    Args:
        history: All years up to the one reported, oldest first: segments roll forward, too.
    """
    weights = (520, 410, 174)
    after = split(history[0].opening.carried.goodwill, weights)
    before = acquired = moved = (0,) * len(weights)
    for year in history:
        before = after
        acquired = (year.flows.acquired_goodwill, 0, 0)
        moved = split(year.flows.translation_of_goodwill, weights)
        after = tuple(a + b + c for a, b, c in zip(before, acquired, moved, strict=True))
    year = history[-1]
    f = year.flows
    opening, closing = year.opening.carried.goodwill, year.closing.carried.goodwill

    def row(label: str, cells: tuple[int, ...], total: int, kind: RowKind = RowKind.LINE) -> Row:
        values: tuple[Cell, ...] = (*cells, total)
        return Row(label, values, kind, dollar=kind is not RowKind.LINE)

    rows = (
        row(f"Balance at December 31, {year.year - 1}", before, opening, RowKind.TOTAL),
        row("Acquisitions", acquired, f.acquired_goodwill),
        row("Foreign currency translation", moved, f.translation_of_goodwill),
        row(f"Balance at December 31, {year.year}", after, closing, RowKind.GRAND),
    )
    return Table((*SEGMENTS, "Total"), rows, "Goodwill by Segment", MILLIONS)


def inventories(year: Year) -> Table:
    """Return inventories by stage."""
    whole = [year.balances.inventories, year.opening.balances.inventories]
    parts = (("Raw materials", 38), ("Work in process", 17), ("Finished goods", 45))
    return breakdown("Inventories", whole, _year_ends(year), parts)


def intangibles(year: Year) -> Table:
    """Return intangible assets by class, net."""
    whole = [year.closing.carried.intangibles, year.opening.carried.intangibles]
    parts = (("Customer relationships", 54), ("Developed technology", 36), ("Trade names", 10))
    return breakdown("Intangible Assets, Net", whole, _year_ends(year), parts)


def plant(year: Year) -> Table:
    """Return property, plant and equipment by class, net of accumulated depreciation."""
    whole = [year.closing.carried.plant, year.opening.carried.plant]
    parts = (
        ("Land and improvements", 8),
        ("Buildings", 34),
        ("Machinery and equipment", 46),
        ("Construction in progress", 12),
    )
    return breakdown("Property, Plant and Equipment, Net", whole, _year_ends(year), parts)


def taxes(years: Sequence[Year]) -> Table:
    """Return the reconciliation of the statutory rate to the effective rate, in dollars."""

    def statutory(year: Year) -> int:
        return round(year.pretax_income * 21 / 100)

    rows = (
        over(years, "Tax at the U.S. federal rate of 21%", statutory, dollar=True),
        over(years, "State taxes, net of federal benefit", lambda y: y.pretax_income // 50),
        over(
            years,
            "Research credits and foreign rate differences",
            lambda y: y.flows.taxes - statutory(y) - y.pretax_income // 50,
        ),
        over(
            years,
            "Provision for income taxes",
            lambda y: y.flows.taxes,
            RowKind.TOTAL,
            dollar=True,
        ),
        over(years, "Effective tax rate", lambda y: percent(y.flows.taxes, y.pretax_income)),
    )
    title = "Reconciliation of Income Taxes"
    return Table(columns(years), rows, title, "(in millions, except percentages)", YEARS_ENDED)


def _year_ends(year: Year) -> tuple[str, ...]:
    return (f"December 31, {year.year}", f"December 31, {year.year - 1}")
