"""Rows or filings: what decides, and what a follow-up takes along."""

from datetime import date

import pytest

from assistant.domain.answers import EarlierTurn, Query, Question, Scope, Source
from assistant.domain.people import LOCAL_USER
from assistant.domain.queries import EarlierQuery
from assistant.domain.routing import Complexity, Intent, Reading
from assistant.domain.understanding import Metric, Understanding
from assistant.tools.choosing import earlier_queries, is_sure, wants_database

ROWS = EarlierTurn("my trades", "SELECT 1")
NAMED = Query("x", understanding=Understanding("x", companies=("Apple",)))
TOLD = Query("x", understanding=Understanding("x", metrics=(Metric("net income"),)))
PLAIN = Query("x", understanding=Understanding("x"))


def asked(text="show them", **more):
    return Question(text, LOCAL_USER, date(2026, 3, 20), **more)


def read(intent=Intent.SQL, confidence=0.95):
    return Reading(intent, confidence, Complexity.SIMPLE)


@pytest.mark.parametrize("intent", [Intent.SQL, Intent.PORTFOLIO, Intent.SIGNAL, Intent.DISCOVERY])
def test_what_rows_tell_goes_to_the_database(intent):
    assert wants_database(asked(), read(intent), PLAIN)


@pytest.mark.parametrize(
    ("question", "reading", "query"),
    [
        (asked(), read(Intent.FILING_QA), PLAIN),
        (asked(), read(Intent.PREDICT), PLAIN),
        (asked(), read(confidence=0.5), PLAIN),
        (asked("how many plants are there"), read(), NAMED),
        (asked("how many segments lost money"), read(), TOLD),
        (asked("my trades", scope=Scope(("10-K",))), read(), PLAIN),
        (asked("my trades", source=Source.FILINGS), read(), PLAIN),
    ],
)
def test_what_filings_tell_does_not(question, reading, query):
    assert not wants_database(question, reading, query)


@pytest.mark.parametrize(
    "text", ["AAPL trades this week with profit > $1000", "closing price of Apple", "P&L of users"]
)
def test_words_of_trading_count_for_more_than_a_company_or_a_figure(text):
    assert wants_database(asked(text), read(), NAMED)
    assert wants_database(asked(text), read(), TOLD)


def test_a_wish_for_the_database_is_kept_whatever_it_looks_like():
    wish = asked("What was Apple's revenue?", source=Source.DATABASE)
    assert wants_database(wish, read(Intent.FILING_QA), NAMED)


@pytest.mark.parametrize(
    "text", ["only the losers", "and by month", "now for MSFT", "top 5", "sort descending"]
)
def test_a_refinement_stays_with_the_rows_before_it(text):
    follow_up = asked(text, history=(ROWS,))
    assert wants_database(follow_up, read(Intent.FILING_QA, 0.4), PLAIN)
    assert is_sure(follow_up, read(Intent.FILING_QA, 0.4))
    assert not wants_database(
        asked(text, history=(EarlierTurn("revenue?"),)), read(Intent.FILING_QA), PLAIN
    )


def test_only_the_turns_just_before_that_rows_answered_are_taken_along():
    before = (
        EarlierTurn("a", "SELECT 0"),
        EarlierTurn("a filing"),
        ROWS,
        EarlierTurn("b", "SELECT 2"),
    )
    assert earlier_queries(before) == (
        EarlierQuery("my trades", "SELECT 1"),
        EarlierQuery("b", "SELECT 2"),
    )


@pytest.mark.parametrize(
    "text",
    [
        "what did I pay in fees last year",
        "the recommendations I accepted",
        "rejected orders by reason",
        "who is on the watchlist",
        "clients who trade options",
    ],
)
def test_words_of_the_house_settle_what_the_router_took_for_something_else(text):
    assert wants_database(asked(text), read(Intent.FILING_QA, 0.7), PLAIN)
    assert not wants_database(asked(text), read(Intent.PREDICT), PLAIN)
    assert not wants_database(asked(text), read(Intent.HELP), PLAIN)


@pytest.mark.parametrize(
    "text",
    ["trade receivables of Acme", "we want to compute a margin", "how many employees are there"],
)
def test_words_of_filings_are_not_words_of_the_house(text):
    assert not wants_database(asked(text), read(Intent.FILING_QA, 0.7), PLAIN)


def test_a_figure_that_filings_tell_stays_with_them_unless_it_is_ones_own():
    assert not wants_database(asked("filled orders of the segment"), read(Intent.FILING_QA), TOLD)
    assert wants_database(asked("profit of my trades"), read(Intent.FILING_QA), TOLD)
