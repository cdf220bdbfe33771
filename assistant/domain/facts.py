"""Facts that a filing tags by machine: one number or word, its concept, unit, period, dimensions.

A fact is what the filer says it means, so it needs no reading of rows and columns. A fact without
dimensions speaks for the whole company; one with dimensions for a segment, product or class.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class FactPeriod:
    """The time a fact speaks of: `start` to `end`, both included; an instant has no `start`."""

    start: date | None
    end: date | None

    @property
    def is_instant(self) -> bool:
        """Whether the fact holds at the end of one day, as a balance does."""
        return self.start is None and self.end is not None

    @property
    def words(self) -> str:
        """The period as it is shown: "2024-01-01 to 2024-12-31", one day, or "forever"."""
        days = [day.isoformat() for day in (self.start, self.end) if day]
        return " to ".join(days) or "forever"

    @property
    def days(self) -> int:
        """How many days the period lasts; 0 for an instant and for "forever"."""
        return (self.end - self.start).days + 1 if self.start and self.end else 0


@dataclass(frozen=True, slots=True)
class Fact:
    """A tagged number.

    `concept` carries its taxonomy's prefix ("us-gaap:NetIncomeLoss"); `value` is in whole units of
    `unit` ("USD", "shares", "USD/shares", "pure"); `decimals` tells how it was rounded (-6: to
    millions; None: exact); `dimensions` are (axis, member) pairs in order of the axis.
    """

    concept: str
    value: Decimal
    unit: str
    period: FactPeriod
    dimensions: tuple[tuple[str, str], ...] = ()
    decimals: int | None = None


@dataclass(frozen=True, slots=True)
class TextFact:
    """A tagged word or date ("dei:DocumentType" is "10-K"); dates are written YYYY-MM-DD."""

    concept: str
    text: str
    period: FactPeriod
    dimensions: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class TaggedFacts:
    """Everything a file tags. `unread` counts tags whose value could not be read with certainty."""

    numbers: tuple[Fact, ...]
    texts: tuple[TextFact, ...]
    unread: int = 0
