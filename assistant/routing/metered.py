"""A cloud model that spends no more than its budgets allow. Itself a chat model.

    quote ── reserve the most it can cost ──> model ──> settle what it did cost

Over budget nothing is sent. What a request cost is settled exactly where the provider says it; where
the reply broke off, by what was sent and received; where we broke it off, by all that was reserved,
because not every provider stops writing (and billing) when nobody reads. A provider bills nothing for
a request that failed before its first word (OpenRouter: zero completion insurance).
"""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass

import anyio

from assistant.domain.answers import Destination
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Routed,
    TextDelta,
    Usage,
    Waiting,
    text_tokens,
)
from assistant.domain.costs import Charge, Quote
from assistant.domain.errors import AssistantError
from assistant.domain.people import Principal
from assistant.domain.statements import Statement, Used
from assistant.ports import ChatModel, Ledger
from assistant.routing.budgets import Budgets
from assistant.routing.pricing import Pricing

_NONSENSE_USD = 10_000  # no answer costs as much


@dataclass
class Spent:
    """What is known of a running request's cost.

    `sent` is taken for granted where nobody says that nothing was sent yet.
    """

    quote: Quote
    sent: bool = True
    begun: bool = False
    completion_tokens: int = 0
    usage: Usage | None = None

    def take(self, event: CompletionEvent) -> None:
        """Take in what the model reports."""
        match event:
            case Waiting():
                self.sent = self.sent or event.sent_to is Destination.CLOUD
            case Routed():
                self.sent = self.begun = True
            case TextDelta():
                self.completion_tokens += text_tokens(event.text)
            case Usage():
                self.usage = event


@dataclass(frozen=True)
class Meter:
    """Reserves before a request, settles after it, and says what was counted.

    Args:
        ledger: Where charges are kept.
        pricing: What the model costs.
        budgets: What it may cost.
    """

    ledger: Ledger
    pricing: Pricing
    budgets: Budgets

    @asynccontextmanager
    async def running(self, asked_by: Principal, quote: Quote) -> AsyncIterator[Spent]:
        """Hold the most that a request can cost while it runs in the block.

        The block tells what comes back with `Spent.take`.

        Raises:
            BudgetSpent: A budget has no room for it.
        """
        budgets = self.budgets.of(asked_by)
        reservation = await self.ledger.reserve(asked_by, quote.model, quote.most_usd, budgets)
        spent = Spent(quote)
        try:
            yield spent
        except AssistantError as error:
            charge = self._charge(spent) if spent.begun else None
            error.cost_usd = charge.cost_usd if charge else error.cost_usd
            with suppress(AssistantError):  # what went wrong first is what is told
                await self._close(reservation, charge)
            raise
        except BaseException:  # we broke it off: the provider may write, and bill, to the end
            with suppress(AssistantError):
                await self._close(reservation, _whole(spent) if spent.sent else None)
            raise
        await self._close(reservation, self._charge(spent))

    async def statement(self, days: int) -> Statement:
        """Return what was counted of the last days (UTC), today included, beside today's budgets."""
        stated = self.budgets.stated()
        counted = await self.ledger.counted(stated)
        return Statement(
            days=days,
            model=self.pricing.model,
            price=self.pricing.price,
            known=self.pricing.known,
            budgets=tuple(map(Used, stated, counted)),
            tallies=tuple(await self.ledger.tallies(days)),
        )

    async def _close(self, reservation: int, charge: Charge | None) -> None:
        with anyio.CancelScope(shield=True):
            if charge is None:
                await self.ledger.release(reservation)
            else:
                await self.ledger.settle(reservation, charge)

    def _charge(self, spent: Spent) -> Charge:
        """Return what the provider says it billed, or else what was sent and received costs."""
        if billed := _billed(spent):
            return billed
        prompt, completion = spent.quote.prompt_tokens, spent.completion_tokens
        cost = self.pricing.price.of(prompt, completion)
        return Charge(spent.quote.model, prompt, completion, cost, estimated=True)


@dataclass(frozen=True)
class MeteredModel:
    """Implements `ports.ChatModel`."""

    model: ChatModel
    meter: Meter

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield what the model says; its usage once the ledger has it.

        Raises:
            BudgetSpent: A budget has no room for it; nothing was sent.
        """
        quote = self.meter.pricing.quote(request)
        async with (
            self.meter.running(request.asked_by, quote) as spent,
            aclosing(self.model.stream(request)) as reply,
        ):
            spent.sent = False  # the model says when it sends
            async for event in reply:
                spent.take(event)
                if not isinstance(event, Usage):
                    yield event
        if spent.usage:
            yield spent.usage


def _billed(spent: Spent) -> Charge | None:
    """Return what the provider says it billed; None where it says nothing believable."""
    usage = spent.usage
    if usage is None or not usage.cost_usd.is_finite():
        return None
    if not 0 <= usage.cost_usd < _NONSENSE_USD:
        return None
    return Charge(
        usage.model,
        usage.prompt_tokens,
        usage.completion_tokens,
        usage.cost_usd,
        usage.estimated,
    )


def _whole(spent: Spent) -> Charge:
    """Return the charge of a reply that we broke off: everything that was reserved."""
    quote, received = spent.quote, spent.completion_tokens
    return _billed(spent) or Charge(
        quote.model, quote.prompt_tokens, received, quote.most_usd, estimated=True
    )
