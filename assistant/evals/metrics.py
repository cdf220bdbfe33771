"""What is counted, without I/O: ranks of pages, verdicts on answers, and their shares.

Search returns passages; a page stands at the rank of its first passage among the *distinct* pages,
in the order in which they first appear. So ten passages of one page take one rank, as they would
take one place in a list of pages, and page-hit@5 looks at five pages.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from assistant.domain.answers import Answer
from assistant.domain.filings import FoundPassage
from assistant.evals.cases import Case
from assistant.evals.figures import figures_in, holds_all

_T = TypeVar("_T")
Metrics = dict[str, float | int | None]

PAGE_CUTS = (1, 3, 5, 10)
DOCUMENT_CUT = 5

_WORD = re.compile(r"[^\W_]+")
_EMPTY_WORDS = frozenset(
    word
    for words in (
        ("a", "an", "and", "are", "as", "at", "by", "for", "from", "has", "have", "in", "is", "it"),
        ("its", "no", "none", "not", "of", "on", "or", "that", "the", "their", "there", "this"),
        ("to", "was", "were", "which", "with", "yes"),
    )
    for word in words
)
_LONGEST_NAME = 8


@dataclass(frozen=True, slots=True)
class Ranks:
    """Where a question's answer was found, counted over distinct pages from 1; None: nowhere.

    `scored` is false when the dataset names no page: then only the document counts.
    """

    case: Case
    page: int | None
    document: int | None

    @property
    def scored(self) -> bool:
        """Whether the dataset names a page."""
        return bool(self.case.pages)


class Verdict(StrEnum):
    """What an answer is worth."""

    RIGHT = "right"
    WRONG = "wrong"
    REFUSED = "refused"
    UNSCORED = "unscored"


class Gold(StrEnum):
    """What a gold answer is compared by."""

    FIGURE = "figure"
    WORDS = "words"
    NOTHING = "nothing"
    REFUSAL = "refusal"


@dataclass(frozen=True, slots=True)
class Judged:
    """A question with the answer's text and the verdict on it."""

    case: Case
    gold: Gold
    verdict: Verdict
    text: str = ""


def distinct_pages(found: Iterable[FoundPassage]) -> list[tuple[str, int]]:
    """Return document and page of each passage, once each, in order of first appearance."""
    return list(dict.fromkeys((p.locator.document, p.locator.page) for p in found))


def rank(case: Case, found: Sequence[FoundPassage]) -> Ranks:
    """Return where the first gold page, and the first page of its document, stand."""
    page_rank: int | None = None
    document_rank: int | None = None
    for place, (document, page) in enumerate(distinct_pages(found), start=1):
        if document != case.document:
            continue
        document_rank = document_rank or place
        if page in case.pages:
            page_rank = place
            break
    return Ranks(case, page_rank, document_rank)


def retrieval_metrics(ranks: Sequence[Ranks]) -> Metrics:
    """Return page-hit@1/3/5/10 and MRR over the questions with pages, document-hit@5 over all.

    A share of nothing is None. MRR counts a page outside of what was searched as 0.
    """
    paged = [r for r in ranks if r.scored]
    metrics: Metrics = {"n": len(ranks), "n_with_pages": len(paged)}
    for cut in PAGE_CUTS:
        metrics[f"page_hit@{cut}"] = _share(paged, lambda r, cut=cut: _within(r.page, cut))  # type: ignore[misc]
    metrics[f"document_hit@{DOCUMENT_CUT}"] = _share(
        ranks, lambda r: _within(r.document, DOCUMENT_CUT)
    )
    reciprocal = sum(1 / r.page for r in paged if r.page)
    metrics["mrr"] = round(reciprocal / len(paged), 4) if paged else None
    return metrics


def gold_of(case: Case) -> Gold:
    """Return what the gold answer of a case is compared by.

    A gold with figures is compared by all of them. One without, that is a name or a short list
    (at most eight words that mean something), is compared by its words. A bare yes or no and
    longer prose are compared by nothing: no rule can tell a right one.
    """
    if case.answer is None:
        return Gold.REFUSAL
    if figures_in(case.answer):
        return Gold.FIGURE
    return Gold.WORDS if 0 < len(_words(case.answer)) <= _LONGEST_NAME else Gold.NOTHING


def judge(case: Case, answer: Answer) -> Judged:
    """Return the verdict on an answer. A refusal is never right where there is an answer."""
    gold = gold_of(case)
    return Judged(case, gold, _verdict(case, gold, answer), answer.text)


def _verdict(case: Case, gold: Gold, answer: Answer) -> Verdict:
    if gold is Gold.REFUSAL:
        return Verdict.RIGHT if answer.refused else Verdict.WRONG
    if answer.refused:
        return Verdict.REFUSED
    if gold is Gold.NOTHING:
        return Verdict.UNSCORED
    expected = case.answer or ""
    holds = (
        holds_all(answer.text, figures_in(expected))
        if gold is Gold.FIGURE
        else _words(expected) <= _words(answer.text)
    )
    return Verdict.RIGHT if holds else Verdict.WRONG


def answer_metrics(judged: Sequence[Judged]) -> Metrics:
    """Return the shares of right, wrong and refused answers, a group of golds at a time.

    `figure_*` are shares of the questions whose gold has figures: they sum to 1. `words_right` is
    of those compared by words, `unanswerable_refused` of those that the filings do not answer;
    `refused` is the share of all questions.
    """
    figure = [j for j in judged if j.gold is Gold.FIGURE]
    words = [j for j in judged if j.gold is Gold.WORDS]
    unanswerable = [j for j in judged if j.gold is Gold.REFUSAL]
    return {
        "n": len(judged),
        "n_figure": len(figure),
        "figure_right": _share(figure, lambda j: j.verdict is Verdict.RIGHT),
        "figure_wrong": _share(figure, lambda j: j.verdict is Verdict.WRONG),
        "figure_refused": _share(figure, lambda j: j.verdict is Verdict.REFUSED),
        "n_words": len(words),
        "words_right": _share(words, lambda j: j.verdict is Verdict.RIGHT),
        "n_unanswerable": len(unanswerable),
        "unanswerable_refused": _share(unanswerable, lambda j: j.verdict is Verdict.RIGHT),
        "n_unscored": sum(j.gold is Gold.NOTHING for j in judged),
        "refused": _share(judged, _refused),
    }


def _refused(judged: Judged) -> bool:
    if judged.gold is Gold.REFUSAL:
        return judged.verdict is Verdict.RIGHT
    return judged.verdict is Verdict.REFUSED


def _within(place: int | None, cut: int) -> bool:
    return place is not None and place <= cut


def _share(items: Sequence[_T], holds: Callable[[_T], bool]) -> float | None:
    return round(sum(map(holds, items)) / len(items), 4) if items else None


def _words(text: str) -> frozenset[str]:
    words = (word.casefold() for word in _WORD.findall(text))
    return frozenset(word for word in words if word not in _EMPTY_WORDS)
