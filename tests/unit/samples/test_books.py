from decimal import Decimal

import pytest

from assistant.samples import notes, statements
from assistant.samples.blocks import Row, Table
from assistant.samples.quarterly import calloway_report
from assistant.samples.releases import orsett_release
from assistant.samples.tarrowmere import books

YEARS = books()


def amounts(row: Row) -> list[int]:
    return [cell or 0 for cell in row.cells if not isinstance(cell, str)]  # type: ignore[misc]


def table(blocks: list[object], title: str) -> Table:
    return next(b for b in blocks if isinstance(b, Table) and b.title.startswith(title))


@pytest.mark.parametrize("year", YEARS.values(), ids=map(str, YEARS))
def test_assets_equal_liabilities_and_equity(year) -> None:
    assert year.closing.assets == year.closing.liabilities + year.closing.equity


def test_each_year_opens_where_the_one_before_closed() -> None:
    assert all(YEARS[year].opening == YEARS[year - 1].closing for year in (2022, 2023, 2024))


def test_the_cash_flow_statement_ends_in_the_balance_sheets_cash() -> None:
    years = [YEARS[2024], YEARS[2023], YEARS[2022]]
    flows = statements.cash_flows(years)
    cash = statements.balance_sheets(years[0]).row("Cash and cash equivalents")

    assert flows.row("Cash and cash equivalents, end of year").cells[:2] == cash.cells
    for i in range(3):
        start = flows.row("Cash and cash equivalents, beginning of year").cells[i]
        change = flows.row("Net increase in cash and cash equivalents").cells[i]
        assert start + change == flows.row("Cash and cash equivalents, end of year").cells[i]


def test_the_lines_of_the_cash_flow_statement_sum_to_its_totals() -> None:
    rows = statements.cash_flows([YEARS[2024]]).rows
    sections: list[list[int]] = [[]]
    for row in rows:
        if row.label.startswith("Net cash"):
            assert sum(sections[-1]) == row.cells[0]
            sections.append([])
        elif row.cells:
            sections[-1] += amounts(row)

    assert len(sections) == 4


def test_the_lines_of_the_balance_sheet_sum_to_its_totals() -> None:
    sheet = statements.balance_sheets(YEARS[2024])
    running, assets = 0, []
    for row in sheet.rows[2:13]:
        if row.label.startswith("Total assets") or row.label.startswith("Total current"):
            assert running == row.cells[0]
        else:
            running += amounts(row)[0]
            assets.append(row.label)

    assert len(assets) == 9


def test_segments_sum_to_revenue_and_to_operating_income() -> None:
    years = [YEARS[2024], YEARS[2023], YEARS[2022]]
    income = statements.income(years)

    segments = notes.segment_income(years)
    assert segments.row("Operating income").cells == income.row("Operating income").cells
    for i in range(3):
        assert sum(amounts(row)[i] for row in segments.rows[:3]) == amounts(segments.rows[3])[i]
        assert sum(amounts(row)[i] for row in segments.rows[3:-1]) == amounts(segments.rows[-1])[i]


def test_earnings_per_share_are_net_income_over_shares() -> None:
    year = YEARS[2024]

    assert year.net_income == 379
    assert year.diluted_eps == Decimal("2.59")
    assert abs(year.diluted_eps * year.flows.diluted_shares - year.net_income) < 1


@pytest.mark.parametrize(
    "build",
    [
        notes.inventories,
        notes.plant,
        notes.intangibles,
        notes.maturities,
        lambda year: notes.regions([year]),
        lambda year: notes.segment_revenue([year]),
        lambda year: notes.taxes([year]),
    ],
)
@pytest.mark.parametrize("year", [2023, 2024])
def test_the_tables_of_the_notes_sum_to_their_last_figure(build, year: int) -> None:
    rows = [amounts(row) for row in build(YEARS[year]).rows]
    *lines, total = [row[0] for row in rows if row]

    assert sum(lines) == total


def test_the_debt_note_agrees_with_the_balance_sheet_and_with_the_maturities() -> None:
    sheet = statements.balance_sheets(YEARS[2024])
    debt = notes.debt(YEARS[2024])

    assert debt.row("Long-term debt").cells == (
        sheet.row("Long-term debt, net of current portion").cells
    )
    maturities = notes.maturities(YEARS[2024])
    assert maturities.row("2025").cells == (350,)
    assert maturities.row("Total").cells[0] == debt.row("Total debt").cells[0]


def test_goodwill_rolls_forward_to_the_balance_sheet() -> None:
    history = list(YEARS.values())
    earlier = [amounts(row) for row in notes.goodwill(history[:3]).rows]
    later = [amounts(row) for row in notes.goodwill(history).rows]

    assert later[0] == earlier[3]
    for rows, year in ((earlier, YEARS[2023]), (later, YEARS[2024])):
        for column in range(4):
            assert sum(row[column] for row in rows[:3]) == rows[3][column]
        assert sum(rows[3][:3]) == rows[3][3] == year.closing.carried.goodwill


def test_the_statement_of_equity_runs_down_to_the_balance_sheet() -> None:
    table = statements.equity([YEARS[2024], YEARS[2023], YEARS[2022]])
    running: list[int] = []
    for row in table.rows:
        cells = [cell or 0 for cell in row.cells]
        assert sum(cells[:4]) == cells[4]
        if row.label.startswith("Balance"):
            assert not running or cells == running
            running = cells
        else:
            running = [a + b for a, b in zip(running, cells, strict=True)]
    assert running[4] == YEARS[2024].closing.equity


@pytest.mark.parametrize("build", [orsett_release, calloway_report])
def test_the_shorter_filings_balance_too(build) -> None:
    blocks = build()
    sheet = next(b for b in blocks if isinstance(b, Table) and "Balance Sheets" in b.title)

    assets = sheet.row("Total assets").cells
    assert assets == sheet.row("Total liabilities and shareholders' equity").cells
    first = [amounts(row) for row in sheet.rows if row.indent]
    in_assets = [row.label for row in sheet.rows].index("Total assets") - 1
    assert sum(row[0] for row in first[:in_assets]) == assets[0]


def test_calloways_cash_flow_ends_in_its_balance_sheets_cash() -> None:
    blocks = calloway_report()
    flows = table(blocks, "Condensed Consolidated Statements of Cash Flows")
    sheet = table(blocks, "Condensed Consolidated Balance Sheets")

    end = flows.row("Cash and cash equivalents, end of period").cells[0]
    assert end == sheet.row("Cash and cash equivalents").cells[0]


def test_quarters_are_part_of_their_longer_periods() -> None:
    for blocks, title in (
        (orsett_release(), "Consolidated Statements of Income"),
        (calloway_report(), "Condensed Consolidated Statements of Income"),
    ):
        for row in table(blocks, title).rows[:8]:
            cells = [abs(cell) for cell in amounts(row)]
            assert not cells or (cells[0] < cells[2] and cells[1] < cells[3])
