"""What cloud models cost."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Price:
    """What a model costs: USD per token of the prompt and of the completion."""

    prompt_usd: Decimal
    completion_usd: Decimal

    def of(self, prompt_tokens: int, completion_tokens: int) -> Decimal:
        """Return what so many tokens cost in USD, exactly."""
        return prompt_tokens * self.prompt_usd + completion_tokens * self.completion_usd
