"""What is told of statements that others wrote: every table, filter, group and limit, and no failure."""

import pytest
import sqlglot
from sqlglot import exp

from assistant.domain.sql import ReadableSchema, ReadableTable, RowReader, SqlLimits
from assistant.nl2sql.charts import choose, figure
from assistant.nl2sql.explain import explain
from assistant.nl2sql.guard import Guard
from assistant.nl2sql.semantics import market_layer
from assistant.nl2sql.units import Units
from assistant.nl2sql.wording import name_in_words, number_in_words

pytestmark = pytest.mark.anyio


def missing(tree, text):
    """Return what of a statement a text has neither in words nor as SQL."""
    names = {one.name for one in tree.find_all(exp.Table, exp.Column) if one.name != "*"}
    lost = [one for one in names if name_in_words(one) not in text and one not in text]
    for one in tree.find_all(exp.Literal):
        value = one.this
        if one.find_ancestor(exp.JSONPath, exp.WithinGroup, exp.Interval, exp.Initcap) or _is_place(
            one
        ):
            continue
        if value not in text and number_in_words(value) not in text:
            lost.append(value)
    return lost


def _is_place(literal):
    """Whether a number stands for something that has words: a column's place, "the first row", a day."""
    above = literal.find_ancestor(
        exp.Group, exp.Ordered, exp.Limit, exp.Fetch, exp.Exists, exp.Round
    )
    return above is not None and (
        not isinstance(above, exp.Limit | exp.Fetch) or literal.this == "1"
    )


async def test_every_part_of_every_gold_statement_is_told(corpus, trading):
    schema, layer = await trading.schema(), market_layer()
    guard = Guard(schema)
    statements = [row["gold_sql"] for row in corpus("questions") if row.get("gold_sql")]
    statements += [row["sql"] for row in corpus("legit")]
    for sql in statements:
        verdict = guard.check(sql)
        text = explain(verdict, layer, RowReader(42))
        tree = sqlglot.parse_one(verdict.rewritten, dialect="postgres")
        if verdict.bounded:
            tree.set("limit", None)
        assert missing(tree, text) == [], (sql, text)


def test_every_part_of_every_shipped_example_is_told():
    layer = market_layer()
    tables = {
        name: ReadableTable(name, dict.fromkeys(one.columns, "text"))
        for name, one in layer.tables.items()
    }
    guard = Guard(ReadableSchema(tables))
    told = 0
    for example in layer.examples:
        verdict = guard.check(example.sql)
        if not verdict.allowed:
            continue  # a column that has no meaning of its own in the layer
        told += 1
        tree = sqlglot.parse_one(verdict.rewritten, dialect="postgres")
        if verdict.bounded:
            tree.set("limit", None)
        text = explain(verdict, layer)
        assert missing(tree, text) == [], (example.sql, text)
    assert told > len(layer.examples) / 2


async def test_every_result_has_units_of_its_columns_and_a_chart_that_can_be_drawn(corpus, trading):
    layer, guard = market_layer(), Guard(await trading.schema())
    drawn = 0
    for row in corpus("questions"):
        if not row.get("gold_sql"):
            continue
        verdict = guard.check(row["gold_sql"])
        rows = await trading.run(
            verdict.rewritten, RowReader(everything=True), SqlLimits(seconds=20)
        )
        units = Units(layer).of_result(verdict.rewritten, rows.columns)
        assert set(units) <= set(rows.columns)
        chart = choose(rows, units)
        if chart:
            drawn += 1
            assert figure(chart, rows, units)["data"]
    assert drawn > 10
