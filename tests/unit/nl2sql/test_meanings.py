"""What a question says, apart from how it is said."""

from decimal import Decimal

import pytest

from assistant.domain.queries import LinkedValue
from assistant.domain.semantics import ColumnMeaning, SemanticLayer, TableMeaning
from assistant.nl2sql.meanings import Said, read
from assistant.nl2sql.numerals import numeral, words_as_digits
from assistant.nl2sql.semantics import MARKET
from assistant.nl2sql.thesaurus import nearest_word, read_thesaurus

WORDS = read_thesaurus(MARKET / "thesaurus.toml")


def said(text, values=(), slots=()):
    return read(text, WORDS, values, slots)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("fees I paid", "commissions that I paid"),
        ("what do I own?", "my open positions"),
        ("the worst trade", "trade that lost the most"),
        ("customers without trades", "clients that never traded"),
        ("customers without trades", "users with zero executions"),
        ("signals awaiting my decision", "recommendations I haven't answered"),
        ("average beta by sector", "mean beta for each sector"),
        ("trades above 1000", "trades of more than a thousand"),
        ("how meny trdaes per venue", "number of trades per venue"),
    ],
)
def test_the_same_in_other_words_is_read_the_same(one, other):
    more = said(one).meanings ^ said(other).meanings
    assert more <= {"spend", "pnl"}  # left to the rules of likeness


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("trades with a profit above 100", "trades with a loss above 100"),
        ("best trade", "worst trade"),
        ("three largest orders", "three smallest orders"),
        ("orders above 100", "orders below 100"),
        ("verified users who never traded", "users not verified who traded"),
        ("active users", "inactive users"),
        ("long positions", "short positions"),
        ("open positions", "closed positions"),
        ("exposure by sector", "exposure by industry"),
        ("10-K filings", "10-Q filings"),
        ("users with trades", "users without trades"),
        ("bonds per sector", "stocks per sector"),
    ],
)
def test_a_word_that_matters_is_not_lost(one, other):
    assert said(one).meanings != said(other).meanings


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("profit over $1,000", [Said("gt", Decimal(1000))]),
        ("profit of at least 1.5k", [Said("ge", Decimal(1500))]),
        ("confidence of 80 percent or more", [Said("ge", Decimal(80), percent=True)]),
        ("top 5 symbols", [Said("top", Decimal(5))]),
        ("my five best trades", [Said("top", Decimal(5))]),
        ("95th percentile of notional", [Said("percentile", Decimal(95))]),
        ("p95 of notional", [Said("percentile", Decimal(95))]),
        ("within 3 days before", [Said("day", Decimal(3))]),
    ],
)
def test_a_number_is_read_with_what_it_is_for(text, numbers):
    assert list(said(text).numbers) == numbers


@pytest.mark.parametrize(
    ("words", "digits"),
    [
        ("two hundred", "200"),
        ("twenty-five thousand", "25000"),
        ("a million", "1000000"),
        ("3 percent", "3%"),
        ("1.5 million", "1500000.0"),
    ],
)
def test_number_words_are_numbers(words, digits):
    assert words_as_digits(words).strip() == digits
    assert numeral(digits) is not None


def test_a_value_is_taken_out_where_it_is_named_not_where_it_is_hinted_at():
    hinted = LinkedValue("market value", "positions.position_type", "SHORT")
    named = LinkedValue("Apple", "instruments.symbol", "AAPL")
    asked = said("market value of Apple", [hinted, named], {"symbol", "position_type"})
    assert asked.values == (("symbol", "AAPL"),)
    assert "market_value" in asked.meanings


def test_a_slip_of_the_keys_is_mended_and_a_strange_word_is_kept():
    assert nearest_word("porfolio", {"portfolio", "position"}) == "portfolio"
    assert nearest_word("bond", {"band", "portfolio"}) == "band"  # four letters: one slip
    assert nearest_word("zebra", WORDS.spelled) == ""
    assert "?zebra" in said("zebra trades").meanings


def test_another_database_brings_its_own_words():
    columns = {
        "basket_total": ColumnMeaning(synonyms=("cart value",)),
        "is_active": ColumnMeaning(synonyms=("inactive",)),  # what the file knows better
    }
    layer = SemanticLayer({"shop_orders": TableMeaning(synonyms=("haul",), columns=columns)})
    words = read_thesaurus(MARKET / "thesaurus.toml", layer)
    found = read("cart value per haul of inactive users", words).meanings
    assert {"basket_total", "shop_orders", "by"} <= found
    assert "inactive" in found
