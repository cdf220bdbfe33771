"""Results are compared by what they hold: a right one is found, a wrong one is not."""

import importlib.util
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.evals.rows import same_rows

VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-10, 10),
    st.decimals(-10, 10, places=2),
    st.sampled_from(["a", "b", " a"]),
    st.dates(date(2026, 1, 1), date(2026, 1, 3)),
)
ROWS = st.integers(1, 3).flatmap(
    lambda width: st.lists(st.tuples(*[VALUES] * width), min_size=0, max_size=5)
)


@pytest.mark.parametrize(
    ("right", "given", "same"),
    [
        ([(1, "a")], [("a", 1)], True),
        ([(1,)], [(1, "more")], True),
        ([(1, "a")], [(1,)], False),
        ([(1,), (2,)], [(2,), (1,)], True),
        ([(1,)], [(1,), (1,)], False),
        ([(Decimal("0.1"),)], [(0.1000000001,)], True),
        ([(100.0,)], [(100.1,)], False),
        ([(True,)], [(1,)], False),
        ([(date(2026, 1, 1),)], [(datetime(2026, 1, 1, tzinfo=UTC),)], True),
        ([(timedelta(hours=1),)], [(3600,)], True),
        ([("a ",)], [("a",)], True),
        ([({"x": [1]},)], [({"x": [1]},)], True),
        ([(1,)], [(1, 2, 3, 4, 5, 6, 7, 8)], False),
        ([(1, 2), (2, 1)], [(1, 1), (2, 2)], False),
        ([], [], True),
        ([(None,)], [(0,)], False),
    ],
)
def test_results_are_the_same_or_not(right, given, same):
    assert same_rows(right, given) is same


def test_an_order_that_was_asked_for_counts():
    assert not same_rows([(1,), (2,)], [(2,), (1,)], ordered=True)
    assert same_rows([(1,), (2,)], [(1,), (2,)], ordered=True)


@given(rows=ROWS, seed=st.integers(0, 99))
def test_rows_and_columns_in_another_order_are_the_same(rows, seed):
    mixed, places = list(rows), list(range(len(rows[0]) if rows else 0))
    random.Random(seed).shuffle(mixed)
    random.Random(seed + 1).shuffle(places)
    assert same_rows(rows, [tuple(row[at] for at in places) for row in mixed])


@given(one=ROWS, other=ROWS)
def test_it_decides_as_the_rules_of_the_evaluation_do(eval_dir, one, other):
    path = eval_dir / "sql" / "compare.py"
    if not path.is_file():
        pytest.skip(f"no rules of comparison in {path}")
    spec = importlib.util.spec_from_file_location("compare", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for ordered in (False, True):
        expected = module.equal(one, other, ordered)
        assert same_rows(one, other, ordered) is (True if expected is None else expected)
