"""What an answer of the cloud model would cost, before anything is sent.

A model whose price nobody knows is counted at the highest price known.
"""

from dataclasses import dataclass
from decimal import Decimal

from assistant.domain.completions import CompletionRequest, tokens_of
from assistant.domain.costs import Price, Quote
from assistant.ports import Prices

USUAL_COMPLETION = 300  # tokens; a cited answer of two paragraphs


@dataclass(frozen=True)
class Pricing:
    """Quotes a cloud model.

    Args:
        model: The model as its provider names it.
        prices: What models cost.
        confirm_usd: An answer that may cost more is asked about first.
        fallbacks: Models that the provider asks when that one fails: the dearest of all counts.
    """

    model: str
    prices: Prices
    confirm_usd: Decimal
    fallbacks: tuple[str, ...] = ()

    @property
    def known(self) -> bool:
        """Whether the prices of all models that may answer are known."""
        return all(self.prices.price(model) for model in self._models)

    @property
    def price(self) -> Price:
        """What a token costs at most; the highest price known stands in for one that is not."""
        prices = [self.prices.price(model) or self.prices.dearest() for model in self._models]
        return Price(
            max(price.prompt_usd for price in prices),
            max(price.completion_usd for price in prices),
        )

    @property
    def _models(self) -> tuple[str, ...]:
        return (self.model, *self.fallbacks)

    def quote(self, request: CompletionRequest) -> Quote:
        """Return what a request would cost."""
        prompt = tokens_of(request.messages)
        return Quote(
            model=self.model,
            prompt_tokens=prompt,
            usual_usd=self.price.of(prompt, min(USUAL_COMPLETION, request.max_tokens)),
            most_usd=self.price.of(prompt, request.max_tokens),
            known=self.known,
        )

    def is_dear(self, quote: Quote) -> bool:
        """Whether a quote is to be confirmed; one that stands on no known price always is."""
        return not quote.known or quote.most_usd > self.confirm_usd
