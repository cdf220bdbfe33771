"""A metered model: nothing is sent over budget, and every way a reply ends is paid for."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from assistant.domain.answers import Destination, Route
from assistant.domain.completions import (
    CompletionRequest,
    Message,
    Routed,
    Task,
    TextDelta,
    Usage,
    Waiting,
    text_tokens,
    tokens_of,
)
from assistant.domain.costs import Budget, Price
from assistant.domain.errors import BudgetSpent, ModelBusy, ServiceUnavailable
from assistant.domain.filings import Sensitivity
from assistant.domain.people import Principal, Role
from assistant.routing.budgets import Budgets
from assistant.routing.metered import Meter, MeteredModel
from assistant.routing.policy import Policy
from assistant.routing.pricing import Pricing

pytestmark = pytest.mark.anyio

MODEL = "maker/model"
PRICE = Price(Decimal("0.000003"), Decimal("0.000015"))
ANN = Principal("ann", Role.ANALYST)
ROUTED = Routed(Route(Destination.CLOUD, ("asked for",)))
DONE = Usage("maker/model-1", 1200, 90, Decimal("0.00495"))
REQUEST = CompletionRequest(
    task=Task.ANSWER,
    question="What grew?",
    evidence=(),
    messages=(Message("system", "Cite."), Message("user", "Revenue grew. What grew?")),
    sensitivity=Sensitivity.PUBLIC,
    asked_by=ANN,
)


@dataclass
class ListedPrices:
    """A price list."""

    listed: dict = field(default_factory=lambda: {MODEL: PRICE})

    def price(self, model):
        return self.listed.get(model)

    def dearest(self):
        return Price(Decimal("0.00002"), Decimal("0.0001"))


@dataclass
class Book:
    """A ledger in memory of one process."""

    limit: Decimal = Decimal(10)
    reserved: list = field(default_factory=list)
    settled: list = field(default_factory=list)
    released: int = 0

    async def reserve(self, asked_by, model, usd, budgets):
        if usd > self.limit:
            raise BudgetSpent("No room")
        self.reserved.append((asked_by, model, usd, budgets))
        return len(self.reserved)

    async def settle(self, reservation, charge):
        self.settled.append((reservation, charge))

    async def release(self, reservation):
        self.released += 1


@dataclass
class Saying:
    """A model that says these things; an error among them is raised."""

    said: tuple
    asked: int = 0
    closed: bool = False

    async def stream(self, request):
        self.asked += 1
        try:
            for one in self.said:
                if isinstance(one, Exception):
                    raise one
                yield one
        finally:
            self.closed = True


def metered(*said, book=None, prices=None, budgets=Budgets(Decimal(10))):  # noqa: B008 -- frozen
    pricing = Pricing(MODEL, prices or ListedPrices(), Decimal("0.05"))
    model = Saying(said)
    return MeteredModel(model, Meter(book or Book(), pricing, budgets)), model


async def read(model):
    async with aclosing(model.stream(REQUEST)) as reply:
        return [event async for event in reply]


def most(model):
    return model.meter.pricing.quote(REQUEST).most_usd


async def test_the_exact_cost_is_settled_before_the_answer_ends():
    book = Book()
    model, _ = metered(Waiting("asked"), ROUTED, TextDelta("Revenue."), DONE, book=book)
    seen = []
    async for event in model.stream(REQUEST):
        seen.append((event, len(book.settled)))
    assert [event for event, _ in seen] == [Waiting("asked"), ROUTED, TextDelta("Revenue."), DONE]
    assert seen[-1] == (DONE, 1)
    [(_, charge)] = book.settled
    assert (charge.cost_usd, charge.estimated) == (DONE.cost_usd, False)
    assert (charge.model, charge.prompt_tokens, charge.completion_tokens) == (DONE.model, 1200, 90)
    assert book.reserved[0][2] == most(model)


async def test_over_budget_the_model_is_not_asked():
    model, asked = metered(ROUTED, DONE, book=Book(limit=Decimal("0.00001")))
    with pytest.raises(BudgetSpent):
        await read(model)
    assert asked.asked == 0


async def test_a_failure_before_the_first_word_costs_nothing():
    book = Book()
    model, _ = metered(Waiting("asked"), ModelBusy("full"), book=book)
    with pytest.raises(ModelBusy):
        await read(model)
    assert (book.settled, book.released) == ([], 1)


async def test_a_reply_cut_in_the_middle_costs_what_was_sent_and_received():
    book = Book()
    model, _ = metered(ROUTED, TextDelta("x" * 300), ServiceUnavailable("cut"), book=book)
    with pytest.raises(ServiceUnavailable):
        await read(model)
    [(_, charge)] = book.settled
    assert charge.estimated
    assert charge.cost_usd == PRICE.of(tokens_of(REQUEST.messages), 100)
    assert charge.cost_usd < most(model)


@pytest.mark.parametrize("shown", [0, 1, 2])
async def test_a_reply_that_we_break_off_costs_all_that_was_reserved(shown):
    book = Book()
    model, inner = metered(
        Waiting("asked", Destination.CLOUD), ROUTED, TextDelta("Rev"), DONE, book=book
    )
    async with aclosing(model.stream(REQUEST)) as reply:
        for _ in range(shown + 1):
            await anext(reply)
    assert inner.closed
    [(_, charge)] = book.settled
    assert (charge.cost_usd, charge.estimated) == (most(model), True)


async def test_a_request_that_we_break_off_before_it_was_sent_costs_nothing():
    book = Book()
    model, _ = metered(Waiting("two are before it"), ROUTED, DONE, book=book)
    async with aclosing(model.stream(REQUEST)) as reply:
        await anext(reply)
    assert (book.settled, book.released) == ([], 1)


async def test_a_request_that_was_sent_and_failed_before_its_first_word_costs_nothing():
    book = Book()
    sent = Waiting("asked", Destination.CLOUD)
    model, _ = metered(sent, ServiceUnavailable("no word came"), book=book)
    with pytest.raises(ServiceUnavailable):
        await read(model)
    assert (book.settled, book.released) == ([], 1)


async def test_a_request_outside_of_a_chat_model_costs_all_when_it_is_broken_off():
    book = Book()
    meter = metered(book=book)[0].meter
    quote = meter.pricing.quote(REQUEST)

    async def stopped():
        async with meter.running(ANN, quote):
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await stopped()
    [(_, charge)] = book.settled
    assert charge.cost_usd == quote.most_usd


@pytest.mark.parametrize("cost", ["-1", "NaN", "Infinity", "1E+999999"])
async def test_an_impossible_cost_is_estimated_instead(cost):
    book = Book()
    said = (ROUTED, TextDelta("Revenue."), replace(DONE, cost_usd=Decimal(cost)))
    await read(metered(*said, book=book)[0])
    [(_, charge)] = book.settled
    assert charge.estimated
    assert charge.cost_usd > 0


async def test_a_reply_without_usage_is_estimated():
    book = Book()
    await read(metered(ROUTED, TextDelta("Revenue."), book=book)[0])
    assert book.settled[0][1].estimated


async def test_a_model_without_a_price_is_counted_at_the_highest_and_is_to_be_confirmed():
    unknown = Pricing("other/model", ListedPrices(), Decimal(1000))
    known = Pricing(MODEL, ListedPrices(), Decimal(1000))
    quote = unknown.quote(REQUEST)
    assert not quote.known
    assert unknown.is_dear(quote)
    assert quote.most_usd > known.quote(REQUEST).most_usd
    assert not known.is_dear(known.quote(REQUEST))


POLICY = Policy.model_validate(
    {
        "roles": {"analyst": {"usd_per_day": "3", "usd_per_user_and_day": "0.5"}, "viewer": {}},
        "users": {"bob": {"usd_per_day": 2}},
    }
)
ALL, ANALYSTS = Budget(Decimal(9)), Budget(Decimal(3), role=Role.ANALYST)


@pytest.mark.parametrize(
    ("who", "role", "expected"),
    [
        ("ann", Role.ANALYST, (ALL, ANALYSTS, Budget(Decimal("0.5"), who="ann"))),
        ("bob", Role.ANALYST, (ALL, ANALYSTS, Budget(Decimal(2), who="bob"))),
        ("bob", Role.VIEWER, (ALL, Budget(Decimal(2), who="bob"))),
        ("cy", Role.VIEWER, (ALL,)),
        ("cy", Role.ADMIN, (ALL,)),
    ],
)
async def test_a_request_counts_against_the_budgets_of_who_asks(who, role, expected):
    budgets, book = Budgets(Decimal(9), POLICY), Book()
    model, _ = metered(ROUTED, DONE, book=book, budgets=budgets)
    asked = replace(REQUEST, asked_by=Principal(who, role))
    async with aclosing(model.stream(asked)) as reply:
        assert [event async for event in reply] == [ROUTED, DONE]
    assert book.reserved[0][3] == expected
    assert budgets.stated() == (ALL, ANALYSTS, Budget(Decimal(2), who="bob"))


@pytest.mark.parametrize("usd", [-1, "nan", "inf", "much", True])
def test_a_budget_is_an_amount_of_money(usd):
    with pytest.raises(ValidationError):
        Policy.model_validate({"roles": {"analyst": {"usd_per_day": usd}}})
    with pytest.raises(ValidationError):
        Policy.model_validate({"users": {"ann": {"usd_per_day": usd}}})


amounts = st.decimals(0, Decimal("0.001"), places=12)
counts = st.integers(0, 2_000_000)


@given(amounts, amounts, counts, counts)
def test_a_price_is_exact_and_grows_with_every_token(prompt_usd, completion_usd, read_n, wrote_n):
    price = Price(prompt_usd, completion_usd)
    assert price.of(read_n, wrote_n) == read_n * prompt_usd + wrote_n * completion_usd
    assert price.of(read_n + 1, wrote_n) - price.of(read_n, wrote_n) == prompt_usd
    assert price.of(0, 0) == 0


@given(st.text(max_size=400), st.text(max_size=400), st.integers(1, 8192))
def test_a_quote_bounds_every_answer_that_keeps_to_its_length(system, user, longest):
    pricing = Pricing(MODEL, ListedPrices(), Decimal("0.05"))
    request = replace(
        REQUEST, messages=(Message("system", system), Message("user", user)), max_tokens=longest
    )
    quote = pricing.quote(request)
    assert quote.prompt_tokens >= (len((system + user).encode()) + 2) // 3
    assert 0 < quote.usual_usd <= quote.most_usd
    assert quote.most_usd == PRICE.of(quote.prompt_tokens, longest)


@given(st.text(), st.text())
def test_a_text_in_pieces_has_no_fewer_tokens(first, second):
    assert text_tokens(first) + text_tokens(second) >= text_tokens(first + second)
