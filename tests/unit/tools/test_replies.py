"""A question that no tool can help with is told so; one that filings may answer never is."""

import pytest

from assistant.domain.answers import Query, Scope
from assistant.domain.routing import Complexity, Intent, Reading
from assistant.domain.understanding import Metric, Understanding
from assistant.tools.replies import reply

ASKED = Query("x", understanding=Understanding("x"))


def reading(intent, confidence=0.95):
    return Reading(intent, confidence, Complexity.SIMPLE)


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        (Intent.PREDICT, "predictions"),
        (Intent.SIGNAL, "signals"),
        (Intent.PORTFOLIO, "portfolio"),
        (Intent.DISCOVERY, "screened"),
        (Intent.DEBATE, "argued"),
    ],
)
def test_a_missing_tool_is_named_with_what_is_there_instead(intent, words):
    said = reply(reading(intent), ASKED)
    assert said.missing
    assert words in said.text
    assert "questions about the filings" in said.text


@pytest.mark.parametrize("intent", [Intent.CHIT_CHAT, Intent.HELP])
def test_small_talk_and_help_are_answered_without_a_search(intent):
    assert not reply(reading(intent), ASKED).missing


@pytest.mark.parametrize("intent", [Intent.FILING_QA, Intent.MULTI_DOC_COMPARE])
def test_questions_about_filings_are_searched(intent):
    assert reply(reading(intent), ASKED) is None


@pytest.mark.parametrize(
    "query",
    [
        Query("x", understanding=Understanding("x", metrics=(Metric("revenue"),))),
        Query("x", understanding=Understanding("x", forms=("10-K",))),
        Query("x", Scope(("a filing",)), understanding=Understanding("x")),
    ],
)
def test_what_filings_may_answer_is_searched_whatever_the_intent(query):
    assert reply(reading(Intent.SQL), query) is None


@pytest.mark.parametrize("intent", [Intent.SQL, Intent.HELP])
def test_a_count_that_names_a_company_of_the_store_is_searched(intent):
    named = Query("x", understanding=Understanding("x", companies=("Nordhaven Steel",)))
    assert reply(reading(intent), named) is None
    assert reply(reading(Intent.PREDICT), named).missing


def test_an_uncertain_intent_is_searched():
    assert reply(reading(Intent.PREDICT, 0.4), ASKED) is None
