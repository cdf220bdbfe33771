"""What a reranker promises; every one that settings can choose keeps it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.bootstrap import reranker
from assistant.settings import RerankerChoice

pytestmark = pytest.mark.anyio

TEXTS = [
    "Capital expenditures were for stores. Unrelated words about leases.",
    "Purchases of property and equipment, the capital expenditures of the year.",
    "Nothing of it.",
    "",
]


def test_none_means_that_nothing_reranks():
    assert reranker(RerankerChoice.NONE) is None


@pytest.fixture(params=[choice for choice in RerankerChoice if choice is not RerankerChoice.NONE])
def chosen(request):
    return reranker(request.param)


async def test_the_text_that_holds_the_question_goes_first(chosen):
    scores = await chosen.score("purchases of property equipment capital expenditures", TEXTS)
    assert sorted(range(4), key=lambda n: -scores[n])[:2] == [1, 0]
    assert scores[2:] == [0.0, 0.0]


async def test_a_word_that_few_texts_hold_counts_more(chosen):
    texts = ["sales and leases", "sales", "sales", "goodwill", "sales"]
    scores = await chosen.score("goodwill sales", texts)
    assert scores[3] > scores[1]


async def test_no_texts_have_no_scores(chosen):
    assert await chosen.score("revenue", []) == []


@pytest.mark.parametrize("question", ["", "\x00", "2023 12 %", "a b", "\U0001f600"])
async def test_a_question_without_words_scores_nothing(chosen, question):
    assert await chosen.score(question, TEXTS) == [0.0] * 4


@given(question=st.text(max_size=80), texts=st.lists(st.text(max_size=120), max_size=6))
async def test_any_text_has_one_score_from_0_to_1(question, texts):
    for choice in RerankerChoice:
        if model := reranker(choice):
            scores = await model.score(question, texts)
            assert len(scores) == len(texts)
            assert all(0 <= score <= 1.000001 for score in scores)
