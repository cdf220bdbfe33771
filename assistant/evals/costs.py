"""What a day of messages costs: the router decides each as configured, a price says the rest.

No model is asked, so the tokens of an answer are assumed by what the message takes. The prompts were
measured: the mean of `Answer.prompt_tokens` over the messages of `routing/messages.jsonl` (dev half) for
which something was found in a store of eight annual reports (docs/evaluation.md). The completions are a
choice, and an answer is one call of a model. "All-cloud" sends every message to the cloud model, also
those that may not leave.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal

from assistant.domain.answers import Destination, EarlierTurn, Question
from assistant.domain.costs import Price
from assistant.domain.people import LOCAL_USER
from assistant.domain.routing import Complexity, Intent, Reading
from assistant.evals.routing import Sent
from assistant.ports import Router
from assistant.wire import Json

_TALK = frozenset({Intent.CHIT_CHAT, Intent.HELP})


@dataclass(frozen=True, slots=True)
class Took:
    """Tokens that an answer takes: read and written."""

    prompt: int
    completion: int


TALK = Took(540, 60)
LOOK_UP = Took(8_600, 300)
REASONING = Took(8_200, 800)
ASSUMED = {"talk": TALK, "look-up": LOOK_UP, "reasoning": REASONING}


@dataclass(frozen=True, slots=True)
class DayCost:
    """What a dataset costs.

    Args:
        n: Messages.
        went: How many went where.
        cost_usd: Of the messages that went to the cloud.
        all_cloud_usd: Had all gone there.
    """

    n: int
    went: Counter[Destination]
    cost_usd: Decimal
    all_cloud_usd: Decimal

    @property
    def metrics(self) -> dict[str, float]:
        """The figures: shares from 0 to 1, money in US dollars."""
        saved = self.all_cloud_usd - self.cost_usd
        return {
            "share_without_cloud": round(1 - self.went[Destination.CLOUD] / self.n, 4),
            **{place.value: self.went[place] for place in Destination},
            "cost_usd": round(float(self.cost_usd), 4),
            "all_cloud_usd": round(float(self.all_cloud_usd), 4),
            "saving_usd": round(float(saved), 4),
            "saving_share": round(float(saved / self.all_cloud_usd), 4) if saved else 0.0,
        }


def assumed(reading: Reading) -> Took:
    """Return what an answer to a message is assumed to take."""
    if reading.intent in _TALK:
        return TALK
    return REASONING if reading.complexity is Complexity.COMPLEX else LOOK_UP


async def cost_of(router: Router, messages: Sequence[Sent], price: Price, day: date) -> DayCost:
    """Route every message and add up.

    Args:
        router: As configured.
        messages: At least one.
        price: Of the cloud model.
        day: When they are asked.
    """
    went: Counter[Destination] = Counter()
    cost = everything = Decimal(0)
    for message in messages:
        history = tuple(map(EarlierTurn, message.previous))
        question = Question(message.text, LOCAL_USER, day, history=history)
        reading = await router.read(question)
        place = router.decide(reading, question).destination
        took = assumed(reading)
        usd = price.of(took.prompt, took.completion)
        went[place] += 1
        everything += usd
        cost += usd if place is Destination.CLOUD else 0
    return DayCost(len(messages), went, cost, everything)


def cost_json(dataset: str, result: DayCost, model: str, price: Price, seconds: float) -> Json:
    """Return the contract's JSON of a dataset, and what was assumed."""
    return {
        "dataset": dataset,
        "n": result.n,
        "metrics": result.metrics,
        "model": model,
        "price": {
            "prompt_usd": str(price.prompt_usd),
            "completion_usd": str(price.completion_usd),
        },
        "assumed": {name: asdict(took) for name, took in ASSUMED.items()},
        "seconds": seconds,
    }
