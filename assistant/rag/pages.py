"""Ranks pages: a sum of cheap signals, each scaled by its best page, with weights set by hand.

    Survey + Understanding + points of filings ── signals ── weighted sum ── order of pages

Words alone find a statement's face badly, because its row names stand on dozens of pages; what a
page *is* (statement, Item, note, head) finds it. Weights are equal-ish on purpose: tuned on 66
questions they gained on those and nothing on unseen ones. Signals whose text is not in the survey
(phrases without white space, because text layers split words) come in a second step, over the best
pages only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.domain.search import Field, PageKey, PageText, Survey
from assistant.domain.structure import PageMarks, Statement
from assistant.domain.understanding import Understanding
from assistant.rag.bm25 import Floats, Layout, PageTerms

CORE, EXPANSION, YEARS = range(3)
"""The word groups of a probe, in order."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each signal counts.

    Args:
        core: Core words on the page; `core_passage` on its best passage.
        expansion: Words of the phrases on the page; `both_passage` with the core on a passage.
        phrases: Share of the phrases that stand on the page.
        heads: Core words and phrases' words in its first lines.
        notes: The same in the headings of its notes.
        statement: It is the face of a wanted statement; `named` more when the question names it,
            `away` instead of it when the answer is a breakdown.
        item: It stands in a wanted Item.
        risks: It stands among the risk factors and no risks are asked.
        years: Share of the asked years that stand on it.
        contents: It is a table of contents.
        meaning: Cosine of its nearest passage, above the middle page's.
        filing: The points of its filing.
        reranked: What the reranker finds in its best passage.
    """

    core: float = 1.0
    core_passage: float = 0.5
    expansion: float = 0.5
    both_passage: float = 0.5
    phrases: float = 0.5
    heads: float = 0.3
    notes: float = 0.3
    statement: float = 1.25
    named: float = 1.0
    away: float = 0.75
    item: float = 0.6
    risks: float = -0.3
    years: float = 0.3
    contents: float = -1.0
    meaning: float = 0.3
    filing: float = 0.6
    reranked: float = 0.6


WEIGHTS = Weights()
_RISKS = frozenset(("1A", "II-1A"))


def probe_groups(understanding: Understanding) -> tuple[str, ...]:
    """Return the words to look for: core, expansion, years."""
    years = " ".join(map(str, understanding.periods.years))
    return understanding.core, " ".join(understanding.phrases), years


def order(
    survey: Survey,
    understanding: Understanding,
    most: int,
    weights: Weights = WEIGHTS,
) -> list[tuple[PageKey, float]]:
    """Return the surveyed pages with their scores, best first.

    Args:
        survey: The pages and words of the chosen filings, with what speaks for each.
        understanding: The question.
        most: How many pages at most.
        weights: How much each signal counts.
    """
    layout = Layout(survey)
    if not layout.pages:
        return []
    sizes = [len(one.numbers) for one in survey.filings]
    total = _worded(PageTerms(survey, layout), survey, weights)
    total += _marked(survey, understanding, weights)
    total += weights.meaning * _near(survey, layout)
    total += weights.filing * np.repeat([one.points for one in survey.filings], sizes)
    keys = [(one.filing_id, number) for one in survey.filings for number in one.numbers]
    best = np.argsort(-total, kind="stable")[:most]
    return [(keys[index], float(total[index])) for index in best]


def with_phrases(
    ranked: Sequence[tuple[PageKey, float]],
    texts: Mapping[PageKey, PageText],
    understanding: Understanding,
    weights: Weights = WEIGHTS,
) -> list[tuple[PageKey, float]]:
    """Return the pages whose text is given, ranked again with the phrases that stand on them."""
    phrases = [_joined(phrase) for phrase in understanding.phrases]
    shares = {
        key: sum(phrase in plain for phrase in phrases) / max(1, len(phrases))
        for key, page in texts.items()
        if (plain := _joined(page.text))
    }
    most = max(shares.values(), default=0.0) or 1.0
    again = [
        (key, score + weights.phrases * shares[key] / most)
        for key, score in ranked
        if key in shares
    ]
    return sorted(again, key=lambda pair: -pair[1])


def with_signal(
    ranked: Sequence[tuple[PageKey, float]], signal: Mapping[PageKey, float], weight: float
) -> list[tuple[PageKey, float]]:
    """Return pages ranked again with one more signal, scaled from its worst page to its best."""
    least, most = min(signal.values(), default=0.0), max(signal.values(), default=0.0)
    width = (most - least) or 1.0
    again = [
        (key, score + weight * (signal.get(key, least) - least) / width) for key, score in ranked
    ]
    return sorted(again, key=lambda pair: -pair[1])


def _worded(terms: PageTerms, survey: Survey, weights: Weights) -> Floats:
    core, expansion, years = survey.groups
    both = core | expansion
    return (
        weights.core * _scaled(terms.on_page(core))
        + weights.core_passage * _scaled(terms.on_best_passage(core))
        + weights.expansion * _scaled(terms.on_page(expansion))
        + weights.both_passage * _scaled(terms.on_best_passage(both))
        + weights.heads * _scaled(terms.in_field(Field.HEAD, both))
        + weights.notes * _scaled(terms.in_field(Field.NOTE, both))
        + weights.years * terms.share_present(years)
    )


def _marked(survey: Survey, understanding: Understanding, weights: Weights) -> Floats:
    worth = statement_worth(understanding, weights)
    items = understanding.items
    risks_asked = bool(items & _RISKS)
    marks = [mark for one in survey.filings for mark in one.marks]
    scores = {mark: _mark(mark, worth, items, risks_asked, weights) for mark in set(marks)}
    return np.array([scores[mark] for mark in marks])


def statement_worth(understanding: Understanding, weights: Weights) -> dict[Statement, float]:
    """Return what it is worth to be the face of each wanted statement."""
    worth = weights.away if understanding.away else weights.statement
    named = understanding.statements
    return {
        statement: weights.statement + weights.named if statement in named else worth
        for statement in understanding.wanted
    }


def _mark(
    marks: PageMarks,
    worth: Mapping[Statement, float],
    items: frozenset[str],
    risks_asked: bool,
    weights: Weights,
) -> float:
    score = worth.get(marks.statement, 0.0) if marks.statement else 0.0
    if items.intersection(marks.items):
        score += weights.item
    if not risks_asked and marks.item in _RISKS:
        score += weights.risks
    return score + (weights.contents if marks.contents else 0.0)


def _near(survey: Survey, layout: Layout) -> Floats:
    """Return how near the nearest passage of each page is, above the middle page's."""
    cosines = np.full(layout.pages, -np.inf)
    for at, one in enumerate(survey.filings):
        pages = layout.page_at(at, one.near_pages)
        np.maximum.at(cosines, pages[pages >= 0], np.asarray(one.near)[pages >= 0])
    cosines[np.isneginf(cosines)] = 0.0
    return _scaled(np.maximum(cosines - np.median(cosines), 0.0))


def _scaled(scores: Floats) -> Floats:
    most = scores.max()
    return scores / most if most > 0 else scores


def _joined(text: str) -> str:
    return "".join(text.split()).lower().replace("\u2019", "'")
