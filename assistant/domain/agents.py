"""What an agent does for a question: calls it makes, and how its work ends."""

from dataclasses import dataclass, field, replace
from decimal import Decimal

from assistant.domain.answers import Destination, Evidence, Route
from assistant.domain.completions import CompletionEvent, Routed, Usage, Waiting
from assistant.domain.events import Clarify, ToolEvent


@dataclass(frozen=True, slots=True)
class Given:
    """What a call gave back: evidence, or a text that is no evidence and cannot be cited."""

    evidence: tuple[Evidence, ...] = ()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How far an agent may go for one question.

    Args:
        steps: Requests of its model.
        calls: Calls of tools.
        seconds: From the first request to the last text.
        tokens: Of all prompts and replies together.
    """

    steps: int = 8
    calls: int = 12
    seconds: float = 180.0
    tokens: int = 100_000


@dataclass(frozen=True, slots=True)
class Worked:
    """The agent wrote an answer, which cites its `evidence` by label."""

    text: str
    evidence: tuple[Evidence, ...]
    route: Route
    usage: Usage


@dataclass(frozen=True, slots=True)
class GaveUp:
    """The agent has no answer, for this reason; empty where no model was asked."""

    reason: str = ""


@dataclass
class Tried:
    """What agents did before something else answered: why they stopped, what it cost, what was sent."""

    reasons: list[str] = field(default_factory=list)
    cost_usd: Decimal = Decimal(0)
    sent_to: list[Destination] = field(default_factory=list)

    def told(self, item: CompletionEvent) -> CompletionEvent:
        """Return what is said by what answers then, with that."""
        match item:
            case Routed():
                route = item.route
                reasons = (f"an agent tried first: {reason}" for reason in self.reasons)
                sent_to = tuple(dict.fromkeys((*self.sent_to, *route.sent_to)))
                now = replace(route, reasons=(*reasons, *route.reasons), sent_to=sent_to)
                return replace(item, route=now)
            case Usage():
                return replace(item, cost_usd=item.cost_usd + self.cost_usd)
            case _:
                return item


AgentEvent = ToolEvent | Waiting | Clarify | Worked | GaveUp
"""What work reports; the last is `Worked`, `GaveUp`, or `Clarify` where the user must confirm a call."""
