"""Which of many filings a survey chooses: those that speak most of what is asked."""

from array import array

import pytest

from assistant.domain.filings import BlobRef, Document, Filing, Page, Passage
from assistant.domain.search import Probe, Speaking
from assistant.storage.catalogue import PostgresCatalogue
from assistant.storage.passages import PostgresPassages
from assistant.storage.survey import PostgresSurveyor

pytestmark = pytest.mark.anyio

FILINGS = {
    "rockets": ("rockets rockets",),
    "both": ("gyroscopes of rockets", "a long passage of other things, where a rocket is named"),
    "far": ("rockets are named here once", "and gyroscopes elsewhere"),
    "none": ("bananas", "bananas", "bananas"),
}


def vector(axis):
    return array("f", [float(n == axis) for n in range(256)])


@pytest.fixture
async def stored(postgres):
    """Passages of one filing mean the same, each filing's another."""
    for axis, (name, texts) in enumerate(FILINGS.items()):
        filing = Filing(name, name, name, BlobRef(f"{axis:064d}", "t", 1), 1, len(texts))
        passages = [Passage(n, 1, "", 0, len(text), text) for n, text in enumerate(texts)]
        async with postgres.begin():
            page = Page(1, "\n".join(texts))
            await PostgresCatalogue(postgres).publish(filing, Document((page,)))
            await PostgresPassages(postgres).insert(name, passages, [vector(axis)] * len(texts))
    return postgres


async def chosen(postgres, words, axis=200, given=tuple(FILINGS), points=None, **more):
    promising = more.pop("promising", 48)
    survey = await PostgresSurveyor(postgres, promising).survey(
        Probe(("", "", ""), vector(axis)),
        {name: (points or {}).get(name, 0.0) for name in given},
        Speaking(words, weight=1.0, most=more.pop("most", 4), **more),
    )
    return {one.filing_id: one.points for one in survey.filings}


async def test_the_filing_that_says_both_words_together_comes_before_one_that_says_them_apart(
    stored,
):
    found = list(await chosen(stored, "gyroscopes of rockets", axis=1, narrow=True))
    assert found.index("both") < found.index("far")


async def test_a_filing_near_in_meaning_is_chosen_though_it_says_no_word(stored):
    found = await chosen(stored, "zeppelin", axis=3)
    assert next(iter(found)) == "none"
    assert found["none"] == 1.0


async def test_points_that_speak_for_a_filing_add_to_what_it_says(stored):
    found = await chosen(stored, "gyroscopes", axis=1, points={"none": 5.0})
    assert list(found)[:2] == ["none", "both"]
    assert 5.0 <= found["none"] < 6.0


async def test_only_given_filings_are_chosen_and_no_more_than_asked_for(stored):
    for narrow in (False, True):
        found = await chosen(stored, "rockets", given=("far", "none"), narrow=narrow, axis=2)
        assert set(found) == {"far", "none"}
    assert len(await chosen(stored, "rockets", most=1)) == 1


async def test_the_most_promising_filing_is_unpacked_first(stored):
    found = await chosen(stored, "gyroscopes rockets", axis=1, promising=1)
    assert next(iter(found)) == "both"


async def test_where_nothing_is_found_the_order_given_decides(stored):
    found = await chosen(stored, "zeppelin", given=("none", "far"), axis=200, most=1)
    assert len(found) == 1


async def test_a_peak_is_the_best_share_of_a_passage(stored):
    [rows] = await stored.read(
        (
            "select passages, peak from posting join filing on no = filing_no"
            " where lexeme = 'rocket' and field = 'text' and id = 'rockets'",
            {},
        )
    )
    [(passages, peak)] = rows
    assert passages == 1
    assert peak == pytest.approx(2 / (2 + 0.48 + 0.0036 * 2), abs=1e-4)
