"""Asks before a dear answer. Itself a chat model, in front of the chain.

A request that a cloud model may take is priced, and nothing is sent until the user has agreed.

It stands where the prompt is known and where what needs no language model is already answered.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass

from assistant.domain.answers import Destination
from assistant.domain.completions import CompletionEvent, CompletionRequest
from assistant.domain.costs import Quote
from assistant.domain.errors import CostUnconfirmed
from assistant.ports import ChatModel
from assistant.routing.pricing import Pricing


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
    return bool(request.evidence) and not request.confirmed


def _unconfirmed(quote: Quote) -> CostUnconfirmed:
    if not quote.known:
        return CostUnconfirmed(
            f"The price of the cloud model {quote.model} is not known: at the highest price of any "
            f"known model this answer costs up to {quote.most_usd:.2f} USD. Ask it all the same?",
            _HINT,
        )
    return CostUnconfirmed(
        f"An answer of the cloud model {quote.model} costs about {quote.usual_usd:.2f} USD, at most "
        f"{quote.most_usd:.2f} USD. Ask it?",
        _HINT,
    )


_HINT = "Agree to the cost, or ask a local model."
