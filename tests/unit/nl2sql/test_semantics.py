"""A semantic layer is read as it is written, or not at all, and completed with what a database says."""

import pytest

from assistant.domain.errors import InvalidRequest
from assistant.domain.sql import ReadableSchema, ReadableTable, Reference
from assistant.nl2sql.metrics import reads
from assistant.nl2sql.semantics import completed, describes, market_layer, read_layer
from tests.unit.nl2sql.describing import LAYER, schema

LAYER_FILE = """
[tables.loans]
synonyms = ["lending"]
time = "due_on"
shown = ["loan_id", "gone"]
[tables.loans.columns]
state = { synonyms = ["status"], values = { overdue = "late", vanished = "gone" } }
[tables.ghosts]
says = "A table that the database does not have."
[[metrics]]
name = "open loans"
sql = "count(*)"
tables = ["loans"]
where = "loans.state <> 'back'"
[[metrics]]
name = "fright"
sql = "max(ghosts.fear)"
tables = ["ghosts"]
"""
SCHEMA = ReadableSchema(
    {
        "loans": ReadableTable(
            "loans",
            {"loan_id": "integer", "user_id": "integer", "book_id": "integer", "state": "text"},
            comment="Books that are out.",
            comments={"state": "Where it is."},
            choices={"state": ("out", "late", "back")},
            owned=True,
        ),
        "books": ReadableTable("books", {"book_id": "integer"}, key=("book_id",)),
    },
    references=(Reference("loans", ("book_id",), "books", ("book_id",)),),
)


@pytest.fixture
def layer(tmp_path):
    path = tmp_path / "library.toml"
    path.write_text(LAYER_FILE, "utf-8")
    return completed(read_layer(path), SCHEMA)


def test_what_the_database_says_fills_what_the_layer_leaves_out(layer):
    loans = layer.tables["loans"]
    assert (loans.says, loans.synonyms, loans.owner) == (
        "Books that are out.",
        ("lending",),
        "user_id",
    )
    assert loans.columns["state"].says == "Where it is."
    assert loans.columns["state"].values == {
        "out": "out",
        "late": "late",
        "back": "back",
        "overdue": "late",
    }
    assert [join.on for join in layer.joins] == ["loans.book_id = books.book_id"]


def test_what_the_database_does_not_have_is_left_out(layer):
    assert list(layer.tables) == ["loans", "books"]
    assert [one.name for one in layer.metrics] == ["open loans"]
    assert layer.tables["loans"].shown == ("loan_id",)
    assert layer.tables["loans"].time == ""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[tables.loans]\nsynonym = ['x']", "tables.loans.synonym is none of"),
        ("[tables.loans.columns.state]\nunits = 'x'", "tables.loans.columns.state.units"),
        ("[[metrics]]\nname = 'x'\nsql = '1'", "metrics"),
        ("[tables.loans]\nsynonyms = 7", "synonyms"),
        ("[tables", "cannot be read"),
        ("[[joins]]\nleft = 'a'\nright = 'b'\nun = 'c'", "un is none of"),
    ],
)
def test_a_slip_in_the_file_is_told_and_not_skipped(tmp_path, text, told):
    path = tmp_path / "layer.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(InvalidRequest, match=told):
        read_layer(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidRequest, match=r"nowhere\.toml"):
        read_layer(tmp_path / "nowhere.toml")


def test_every_column_value_and_metric_of_our_layer_is_of_a_table_that_it_names():
    known = schema()
    for metric in LAYER.metrics:
        told = reads(metric, known)
        assert told.columns or metric.sql == "count(*)", metric.name
        assert {one.partition(".")[0] for one in told.columns} <= set(metric.tables), metric.name
    for join in LAYER.joins:
        assert {join.left, join.right} <= LAYER.tables.keys(), join
    for name, table in LAYER.tables.items():
        assert {*table.shown, *filter(None, (table.time, table.owner))} <= {
            *table.columns,
            "user_id",
            "symbol",
            *("portfolio_id", "recommendation_id", "feedback_id"),
        }, name


def test_a_layer_is_not_used_for_a_database_that_happens_to_share_a_name():
    shop = ReadableSchema({"orders": ReadableTable("orders", {"order_id": "integer"})})
    assert not describes(market_layer(), shop)
    assert describes(market_layer(), schema())
