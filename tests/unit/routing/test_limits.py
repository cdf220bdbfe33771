"""The queue: how many at once, in which order, what a user who waits reads."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.answers import Destination
from assistant.domain.completions import Waiting
from assistant.domain.errors import ModelBusy
from assistant.routing.limits import QueuedModel, Slots
from tests.unit.routing.scripted import HANG, ScriptedModel, events, request, saying

pytestmark = pytest.mark.anyio
LOCAL = Destination.LOCAL


@given(
    at_once=st.integers(1, 4),
    per_user=st.integers(1, 3),
    waiting=st.integers(0, 6),
    steps=st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 9)), max_size=60),
)
def test_no_limit_is_ever_passed_and_no_free_slot_is_left(at_once, per_user, waiting, steps):
    slots, inside = Slots(at_once, per_user, waiting), []
    for user, leaving in steps:
        if leaving < 5 and leaving < len(inside):
            slots.leave(inside.pop(leaving))
        else:
            try:
                inside.append(slots.enter(user))
            except ModelBusy:
                assert sum(not ticket.served for ticket in inside) == waiting
        served = Counter(ticket.user for ticket in inside if ticket.served)
        queued = [ticket for ticket in inside if not ticket.served]
        assert served.total() <= at_once
        assert max(served.values(), default=0) <= per_user
        assert len(queued) <= waiting
        assert sorted(map(slots.before, queued)) == list(range(len(queued)))
        if served.total() < at_once:
            assert all(served[ticket.user] == per_user for ticket in queued)
    while inside:
        slots.leave(inside.pop())
    assert slots.enter("d").served


def test_users_take_turns():
    slots = Slots(1, 1, 20)
    first = slots.enter("ann")
    anns = [slots.enter("ann") for _ in range(3)]
    bob, cid = slots.enter("bob"), slots.enter("cid")
    assert [slots.before(ticket) for ticket in (bob, cid, *anns)] == [0, 1, 2, 3, 4]
    served = []
    for _ in range(5):
        slots.leave(first)
        first = next(t for t in (*anns, bob, cid) if t.served and t not in served)
        served.append(first)
    assert served == [bob, cid, *anns]


async def test_the_place_is_shown_and_shown_again_when_it_changes():
    slots = Slots(1, 1, 20)
    ahead = [slots.enter(user) for user in "abc"]
    model = QueuedModel(saying(LOCAL, "done"), slots)
    shown = []

    async def ask():
        async for event in model.stream(request(LOCAL, user="d")):
            shown.append(event.text if isinstance(event, Waiting) else type(event).__name__)

    task = asyncio.create_task(ask())
    for ticket in ahead:
        await asyncio.sleep(0.01)
        slots.leave(ticket)
    await task
    assert shown == [
        "2 questions are before yours",
        "1 question is before yours",
        "your question is next",
        "Routed",
        "TextDelta",
        "Usage",
    ]


async def test_a_full_queue_turns_away_at_once():
    slots = Slots(1, 1, 1)
    model = QueuedModel(saying(LOCAL, "done"), slots)
    first, second = slots.enter("a"), slots.enter("b")
    with pytest.raises(ModelBusy, match="1 question"):
        await events(model, request(LOCAL))
    slots.leave(second)
    slots.leave(first)
    assert await events(model, request(LOCAL))


async def test_who_stops_leaves_the_queue_and_frees_the_slot():
    slots = Slots(1, 1, 5)
    hanging = ScriptedModel(LOCAL, [HANG])
    tasks = [
        asyncio.create_task(events(QueuedModel(hanging, slots), request(LOCAL, user=user)))
        for user in "abc"
    ]
    await hanging.hanging.wait()
    for task in (tasks[1], tasks[0], tasks[2]):
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert slots.enter("d").served


async def test_a_model_that_fails_frees_its_slot():
    slots = Slots(1, 1, 0)
    model = QueuedModel(ScriptedModel(LOCAL, [ModelBusy("It is full")]), slots)
    for _ in range(3):
        with pytest.raises(ModelBusy, match="It is full"):
            await events(model, request(LOCAL))
