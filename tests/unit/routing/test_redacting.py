"""What a cloud model is given of a sensitive question, what comes back, and what is refused."""

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain.answers import Destination, Evidence, Question, Route
from assistant.domain.completions import (
    CompletionRequest,
    Message,
    Routed,
    TextDelta,
    Usage,
    Waiting,
    collect,
)
from assistant.domain.errors import EgressForbidden, ServiceUnavailable
from assistant.domain.filings import Locator, Sensitivity
from assistant.domain.people import LOCAL_USER
from assistant.prompting import Prompts
from assistant.rag.answer import AnswerPrompt
from assistant.routing.chain import Chain, Link
from assistant.routing.redacting import RedactingModel
from assistant.routing.sensitivity import Detectors
from tests.unit.routing.conftest import DAY

pytestmark = pytest.mark.anyio
PROMPTS = Prompts(Path(__file__).parents[3] / "prompts")
BUILTIN, LOCAL, CLOUD = Destination
DETECTORS = Detectors.load(["Hartwell Trust"])
OUT = Route(Destination.CLOUD, ("a reason",), redacted=True)
PASSAGE = (
    "Call investor relations at +1 415 555 0100. Total revenue of Tarrowmere Systems was $412.6 "
    "million, as Maria Lopez signed before the announcement."
)
EVIDENCE = Evidence(PASSAGE, Locator("f", "Tarrowmere 10-K", 3, "", 0, 9), "Tarrowmere", label="E1")


@dataclass
class Echo:
    """A cloud model that says back what it was asked, `size` characters a piece; it may break off."""

    size: int = 3
    breaks: bool = False
    got: list[CompletionRequest] = field(default_factory=list)

    async def stream(self, request):
        self.got.append(request)
        yield Waiting("the model is being asked")
        yield Routed(Route(Destination.CLOUD, ()))
        text = request.question
        for at in range(0, len(text), self.size):
            yield TextDelta(text[at : at + self.size])
        if self.breaks:
            raise ServiceUnavailable("the line was cut")
        yield Usage("echo")

    @property
    def seen(self):
        return repr(self.got)


class Silent(Echo):
    async def stream(self, request):
        self.got.append(request)
        raise ServiceUnavailable("nobody answers")
        yield


@dataclass
class Scripted:
    routed: Routed

    async def stream(self, request):
        yield self.routed
        yield Usage("scripted")


def asked(text, evidence=(EVIDENCE,), route=OUT, conversation=""):
    question = Question(text, LOCAL_USER, DAY)
    request = AnswerPrompt(PROMPTS).request(question, text, evidence)
    values = {name: getattr(request, name) for name in request.__slots__}
    values |= {
        "sensitivity": Sensitivity.RESTRICTED,
        "route": route,
        "conversation_id": conversation,
    }
    return CompletionRequest(**values)


def model(behind):
    return RedactingModel(behind, DETECTORS, PROMPTS.render("redacted"))


async def test_identifiers_stay_here_and_stand_in_the_answer_again():
    text = (
        "Hartwell Trust (m.lopez@example.com, DE89370400440532013000, account 88213377): what was "
        "the revenue of Tarrowmere Systems? Tell Jane Doe at 88213377."
    )
    echo = Echo()
    reply = await collect(model(echo).stream(asked(text)))
    assert reply.text == text
    for secret in ("Hartwell", "lopez@", "DE8937", "88213377", "Jane", "Doe"):
        assert secret not in echo.seen
    [got] = echo.got
    assert got.question == (
        "[NAME_1] ([EMAIL_1], [IBAN_1], account [ACCOUNT_NUMBER_1]): what was the revenue of "
        "Tarrowmere Systems? Tell [NAME_2] at [ACCOUNT_NUMBER_1]."
    )
    assert "[EMAIL_1]" in got.messages[0].content  # what placeholders are is said first
    assert got.sensitivity is Sensitivity.PUBLIC


async def test_a_passage_is_left_as_it_is_except_for_what_the_user_wrote():
    echo = Echo()
    await collect(model(echo).stream(asked("What did Maria Lopez sign? Mail a.b@example.com")))
    [got] = echo.got
    assert "+1 415 555 0100" in got.messages[-1].content
    assert "before the announcement" in got.messages[-1].content
    mentioned = asked("Who is at +1 415 555 0100?")
    await collect(model(echo).stream(mentioned))
    assert "555 0100" not in repr(echo.got[1])


@pytest.mark.parametrize(
    "secret",
    [
        "I hold 500 shares of Ford",
        "we plan to sell 20k GM on Monday",
        "the numbers before the announcement",
        "the vendor login is bob / Sommer2024!",
        "my wife was diagnosed with diabetes",
        "I live at 12 Rosewood Lane",
        "our factor is 0.6*value - 0.4*momentum",
        "m y   p o s i t i o n s",
    ],
)
async def test_what_no_placeholder_covers_is_refused_before_a_byte_is_sent(secret):
    echo = Echo()
    with pytest.raises(EgressForbidden, match="not sent"):
        await collect(model(echo).stream(asked(f"Mail a.b@example.com. {secret}. Explain why.")))
    assert echo.got == []


async def test_a_question_too_long_to_be_read_is_refused():
    echo = Echo()
    with pytest.raises(EgressForbidden, match="too long"):
        await collect(model(echo).stream(asked("what is revenue " * 2_000 + "a.b@example.com")))
    assert echo.got == []


