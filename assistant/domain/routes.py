"""Where a question is answered: the destinations, the decision, and what is told while it waits.

Below answers and completions, so that what a database answered can stand in an answer.
"""

from dataclasses import dataclass
from enum import StrEnum

from assistant.domain.routing import Reading


class Destination(StrEnum):
    """Where a completion is made."""

    BUILTIN = "builtin"
    LOCAL = "local"
    CLOUD = "cloud"

    @property
    def words(self) -> str:
        """What answers there, as a sentence names it."""
        return "the built-in answerer" if self is Destination.BUILTIN else f"the {self.value} model"


@dataclass(frozen=True, slots=True)
class Route:
    """Where a question was sent, and why, in words a user can read.

    `reading` is what the router read it as; None where no router looked. A `redacted` one goes to the
    cloud with placeholders for what is sensitive in it, or not at all. `sent_to` are the places that
    were given the prompt, also those that did not answer.
    """

    destination: Destination
    reasons: tuple[str, ...]
    reading: Reading | None = None
    redacted: bool = False
    sent_to: tuple[Destination, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """Why nothing is there yet, for the user to read: "loading qwen3:8b ...". Stands before `Routed`.

    `sent_to` is where the prompt goes at this moment, where it leaves for another place.
    """

    text: str
    sent_to: Destination | None = None
