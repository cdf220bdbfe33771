"""The ledger on a real database: budgets hold for everybody at once, and what was billed is kept."""

import asyncio
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from assistant.domain.answers import Destination
from assistant.domain.costs import Budget, Charge, Made
from assistant.domain.errors import BudgetSpent
from assistant.domain.people import Principal, Role
from assistant.storage.ledger import PostgresLedger
from assistant.storage.postgres import Postgres

pytestmark = pytest.mark.anyio

ANN = Principal("ann", Role.ANALYST)
BOB = Principal("bob", Role.VIEWER)
MODEL = "maker/model"
TEN = (Budget(Decimal(10)),)


@pytest.fixture
def ledger(postgres):
    return PostgresLedger(postgres)


async def reserve(ledger, usd, budgets=TEN, who=ANN):
    return await ledger.reserve(who, MODEL, Decimal(str(usd)), budgets)


def charge(usd):
    return Charge(MODEL, 1000, 200, Decimal(str(usd)))


async def counted(ledger, *budgets):
    return [f"{usd.normalize():f}" for usd in await ledger.counted(budgets or TEN)]


async def test_what_is_reserved_counts_until_it_is_settled_with_the_exact_cost(ledger):
    reservation = await reserve(ledger, "9.5")
    assert await counted(ledger) == ["9.5"]
    with pytest.raises(BudgetSpent, match=r"10.00 USD a day.*9.5000 USD.*0.6000 USD"):
        await reserve(ledger, "0.6")
    await ledger.settle(reservation, charge("0.000123456789"))
    assert await counted(ledger) == ["0.000123456789"]
    await reserve(ledger, "9.999")


async def test_the_last_cent_may_be_spent(ledger):
    await reserve(ledger, 10)
    with pytest.raises(BudgetSpent):
        await reserve(ledger, "0.000000000001")


async def test_a_charge_above_its_reservation_is_kept_whole(ledger):
    await ledger.settle(await reserve(ledger, 1), charge(12))
    assert await counted(ledger) == ["12"]
    with pytest.raises(BudgetSpent):
        await reserve(ledger, "0.01")


async def test_a_released_reservation_leaves_nothing(ledger):
    await ledger.release(await reserve(ledger, 10))
    assert await counted(ledger) == ["0"]
    assert await ledger.tallies(1) == []


async def test_what_was_settled_cannot_be_settled_or_released_again(ledger):
    reservation = await reserve(ledger, 1)
    await ledger.settle(reservation, charge(1))
    await ledger.settle(reservation, charge("0.01"))
    await ledger.release(reservation)
    assert await counted(ledger) == ["1"]


async def test_a_reservation_that_nobody_settles_expires_and_is_settled_all_the_same(postgres):
    ledger = PostgresLedger(postgres, held=timedelta(milliseconds=1))
    reservation = await reserve(ledger, 10)
    await asyncio.sleep(0.01)
    assert await counted(ledger) == ["0"]
    await ledger.settle(reservation, charge(9))
    assert await counted(ledger) == ["9"]


async def test_every_budget_of_a_person_must_have_room(ledger):
    ann, viewers = Budget(Decimal(1), who="ann"), Budget(Decimal(2), role=Role.VIEWER)
    await ledger.settle(await reserve(ledger, 1, (*TEN, ann)), charge(1))
    with pytest.raises(BudgetSpent, match=r"^The budget of ann for cloud models, 1.00 USD"):
        await reserve(ledger, "0.1", (*TEN, ann))
    await ledger.settle(await reserve(ledger, 2, (*TEN, viewers), BOB), charge(2))
    with pytest.raises(BudgetSpent, match=r"^The budget of the role viewer"):
        await reserve(ledger, "0.1", (*TEN, viewers), BOB)
    assert await counted(ledger, *TEN, ann, viewers) == ["3", "1", "2"]


async def test_a_day_begins_with_an_empty_budget(ledger, postgres):
    await ledger.settle(await reserve(ledger, 10), charge(10))
    async with postgres.connection() as connection:
        await connection.execute("update spending set day = day - 1")
    assert await counted(ledger) == ["0"]
    [yesterday] = await ledger.tallies(2)
    assert yesterday.cost_usd == 10
    assert await ledger.tallies(1) == []


async def test_many_processes_share_one_budget(ledger, database):
    async with Postgres.open(database) as there:
        ledgers = (ledger, PostgresLedger(there))
        tries = [reserve(one, "0.4") for one in ledgers for _ in range(30)]
        results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(result, int) for result in results) == 25
    assert sum(isinstance(result, BudgetSpent) for result in results) == 35
    assert await counted(ledger) == ["10"]


async def test_a_count_that_no_server_can_mean_is_kept_within_bounds(ledger):
    await ledger.made(Made(ANN, Destination.LOCAL, "liar", -5, 10**40))
    await ledger.settle(await reserve(ledger, 1), Charge(MODEL, 10**40, -5, Decimal(1)))
    local, cloud = await ledger.tallies(1)
    assert (local.prompt_tokens, cloud.completion_tokens) == (0, 0)
    assert local.completion_tokens == cloud.prompt_tokens > 0


async def test_names_may_hold_anything(ledger):
    odd = Principal("a'; drop table spending; -- \u2028 ☃", Role.VIEWER)
    await ledger.settle(await reserve(ledger, 1, (Budget(Decimal(2), who=odd.id),), odd), charge(1))
    [tally] = await ledger.tallies(1)
    assert tally.who == odd.id


async def test_answers_and_charges_are_counted_by_day_person_model_and_destination(ledger):
    for _ in range(2):
        await ledger.settle(await reserve(ledger, "0.5"), charge("0.01"))
    await ledger.made(Made(ANN, Destination.CLOUD, MODEL))
    await ledger.made(Made(BOB, Destination.BUILTIN, "builtin", 900, 80))
    await reserve(ledger, "0.5")
    ann, bob = await ledger.tallies(1)
    assert ann.day == bob.day == datetime.now(UTC).date()
    assert (ann.who, ann.role, ann.model, ann.destination) == ("ann", "analyst", MODEL, "cloud")
    assert (ann.answers, ann.prompt_tokens, ann.completion_tokens) == (1, 2000, 400)
    assert (ann.cost_usd, ann.held_usd) == (Decimal("0.02"), Decimal("0.5"))
    assert (bob.answers, bob.prompt_tokens, bob.cost_usd) == (1, 900, 0)
