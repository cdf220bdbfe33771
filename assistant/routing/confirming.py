"""Asks before a dear answer. Itself a chat model, in front of the chain.

A request that a cloud model may take is priced, and nothing is sent until the user has agreed. It
stands where the prompt is known and what needs no language model is already answered.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal

from assistant.domain.answers import Destination
from assistant.domain.completions import CompletionEvent, CompletionRequest
from assistant.domain.costs import Quote
from assistant.domain.errors import CostUnconfirmed
from assistant.ports import ChatModel
from assistant.routing.pricing import Pricing

_CENTS_SHOWN = Decimal("0.1")  # below it, hundredths of a cent too
_HINT = "Agree to the cost, or ask a local model."


@dataclass(frozen=True)
class ConfirmingModel:
    """Implements `ports.ChatModel`."""

    model: ChatModel
    pricing: Pricing

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        """Yield what the model says.

        Raises:
            CostUnconfirmed: It may cost more than goes unasked, and the user has not agreed.
        """
        if _to_be_asked(request):
            quote = self.pricing.quote(request)
            if self.pricing.is_dear(quote):
                raise _unconfirmed(quote)
        async with aclosing(self.model.stream(request)) as reply:
            async for event in reply:
                yield event


def _to_be_asked(request: CompletionRequest) -> bool:
    """Whether a cloud model may take it without the user having agreed to that."""
    if request.route is None or request.route.destination is not Destination.CLOUD:
        return False
    return not (request.groundless or request.confirmed)


def _unconfirmed(quote: Quote) -> CostUnconfirmed:
    if not quote.known:
        return CostUnconfirmed(
            f"The price of the cloud model {quote.model} is not known: at the highest price of any "
            f"known model this answer costs up to {_usd(quote.most_usd)}. Ask it all the same?",
            _HINT,
        )
    return CostUnconfirmed(
        f"An answer of the cloud model {quote.model} costs about {_usd(quote.usual_usd)}, at most "
        f"{_usd(quote.most_usd)}. Ask it?",
        _HINT,
    )


def _usd(amount: Decimal) -> str:
    return f"{amount:.2f} USD" if amount >= _CENTS_SHOWN else f"{amount:.4f} USD"
