"""What is sent to a model fits it, and a prompt that was cut is noticed."""

from pathlib import Path

import pytest
import wordllama
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from assistant.domain.errors import ContextOverflow
from assistant.routing.providers.context_guard import ContextGuard, estimate
from tests.unit.routing.test_ollama import asking, passage

STATEMENT = """CONSOLIDATED STATEMENTS OF OPERATIONS (In millions, except per-share amounts)
Net sales: Products $ 298,085 $ 316,199 $ 297,392
Services 85,200 78,129 68,425
Total net sales 383,285 394,328 365,817
Gross margin 169,148 170,782 152,836
Operating expenses: Research and development 29,915 26,251 21,914
The Company's total net sales decreased 3 % or $11.0 billion during 2023 compared to 2022, due
primarily to lower net sales of iPhone and Mac, partly offset by higher net sales of Services.
ITEM 7. MANAGEMENT'S DISCUSSION AND ANALYSIS .................................................. 20
"""
OTHER = {
    "German": "Die Umsatzerlöse stiegen gegenüber dem Vorjahr um 8,2 % auf 12.345 Mio. €.",
    "French": "Le chiffre d'affaires a progressé de 8,2 % par rapport à l'année précédente.",
    "Russian": "Выручка выросла на 8,2 процента по сравнению с прошлым годом.",
    "identifiers": "CIK 0000320193 ISIN US0378331005 CUSIP 037833100 LEI HWUPKR0MPOU8FGXBT394",
}


@pytest.fixture(scope="session")
def tokenizer():
    """The tokenizer that ships with the embedding: 32,000 pieces, fewer than any model in use."""
    folder = Path(wordllama.__file__).parent / "tokenizers"
    opened = Tokenizer.from_file(str(next(folder.glob("*.json"))))
    opened.no_padding()
    opened.no_truncation()
    return opened


@pytest.mark.parametrize("text", [STATEMENT, *OTHER.values()], ids=["statement", *OTHER])
def test_a_text_is_estimated_at_no_less_than_a_small_vocabulary_counts(tokenizer, text):
    counted = len(tokenizer.encode(text * 5).ids)
    assert 0.9 * counted <= estimate([text * 5]) <= 2 * counted


@given(st.text(max_size=400), st.text(max_size=400))
def test_more_text_is_never_estimated_at_much_less(first, second):
    """Two texts that meet may share a word, a space or a run of signs, and no more."""
    assert estimate([first + second]) >= estimate([first]) - 8
    assert estimate([first, second]) > max(estimate([first]), estimate([second]))


@settings(max_examples=50)
@given(st.integers(0, 12), st.integers(50, 6000))
def test_what_is_kept_fits_and_what_was_dropped_would_not(count, room):
    guard = ContextGuard("qwen3:8b")
    request = asking(evidence=[passage(n, 150) for n in range(count)])
    if size(guard, request.giving(request.evidence[:1])) > room:
        with pytest.raises(ContextOverflow):
            guard.fit(request, room)
        return
    fitted = guard.fit(request, room)
    assert size(guard, fitted) <= room
    assert fitted.evidence == request.evidence[: len(fitted.evidence)]
    if len(fitted.evidence) < count:
        assert size(guard, request.giving(request.evidence[: len(fitted.evidence) + 1])) > room


def size(guard, request):
    return guard.tokens([message.content for message in request.messages])


def test_a_request_that_cannot_be_rendered_again_is_never_cut():
    request = asking(evidence=[passage(n) for n in range(9)])
    fixed = type(request)(
        request.task, request.question, request.evidence, request.messages, request.sensitivity
    )
    with pytest.raises(ContextOverflow):
        ContextGuard("qwen3:8b").fit(fixed, 500)


def test_dropping_evidence_does_not_make_a_request_less_sensitive():
    request = asking(evidence=[passage(n) for n in range(9)])
    assert request.giving(request.evidence[:1]).sensitivity is request.sensitivity


TEXTS = [STATEMENT * 5]
ABOUT = estimate(TEXTS)


def test_the_estimate_follows_the_counts_of_the_server_and_stays_above_them():
    guard = ContextGuard("qwen3:8b")
    for _ in range(5):
        guard.compare(TEXTS, round(ABOUT * 0.6))
    assert ABOUT * 0.6 <= guard.tokens(TEXTS) <= ABOUT * 0.7
    guard.compare(TEXTS, round(ABOUT * 0.8))
    assert guard.tokens(TEXTS) >= ABOUT * 0.8


@pytest.mark.parametrize("known", [0, 5])
def test_a_count_far_below_what_was_sent_is_a_cut_prompt(known):
    guard = ContextGuard("qwen3:8b")
    for _ in range(known):
        guard.compare(TEXTS, round(ABOUT * 0.7))
    with pytest.raises(ContextOverflow, match="cut the prompt"):
        guard.compare(TEXTS, round(ABOUT * (0.35 if known else 0.25)))


@pytest.mark.parametrize("share", [0.45, 0.55, 0.75, 1.0, 1.3])
def test_no_count_of_a_vocabulary_in_use_is_taken_for_a_cut(share):
    guard = ContextGuard("qwen3:8b")
    for step in (1.0, 0.8, 1.2, 0.8, 1.0, 1.1):
        guard.compare(TEXTS, round(ABOUT * share * step))


def test_an_absurd_count_does_not_shut_the_model_off():
    guard = ContextGuard("qwen3:8b")
    guard.compare(TEXTS, 10**9)
    assert guard.tokens(TEXTS) <= 2 * ABOUT
