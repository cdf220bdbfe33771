"""What models cost: the table that ships, the list that was fetched, exact sums."""

import json
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.costs import Price
from assistant.routing.providers.openrouter.prices import FILE, PriceBook, listed

MODEL = "anthropic/claude-sonnet-4.5"
money = st.decimals(min_value=0, max_value="0.01", places=12)


def entry(name="a/b", prompt="0.000001", completion="0.000002", **more):
    return {"id": name, "pricing": {"prompt": prompt, "completion": completion}} | more


def test_the_default_model_has_a_price_before_anything_was_fetched(tmp_path):
    book = PriceBook.load(tmp_path)
    assert book.price(MODEL) == Price(Decimal("0.000003"), Decimal("0.000015"))
    assert book.models[MODEL].tools
    assert book.price("no/such") is None
    assert book.dearest() == book.price(MODEL)
    assert book.is_stale
    assert list(tmp_path.iterdir()) == []


def test_a_fetched_list_is_there_after_a_restart_until_the_next_day(tmp_path):
    PriceBook.load(tmp_path / "new").keep(
        [entry(context_length=1000, supported_parameters=["tools"], canonical_slug="a/b-2025")]
    )
    book = PriceBook.load(tmp_path / "new")
    assert not book.is_stale
    assert (
        book.price("a/b")
        == book.price("a/b-2025")
        == Price(Decimal("0.000001"), Decimal("0.000002"))
    )
    assert (book.models["a/b"].context, book.models["a/b"].tools) == (1000, True)
    assert book.price(MODEL) is not None
    book.fetched_at = time.time() - 90_000
    assert book.is_stale
    book.fetched_at = time.time() + 90_000
    assert book.is_stale, "a clock that was wrong keeps no list for ever"


@pytest.mark.parametrize("kept", [
    b"", b"{", b"[]", b'"x"', b'{"data": []}', b'{"data": [], "fetched_at": "x"}', b"\xff",
    b'{"data": 5, "fetched_at": null}',
])  # fmt: skip
def test_a_damaged_list_is_fetched_again(kept, tmp_path):
    (tmp_path / FILE).write_bytes(kept)
    book = PriceBook.load(tmp_path)
    assert book.is_stale
    assert book.price(MODEL)


@given(st.dictionaries(st.text(min_size=1), st.tuples(money, money), min_size=1, max_size=5))
def test_no_known_model_is_dearer_than_the_dearest(prices):
    data = [entry(name, str(prompt), str(rest)) for name, (prompt, rest) in prices.items()]
    models = listed(data)
    assert {
        name: (m.price.prompt_usd, m.price.completion_usd) for name, m in models.items()
    } == prices
    dearest = PriceBook(path=None, models=models).dearest()
    for one in models.values():
        assert one.price.of(1000, 1000) <= dearest.of(1000, 1000)


@given(money, money, st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_cost_is_exact_and_adds_up(prompt, completion, some, more, rest):
    price = Price(prompt, completion)
    assert price.of(some, rest) + price.of(more, 0) == price.of(some + more, rest)
    assert price.of(0, 0) == 0


@pytest.mark.parametrize("odd", [
    entry(prompt="-1"), entry(prompt="NaN"), entry(prompt="Infinity"), entry(prompt="1e30"),
    entry(prompt=None), entry(prompt={}), {"id": "a/b"}, {"id": 5, "pricing": {}}, "a/b", None,
    {"id": "a/b", "pricing": "free"},
])  # fmt: skip
def test_what_is_no_price_is_not_listed(odd):
    assert set(listed([odd, entry("c/d")])) == {"c/d"}


def test_the_file_is_whole_or_not_there(tmp_path):
    book = PriceBook.load(tmp_path)
    book.keep([entry()])
    book.keep([entry("c/d")])
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert json.loads((tmp_path / FILE).read_bytes())["data"][0]["id"] == "c/d"
