"""The chain: which models are asked in which order, and what the user reads when one fails."""

import asyncio
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.answers import Destination
from assistant.domain.completions import Routed, Task, TextDelta, Usage, Waiting, collect
from assistant.domain.errors import (
    BudgetSpent,
    ContextOverflow,
    EgressForbidden,
    MalformedReply,
    ModelBusy,
    ModelMissing,
    ServiceUnavailable,
)
from assistant.domain.filings import Sensitivity
from assistant.routing.chain import Chain, Link
from tests.unit.routing.scripted import HANG, ScriptedModel, events, failing, request, saying

pytestmark = pytest.mark.anyio
CLOUD, LOCAL, BUILTIN = Destination.CLOUD, Destination.LOCAL, Destination.BUILTIN
LATE = ServiceUnavailable("The cloud model sent nothing for 20 s")


def chain(cloud=None, local=None, **more):
    links = (
        Link(CLOUD, "big", cloud or saying(CLOUD, "from the cloud")),
        Link(LOCAL, "small", local or saying(LOCAL, "from here")),
        Link(BUILTIN, "builtin", saying(BUILTIN, "quoted")),
    )
    return Chain(links, **more)


@pytest.mark.parametrize("decided", [CLOUD, LOCAL, BUILTIN, None])
async def test_the_decided_model_answers_and_no_other_is_asked(decided):
    asked = chain()
    reply = await collect(asked.stream(request(decided)))
    assert reply.route.destination is (decided or BUILTIN)
    assert reply.route.reasons == ()
    assert sum(len(link.model.asked) for link in asked.links) == 1


@pytest.mark.parametrize(
    "error",
    [
        LATE,
        ModelBusy("It is full"),
        ModelMissing("The key is not accepted"),
        ContextOverflow("It is too long"),
        BudgetSpent("The budget of today is spent"),
        EgressForbidden("This may not leave"),
        MalformedReply("It said nonsense"),
    ],
)
async def test_a_failure_before_the_first_word_goes_on_and_says_why(error):
    reply = await collect(chain(cloud=failing(CLOUD, error)).stream(request(CLOUD)))
    assert reply.text == "from here"
    [reason] = reply.route.reasons
    assert reason.endswith(", so the local model answers")
    assert error.message.split()[-1] in reason


async def test_two_failures_end_at_the_built_in_answerer_with_both_reasons():
    asked = chain(failing(CLOUD, LATE), failing(LOCAL, ModelMissing("No model is loaded.")))
    reply = await collect(asked.stream(request(CLOUD)))
    assert reply.route.destination is BUILTIN
    assert reply.route.reasons == (
        "the cloud model sent nothing for 20 s and no model is loaded, "
        "so the built-in answerer answers",
    )


@pytest.mark.parametrize(
    "silent",
    [
        [],
        [Usage("m")],
        [Routed(request(CLOUD).route), TextDelta("  \n"), Usage("m")],
        [Routed(request(CLOUD).route), TextDelta(" "), LATE],
    ],
)
async def test_a_reply_without_a_word_is_no_reply(silent):
    got = await events(chain(cloud=ScriptedModel(CLOUD, silent)), request(CLOUD))
    assert [type(event) for event in got] == [Routed, TextDelta, Usage]
    assert got[1] == TextDelta("from here")


async def test_a_server_that_sends_blanks_without_end_is_left():
    blanks = ScriptedModel(
        CLOUD, [Routed(request(CLOUD).route), *[TextDelta(" " * 1000)] * 99, HANG]
    )
    reply = await collect(chain(cloud=blanks).stream(request(CLOUD)))
    assert reply.text == "from here"


async def test_after_the_first_word_the_text_stays_and_says_that_it_breaks_off():
    broken = saying(CLOUD, "Net sales were")
    broken.script[-1] = ServiceUnavailable("The cloud model stopped sending.")
    asked = chain(cloud=broken)
    reply = await collect(asked.stream(request(CLOUD)))
    assert reply.text == "Net sales were"
    assert reply.usage.model == "big"
    assert reply.usage.interrupted == "The answer breaks off here: the cloud model stopped sending."
    assert not asked.links[1].model.asked


async def test_a_local_question_never_goes_up_to_the_cloud():
    asked = chain(local=failing(LOCAL, LATE))
    reply = await collect(asked.stream(request(LOCAL)))
    assert reply.route.destination is BUILTIN
    assert not asked.links[0].model.asked


