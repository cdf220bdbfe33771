"""What an answer of the cloud model would cost, before anything is sent.

The prompt is counted from its bytes, rather too long than too short: no tokenizer of a cloud model is
at hand, and a dense table has more tokens a character than prose. A model whose price nobody knows is
counted at the highest price known.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from assistant.domain.completions import CompletionRequest, Message
from assistant.domain.costs import Price, Quote
from assistant.ports import Prices

_BYTES_A_TOKEN = 3
_TOKENS_A_MESSAGE = 8
USUAL_COMPLETION = 300  # tokens; a cited answer of two paragraphs


@dataclass(frozen=True)
class Pricing:
    """Quotes a cloud model.

    Args:
        model: The model as its provider names it.
        prices: What models cost.
        confirm_usd: An answer that may cost more is asked about first.
    """

    model: str
    prices: Prices
    confirm_usd: Decimal

    @property
    def price(self) -> Price:
        """What a token costs; the highest price known where the model's is not."""
        return self.prices.of(self.model) or self.prices.highest()

    def quote(self, request: CompletionRequest) -> Quote:
        """Return what a request would cost."""
        prompt = tokens_of(request.messages)
        return Quote(
            model=self.model,
            prompt_tokens=prompt,
            usual_usd=self.price.of(prompt, min(USUAL_COMPLETION, request.max_tokens)),
            most_usd=self.price.of(prompt, request.max_tokens),
            known=self.prices.of(self.model) is not None,
        )

    def is_dear(self, quote: Quote) -> bool:
        """Whether a quote is to be confirmed; one that stands on no known price always is."""
        return not quote.known or quote.most_usd > self.confirm_usd


def tokens_of(messages: Sequence[Message]) -> int:
    """Return how many tokens messages are at most, but for odd scripts."""
    return sum(text_tokens(message.content) + _TOKENS_A_MESSAGE for message in messages)


def text_tokens(text: str) -> int:
    """Return how many tokens a text is, rather too many."""
    return math.ceil(len(text.encode("utf-8", "replace")) / _BYTES_A_TOKEN)