async def test_a_secret_that_a_passage_seems_to_quote_is_still_read():
    """A file named or worded like a part of a secret must not cut that secret in two."""
    short = Evidence("4111", Locator("f", "4111", 1, "", 0, 4), "4111", label="E1")
    echo = Echo()
    await collect(model(echo).stream(asked("pay 4111 1111 1111 1111", evidence=(short,))))
    assert "1111 1111" not in echo.seen


async def test_labels_still_govern_the_passages():
    internal = Evidence(PASSAGE, EVIDENCE.locator, sensitivity=Sensitivity.CONFIDENTIAL, label="E1")
    echo = Echo()
    await collect(model(echo).stream(asked("mail a.b@example.com", evidence=(internal,))))
    assert echo.got[0].sensitivity is Sensitivity.CONFIDENTIAL


@pytest.mark.parametrize(
    "route", [None, Route(Destination.CLOUD, ()), Route(Destination.LOCAL, ())]
)
async def test_without_a_decision_to_redact_the_request_goes_on_restricted(route):
    echo = Echo()
    request = asked("mail a.b@example.com", route=route)
    await collect(model(echo).stream(request))
    assert echo.got == [request]
    assert request.sensitivity is Sensitivity.RESTRICTED


async def test_a_conversation_keeps_its_placeholders_and_no_other_one_has_them():
    echo = Echo()
    redacting = model(echo)
    for text, conversation in [
        ("a.b@example.com", "one"),
        ("c.d@example.com or a.b@example.com", "one"),
        ("c.d@example.com", "two"),
        ("[EMAIL_1]", "two"),
    ]:
        await collect(redacting.stream(asked(text, conversation=conversation)))
    said = [got.question for got in echo.got]
    assert said == ["[EMAIL_1]", "[EMAIL_2] or [EMAIL_1]", "[EMAIL_1]", "[TEXT_1]"]


async def test_a_reply_that_breaks_off_gives_back_what_it_held():
    text, shown = "mail a.b@example.com [EM", []
    with pytest.raises(ServiceUnavailable):
        await _read(model(Echo(size=7, breaks=True)).stream(asked(text)), shown)
    assert "".join(shown) == text


async def _read(stream, shown):
    async for event in stream:
        if isinstance(event, TextDelta):
            shown.append(event.text)


IDENTIFIERS = ["m.lopez@example.com", "DE89370400440532013000", "4111 1111 1111 1111",
               "523-45-6789", "+1 415 555 0132"]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from(IDENTIFIERS), min_size=1, max_size=3),
    st.text(alphabet=st.sampled_from("abc .,;:()[]_E\n"), max_size=30),
    st.integers(1, 9),
)
@pytest.mark.anyio
async def test_whatever_stands_around_an_identifier_it_is_hidden_or_nothing_is_sent(
    secrets, around, size
):
    text = "".join(f"{around} {secret} " for secret in secrets) + around
    echo = Echo(size)
    try:
        reply = await collect(model(echo).stream(asked(text)))
    except EgressForbidden:
        assert echo.got == []
    else:
        assert reply.text == text
        assert not any(secret in echo.seen for secret in secrets)


@pytest.mark.parametrize("label", ["E4821", "E1007"])
async def test_nothing_of_our_own_prompts_is_taken_for_a_secret_or_hidden(label):
    many = tuple(replace(EVIDENCE, label=key, header="Short") for key in (label, "E9137"))
    echo = Echo()
    await collect(model(echo).stream(asked("What was revenue? Mail a.b@example.com", many)))
    [got] = echo.got
    assert set(re.findall(r"\[[A-Z_]+_\d+\]", repr(got.messages[1:]))) == {"[EMAIL_1]"}
    assert all(key in got.messages[-1].content for key in (label, "E9137"))


def test_messages_are_text_only():
    """A message with other parts than text would pass unread; then this module must learn them."""
    assert Message.__annotations__["content"] is str


async def test_nobody_behind_it_can_write_the_question_anew():
    """A model that drops evidence renders its messages again, from the text that was hidden."""
    echo = Echo()
    await collect(model(echo).stream(asked("What of account 88213377?")))
    assert echo.got[0].giving(echo.got[0].evidence) is None


async def test_the_chain_offers_a_redacted_request_to_the_cloud_and_then_to_others_as_it_was():
    cloud, broken, local = Echo(), Silent(), Echo()
    text = "mail a.b@example.com what revenue was"
    here = Link(LOCAL, "l", local)
    reply = await collect(Chain((Link(CLOUD, "c", model(cloud)), here)).stream(asked(text)))
    assert (reply.text, local.got) == (text, [])
    assert "example.com" not in cloud.seen

    await collect(Chain((Link(CLOUD, "c", model(broken)), here)).stream(asked(text)))
    assert "example.com" not in broken.seen
    assert local.got[0].question == text

    kept = asked(text, (replace(EVIDENCE, sensitivity=Sensitivity.INTERNAL),))
    await collect(Chain((Link(CLOUD, "c", model(cloud)), here)).stream(kept))
    assert (len(cloud.got), len(local.got)) == (1, 2)


async def test_evidence_that_the_model_had_no_room_for_is_named_as_it_is():
    other = replace(EVIDENCE, label="E2")
    routed = Routed(Route(CLOUD, ()), (replace(EVIDENCE, text="hidden"),))
    request = asked("mail a.b@example.com", (EVIDENCE, other))
    events = [event async for event in model(Scripted(routed)).stream(request)]
    assert events[0].evidence == (EVIDENCE,)
