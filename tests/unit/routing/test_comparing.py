"""A comparison is computed in front of the model; everything else reaches the model unchanged."""

import pytest

from assistant.domain.answers import Destination
from assistant.domain.comparisons import Comparison
from assistant.domain.completions import CompletionRequest, Task, collect
from assistant.domain.filings import Sensitivity
from assistant.routing.comparing import ComparingModel
from assistant.routing.providers.builtin import BuiltinModel

pytestmark = pytest.mark.anyio
PLAN = Comparison(("revenue",), "Company", ("A", "B"), ("FY2024",), (), ())


def request(comparison):
    return CompletionRequest(
        Task.ANSWER, "Compare A and B", (), (), Sensitivity.PUBLIC, comparison=comparison
    )


def model(*table):
    behind = BuiltinModel(lambda question, evidence: ["said by the model behind"])
    return ComparingModel(behind, lambda comparison, evidence: table)


async def test_a_table_is_given_without_asking_the_model_behind():
    reply = await collect(model("| table |", "rows").stream(request(PLAN)))
    assert reply.text == "| table |\n\nrows"
    assert reply.route.destination is Destination.BUILTIN
    assert "without a language model" in reply.route.reasons[0]


@pytest.mark.parametrize(("table", "comparison"), [((), PLAN), (("| table |",), None)])
async def test_the_model_behind_answers_where_there_is_no_table(table, comparison):
    reply = await collect(model(*table).stream(request(comparison)))
    assert reply.text == "said by the model behind"