@given(
    sensitivity=st.sampled_from(Sensitivity),
    lets_out=st.sampled_from(Sensitivity),
    decided=st.sampled_from(Destination),
    task=st.sampled_from(Task),
    broken=st.booleans(),
)
def test_a_label_that_stays_here_reaches_no_cloud_model(
    sensitivity, lets_out, decided, task, broken
):
    asked = chain(local=failing(LOCAL, LATE) if broken else None, lets_out=lets_out)
    wanted = replace(request(decided, sensitivity=sensitivity), task=task)

    async def run():
        try:
            return (await collect(asked.stream(wanted))).route.destination
        except (ServiceUnavailable, EgressForbidden):
            return None

    went = asyncio.run(run())
    order = list(Sensitivity)
    stays = sensitivity is Sensitivity.RESTRICTED or order.index(sensitivity) > order.index(
        lets_out
    )
    if stays or decided is not CLOUD:
        assert not asked.links[0].model.asked
        assert went is not CLOUD
    if task is Task.ANSWER:
        assert went is not None


@pytest.mark.parametrize("decided", [CLOUD, LOCAL])
async def test_without_evidence_no_language_model_is_asked(decided):
    asked = chain()
    reply = await collect(asked.stream(request(decided, evidence=())))
    assert reply.route.destination is BUILTIN
    assert "nothing was found to answer from" in reply.route.reasons[0]
    assert not asked.links[0].model.asked
    assert not asked.links[1].model.asked


async def test_a_repair_is_for_the_model_that_answered_and_for_no_other():
    asked = chain(local=failing(LOCAL, LATE))
    with pytest.raises(ServiceUnavailable):
        await collect(asked.stream(replace(request(LOCAL), task=Task.REPAIR)))
    assert not asked.links[2].model.asked


async def test_a_model_that_is_not_set_up_is_named_with_its_setting():
    links = (Link(CLOUD, "big", None, "no key is set"), *chain().links[1:])
    reply = await collect(Chain(links).stream(request(CLOUD)))
    assert reply.route.reasons == ("no key is set, so the local model answers",)


async def test_the_time_limit_leaves_a_model_that_hangs_for_the_built_in_answerer():
    asked = chain(ScriptedModel(CLOUD, [HANG]), ScriptedModel(LOCAL, [HANG]), limit_s=0.1)
    reply = await collect(asked.stream(request(CLOUD)))
    assert reply.text == "quoted"
    assert "the cloud model was not done within 0.1 s" in reply.route.reasons[0]
    assert [link.model.closed for link in asked.links[:2]] == [1, 1]


async def test_the_time_limit_ends_a_reply_that_stalls_halfway():
    reply = await collect(chain(saying(CLOUD, "Net", HANG), limit_s=0.2).stream(request(CLOUD)))
    assert reply.text == "Net"
    assert "not done within 0.2 s" in reply.usage.interrupted


async def test_a_user_who_leaves_closes_the_model_and_no_other_is_asked():
    cloud = ScriptedModel(CLOUD, [Waiting("asking"), HANG])
    asked = chain(cloud=cloud)

    async def read():
        return await events(asked, request(CLOUD))

    task = asyncio.create_task(read())
    await cloud.hanging.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert cloud.closed == 1
    assert not asked.links[1].model.asked


async def test_the_route_remembers_who_was_given_the_prompt():
    silent = ScriptedModel(CLOUD, [Waiting("asking big", sent_to=CLOUD), LATE])
    reply = await collect(chain(cloud=silent).stream(request(CLOUD)))
    assert reply.route.destination is LOCAL
    assert reply.route.sent_to == (CLOUD,)
    refused = failing(CLOUD, BudgetSpent("It is spent"))
    reply = await collect(chain(cloud=refused).stream(request(CLOUD)))
    assert reply.route.sent_to == ()


async def test_what_a_model_was_given_of_the_evidence_is_passed_on():
    narrow = saying(LOCAL, "from here")
    narrow.script[0] = replace(narrow.script[0], evidence=())
    routed, *_ = await events(chain(local=narrow), request(LOCAL))
    assert routed.evidence == ()


async def absent():
    raise ServiceUnavailable("Nothing listens there")


async def present():
    return None


@pytest.mark.parametrize(
    ("decided", "cloud", "local", "expected"),
    [
        (CLOUD, True, present, CLOUD),
        (CLOUD, False, present, LOCAL),
        (CLOUD, False, absent, BUILTIN),
        (LOCAL, True, present, LOCAL),
        (LOCAL, True, absent, BUILTIN),
        (BUILTIN, True, present, BUILTIN),
    ],
)
async def test_where_an_answer_is_expected_is_told_without_asking_a_model(
    decided, cloud, local, expected
):
    links = (
        Link(CLOUD, "big", saying(CLOUD, "from the cloud") if cloud else None, "no key"),
        Link(LOCAL, "small", saying(LOCAL, "from here"), looked_for=local),
        Link(BUILTIN, "builtin", saying(BUILTIN, "quoted")),
    )
    assert await Chain(links).expected(decided) is expected
    assert [link.model.asked for link in links if link.model] == [[]] * (3 - (not cloud))
