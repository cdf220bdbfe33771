"""What an agent's tools let a model ask for."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assistant.domain.answers import Question, Scope
from assistant.domain.errors import InvalidRequest
from assistant.domain.people import LOCAL_USER
from assistant.tools.agent_tools import Asking, Calculator, Search, Sum, narrowed
from tests.unit.rag.making import filing

pytestmark = pytest.mark.anyio
TODAY = date(2026, 3, 31)
ORRIN, HARWICK = filing(name="Orrin 10-K 2025"), filing(name="Harwick 10-K 2025")
BOTH = [ORRIN, HARWICK]


def question(*documents):
    return Question("Why?", LOCAL_USER, TODAY, Scope(documents))


async def summed(expression):
    return (await Calculator().call(Sum(expression=expression), Asking(question()))).text


def test_a_search_that_names_no_filing_covers_those_of_the_question():
    assert narrowed(question("Orrin 10-K 2025"), (), BOTH) == Scope(("Orrin 10-K 2025",), TODAY)
    assert narrowed(question(), (), BOTH) == Scope((), TODAY)


def test_a_search_may_name_fewer_filings_than_the_question_has():
    assert narrowed(question(), ("Orrin 10-K 2025",), BOTH).documents == (ORRIN.entry.id,)
    assert narrowed(question(ORRIN.id), (ORRIN.id,), BOTH).documents == (ORRIN.entry.id,)


@pytest.mark.parametrize(
    "named", ["Harwick 10-K 2025", HARWICK.id, "*", "", "../x", "orrin 10-k 2025"]
)
def test_a_search_may_not_name_a_filing_that_the_question_leaves_out(named):
    with pytest.raises(InvalidRequest, match="may answer this question"):
        narrowed(question("Orrin 10-K 2025"), (named,), BOTH)


def test_one_filing_that_may_not_answer_refuses_the_whole_search():
    with pytest.raises(InvalidRequest):
        narrowed(question(ORRIN.id), (ORRIN.id, HARWICK.id), BOTH)


@given(
    st.sets(st.sampled_from([ORRIN.id, HARWICK.id])),
    st.lists(st.sampled_from([ORRIN.id, HARWICK.id, "nobody", ""]), max_size=4),
)
def test_no_arguments_reach_beyond_the_scope(allowed, named):
    asked = question(*allowed)
    try:
        scope = narrowed(asked, named, BOTH)
    except InvalidRequest:
        return
    assert not allowed or set(scope.documents) <= allowed
    assert scope.as_of == TODAY
    assert scope.documents or not named


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"query": "x"},
        {"query": "a" * 401},
        {"query": "sales", "documents": ["a"] * 9},
        {"query": "sales", "as_of": "2030-01-01"},
        {"query": ["sales"]},
        {"query": "sales", "documents": "Orrin"},
    ],
)
def test_a_search_takes_a_bounded_question_and_nothing_else(arguments):
    with pytest.raises(ValidationError):
        Search.model_validate(arguments)


@pytest.mark.parametrize(
    ("expression", "outcome"),
    [
        ("(5120 - 4800) / 4800", "0.0666666666667"),
        ("5,120 * 1,000,000", "5,120,000,000"),
        ("0.1 + 0.2", "0.3"),
        ("1.5 billion / 3", "500,000,000"),
        ("(110/100)^(1/2) - 1", "0.0488088481702"),
        ("9^99", "2.95126654307e+94"),
    ],
)
async def test_a_sum_comes_out_exactly(expression, outcome):
    assert await summed(expression) == f"{expression} = {outcome}"


@pytest.mark.parametrize(
    "expression", ["1/0", "import os", "__import__('os')", "12 34", "((((", "twelve"]
)
async def test_what_is_no_sum_is_refused(expression):
    with pytest.raises(InvalidRequest):
        await summed(expression)


@given(st.decimals(-(10**9), 10**9, places=3), st.decimals(1, 10**9, places=3))
async def test_sums_agree_with_decimal(left, right):
    text = await summed(f"({left:f}) - {right:f}")
    assert Decimal(text.rpartition(" = ")[2].replace(",", "")) == pytest.approx(left - right)
