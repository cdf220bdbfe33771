"""A database of another kind: its meaning is drafted, reviewed, and questions are linked to it."""

import json
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from assistant.cli.app import app
from tests.servers import shop, trading


@pytest.fixture
def aei(anyio_backend, empty_database, tmp_path):
    role = f"reader_{uuid4().hex[:8]}"
    shop.make(empty_database.url, role)
    environment = {
        "AEI_DATA_DIR": str(tmp_path / "data"),
        "AEI_ANALYTICS_URL": empty_database.url,
        "AEI_ANALYTICS_ROLE": role,
        "AEI_MODEL": "builtin",
    }

    def run(*words, **more):
        return CliRunner().invoke(app, list(map(str, words)), env=environment | more)

    yield run
    trading.drop_role(empty_database.url, role)


@pytest.fixture
def drafted(aei, tmp_path):
    path = tmp_path / "shop.toml"
    assert aei("sql", "learn", "--out", path).exit_code == 0
    return path


def link(aei, question, layer):
    ran = aei("sql", "--link", question, "--json", AEI_SQL_LAYER=str(layer))
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_a_drafted_layer_names_what_may_be_read_and_nothing_else(drafted):
    text = drafted.read_text("utf-8")
    assert '# stored: "Sleeping Bags", "Tents"' in text
    assert "supplier" not in text
    assert "secret contact" not in text


@pytest.mark.parametrize(
    ("question", "tables", "columns", "values"),
    [
        (
            "how much did Ada Kowalska spend last month",
            {"customers", "sales_orders", "order_items"},
            {"order_items.qty", "order_items.unit_price", "sales_orders.ordered_at"},
            {("customers.name", "Ada Kowalska")},
        ),
        (
            "orders awaiting payment from gold customers",
            {"sales_orders", "customers"},
            {"sales_orders.order_status", "customers.loyalty_tier"},
            {("sales_orders.order_status", "awaiting_payment"), ("customers.loyalty_tier", "gold")},
        ),
        (
            "orange tents",
            {"products", "categories"},
            {"products.colours", "products.category_id"},
            {("products.colours", "orange"), ("categories.category_name", "Tents")},
        ),
        (
            "how many Aurora Domes did we ship",
            {"sales_orders", "order_items"},
            {"order_items.sku"},
            {("products.sku", "TN-100")},
        ),
        (
            "average discount per city",
            {"sales_orders", "customers"},
            {"sales_orders.discount_pct", "customers.city", "customers.customer_id"},
            set(),
        ),
    ],
)
def test_questions_are_linked_by_a_drafted_layer(aei, drafted, question, tables, columns, values):
    told = link(aei, question, drafted)
    assert tables <= set(told["tables"])
    assert columns <= set(told["columns"])
    assert values <= {(one["column"], one["value"]) for one in told["values"]}


def test_what_the_reviewer_adds_is_understood(aei, drafted):
    text = drafted.read_text("utf-8")
    old = 'values = { "bronze" = "bronze",'
    assert old in text
    drafted.write_text(
        text.replace(old, 'values = { "regulars" = "gold", "bronze" = "bronze",'), "utf-8"
    )
    told = link(aei, "regulars from Gdansk", drafted)
    assert ("customers.loyalty_tier", "gold") in {(v["column"], v["value"]) for v in told["values"]}


def test_a_reviewed_file_is_not_overwritten(aei, drafted):
    drafted.write_text("# reviewed", "utf-8")
    ran = aei("sql", "learn", "--out", drafted, "--json")
    assert ran.exit_code == 2
    assert "exists" in json.loads(ran.stdout)["error"]["message"]
    assert drafted.read_text("utf-8") == "# reviewed"


def test_a_file_of_questions_is_linked_in_order_and_a_bad_line_named(aei, drafted, tmp_path):
    source, target = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    lines = [
        {"id": "a", "question": "customers in Malmo"},
        {"id": "b"},
        {"id": "c", "question": "tents"},
    ]
    source.write_text("\n".join(map(json.dumps, lines)), "utf-8")
    ran = aei("sql", "--link", "--batch", source, "--out", target, AEI_SQL_LAYER=str(drafted))
    assert ran.exit_code == 1
    told = [json.loads(line) for line in target.read_text("utf-8").splitlines()]
    assert [one["id"] for one in told] == ["a", "b", "c"]
    assert told[0]["tables"] == ["customers"]
    assert "error" in told[1]
    assert told[2]["values"][0]["value"] == "Tents"


def test_a_layer_with_a_slip_is_told_before_anything_is_linked(aei, tmp_path):
    path = tmp_path / "layer.toml"
    path.write_text("[tables.customers]\nsynonym = ['buyers']", "utf-8")
    ran = aei("sql", "--link", "buyers", "--json", AEI_SQL_LAYER=str(path))
    assert ran.exit_code == 2
    assert "synonym" in json.loads(ran.stdout)["error"]["message"]


def test_linking_is_scored_by_statements(aei, drafted, tmp_path):
    dataset = tmp_path / "questions.jsonl"
    rows = [
        {
            "id": "1",
            "question": "customers in Malmo",
            "gold_sql": "SELECT name FROM customers WHERE city = 'Malmo'",
        },
        {
            "id": "2",
            "question": "gold customers",
            "gold_sql": "SELECT body FROM sales_orders WHERE order_status = 'x'",
        },
        {"id": "3", "question": "drop it all", "expected": "refuse"},
    ]
    dataset.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    ran = aei("eval", "linking", dataset, "--json", AEI_SQL_LAYER=str(drafted))
    told = json.loads(ran.stdout)
    assert told["n"] == 2
    assert told["metrics"]["table_recall_at_4"] == 0.5
    assert told["metrics"]["value_recall"] == 0.5
    assert (told["tables"], told["values"]) == (["2"], ["2"])
