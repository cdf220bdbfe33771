"""The fields that a line of a batch may carry."""

import pytest

from assistant.cli.batch import texts
from assistant.domain.errors import InvalidRequest


def test_the_questions_before_are_read_in_order_and_may_be_missing():
    assert texts({"previous": ["first?", "second?"]}, "previous") == ["first?", "second?"]
    assert texts({}, "previous") == []
    assert texts({"previous": None}, "previous") == []


@pytest.mark.parametrize("given", ["one text", [1], {"text": "a"}])
def test_anything_but_a_list_of_texts_is_refused(given):
    with pytest.raises(InvalidRequest, match="'previous' is not a list of texts"):
        texts({"previous": given}, "previous")
