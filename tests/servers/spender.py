"""Processes that ask a cloud model many questions at once through the ledger, and say how they ended.

    python -m tests.servers.spender '{"dsn": .., "url": .., "folder": .., "asks": [13, 12], "budget": "0.1"}'

Each of the `asks` is a process that asks so many questions when all processes are ready. The client
library takes seconds to load: it is loaded once, and the processes are forked from there.
"""

import asyncio
import importlib
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from assistant.domain.answers import Destination, Route
from assistant.domain.completions import CompletionRequest, Message, Task, collect
from assistant.domain.errors import BudgetSpent
from assistant.domain.filings import Sensitivity
from assistant.domain.people import Principal, Role
from assistant.routing.budgets import Budgets
from assistant.routing.metered import Meter, MeteredModel
from assistant.routing.pricing import Pricing
from assistant.routing.providers.openrouter.endpoint import Endpoint
from assistant.routing.providers.openrouter.model import OpenRouterModel
from assistant.routing.providers.openrouter.prices import PriceBook
from assistant.storage.ledger import PostgresLedger
from assistant.storage.postgres import GivenServer, PoolLimits, Postgres
from tests.servers.openrouter import KEY, MODEL

REQUEST = CompletionRequest(
    task=Task.ANSWER,
    question="How did revenue grow?",
    evidence=(),
    messages=(Message("system", "Cite."), Message("user", "Revenue grew. " * 40)),
    sensitivity=Sensitivity.PUBLIC,
    max_tokens=64,
    route=Route(Destination.CLOUD, ("it is hard",)),
)
_PATIENCE_S = 60
_fork = multiprocessing.get_context("fork")


def spend(given: dict) -> list[list[str]]:
    """Return how the requests of each process ended."""
    importlib.import_module("assistant.routing.providers.openrouter.chat")
    together = _fork.Barrier(len(given["asks"]))
    with ProcessPoolExecutor(
        len(given["asks"]), _fork, initializer=_remember, initargs=(given, together)
    ) as processes:
        return list(processes.map(_process, given["asks"]))


def _remember(given, together) -> None:
    global _given, _together
    _given, _together = given, together


def _process(asks: int) -> list[str]:
    return asyncio.run(_spend(asks))


async def _spend(asks: int) -> list[str]:
    prices = PriceBook.load(Path(_given["folder"]))
    cloud = OpenRouterModel(Endpoint(_given["url"], KEY), MODEL, prices)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(cloud.aclose)
        postgres = await stack.enter_async_context(
            Postgres.open(GivenServer(_given["dsn"]), PoolLimits(6, connect_timeout_s=_PATIENCE_S))
        )
        budgets = Budgets(Decimal(_given["budget"]))
        meter = Meter(PostgresLedger(postgres), Pricing(MODEL, prices, Decimal(1)), budgets)
        model = MeteredModel(cloud, meter)
        await asyncio.to_thread(_together.wait, _PATIENCE_S)
        return await asyncio.gather(*(_ask(model, number) for number in range(asks)))


async def _ask(model: MeteredModel, number: int) -> str:
    asked = replace(REQUEST, asked_by=Principal(f"user-{number}", Role.ANALYST))
    try:
        await collect(model.stream(asked))
    except BudgetSpent:
        return "over budget"
    return "answered"


if __name__ == "__main__":
    print(json.dumps(spend(json.loads(sys.argv[1]))))
