"""Rows as the page shows them: sortable, counted, inert."""

import json
from datetime import UTC, datetime
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from assistant.chat.render_data import (
    chart_json,
    code,
    details_markdown,
    result_markdown,
    step_markdown,
    step_title,
    table_json,
)
from assistant.domain.answers import Answer, Destination, Route
from assistant.domain.queries import (
    Chart,
    ChartKind,
    DataResult,
    Drafted,
    Failed,
    Linked,
    LinkedValue,
    Linking,
    Written,
)
from assistant.domain.sql import SqlRows

COLUMNS = ("symbol", "pnl", "at")
AT = datetime(2026, 3, 16, 19, 19, tzinfo=UTC)


def result(*rows, columns=COLUMNS, truncated=False, **more):
    held = SqlRows(columns, rows, truncated, 0.01)
    more = {"row_count": len(rows), "units": {"pnl": "USD"}} | more
    return DataResult("q", Written("SELECT 1"), "SELECT 1", held, **more)


def answer(*notes):
    return Answer("x", (), (), Route(Destination.BUILTIN, ()), "builtin", notes=notes)


def rows_of(told):
    return json.loads(table_json(told))


def test_a_table_keeps_numbers_as_numbers_and_names_units_in_its_heads():
    told = rows_of(result(("AAPL", Decimal("1215.57"), AT), ("MSFT", None, AT)))
    assert told["columns"][1].endswith("(USD)")
    assert told["data"][0] == ["AAPL", 1215.57, "2026-03-16 19:19:00"]
    assert told["data"][1][1] is None


def test_of_ten_thousand_rows_the_page_gets_two_hundred_and_says_so():
    many = result(*(("A", Decimal(n), AT) for n in range(10_000)))
    assert len(rows_of(many)["data"]) == 200
    assert "First 200 of 10,000 rows" in result_markdown(answer(), many)


def test_more_rows_than_were_fetched_are_more_than_that():
    many = result(*(("A", Decimal(n), AT) for n in range(300)), truncated=True)
    assert "First 200 of more than 300 rows" in result_markdown(answer(), many)


def test_columns_of_one_name_and_names_with_dots_stay_apart():
    heads = rows_of(result((1, 2, 3), columns=("n", "n", "a.b"), units={}))["columns"]
    assert len(set(heads)) == 3
    assert not any("." in head for head in heads)


def test_a_single_row_of_few_figures_is_a_list():
    told = result_markdown(answer(), result((Decimal("60877.56"),), columns=("pnl",)))
    assert "**$60,877.56**" in told
    assert "rows" not in told


def test_no_rows_are_said_to_be_none():
    assert "no such rows" in result_markdown(answer(), result())


def test_a_chart_is_drawn_where_there_is_one_without_a_bar_of_tools():
    rows = [(f"S{n}", Decimal(n), AT) for n in range(5)]
    drawn = json.loads(chart_json(result(*rows, chart=Chart(ChartKind.BAR, "symbol", ("pnl",)))))
    assert drawn["data"][0]["type"] == "bar"
    assert drawn["config"]["displayModeBar"] is False
    assert chart_json(result(*rows)) == ""


def test_the_query_the_files_and_the_notes_stand_below():
    told = details_markdown(answer("Sample data."), result(), {"CSV": "/api/v1/sql/results/1.csv"})
    assert "```sql\nSELECT\n  1\n```" in told
    assert "[CSV](/api/v1/sql/results/1.csv)" in told
    assert "Sample data" in told


def test_steps_name_tables_attempts_and_what_was_wrong():
    values = (LinkedValue("Apple", "instruments.symbol", "AAPL"),)
    linked = Linked(Linking(("trades",), ("trades.symbol",), values))
    assert "trades" in step_title(linked)
    assert "AAPL" in step_markdown(linked)
    assert "attempt 2" in step_title(Drafted("SELECT 1", 2))
    failed = Failed("SELECT profit", 1, "column profit does not exist")
    assert "does not exist" in step_markdown(failed)


@given(st.text(alphabet="`sql\n '\"<>", max_size=40))
def test_a_statement_never_leaves_its_code_block(text):
    told = code(f"SELECT '{text}'")
    fence = told.split("sql\n", 1)[0]
    assert fence.strip("`") == ""
    assert told.endswith(f"\n{fence}")
    assert fence not in told[len(fence) : -len(fence)]


def test_what_a_row_holds_is_shown_as_text():
    hostile = "![x](https://evil.example/a.png) <img src=x> [y](javascript:alert(1))"
    told = result_markdown(answer(), result((hostile,), columns=("name",), units={}))
    assert "![" not in told
    assert "](https://evil" not in told
    assert r"\[y\]" in told
