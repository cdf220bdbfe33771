import pytest

from assistant.evals.metrics import (
    Gold,
    Verdict,
    answer_metrics,
    distinct_pages,
    gold_of,
    judge,
    rank,
    retrieval_metrics,
)
from tests.unit.evals.builders import answer, case, passage


def test_passages_of_one_page_take_one_rank() -> None:
    found = [passage("ACME", 2), passage("ACME", 2, 90), passage("ACME", 5), passage("ACME", 2)]

    assert distinct_pages(found) == [("ACME", 2), ("ACME", 5)]
    assert rank(case(pages=(5,)), found).page == 2


def test_the_best_of_several_gold_pages_counts() -> None:
    found = [passage("ACME", 1), passage("ACME", 9), passage("ACME", 5)]

    assert rank(case(pages=(5, 9)), found).page == 2


def test_the_same_page_of_another_filing_is_no_hit() -> None:
    found = [passage("OTHER", 5), passage("ACME", 4)]

    ranks = rank(case(pages=(5,)), found)

    assert (ranks.page, ranks.document) == (None, 2)


def test_nothing_found_is_a_miss() -> None:
    ranks = rank(case(), [])

    assert (ranks.page, ranks.document) == (None, None)


def test_hits_are_counted_within_each_cut() -> None:
    found = [passage("ACME", page) for page in range(1, 12)]
    ranks = [rank(case(pages=(page,)), found) for page in (1, 3, 5, 11)]

    metrics = retrieval_metrics(ranks)

    assert metrics["page_hit@1"] == 0.25
    assert metrics["page_hit@3"] == 0.5
    assert metrics["page_hit@5"] == 0.75
    assert metrics["page_hit@10"] == 0.75
    assert metrics["mrr"] == pytest.approx((1 + 1 / 3 + 1 / 5 + 1 / 11) / 4, abs=1e-4)


def test_a_document_must_be_among_the_first_five_pages() -> None:
    found = [passage("OTHER", page) for page in range(1, 6)] + [passage("ACME", 5)]

    assert retrieval_metrics([rank(case(), found)])["document_hit@5"] == 0.0
    assert retrieval_metrics([rank(case(), found[1:])])["document_hit@5"] == 1.0


def test_questions_without_pages_count_for_the_document_only() -> None:
    metrics = retrieval_metrics([rank(case(pages=()), [passage("ACME", 1)])])

    assert (metrics["n"], metrics["n_with_pages"]) == (1, 0)
    assert metrics["page_hit@5"] is None
    assert metrics["document_hit@5"] == 1.0


@pytest.mark.parametrize(
    ("gold", "by"),
    [
        ("$1577.00", Gold.FIGURE),
        ("It rose by 3.1% in 2022.", Gold.FIGURE),
        ("Customer deposits", Gold.WORDS),
        ("Yes, in 2022", Gold.WORDS),
        ("Yes", Gold.NOTHING),
        ("There are none", Gold.NOTHING),
        ("one two three four five six seven eight nine", Gold.NOTHING),
        (None, Gold.REFUSAL),
    ],
)
def test_a_gold_answer_is_compared_by_what_it_holds(gold: str | None, by: Gold) -> None:
    assert gold_of(case(gold)) is by


@pytest.mark.parametrize(
    ("gold", "given", "verdict"),
    [
        ("$1577.00", answer("It was $1,577 million [1]."), Verdict.RIGHT),
        ("$1577.00", answer("It was $1,373 million [1]."), Verdict.WRONG),
        ("$1577.00", answer("The filings do not hold it.", refused=True), Verdict.REFUSED),
        ("$1577.00", answer("1,577 is not certain", refused=True), Verdict.REFUSED),
        ("Customer deposits", answer("The largest are customer deposits [2]."), Verdict.RIGHT),
        ("Customer deposits", answer("Deposits."), Verdict.WRONG),
        ("Yes", answer("Yes"), Verdict.UNSCORED),
        (None, answer("Not in the filings.", refused=True), Verdict.RIGHT),
        (None, answer("It was 12."), Verdict.WRONG),
    ],
)
def test_an_answer_is_right_wrong_refused_or_unscored(
    gold: str | None, given: object, verdict: Verdict
) -> None:
    assert judge(case(gold), given).verdict is verdict  # type: ignore[arg-type]


def test_right_wrong_and_refused_shares_sum_to_one() -> None:
    judged = [
        judge(case("12.5"), answer("12.5")),
        judge(case("12.5"), answer("99")),
        judge(case("12.5"), answer("", refused=True)),
        judge(case("12.5"), answer("", refused=True)),
        judge(case(None), answer("", refused=True)),
        judge(case("Yes"), answer("No")),
    ]

    metrics = answer_metrics(judged)

    assert metrics["n_figure"] == 4
    assert (metrics["figure_right"], metrics["figure_wrong"]) == (0.25, 0.25)
    assert metrics["figure_refused"] == 0.5
    assert (metrics["n_unanswerable"], metrics["unanswerable_refused"]) == (1, 1.0)
    assert (metrics["n_unscored"], metrics["n_words"], metrics["words_right"]) == (1, 0, None)
    assert metrics["refused"] == 0.5
