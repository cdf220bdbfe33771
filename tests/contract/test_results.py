"""What results can be downloaded: by ids that cannot be guessed, for a while."""

from datetime import UTC, datetime, timedelta

import pytest

from assistant.domain.downloads import KeptResult
from assistant.domain.errors import NotFound
from assistant.domain.people import Principal, Role
from assistant.storage.results import PostgresResults

pytestmark = pytest.mark.anyio
SOON = datetime(2126, 1, 1, tzinfo=UTC)
BOB = Principal("42", Role.ANALYST)
RESULT = KeptResult("How many?", "SELECT 1", BOB, "ab" * 32, SOON)


@pytest.fixture
def results(postgres):
    return PostgresResults(postgres)


async def test_a_result_is_found_by_the_id_it_was_given(results):
    ids = [await results.keep(RESULT) for _ in range(3)]
    assert len(set(ids)) == 3
    assert min(map(len, ids)) >= 32
    assert [await results.get(one) for one in ids] == [RESULT] * 3


async def test_another_id_opens_nothing(results):
    id = await results.keep(RESULT)
    for guess in (id[:-1], id.lower() + "x", "", "%", "\x00", "\ud800"):
        with pytest.raises(NotFound):
            await results.get(guess)


async def test_what_is_stored_does_not_hold_the_id(results, postgres):
    id = await results.keep(RESULT)
    async with postgres.connection() as connection:
        rows = await (await connection.execute("select * from sql_result")).fetchall()
    assert id not in repr(rows)


async def test_a_result_expires_and_is_forgotten(results, postgres):
    past = datetime.now(UTC) - timedelta(seconds=1)
    old = await results.keep(KeptResult("Old", "SELECT 1", BOB, "", past))
    with pytest.raises(NotFound, match="any more"):
        await results.get(old)
    await results.keep(RESULT)
    async with postgres.connection() as connection:
        count = await (await connection.execute("select count(*) from sql_result")).fetchone()
    assert count == (1,)
