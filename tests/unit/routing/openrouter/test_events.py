"""The events of a stream, however its bytes are cut."""

import itertools
import json
from decimal import Decimal

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.errors import MalformedReply, ServiceFailed, ServiceUnavailable
from assistant.routing.providers.openrouter.events import Events

DONE = b"data: [DONE]\n\n"


class Blocks(httpx.AsyncByteStream):
    def __init__(self, blocks):
        self.blocks = blocks

    async def __aiter__(self):
        for block in self.blocks:
            yield block


def finished(nothing_to_wait_for):
    with pytest.raises(StopIteration) as ended:
        nothing_to_wait_for.send(None)
    return ended.value.value


def read(*blocks):
    async def whole():
        return b"".join([block async for block in Events(Blocks(blocks))])

    said = finished(whole()).split(b"\n\n")
    return [json.loads(one[6:]) if one != DONE.strip() else "DONE" for one in said if one]


def event(content="Apple", **more):
    return {
        "id": "g",
        "model": "m",
        "choices": [{"index": 0, "delta": {"content": content}}],
    } | more


def sent(*events, ending=DONE, separator=b"\n\n"):
    return b"".join(b"data: " + json.dumps(one).encode() + separator for one in events) + ending


@given(
    texts=st.lists(st.text(), min_size=1, max_size=5),
    cuts=st.lists(st.integers(0, 2000), max_size=8),
    separator=st.sampled_from([b"\n\n", b"\r\n\r\n", b"\n: OPENROUTER PROCESSING\n\n"]),
)
def test_the_text_is_the_same_wherever_the_bytes_are_cut(texts, cuts, separator):
    whole = sent(*(event(text) for text in texts), separator=separator)
    places = sorted({0, len(whole), *(cut % len(whole) for cut in cuts)})
    blocks = [whole[a:b] for a, b in itertools.pairwise(places)]
    *events, done = read(*blocks)
    assert [one["choices"][0]["delta"]["content"] for one in events] == texts
    assert done == "DONE"


@given(st.lists(st.binary(max_size=200), max_size=6))
def test_any_bytes_are_events_or_an_error_of_ours(blocks):
    try:
        read(b"data: ", *blocks, b"\n")
    except ServiceFailed as error:
        assert isinstance(error, MalformedReply | ServiceUnavailable)  # noqa: PT017


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("id", "model", "choices", "usage", "error"), json_values)))  # fmt: skip
def test_any_event_is_read_or_an_error_of_ours(values):
    try:
        [said, _done] = read(sent(values))
    except MalformedReply:
        return
    assert "error" in said or isinstance(said["choices"], list)


@given(st.decimals(min_value=0, max_value=1000, allow_nan=False, allow_infinity=False, places=18))
def test_a_cost_keeps_every_digit_it_was_written_with(cost):
    usage = f'{{"prompt_tokens": 1, "completion_tokens": 2, "cost": {cost:f}}}'.encode()
    [said, _done] = read(b'data: {"choices": [], "usage": ' + usage + b"}\n\n" + DONE)
    assert Decimal(said["usage"]["cost"]) == cost


def test_the_reason_to_finish_is_said_once_though_it_is_sent_twice():
    finishing = event("", choices=[{"delta": {"content": ""}, "finish_reason": "stop"}])
    said = read(sent(event(), finishing, finishing | {"usage": {"prompt_tokens": 1}}))
    reasons = [one["choices"][0]["finish_reason"] for one in said[:-1]]
    assert reasons == [None, "stop", None]


@pytest.mark.parametrize(("ending", "whole"), [
    (DONE, True),
    (b"data: [DONE]", True),
    (b'data: {"choices": [], "usage": {"prompt_tokens": 1}}\n\n', True),
    (b'data: {"choices": [], "usage": null}\n\n', False),
    (b"", False),
    (b": OPENROUTER PROCESSING\n\n", False),
])  # fmt: skip
def test_a_stream_ends_with_done_or_with_a_usage(ending, whole):
    if whole:
        assert read(sent(event(), ending=ending))
    else:
        with pytest.raises(ServiceUnavailable, match="broke in the middle"):
            read(sent(event(), ending=ending))
