"""What language models cost over some days, summed by day, person or model.

    Tally, one a day, person, model and destination ──> Line, one a name ──> Statement

"All-cloud" is what the same answers would have cost had the cloud model made them all: what was
billed, plus the tokens of every other answer at the cloud model's price.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from assistant.domain.answers import Destination
from assistant.domain.costs import Budget, Price, Tally


class By(StrEnum):
    """What a statement has a line for."""

    DAY = "day"
    USER = "user"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Line:
    """What is counted under one name.

    Args:
        name: A day (YYYY-MM-DD), a person (id) or a model.
        builtin: Answers made without a language model.
        local: Answers of local models.
        cloud: Answers of cloud models.
        prompt_tokens: Read by language models, or by one that would have answered.
        completion_tokens: Written, likewise.
        cost_usd: What was billed.
        held_usd: What running requests could still cost.
        all_cloud_usd: What the cloud model would have cost for all of them.
    """

    name: str
    builtin: int = 0
    local: int = 0
    cloud: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    held_usd: Decimal = Decimal(0)
    all_cloud_usd: Decimal = Decimal(0)

    @property
    def answers(self) -> int:
        """All answers."""
        return self.builtin + self.local + self.cloud

    @property
    def share_without_cloud(self) -> float | None:
        """The share of answers made on this machine, from 0 to 1; None where there is no answer."""
        return 1 - self.cloud / self.answers if self.answers else None

    @property
    def saving_usd(self) -> Decimal:
        """What was not spent, against a cloud model for every answer."""
        return self.all_cloud_usd - self.cost_usd


@dataclass(frozen=True, slots=True)
class Used:
    """A budget and what counts against it today."""

    budget: Budget
    usd: Decimal


@dataclass(frozen=True, slots=True)
class Statement:
    """What was counted of the last days (UTC), today included.

    Args:
        days: How many.
        model: The cloud model that all-cloud is priced at.
        price: Its price.
        known: Whether that is its own; otherwise the highest known one.
        budgets: Of today, everybody's first.
        tallies: What was counted.
    """

    days: int
    model: str
    price: Price
    known: bool
    budgets: tuple[Used, ...]
    tallies: tuple[Tally, ...]

    @property
    def total(self) -> Line:
        """All of it in one line."""
        return summed("total", self.tallies, self.price)

    def lines(self, by: By) -> list[Line]:
        """Return a line a name: days newest first, others by what they cost."""
        grouped: dict[str, list[Tally]] = {}
        for tally in self.tallies:
            grouped.setdefault(_name(tally, by), []).append(tally)
        lines = [summed(name, found, self.price) for name, found in grouped.items()]
        if by is By.DAY:
            return sorted(lines, key=lambda line: line.name, reverse=True)
        return sorted(lines, key=lambda line: (-line.cost_usd, -line.answers, line.name))


def summed(name: str, tallies: Iterable[Tally], price: Price) -> Line:
    """Return one line of these tallies; `price` is the cloud model's."""
    found: Sequence[Tally] = tuple(tallies)
    here = [tally for tally in found if tally.destination is not Destination.CLOUD]
    cost = sum((tally.cost_usd for tally in found), Decimal(0))
    read, wrote = _tokens(here)
    all_read, all_wrote = _tokens(found)
    return Line(
        name=name,
        builtin=_answers(found, Destination.BUILTIN),
        local=_answers(found, Destination.LOCAL),
        cloud=_answers(found, Destination.CLOUD),
        prompt_tokens=all_read,
        completion_tokens=all_wrote,
        cost_usd=cost,
        held_usd=sum((tally.held_usd for tally in found), Decimal(0)),
        all_cloud_usd=cost + price.of(read, wrote),
    )


def _answers(tallies: Iterable[Tally], destination: Destination) -> int:
    return sum(tally.answers for tally in tallies if tally.destination is destination)


def _tokens(tallies: Sequence[Tally]) -> tuple[int, int]:
    return (
        sum(tally.prompt_tokens for tally in tallies),
        sum(tally.completion_tokens for tally in tallies),
    )


def _name(tally: Tally, by: By) -> str:
    match by:
        case By.DAY:
            return tally.day.isoformat()
        case By.USER:
            return tally.who
        case By.MODEL:
            return tally.model
