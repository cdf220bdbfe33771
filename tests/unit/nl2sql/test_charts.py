"""Which chart fits a result, what it holds, and that the data cannot reach the page through it."""

import html
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import plotly.graph_objects as go
import pytest

from assistant.domain.queries import ChartKind
from assistant.domain.sql import SqlRows
from assistant.nl2sql.charts import COLOURS, MOST_BARS, choose, figure

DAY = date(2026, 1, 1)


def result(columns, rows):
    return SqlRows(tuple(columns.split()), tuple(map(tuple, rows)), False, 0.0)


def days(n):
    return [DAY + timedelta(one) for one in range(n)]


SHAPES = [
    ("month fees", [(day, Decimal(3)) for day in days(12)], ChartKind.LINE, "month", ("fees",), ""),
    ("day symbol close", [(d, s, 1.5) for d in days(5) for s in "AB"], ChartKind.LINE, "day", ("close",), "symbol"),
    ("fiscal_year revenue", [(2020 + n, 7) for n in range(4)], ChartKind.LINE, "fiscal_year", ("revenue",), ""),
    ("sector pnl", [(f"S{n}", n) for n in range(9)], ChartKind.BAR, "sector", ("pnl",), ""),
    ("user_id n", [(n, 3) for n in range(9)], ChartKind.BAR, "user_id", ("n",), ""),
    ("weekday n", [(Decimal(n), n * n) for n in range(7)], ChartKind.BAR, "weekday", ("n",), ""),
    ("side kind n", [(s, k, 1) for s in "AB" for k in "xyz"], ChartKind.BAR, "kind", ("n",), "side"),
    ("risk gain", [(n / 7, n * 1.5) for n in range(9)], ChartKind.SCATTER, "risk", ("gain",), ""),
    ("ret", [(n / 7,) for n in range(40)], ChartKind.HISTOGRAM, "ret", (), ""),
]  # fmt: skip


@pytest.mark.parametrize(("columns", "rows", "kind", "x", "y", "series"), SHAPES)
def test_a_chart_fits_the_shape_and_plotly_takes_it(columns, rows, kind, x, y, series):
    found = result(columns, rows)
    chart = choose(found, {})
    assert (chart.kind, chart.x, chart.y, chart.series) == (kind, x, y, series)
    drawn = figure(chart, found, {})
    assert go.Figure(drawn).to_plotly_json()["layout"]["title"]["text"] == html.escape(chart.title)
    json.dumps(drawn, allow_nan=False)


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        ("total", [(5,)]),
        ("symbol name", [("a", "b"), ("c", "d")]),
        ("trade_id symbol price", [(n, "A", 2) for n in range(20)]),
        ("trade_id executed_at price", [(n, day, 2) for n, day in enumerate(days(20))]),
        ("symbol price", [("A", 1), ("A", 2), ("B", 1)]),
        ("symbol price", []),
        ("sum sum", [(1, 2), (3, 4)]),
        ("x y", [(None, None), (None, None)]),
        ("symbol tags", [("a", ["x"]), ("b", ["y"])]),
        ("x", [(Decimal("NaN"),)] * 20),
    ],
)
def test_nothing_is_drawn_where_a_drawing_says_nothing(columns, rows):
    assert choose(result(columns, rows), {}) is None


def test_numbers_of_other_units_are_not_drawn_on_one_axis():
    found = result("month fees pieces taxes", [(day, 1, 2, 3) for day in days(4)])
    units = {"fees": "USD", "pieces": "shares", "taxes": "USD"}
    assert choose(found, units).y == ("fees", "taxes")


def test_axes_say_their_units():
    found = result("month fees", [(day, Decimal("2.5")) for day in days(4)])
    layout = figure(choose(found, {"fees": "USD"}), found, {"fees": "USD"})["layout"]
    assert layout["yaxis"]["title"]["text"] == "fees (USD)"
    assert layout["yaxis"]["tickprefix"] == "$"
    assert layout["xaxis"]["type"] == "date"


def test_the_largest_bars_are_drawn_and_the_title_says_so():
    found = result("symbol n", [(f"S{n}", n) for n in range(50)])
    drawn = figure(choose(found, {}), found, {})
    assert drawn["data"][0]["x"][:2] == ["S49", "S48"]
    assert len(drawn["data"][0]["x"]) == MOST_BARS
    assert "30 largest of 50" in drawn["layout"]["title"]["text"]


def test_large_numbers_are_drawn_in_billions_and_the_axis_says_so():
    found = result("fiscal_year revenue", [(2020 + n, (n + 3) * 10**9) for n in range(4)])
    drawn = figure(choose(found, {}), found, {"revenue": "USD"})
    assert drawn["data"][0]["y"] == [3.0, 4.0, 5.0, 6.0]
    axis = drawn["layout"]["yaxis"]
    assert (axis["tickprefix"], axis["ticksuffix"]) == ("$", " bn")
    assert "$%{y:,.4~f} bn" in drawn["data"][0]["hovertemplate"]


def test_a_drawing_of_some_of_the_rows_says_so():
    held = replace(result("day fees", [(day, 1) for day in days(4)]), read=9000)
    assert (
        "the first 4 of 9,000 rows" in figure(choose(held, {}), held, {})["layout"]["title"]["text"]
    )


def test_a_line_goes_through_time_whatever_the_order_of_the_rows():
    moments = [datetime(2026, 1, n, tzinfo=UTC) for n in (3, 1, 2)]
    found = result("at price", [(one, one.day) for one in moments])
    trace = figure(choose(found, {}), found, {})["data"][0]
    assert trace["x"] == ["2026-01-01 00:00:00", "2026-01-02 00:00:00", "2026-01-03 00:00:00"]
    assert trace["y"] == [1.0, 2.0, 3.0]


def test_what_is_not_known_leaves_a_gap():
    found = result("day price", [(day, None if n == 1 else n) for n, day in enumerate(days(4))])
    assert figure(choose(found, {}), found, {})["data"][0]["y"] == [0.0, None, 2.0, 3.0]


def test_html_in_the_data_stays_text():
    evil = '<a href="javascript:alert(1)">x</a>'
    found = result("name n", [(f"{evil}{n}", n) for n in range(3)])
    text = json.dumps(figure(choose(found, {}), found, {}))
    assert "<a" not in text
    assert "&lt;a" in text


def test_nothing_is_loaded_from_elsewhere():
    for columns, rows, *_ in SHAPES:
        found = result(columns, rows)
        assert "http" not in json.dumps(figure(choose(found, {}), found, {}))


@pytest.mark.parametrize("colour", COLOURS)
@pytest.mark.parametrize("ground", ["#ffffff", "#1a1a1a"])
def test_lines_and_bars_stand_out_in_light_and_dark(colour, ground):
    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3


def luminance(colour):
    """Return the relative luminance of WCAG 2."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
