"""What an OpenRouter key may spend: GET /key. Its label is a part of the key and is not read."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Standing:
    """The limit of a key and what is left of it, in USD; None where there is no limit."""

    limit_usd: Decimal | None
    remaining_usd: Decimal | None

    @property
    def is_spent(self) -> bool:
        """Whether the key may spend no more."""
        return self.remaining_usd is not None and self.remaining_usd <= 0

    @property
    def words(self) -> str:
        """The same as a sentence says it."""
        if self.limit_usd is None or self.remaining_usd is None:
            return "the key has no limit of its own"
        return f"{self.remaining_usd:.2f} of {self.limit_usd:.2f} USD left on the key"


def standing(found: Mapping[str, Any]) -> Standing:
    """Return the standing of a key from what OpenRouter says of it."""
    data = found.get("data")
    told = data if isinstance(data, Mapping) else {}
    return Standing(_amount(told.get("limit")), _amount(told.get("limit_remaining")))


def _amount(value: Any) -> Decimal | None:  # noqa: ANN401 -- whatever the server sent
    if isinstance(value, bool) or not isinstance(value, Decimal | int):
        return None
    amount = Decimal(value)
    return amount if amount.is_finite() else None
