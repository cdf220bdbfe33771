"""The index of meaning: made when a store has grown, never in the way, and near the exact answer."""

from array import array

import numpy as np
import psycopg
import pytest

from assistant.domain.filings import BlobRef, Document, Filing, Page, Passage
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.lists import PROBE, tend
from assistant.storage.passages import PostgresPassages
from assistant.storage.speaking import NEAREST
from assistant.storage.vectors import half

pytestmark = pytest.mark.anyio

INDEXES = "select relname from pg_class where relname ^@ 'passage_meaning' order by 1"
COPIES = 40


@pytest.fixture
def vectors():
    """Texts that repeat from filing to filing with hardly another vector, as filings do."""
    chance = np.random.default_rng(5)
    texts = chance.normal(size=(60, 256))
    copies = texts[None] + 0.02 * chance.normal(size=(COPIES, 60, 256))
    return copies / np.linalg.norm(copies, axis=2, keepdims=True)


def packed(row):
    return array("f", row.astype(np.float32).tobytes())


async def add(postgres, number, rows):
    filing = Filing(str(number), "n", "n.pdf", BlobRef(f"{number:064d}", "t", 1), 1, len(rows))
    passages = [Passage(n, 1, "", 0, 1, "x") for n in range(len(rows))]
    async with postgres.begin():
        await PostgresCatalogue(postgres).publish(filing, Document((Page(1, "x"),)))
        await PostgresPassages(postgres).insert(str(number), passages, [packed(r) for r in rows])


@pytest.fixture
async def grown(postgres, vectors):
    for number, rows in enumerate(vectors):
        await add(postgres, number, rows)
    return postgres


async def indexes(postgres):
    [rows] = await postgres.read((INDEXES, {}))
    return [row[0] for row in rows]


async def test_a_small_store_has_no_index(grown):
    assert not await tend(grown)
    assert await indexes(grown) == []


async def test_a_grown_store_gets_lists_once_and_again_when_it_has_outgrown_them(grown, vectors):
    assert await tend(grown, listed_from=1000)
    assert await indexes(grown) == ["passage_meaning_49"]
    assert not await tend(grown, listed_from=1000)
    for number, rows in enumerate(np.repeat(vectors, 4, axis=1), start=100):
        await add(grown, number, rows)
    assert await tend(grown, listed_from=1000)
    assert await indexes(grown) == ["passage_meaning_110"]


async def test_what_a_broken_off_making_left_is_removed(grown, database):
    assert await tend(grown, listed_from=1000)
    async with await psycopg.AsyncConnection.connect(database.url, autocommit=True) as other:
        await other.execute(
            "update pg_index set indisvalid = false"
            " where indexrelid = 'passage_meaning_49'::regclass"
        )
    assert await tend(grown, listed_from=1000)
    assert await indexes(grown) == ["passage_meaning_49"]


async def test_another_process_that_makes_the_lists_is_left_alone(grown):
    async with grown.maintenance() as other:
        await other.execute("select pg_advisory_lock(%s)", (0x6C69737473,))
        assert not await tend(grown, listed_from=1000)
    assert await tend(grown, listed_from=1000)


async def test_lists_find_the_nearest_among_copies(grown, vectors):
    await tend(grown, listed_from=1000)
    chance = np.random.default_rng(6)
    found = []
    for _ in range(20):
        query = vectors[chance.integers(COPIES), chance.integers(60)] + chance.normal(size=256) / 8
        values = {"vector": half(packed(query / np.linalg.norm(query)))}
        off = "select set_config('enable_indexscan', 'off', true)"
        on = "select set_config('enable_seqscan', 'off', true)"
        _, exact = await grown.read((off, {}), (NEAREST, values))
        _, _, listed = await grown.read((on, {}), (PROBE, {}), (NEAREST, values))
        tenth = exact[9][2] + 1e-7
        found.append(min(10, sum(row[2] <= tenth for row in listed)) / 10)
    assert np.mean(found) >= 0.97
