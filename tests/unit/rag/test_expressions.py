"""Definitions are read whole or not at all; sums are done exactly."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.printed.fiscal import AskedPeriod
from assistant.rag.arithmetic import equations, evaluate
from assistant.rag.expressions import Binary, Change, Item, Mean, Number, parse
from assistant.rag.line_items import formulas, metrics

FY18, FY19 = AskedPeriod(2018), AskedPeriod(2019)


def test_a_definition_is_read_with_its_periods():
    assert parse("FY2019 revenue / (average PP&E between FY2018 and FY2019)") == Binary(
        "/", Item("revenue", FY19), Mean(Item("ppe"), (FY18, FY19))
    )


def test_words_may_stand_for_signs():
    assert parse("total current assets divided by total current liabilities") == Binary(
        "/", Item("current_assets"), Item("current_liabilities")
    )


def test_a_change_and_a_constant():
    read = parse("365 * (FY2019 COGS + change in inventory between FY2018 and FY2019)")
    assert read == Binary(
        "*",
        Number(Decimal(365)),
        Binary("+", Item("cost_of_sales", FY19), Change(Item("inventories"), (FY18, FY19))),
    )


def test_products_bind_before_sums():
    assert parse("revenue - cogs / 2") == Binary(
        "-", Item("revenue"), Binary("/", Item("cost_of_sales"), Number(Decimal(2)))
    )


@pytest.mark.parametrize(
    "text", ["revenue / headcount", "revenue /", "(revenue", "revenue cogs", "", "happiness"]
)
def test_a_definition_that_is_half_understood_is_not_understood(text):
    assert parse(text) is None


@pytest.mark.parametrize("formula", formulas().values(), ids=lambda formula: formula.id)
def test_every_formula_of_the_table_is_understood_and_has_a_source(formula):
    assert parse(formula.formula) is not None
    assert formula.source
    assert formula.unit in {"ratio", "percent", "days", "money"}


@pytest.mark.parametrize("metric", metrics().values(), ids=lambda metric: metric.id)
def test_every_line_item_has_rows_and_a_statement(metric):
    assert metric.rows
    assert set(metric.statements) <= {"income", "balance", "cash_flow", ""}
    assert not metric.computed or parse(metric.computed)


@given(st.text(max_size=120))
def test_any_text_is_read_or_refused(text):
    parse(text)
    evaluate(text)
    list(equations(text))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("6,489 / ((282 + 253) / 2)", "24.2579"),
        ("(11,512 + 2,763) - 5,207", "9068"),
        ("21.6% - 24.6%", "-0.03"),
        ("-3 + 1", "-2"),
        ("$1.5 billion / 300 million", "5"),
        ("(121 / 100) ^ (1 / 2) - 1", "0.1"),
    ],
)
def test_a_sum_is_done(text, value):
    assert round(evaluate(text), 4) == Decimal(value)


@pytest.mark.parametrize("text", ["1 / 0", "2 +", "12", "(1 + 2", "1 2 + 3", "0 ^ 2 + 1"])
def test_a_sum_that_cannot_be_done_proves_nothing(text):
    assert evaluate(text) is None


@given(st.integers(0, 10**6), st.integers(1, 10**6), st.sampled_from("+-*"))
def test_sums_agree_with_arithmetic(one, other, sign):
    expected = {"+": one + other, "-": one - other, "*": one * other}[sign]
    assert evaluate(f"{one:,} {sign} {other:,}") == expected
