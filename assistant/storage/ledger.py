"""The ledger of language models in PostgreSQL: what is reserved, what was billed, who answered.

A reservation is one statement under one lock, so that requests of any process share one budget. A
request that died leaves its reservation, which counts until it expires and never again; one that
lives longer is settled all the same.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from psycopg.rows import dict_row

from assistant.domain.answers import Destination
from assistant.domain.costs import Budget, Charge, Made, Tally
from assistant.domain.errors import BudgetSpent, ServiceFailed
from assistant.domain.people import Principal
from assistant.storage.postgres import Postgres

HELD = timedelta(minutes=15)
"""Longer than any request may run."""
_MOST_TOKENS = 10**9
_RESERVE = """
select reserved, refused, counted from spending_reserve(
    %(who)s, %(role)s, %(model)s, %(usd)s, %(held_s)s, %(amounts)s::numeric[], %(whose)s, %(roles)s)
"""
_SETTLE = """
update spending set state = 'settled', model = %(model)s, cost_usd = %(cost)s,
    estimated = %(estimated)s, prompt_tokens = %(prompt)s, completion_tokens = %(completion)s
where id = %(id)s and state = 'reserved'
"""
_RELEASE = "delete from spending where id = %(id)s and state = 'reserved'"
_MADE = """
insert into spending (who, role, destination, model, state, prompt_tokens, completion_tokens)
values (%(who)s, %(role)s, %(destination)s, %(model)s, 'answered', %(prompt)s, %(completion)s)
"""
_COUNTED = """
select spending_counted((clock_timestamp() at time zone 'utc')::date, who, role) as usd
from unnest(%(whose)s::text[], %(roles)s::text[]) with ordinality as budget(who, role, place)
order by place
"""
_TALLIES = """
select day, who, role, model, destination,
    count(*) filter (where state = 'answered') as answers,
    coalesce(sum(prompt_tokens), 0)::bigint as prompt_tokens,
    coalesce(sum(completion_tokens), 0)::bigint as completion_tokens,
    coalesce(sum(cost_usd), 0) as cost_usd,
    coalesce(sum(reserved_usd) filter (
        where state = 'reserved' and expires_at > clock_timestamp()), 0) as held_usd
from spending
where day > (clock_timestamp() at time zone 'utc')::date - %(days)s::integer
group by day, who, role, model, destination
order by day desc, who, role, model, destination
"""


@dataclass(frozen=True)
class PostgresLedger:
    """Implements `ports.Ledger`.

    Args:
        postgres: Where the ledger is.
        held: How long a reservation counts that nobody settles.
    """

    postgres: Postgres
    held: timedelta = HELD

    async def reserve(
        self, asked_by: Principal, model: str, usd: Decimal, budgets: Sequence[Budget]
    ) -> int:
        """Hold an amount against every budget, all or none; see `ports.Ledger`."""
        values = {
            "who": asked_by.id,
            "role": asked_by.role.value,
            "model": model,
            "usd": usd,
            "held_s": self.held.total_seconds(),
            **_columns(budgets),
        }
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(_RESERVE, values)
            row = await cursor.fetchone()
        if row is None:
            raise ServiceFailed("The ledger of cloud models gave no answer")
        reserved, refused, counted = row
        if refused is not None:
            raise _spent(budgets[refused - 1], counted, usd)
        return int(reserved)

    async def settle(self, reservation: int, charge: Charge) -> None:
        """Replace a reservation by what was billed; see `ports.Ledger`."""
        values = {
            "id": reservation,
            "model": charge.model,
            "cost": charge.cost_usd,
            "estimated": charge.estimated,
            "prompt": _tokens(charge.prompt_tokens),
            "completion": _tokens(charge.completion_tokens),
        }
        async with self.postgres.connection() as connection:
            await connection.execute(_SETTLE, values)

    async def release(self, reservation: int) -> None:
        """Forget a reservation for which nothing was billed."""
        async with self.postgres.connection() as connection:
            await connection.execute(_RELEASE, {"id": reservation})

    async def made(self, answer: Made) -> None:
        """Count an answer that somebody got."""
        values = {
            "who": answer.asked_by.id,
            "role": answer.asked_by.role.value,
            "destination": answer.destination.value,
            "model": answer.model,
            "prompt": _tokens(answer.prompt_tokens),
            "completion": _tokens(answer.completion_tokens),
        }
        async with self.postgres.connection() as connection:
            await connection.execute(_MADE, values)

    async def counted(self, budgets: Sequence[Budget]) -> list[Decimal]:
        """Return what counts against each budget today, in order, in US dollars."""
        columns = _columns(budgets)
        async with self.postgres.connection() as connection:
            cursor = await connection.execute(_COUNTED, columns)
            return [usd for (usd,) in await cursor.fetchall()]

    async def tallies(self, days: int) -> list[Tally]:
        """Return what is counted of the last days, today included, newest first."""
        async with (
            self.postgres.connection() as connection,
            connection.cursor(row_factory=dict_row) as cursor,
        ):
            await cursor.execute(_TALLIES, {"days": days})
            rows = await cursor.fetchall()
        return [Tally(**row | {"destination": Destination(row["destination"])}) for row in rows]


def _tokens(count: int) -> int:
    """Return a count that a row can hold, whatever a server said."""
    return min(max(count, 0), _MOST_TOKENS)


def _columns(budgets: Sequence[Budget]) -> dict[str, list[object]]:
    return {
        "amounts": [budget.usd for budget in budgets],
        "whose": [budget.who for budget in budgets],
        "roles": [budget.role.value if budget.role else "" for budget in budgets],
    }


def _spent(budget: Budget, counted: Decimal, usd: Decimal) -> BudgetSpent:
    return BudgetSpent(
        f"The budget of {budget.whose} for cloud models, {budget.usd:.2f} USD a day, has no room: "
        f"{counted:.4f} USD are spent or held by running requests, and this one may cost "
        f"{usd:.4f} USD",
        "It begins anew at 00:00 UTC; AEI_CLOUD_BUDGET_USD_PER_DAY and the routing policy set it.",
    )
