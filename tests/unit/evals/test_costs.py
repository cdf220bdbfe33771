"""A day of messages is priced by where the router sends each."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest

from assistant.domain.answers import Destination, Route
from assistant.domain.costs import Price
from assistant.domain.errors import InvalidRequest
from assistant.domain.routing import Complexity, Intent, Reading
from assistant.evals.costs import LOOK_UP, REASONING, TALK, cost_of
from assistant.evals.routing import RoutingCase, Sent, read_messages

pytestmark = pytest.mark.anyio
PRICE = Price(Decimal("0.000003"), Decimal("0.000015"))
READ = {
    "hi": Reading(Intent.CHIT_CHAT, 1, Complexity.SIMPLE),
    "sales?": Reading(Intent.FILING_QA, 1, Complexity.SIMPLE),
    "why?": Reading(Intent.DEBATE, 1, Complexity.COMPLEX),
}


@dataclass(frozen=True)
class Complex:
    """A router that sends what is complex to the cloud."""

    async def read(self, question):
        return READ[question.text]

    def decide(self, reading, question, label=None):
        hard = reading.complexity is Complexity.COMPLEX
        return Route(Destination.CLOUD if hard else Destination.LOCAL, ("said so",))


def price(took):
    return PRICE.of(took.prompt, took.completion)


async def test_only_what_goes_to_the_cloud_costs():
    sent = [Sent(id=str(n), text=text) for n, text in enumerate([*READ, "sales?"])]
    day = await cost_of(Complex(), sent, PRICE, date(2026, 11, 20))
    assert day.cost_usd == price(REASONING)
    assert day.all_cloud_usd == price(TALK) + 2 * price(LOOK_UP) + price(REASONING)
    told = day.metrics
    assert (told["share_without_cloud"], told["local"], told["cloud"]) == (0.75, 3, 1)
    assert told["saving_share"] == pytest.approx(
        1 - float(day.cost_usd / day.all_cloud_usd), abs=1e-4
    )


async def test_a_day_without_the_router_s_cloud_saves_everything_and_one_of_it_nothing():
    here = await cost_of(Complex(), [Sent(id="1", text="hi")], PRICE, date(2026, 11, 20))
    there = await cost_of(Complex(), [Sent(id="1", text="why?")], PRICE, date(2026, 11, 20))
    assert (here.metrics["cost_usd"], here.metrics["saving_share"]) == (0, 1)
    assert (there.metrics["saving_usd"], there.metrics["saving_share"]) == (0, 0)


def test_messages_need_no_labels_where_none_are_used(tmp_path):
    path = tmp_path / "day.jsonl"
    path.write_text('{"id": "1", "text": "hi", "previous": "gm"}\n\n')
    assert read_messages(path, Sent) == [Sent(id="1", text="hi", previous=("gm",))]
    with pytest.raises(InvalidRequest, match="line 1: intent"):
        read_messages(path, RoutingCase)
