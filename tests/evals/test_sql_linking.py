"""Questions of the evaluation data, linked to their database; and what one user learns of another."""

import re
from pathlib import Path

import pytest

from assistant.domain.sql import RowReader, SqlLimits
from assistant.evals.linking import LinkedQuestion, score_linking
from assistant.evals.routing import read_messages
from assistant.nl2sql.guard import Guard
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.reading import statement_reads
from assistant.nl2sql.schema import Surveyor
from assistant.nl2sql.semantics import market_layer

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]
ALL = RowReader(everything=True)
OURS = Path(__file__).parent / "linking"


@pytest.fixture(scope="module")
def linker(trading):
    return Linker(Surveyor(trading, market_layer()))


@pytest.fixture
def questions(folder):
    return {
        "questions": folder / "questions.jsonl",
        **{path.stem: path for path in sorted(OURS.glob("*.jsonl"))},
    }


@pytest.mark.parametrize(
    ("name", "tables", "columns", "values"),
    [
        ("questions", 0.98, 0.97, 0.95),
        ("first", 0.98, 0.97, 0.95),
        ("second", 0.97, 0.96, 0.95),
        ("third", 0.98, 0.97, 0.93),
        ("fourth", 0.97, 0.97, 0.93),
    ],
)
async def test_what_the_statement_of_a_question_names_is_linked(
    linker, questions, name, tables, columns, values
):
    score = await score_linking(linker, read_messages(questions[name], LinkedQuestion))
    assert score.metrics["table_recall_at_4"] >= tables, score.tables
    assert score.metrics["column_recall"] >= columns, score.columns
    assert score.metrics["value_recall"] >= values, score.values
    assert score.metrics["column_precision"] >= 0.4


async def test_the_score_reads_statements_as_the_comparison_does(linker, corpus, compare):
    schema = (await linker.surveyor.survey()).schema
    known = {name: set(table.columns) for name, table in schema.tables.items()}
    for row in corpus("questions"):
        if row["gold_sql"]:
            read = statement_reads(row["gold_sql"], schema)
            assert (read.tables, read.columns) == compare.refs(row["gold_sql"], known), row["id"]
            assert {
                one for one in read.strings if not re.match(r"\d+ \w+$", one)
            } == compare.literals(row["gold_sql"])


async def test_every_statement_of_our_questions_can_be_run(trading, questions):
    guard = Guard(await trading.schema(), 10)
    for name in ("first", "second", "third", "fourth"):
        for one in read_messages(questions[name], LinkedQuestion):
            verdict = guard.check(one.gold_sql)
            assert verdict.allowed, (one, verdict.reason)
            await trading.run(verdict.rewritten, ALL, SqlLimits(seconds=20, rows=10))


async def test_the_names_of_a_user_stay_with_him(linker):
    own = await linker.surveyor.own_values(RowReader(42))
    everybody = (await linker.surveyor.survey()).values
    assert own["users.username"]
    assert len(own["users.username"]) == 1
    assert not any(name.startswith(("users.", "portfolios.", "trades.")) for name in everybody)


async def test_a_company_is_known_by_its_name_and_its_ticker(linker):
    for text in ("Apple trades", "AAPL trades", "aapl trades", "What did Apple's trades cost?"):
        linked = await linker.link(text, ALL)
        assert ("instruments.symbol", "AAPL") in {(one.column, one.value) for one in linked.values}
        assert linked.tables[0] == "trades"
        assert "trades.symbol" in linked.columns
