"""How two rankings become one."""

from assistant.domain.filings import FoundPassage, Locator
from assistant.rag.fusion import fuse


def hit(page, score=1.0):
    return FoundPassage("text", "", Locator("f", "ACME", page, "", 0, 4), score)


def pages(hits):
    return [h.locator.page for h in hits]


def test_a_passage_that_both_rankings_know_comes_first():
    assert pages(fuse([[hit(1), hit(2)], [hit(3), hit(2)]])) == [2, 1, 3]


def test_scores_of_the_rankings_themselves_do_not_matter():
    assert pages(fuse([[hit(1, 0.1), hit(2, 0.05)], [hit(1, 900), hit(2, 2)]])) == [1, 2]


def test_nothing_fused_is_nothing():
    assert fuse([[], []]) == []


def test_ties_are_broken_by_place_not_by_chance():
    assert pages(fuse([[hit(9)], [hit(4)]])) == [4, 9]
