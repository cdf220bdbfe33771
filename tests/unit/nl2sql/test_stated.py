"""Which cells of a result are a company's reported figures."""

from decimal import Decimal

import pytest

from assistant.domain.sql import SqlRows
from assistant.nl2sql.stated import stated

REVENUE = "(metrics ->> 'revenue')::numeric"


def rows(columns, *lines):
    return SqlRows(columns, lines, False, 0.01)


def found(sql, *lines, columns=("a",)):
    told = stated(sql, rows(columns[: len(lines[0])] if len(columns) > 1 else columns, *lines))
    return [(one.symbol, one.period, one.item, one.value) for one in told]


def test_company_year_and_period_come_from_the_condition_or_the_row():
    sql = f"SELECT fiscal_year, {REVENUE} FROM filings WHERE symbol = 'MRDN' AND form_type = '10-K'"
    told = found(sql, (2022, Decimal("4200")), (2021, Decimal("3900.5")), columns=("y", "r"))
    assert told == [
        ("MRDN", "FY2022", "revenue", Decimal("4200000000")),
        ("MRDN", "FY2021", "revenue", Decimal("3900500000")),
    ]


def test_a_quarter_is_a_quarter_and_a_share_is_not_in_millions():
    sql = (
        "SELECT f.symbol, f.fiscal_period, f.metrics ->> 'eps_diluted' AS eps FROM filings f "
        "JOIN instruments i USING (symbol) WHERE f.fiscal_year = 2022 LIMIT 10"
    )
    told = found(sql, ("MRDN", "Q3", "1.25"), columns=("s", "p", "e"))
    assert told == [("MRDN", "Q3 FY2022", "eps_diluted", Decimal("1.25"))]


def test_the_whole_json_states_each_figure_that_is_known():
    sql = "SELECT metrics FROM filings WHERE symbol = 'MRDN' AND fiscal_year = 2022 AND fiscal_period = 'FY'"
    told = found(sql, ({"revenue": 4200.0, "total_assets": 2600, "weather": 3},))
    assert [item for _, _, item, _ in told] == ["revenue", "total_assets"]


def test_a_rounded_figure_tells_how_far_it_may_be_away():
    sql = (
        f"SELECT {REVENUE} FROM filings WHERE symbol='M' AND fiscal_year=2022 AND form_type='10-K'"
    )
    [one] = stated(sql, rows(("r",), (Decimal("4200.0"),)))
    assert one.tolerance == Decimal("50000")


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT sum({REVENUE}) FROM filings WHERE symbol='M' AND fiscal_year=2022 AND form_type='10-K'",
        f"SELECT {REVENUE} / 4 FROM filings WHERE symbol='M' AND fiscal_year=2022 AND form_type='10-K'",
        f"SELECT {REVENUE} FROM filings WHERE symbol='M' AND form_type='10-K'",
        f"SELECT {REVENUE} FROM filings WHERE symbol='M' AND fiscal_year=2022",
        f"SELECT {REVENUE} FROM filings WHERE symbol='M' OR fiscal_year=2022 AND form_type='10-K'",
        f"SELECT {REVENUE} FROM filings WHERE NOT (symbol='M' AND fiscal_year=2022 AND form_type='10-K')",
        "SELECT price FROM trades WHERE symbol='M'",
        "SELECT 1 UNION SELECT 2",
        "not SQL at all (",
    ],
)
def test_what_is_no_figure_of_one_filing_is_none(sql):
    assert stated(sql, rows(("r",), (Decimal("4200"),))) == ()


def test_an_empty_figure_states_nothing():
    sql = (
        f"SELECT {REVENUE} FROM filings WHERE symbol='M' AND fiscal_year=2022 AND form_type='10-K'"
    )
    assert stated(sql, rows(("r",), (None,))) == ()
