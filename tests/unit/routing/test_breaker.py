"""The breaker, as a state machine: what opens it, who may probe, how long it stays open."""

import asyncio
from contextlib import aclosing

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from assistant.domain.answers import Destination
from assistant.domain.errors import (
    AssistantError,
    BudgetSpent,
    ContextOverflow,
    EgressForbidden,
    MalformedReply,
    ModelBusy,
    ModelMissing,
    ServiceUnavailable,
)
from assistant.routing.breaker import Breaker, BreakerState, BreakingModel, Pauses
from tests.unit.routing.scripted import HANG, ScriptedModel, events, request, saying

pytestmark = pytest.mark.anyio
LOCAL = Destination.LOCAL
DOWN = ServiceUnavailable("Ollama does not answer.")


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


class Breaking(RuleBasedStateMachine):
    """Requests come and go in any order while time passes."""

    @initialize(chance=st.floats(0, 1))
    def start(self, chance):
        self.clock = Clock()
        self.pauses = Pauses(failures=3, first_s=5, longest_s=60, jitter=0.2)
        self.breaker = Breaker(self.pauses, self.clock, lambda: chance)
        self.inside = []
        self.opened_at = None

    @rule()
    def enter(self):
        state = self.breaker.state
        try:
            attempt = self.breaker.enter()
        except ServiceUnavailable:
            assert state is not BreakerState.CLOSED
            return
        assert state is not BreakerState.OPEN
        self.inside.append((attempt, state))

    @rule(seconds=st.floats(0.1, 90))
    def wait(self, seconds):
        self.clock.now += seconds

    @precondition(lambda self: self.inside)
    @rule(data=st.data())
    def succeed(self, data):
        attempt, _ = self.leave(data)
        probing = attempt is self.breaker._probe
        self.breaker.answered(attempt)
        if probing:
            assert self.breaker.state is BreakerState.CLOSED

    @precondition(lambda self: self.inside)
    @rule(data=st.data())
    def fail(self, data):
        attempt, _ = self.leave(data)
        probing = attempt is self.breaker._probe
        self.breaker.failed(attempt, DOWN)
        if probing:
            assert self.breaker.state is BreakerState.OPEN

    @precondition(lambda self: self.inside)
    @rule(data=st.data(), kind=st.sampled_from([ContextOverflow, BudgetSpent, EgressForbidden]))
    def be_to_blame(self, data, kind):
        before = self.breaker.state
        attempt, _ = self.leave(data)
        self.breaker.failed(attempt, kind("the request's own fault"))
        assert self.breaker.state is before

    def leave(self, data):
        return self.inside.pop(data.draw(st.integers(0, len(self.inside) - 1)))

    @invariant()
    def only_one_probes(self):
        probes = [a for a, _ in self.inside if a is self.breaker._probe]
        assert len(probes) <= 1

    @invariant()
    def no_pause_is_longer_than_the_longest(self):
        left = (self.breaker._until or 0) - self.clock.now
        assert left <= self.pauses.longest_s * (1 + self.pauses.jitter) + 0.001


TestBreaking = Breaking.TestCase
TestBreaking.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def broken(times, error=DOWN, **given):
    clock = Clock()
    breaker = Breaker(Pauses(jitter=0, **given), clock)
    for _ in range(times):
        breaker.failed(breaker.enter(), error)
    return breaker, clock


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (ModelMissing("There is no such model"), BreakerState.OPEN),
        (ModelBusy("Slow down", retry_after_s=7), BreakerState.OPEN),
        (ModelBusy("It is full"), BreakerState.CLOSED),
        (DOWN, BreakerState.CLOSED),
        (MalformedReply("nonsense"), BreakerState.CLOSED),
    ],
)
def test_what_is_known_to_stay_opens_at_once(error, state):
    assert broken(1, error)[0].state is state


def test_failures_in_a_row_open_it_and_a_success_between_begins_anew():
    breaker, _ = broken(2)
    breaker.answered(breaker.enter())
    breaker.failed(breaker.enter(), DOWN)
    assert breaker.state is BreakerState.CLOSED
    assert broken(3)[0].state is BreakerState.OPEN


def test_a_server_that_names_its_pause_is_believed_within_the_longest():
    breaker, clock = broken(1, ModelBusy("Slow down", retry_after_s=30), first_s=5)
    clock.now = 29
    assert breaker.state is BreakerState.OPEN
    clock.now = 31
    assert breaker.state is BreakerState.HALF_OPEN
    breaker, clock = broken(1, ModelBusy("Slow down", retry_after_s=1e9), longest_s=60)
    clock.now = 61
    assert breaker.state is BreakerState.HALF_OPEN


def test_each_failed_probe_doubles_the_pause_and_a_good_one_forgets_it():
    breaker, clock = broken(3, first_s=5, longest_s=12)
    for pause in (5, 10, 12, 12):
        clock.now += pause - 0.5
        assert breaker.state is BreakerState.OPEN
        clock.now += 1
        breaker.failed(breaker.enter(), DOWN)
    clock.now += 13
    breaker.answered(breaker.enter())
    for _ in range(3):
        breaker.failed(breaker.enter(), DOWN)
    clock.now += 5.5
    assert breaker.state is BreakerState.HALF_OPEN


def test_a_refusal_repeats_why_the_model_is_left_alone():
    breaker, _ = broken(3)
    with pytest.raises(ServiceUnavailable, match=r"Ollama does not answer \(asked again in 5 s\)"):
        breaker.enter()


def test_a_refusal_does_not_repeat_what_a_server_said_of_somebody_elses_question():
    said = "Ollama sent something that is no JSON object: 'the offer for Contoso'"
    breaker, _ = broken(3, MalformedReply(said))
    with pytest.raises(ServiceUnavailable) as refused:
        breaker.enter()
    assert refused.value.message == (
        "Ollama sent something that is no JSON object (asked again in 5 s)"
    )


async def test_an_open_breaker_asks_nothing():
    model = ScriptedModel(LOCAL, [ModelMissing("It is not there")])
    breaking = BreakingModel(model)
    for _ in range(5):
        with pytest.raises(AssistantError):
            await events(breaking, request(LOCAL))
    assert len(model.asked) == 1


async def test_a_probe_that_the_user_cancels_lets_the_next_one_probe():
    model = ScriptedModel(LOCAL, [ModelMissing("It is not there")])
    clock = Clock()
    breaking = BreakingModel(model, Breaker(clock=clock))
    with pytest.raises(ModelMissing):
        await events(breaking, request(LOCAL))
    clock.now = 1000
    model.script = [HANG]
    probe = asyncio.create_task(events(breaking, request(LOCAL)))
    await model.hanging.wait()
    with pytest.raises(ServiceUnavailable):
        await events(breaking, request(LOCAL))
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    model.script = saying(LOCAL, "back").script
    assert await events(breaking, request(LOCAL))
    assert breaking.breaker.state is BreakerState.CLOSED


async def test_a_user_who_stops_halfway_counts_neither_way():
    breaking = BreakingModel(saying(LOCAL, "one", "two"))
    breaking.breaker.failed(breaking.breaker.enter(), DOWN)
    breaking.breaker.failed(breaking.breaker.enter(), DOWN)
    async with aclosing(breaking.stream(request(LOCAL))) as reply:
        await anext(reply)
    breaking.breaker.failed(breaking.breaker.enter(), DOWN)
    assert breaking.breaker.state is BreakerState.OPEN
