"""What each cloud model costs, and whether it can call tools: OpenRouter's list, kept on disk.

The list is fetched only by who asks a cloud model or examines one, at most once a day. A small table
ships, so that a cost can always be estimated.
"""

import json
import tempfile
import time
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from assistant.domain.costs import Price

FILE = "openrouter-models.json"
_SHIPPED = Path(__file__).with_name("prices.toml")
_MILLION = 1_000_000
_DAY_S = 86_400
_DEAREST = Decimal(1)  # USD a token: what claims more is no price


@dataclass(frozen=True, slots=True)
class Listed:
    """A model as the list has it: its price, its context in tokens (0: unknown), whether it has tools."""

    price: Price
    context: int = 0
    tools: bool = False


@dataclass
class PriceBook:
    """The models that are known. Implements `ports.Prices`.

    Args:
        path: Where the fetched list is kept.
        models: By name.
        fetched_at: When the list was fetched, in seconds since 1970; 0 for the table that ships.
    """

    path: Path
    models: dict[str, Listed] = field(default_factory=dict)
    fetched_at: float = 0

    @classmethod
    def load(cls, folder: Path) -> "PriceBook":
        """Read the table that ships and, over it, the list kept in a folder. Asks no service."""
        book = cls(folder / FILE, _shipped())
        try:
            kept = json.loads(book.path.read_bytes())
            book.models = book.models | listed(kept["data"])
            book.fetched_at = float(kept["fetched_at"])
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            book.fetched_at = 0  # no list yet, or a damaged one: it is fetched again
        return book

    def price(self, model: str) -> Price | None:
        """Return what a model costs; None where nobody knows."""
        found = self.models.get(model)
        return found.price if found else None

    def dearest(self) -> Price:
        """Return a price that no known model exceeds, for one that is not known."""
        prices = [one.price for one in self.models.values()]
        return Price(
            max(price.prompt_usd for price in prices),
            max(price.completion_usd for price in prices),
        )

    @property
    def is_stale(self) -> bool:
        """Whether the list is older than a day."""
        return not 0 <= time.time() - self.fetched_at < _DAY_S

    def keep(self, data: Any) -> Collection[str]:  # noqa: ANN401 -- whatever the server sent
        """Take a fetched list, and write it down whole or not at all; return the names on it.

        Args:
            data: The entries as OpenRouter lists them.
        """
        models = listed(data)
        self.models = self.models | models  # anew: others may be reading
        self.fetched_at = time.time()
        text = json.dumps(
            {"fetched_at": self.fetched_at, "data": [_entry(*one) for one in models.items()]}
        )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=self.path.parent, delete=False
        ) as file:
            file.write(text)
        Path(file.name).replace(self.path)
        return models.keys()


def listed(data: Any) -> dict[str, Listed]:  # noqa: ANN401 -- whatever the server sent
    """Return the models of a list, without those whose price is unknown or no price.

    A model stands under its name and under the one that answers bear (with a date, often).
    """
    entries = data if isinstance(data, list) else []
    read = ((entry, _price(entry)) for entry in entries if isinstance(entry, Mapping))
    return {
        name: Listed(
            price,
            _context(entry.get("context_length")),
            "tools" in (entry.get("supported_parameters") or ()),
        )
        for entry, price in read
        if price
        for name in (entry.get("canonical_slug"), entry.get("id"))
        if isinstance(name, str)
    }


def _price(entry: Mapping[str, Any]) -> Price | None:
    pricing = entry.get("pricing")
    if not isinstance(pricing, Mapping):
        return None
    try:
        price = Price(Decimal(str(pricing["prompt"])), Decimal(str(pricing["completion"])))
    except (KeyError, InvalidOperation):
        return None
    both = (price.prompt_usd, price.completion_usd)
    known = all(amount.is_finite() and 0 <= amount < _DEAREST for amount in both)
    return price if known else None  # "-1": it depends on what is asked


def _context(value: Any) -> int:  # noqa: ANN401 -- whatever the server sent
    return value if isinstance(value, int) and value > 0 else 0


def _entry(name: str, one: Listed) -> dict[str, Any]:
    return {
        "id": name,
        "pricing": {
            "prompt": str(one.price.prompt_usd),
            "completion": str(one.price.completion_usd),
        },
        "context_length": one.context,
        "supported_parameters": ["tools"] if one.tools else [],
    }


def _shipped() -> dict[str, Listed]:
    table = tomllib.loads(_SHIPPED.read_text("utf-8"))
    return {
        name: Listed(
            Price(Decimal(row["prompt"]) / _MILLION, Decimal(row["completion"]) / _MILLION),
            row.get("context", 0),
            row.get("tools", False),
        )
        for name, row in table.items()
    }
