"""A drafted layer can be read again, whatever a database calls its tables and keeps in them."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.semantics import SemanticLayer
from assistant.domain.sql import ReadableSchema, ReadableTable
from assistant.nl2sql.learning import called, draft
from assistant.nl2sql.schema import Survey
from assistant.nl2sql.semantics import read_layer

NAMES = st.text(min_size=1, max_size=20).filter(lambda one: one.strip())


def survey(table, values=None):
    return Survey(ReadableSchema({table.name: table}), SemanticLayer(), values or {}, {})


@pytest.mark.parametrize(
    ("column", "table", "names"),
    [
        ("unit_price", "products", {"unit price", "price"}),
        ("custName", "orders", {"customer name", "name"}),
        ("order_status", "orders", {"order status", "status"}),
        ("shipped_at", "parcels", {"shipped"}),
        ("qty", "items", {"quantity"}),
        ("discount_pct", "orders", {"discount"}),
    ],
)
def test_a_name_is_split_into_what_people_say(column, table, names):
    assert names <= set(called(column, table))


@given(name=NAMES, column=NAMES, comment=st.text(max_size=60), stored=st.text(max_size=40))
def test_any_name_comment_or_value_gives_a_file_that_can_be_read(name, column, comment, stored):
    table = ReadableTable(name, {column: "text"}, comment=comment, choices={column: (stored,)})
    text = draft(survey(table, {f"{name}.{column}": (stored,)}))
    told = tomllib.loads(text)["tables"][name]
    assert told["says"] == comment
    assert stored in told["columns"][column]["values"].values()


def test_a_draft_guesses_time_measures_and_what_a_code_is_called(tmp_path):
    table = ReadableTable(
        "shipments",
        {
            "code": "text",
            "name": "text",
            "updated_at": "timestamptz",
            "shipped_at": "timestamp with time zone",
            "weight_kg": "numeric(8,2)",
            "qty": "integer",
            "unit_price": "numeric(8,2)",
        },
        key=("code",),
    )
    path = tmp_path / "drafted.toml"
    path.write_text(draft(survey(table)), "utf-8")
    layer = read_layer(path)
    shipments = layer.tables["shipments"]
    assert shipments.time == "shipped_at"
    assert shipments.columns["code"].named_by == "name"
    assert shipments.columns["weight_kg"].unit == "KG"
    metrics = {one.name: one.sql for one in layer.metrics}
    assert metrics["total weight kg"] == "sum(shipments.weight_kg)"
    assert metrics["revenue"] == "sum(shipments.qty * shipments.unit_price)"
    assert "total unit price" not in metrics
