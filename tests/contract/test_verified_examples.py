"""What keeps verified examples keeps them by database, once each, with who decided."""

import pytest

from assistant.domain.errors import NotFound
from assistant.domain.reviews import ExampleState
from assistant.storage.examples import PostgresExamples

pytestmark = pytest.mark.anyio
EVERY = tuple(ExampleState)


@pytest.fixture
def store(postgres):
    return PostgresExamples(postgres, "market")


async def test_a_proposal_waits(store):
    added = await store.add("trades per venue", "SELECT 1", "7")
    assert added.state is ExampleState.PROPOSED
    assert (added.question, added.sql, added.proposed_by) == ("trades per venue", "SELECT 1", "7")
    assert added.judged_at is None
    assert await store.all((ExampleState.PROPOSED,)) == [added]
    assert await store.all((ExampleState.VERIFIED,)) == []


async def test_the_same_again_is_the_same(store):
    first = await store.add("trades per venue", "SELECT 1", "7")
    assert await store.add("trades per venue", "SELECT 1", "8") == first
    other = await store.add("trades per venue", "SELECT 2", "8")
    assert other.id != first.id
    assert len(await store.all(EVERY)) == 2


async def test_a_decision_says_who_and_when_and_can_be_taken_back(store):
    added = await store.add("trades per venue", "SELECT 1", "7")
    verified = await store.judge(added.id, ExampleState.VERIFIED, "9")
    assert (verified.state, verified.judged_by) == (ExampleState.VERIFIED, "9")
    assert verified.judged_at is not None
    rejected = await store.judge(added.id, ExampleState.REJECTED, "10", "wrong venue")
    assert await store.get(added.id) == rejected
    assert rejected.reason == "wrong venue"
    assert await store.all((ExampleState.VERIFIED,)) == []


async def test_another_database_has_its_own(store, postgres):
    added = await store.add("trades per venue", "SELECT 1", "7")
    shop = PostgresExamples(postgres, "shop")
    assert await shop.all(EVERY) == []
    for asked in (shop.get(added.id), shop.judge(added.id, ExampleState.VERIFIED, "9")):
        with pytest.raises(NotFound):
            await asked
    assert (await store.get(added.id)).state is ExampleState.PROPOSED


async def test_what_is_not_there_is_named(store):
    with pytest.raises(NotFound, match="99"):
        await store.get(99)
    with pytest.raises(NotFound, match="99"):
        await store.judge(99, ExampleState.VERIFIED, "9")
