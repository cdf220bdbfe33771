"""A call that the user allows comes back as it was shown."""

import pytest
from pydantic import ValidationError

from assistant.api.schemas import AskRequest
from assistant.domain.answers import Choice, Clarification, ToolCall
from assistant.wire import clarification_json

CALL = ToolCall("send_mail", '{"text": "the figures"}')
ASKED = Clarification("May it?", (Choice("Do it", "Why?", allows=CALL), Choice("Don't", "Why?")))


def test_what_a_choice_allows_is_sent_back_as_it_came():
    go, leave = clarification_json(ASKED)["choices"]
    body = AskRequest.model_validate({"question": "Why?", "allowed": go["allows"]})
    assert [one.call() for one in body.allowed] == [CALL]
    assert leave["allows"] == []


@pytest.mark.parametrize(
    "allowed", ["rm", [{"tool": "rm"}], [{"tool": "rm", "arguments": {}}], [{}] * 5]
)
def test_what_is_no_call_is_refused(allowed):
    with pytest.raises(ValidationError):
        AskRequest.model_validate({"question": "Why?", "allowed": allowed})
