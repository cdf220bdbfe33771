"""What an error of OpenRouter's means, whatever its shape."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain.errors import AssistantError, ModelBusy
from assistant.routing.providers.openrouter.failures import Refusal, failure

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "code", "message", "metadata", "limit_source"]), inner
        )
    ),
    max_leaves=10,
)


@given(anything, st.integers(), st.text(), st.text())
def test_any_body_under_any_status_has_a_meaning_in_one_line(body, status, after, reset):
    headers = {"Retry-After": after, "X-RateLimit-Reset": reset}
    error = failure(Refusal.of(body, status, headers), "a/b")
    assert isinstance(error, AssistantError)
    assert 0 < len(error.message) < 500
    assert "\n" not in error.message
    if isinstance(error, ModelBusy) and error.retry_after_s is not None:
        assert 0 <= error.retry_after_s <= 86_400


@pytest.mark.parametrize("code", [429, "429", " 429 ", "rate_limit_exceeded"])
def test_a_code_may_be_a_number_or_a_word(code):
    assert isinstance(failure(Refusal.of({"code": code}), "a/b"), ModelBusy)


def wait(**headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return failure(Refusal.of({}, 429, named), "a/b").retry_after_s


def test_how_long_to_wait_is_read_in_every_form():
    soon = datetime.now(UTC) + timedelta(seconds=30)
    assert wait(Retry_After="3") == 3
    assert wait(retry_after="0") == 0
    assert wait(Retry_After="-5") == 0
    assert 20 < wait(Retry_After=format_datetime(soon, usegmt=True)) <= 30
    assert 20 < wait(X_RateLimit_Reset=str(int(soon.timestamp() * 1000))) <= 30
    assert 20 < wait(X_RateLimit_Reset=str(soon.timestamp())) <= 30
    assert wait(Retry_After="soon") is None
    assert wait(Retry_After="nan") is None
    assert wait() is None


def test_what_a_server_says_is_shown_on_one_line_without_keys_and_control_characters():
    said = "Bad key sk-or-v1-0123456789.\x1b[31m\r\nnext\u202e line"
    message = failure(Refusal.of({"message": said}, 401), "a/b").message
    assert message == "OpenRouter does not accept the key: Bad key a key [31m next line"
