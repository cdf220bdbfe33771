"""The verified examples on the corpora: each runs, other wordings are answered, near misses are not mistaken."""

from dataclasses import replace
from datetime import date

import pytest

from assistant.bootstrap.verified import make_examples
from assistant.domain.people import LOCAL_USER
from assistant.domain.queries import DataQuestion
from assistant.domain.sql import RowReader, SqlLimits
from assistant.evals.rows import same_rows
from assistant.evals.sql import examples_of
from assistant.nl2sql.execute import Execution
from assistant.nl2sql.guard import Guard
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.schema import Surveyor
from assistant.nl2sql.semantics import completed, market_layer

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]
LIMITS = SqlLimits(seconds=15)


class NoLog:
    """An audit log that nothing is asked of here."""

    async def append(self, entry):
        """Keep nothing."""


@pytest.fixture(scope="module")
async def execution(trading):
    return Execution(Guard(await trading.schema()), trading, NoLog(), LIMITS, date(2026, 3, 20))


@pytest.fixture(scope="module")
def layer(execution):
    return completed(market_layer(), execution.guard.schema)


@pytest.fixture(scope="module")
def linker(execution, layer):
    return Linker(Surveyor(execution.engine, layer))


async def test_every_example_of_the_market_runs(execution, layer):
    assert len(layer.examples) >= 150
    for example in layer.examples:
        _, rows = await execution.run(example.sql, LOCAL_USER)
        assert rows.columns, example


async def test_every_table_has_examples(execution, layer):
    seen = {
        table for example in layer.examples for table in execution.guard.check(example.sql).tables
    }
    assert seen >= execution.guard.schema.tables.keys()


async def test_other_wordings_are_answered_and_near_misses_are_not_mistaken(
    execution, layer, linker, folder, corpus
):
    gold = {row["id"]: row for row in corpus("questions")}
    verified = examples_of(folder / "questions.jsonl")
    examples = make_examples(linker, replace(layer, examples=verified), execution)
    right, wrong, same = 0, [], 0
    for row in corpus("paraphrases"):
        case = gold[row["id"]]
        user = case["as_user_id"]
        reader = RowReader(user, everything=user is None)
        linking = await linker.link(row["text"], reader)
        written = await examples.write(DataQuestion(row["text"], LOCAL_USER), linking)
        same += row["same"]
        if written is None:
            continue
        if row["same"]:
            _, expected = await execution.run(case["gold_sql"], LOCAL_USER)
            _, given = await execution.run(written.sql, LOCAL_USER)
            if same_rows(expected.rows, given.rows):
                right += 1
            else:
                wrong.append(row["text"])
        elif written.sql == case["gold_sql"]:
            wrong.append(row["text"])
    assert wrong == []
    assert right / same >= 0.7
