"""The corpora over the product's own market: good statements run, hostile ones meet its layers."""

import re

import pytest

from assistant.domain.people import LOCAL_USER
from assistant.domain.sql import RowReader, SqlLimits
from assistant.evals.guard import Statement
from assistant.evals.layers import THROUGH, score_layers
from assistant.nl2sql.clock import at
from assistant.nl2sql.execute import reader_of
from assistant.nl2sql.guard import Guard
from assistant.samples.market import TODAY, sample_market
from assistant.storage.market import Market
from tests.conftest import fresh_database

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(900)]
_METADATA = re.compile(
    r"tableoid|xmin|keywords|\buser\b|current_\w+|to_reg\w+|::reg\w+", re.IGNORECASE
)


@pytest.fixture(scope="module")
async def market(database_server, template_database):
    async with fresh_database(database_server, template_database) as server:
        own = Market(server, ours=True)
        await own.settle()
        await own.fill(*sample_market())
        yield own


async def test_what_is_good_runs_on_our_own_market(market, corpus):
    engine = market.engine()
    schema = await engine.schema()
    guard, empty = Guard(schema), 0
    statements = [row["sql"] for row in corpus("legit")]
    statements += [row["gold_sql"] for row in corpus("questions") if row.get("gold_sql")]
    for sql in statements[::2]:  # a connection each takes the time
        verdict = guard.check(sql)
        assert verdict.allowed, (sql, verdict.reason)
        ran = at(verdict.rewritten, TODAY, schema)
        found = await engine.run(ran, reader_of(LOCAL_USER), SqlLimits(seconds=30))
        empty += not found.rows
    assert empty < 0.05 * len(statements)


async def test_without_the_guard_only_names_of_the_catalogue_come_through(market, corpus):
    engine = market.engine()
    hostile = [Statement.model_validate(row) for row in corpus("hostile")][::2]
    guard, limits = Guard(await engine.schema()), SqlLimits(seconds=1, temporary_kb=20_000)
    score = await score_layers(engine, guard, hostile, RowReader(42), limits)
    assert score.guarded.get(THROUGH, 0) == 0
    for one in hostile:
        if one.id in score.through:
            assert _METADATA.search(one.sql), one
    assert len(score.through) < 0.05 * score.n
