"""Questions of the evaluation data, linked to their database; and what one user learns of another."""

import pytest

from assistant.domain.queries import EarlierQuery
from assistant.domain.sql import RowReader
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.schema import Surveyor
from assistant.nl2sql.semantics import market_layer

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]
ALL = RowReader(everything=True)


@pytest.fixture(scope="module")
def linker(trading):
    return Linker(Surveyor(trading, market_layer()))


async def test_the_tables_of_a_question_are_among_the_linked_ones(linker, corpus, compare):
    tables = (await linker.surveyor.survey()).schema.tables
    columns = {name: set(table.columns) for name, table in tables.items()}
    answered = [row for row in corpus("questions") if row["expected"] == "answer"]
    found = 0
    for row in answered:
        user, before = row["as_user_id"], row.get("previous_question")
        reader = ALL if user is None else RowReader(user)
        earlier = (EarlierQuery(before),) if before else ()
        linked = await linker.link(row["question"], reader, earlier)
        assert len(linked.tables) <= 4
        found += compare.refs(row["gold_sql"], columns)[0] <= set(linked.tables)
    assert found / len(answered) >= 0.95


async def test_a_company_is_known_by_its_name_and_its_ticker(linker):
    for text in ("Apple trades", "AAPL trades", "aapl trades", "What did Apple's trades cost?"):
        linked = await linker.link(text, ALL)
        assert ("instruments.symbol", "AAPL") in {(one.column, one.value) for one in linked.values}
        assert linked.tables[0] == "trades"
        assert "trades.symbol" in linked.columns
