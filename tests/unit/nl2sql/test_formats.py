"""How values look: thousands, units, moments, what is not known."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from assistant.domain.sql import SqlRows
from assistant.nl2sql.formats import shown, table


@pytest.mark.parametrize(
    ("value", "column", "unit", "text"),
    [
        (Decimal("1234567.5"), "pnl", "USD", "$1,234,567.50"),
        (Decimal("-0.25"), "pnl", "USD", "-$0.25"),
        (Decimal("185.1234"), "price", "USD", "$185.1234"),
        (Decimal("1456.0983"), "fees", "USD", "$1,456.10"),
        (Decimal("12.5000"), "ret", "%", "12.5%"),
        (Decimal("0.00001234567"), "x", "", "0.0000123457"),
        (1234567, "volume", "shares", "1,234,567"),
        (1234567, "trade_id", "", "1234567"),
        (2026, "fiscal_year", "", "2026"),
        (Decimal("NaN"), "x", "USD", "NaN"),
        (None, "x", "USD", ""),
        (True, "x", "", "yes"),
        (date(2026, 3, 20), "d", "", "2026-03-20"),
        (datetime(2026, 3, 1, tzinfo=UTC), "month", "", "2026-03-01"),
        (
            datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=2))),
            "at",
            "",
            "2026-03-01 07:30:00 UTC",
        ),
        (timedelta(days=2, hours=3), "took", "", "2 days 3:00:00"),
        (timedelta(seconds=-90), "took", "", "-0:01:30"),
        (["a", None, 3], "tags", "", "a, , 3"),
        ({"beta": 1.5}, "attributes", "", '{"beta": 1.5}'),
    ],
)
def test_a_value_is_shown(value, column, unit, text):
    assert shown(value, column, unit) == text


def test_a_table_has_units_in_its_heads():
    rows = SqlRows(("symbol", "realized_pnl"), (("AAPL", Decimal(5)),), False, 0.0)
    assert table(rows, {"realized_pnl": "USD"}) == (
        ("symbol", "realized P&L (USD)"),
        [("AAPL", "$5.00")],
    )
