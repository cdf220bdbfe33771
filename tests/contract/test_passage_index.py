"""What a search by words promises when words are too common to be read whole."""

from array import array
from dataclasses import replace

import pytest

from assistant.domain.answers import Scope
from assistant.domain.filings import BlobRef, Document, Filing, Page, Passage
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.passages import PostgresPassages

pytestmark = pytest.mark.anyio

VECTOR = array("f", [1.0] + [0.0] * 255)
TEXTS = ("rockets rockets", "rockets fly", "rockets land", "gyroscopes of rockets")


@pytest.fixture
async def stored(postgres):
    filing = Filing("one", "acme", "acme.pdf", BlobRef("0" * 64, "t", 1), 1, len(TEXTS))
    passages = [Passage(n, 1, "", 0, len(text), text) for n, text in enumerate(TEXTS)]
    passages[1] = replace(passages[1], carried="Balance sheets\n2022  2021")
    async with postgres.begin():
        await PostgresCatalogue(postgres).publish(filing, Document((Page(1, "\n".join(TEXTS)),)))
        await PostgresPassages(postgres).insert("one", passages, [VECTOR] * len(TEXTS))
    return postgres


async def by_words(index, text):
    words, _ = await index.search(text, VECTOR, Scope(), 10)
    return [hit.text for hit in words]


async def test_every_word_counts_while_the_entries_are_few(stored):
    found = await by_words(PostgresPassages(stored), "gyroscopes rockets")
    assert found[0] == "gyroscopes of rockets"
    assert sorted(found) == sorted(TEXTS)


async def test_a_word_that_costs_too_much_is_left_out_for_a_rarer_one(stored):
    index = PostgresPassages(stored, most_read=3)
    assert await by_words(index, "gyroscopes rockets") == ["gyroscopes of rockets"]


async def test_the_rarest_word_is_read_however_common_it_is(stored):
    index = PostgresPassages(stored, most_read=3)
    assert sorted(await by_words(index, "rockets")) == sorted(TEXTS)


async def test_a_text_without_a_known_word_finds_nothing_by_words(stored):
    assert await by_words(PostgresPassages(stored), "of the zeppelin") == []


async def test_a_part_of_a_table_is_found_by_the_lines_carried_to_it_and_quotes_none_of_them(
    stored,
):
    words, _ = await PostgresPassages(stored).search("balance sheet", VECTOR, Scope(), 10)
    assert [(hit.text, hit.carried) for hit in words] == [
        ("rockets fly", "Balance sheets\n2022  2021")
    ]
