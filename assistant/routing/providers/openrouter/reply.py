"""What an answer was, read from its pieces: who gave it, why it ended, what it took and cost."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from assistant.domain.completions import CompletionRequest, Usage, text_tokens, tokens_of
from assistant.ports import Prices

_BROKEN_OFF = {
    "length": "The answer was longer than the limit and breaks off here.",
    "content_filter": "The cloud provider's content filter ended the answer here.",
}
_MOST_USD = Decimal(10_000)


@dataclass(frozen=True, slots=True)
class Piece:
    """An event of an answer: its text, and what it says besides, where it does.

    `tokens` is the usage record as `events` read it.
    """

    text: str
    model: str = ""
    generation_id: str = ""
    finish: str = ""
    tokens: Mapping[str, Any] | None = None

    @property
    def is_billed(self) -> bool:
        """Whether it says what the answer costs, and that it costs something."""
        return self.tokens is not None and bool(_amount(self.tokens["cost"]))


@dataclass
class Reply:
    """An answer as far as it arrived.

    Args:
        asked: The model that was asked; another one may answer.
        written: How many tokens the text is, as we estimate it.
    """

    asked: str
    model: str = ""
    generation_id: str = ""
    finish: str = ""
    written: int = 0
    tokens: Mapping[str, Any] | None = None

    def take(self, piece: Piece) -> None:
        """Take the next piece."""
        self.model = piece.model or self.model
        self.generation_id = piece.generation_id or self.generation_id
        self.finish = self.finish or piece.finish
        self.written += text_tokens(piece.text)
        self.tokens = piece.tokens or self.tokens

    @property
    def interrupted(self) -> str:
        """Why the text breaks off; empty where it is whole."""
        return _BROKEN_OFF.get(self.finish, "")

    def usage(self, request: CompletionRequest, prices: Prices) -> Usage:
        """Return what it took: as the provider counted it, or else as we can tell.

        Args:
            request: What was asked.
            prices: For an estimate.
        """
        model = self.model or self.asked
        prompt, completion, cost = self._counted()
        estimated = cost is None
        if cost is None:
            prompt = prompt or tokens_of(request.messages)
            completion = completion or self.written
            cost = (prices.price(model) or prices.dearest()).of(prompt, completion)
        return Usage(
            model=model,
            prompt_tokens=prompt,
            completion_tokens=completion,
            cost_usd=cost,
            interrupted=self.interrupted,
            estimated=estimated,
            generation_id=self.generation_id,
        )

    def _counted(self) -> tuple[int, int, Decimal | None]:
        """Return tokens of prompt and completion, and the cost; 0 and None where it is no number."""
        if self.tokens is None:
            return 0, 0, None
        told = self.tokens
        return told["prompt_tokens"], told["completion_tokens"], _amount(told["cost"])


def _amount(written: str) -> Decimal | None:
    try:
        amount = Decimal(written)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and 0 <= amount < _MOST_USD else None
