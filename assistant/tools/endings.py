"""How a turn ends without a new reply of a model: asked back, told, answered before, withdrawn."""

from assistant.domain.answers import Answer, Clarification, Destination, Route
from assistant.domain.completions import Routed, TextDelta
from assistant.domain.events import Answered, TurnEvent
from assistant.domain.routing import Reading
from assistant.tools.replies import Reply

_SEVERAL = "the question can be read in several ways"


def asked_back(clarification: Clarification, why: str = _SEVERAL) -> Answer:
    """Return the answer that a question back is, for faces that show answers only."""
    route = Route(Destination.BUILTIN, (why,))
    return Answer(
        text=clarification.text,
        citations=(),
        figures=(),
        route=route,
        model=Destination.BUILTIN.value,
        refused=True,
        clarification=clarification,
    )


def replied(said: Reply, reading: Reading) -> tuple[TurnEvent, ...]:
    """Return the events of a reply for which nothing is searched."""
    why = (
        "the tool for it is not there yet" if said.missing else "nothing has to be looked up for it"
    )
    route = Route(Destination.BUILTIN, (why,), reading)
    answer = Answer(
        text=said.text,
        citations=(),
        figures=(),
        route=route,
        model=Destination.BUILTIN.value,
        refused=said.missing,
        unavailable=said.missing,
    )
    return Routed(route), TextDelta(said.text), Answered(answer)


def repeated(answer: Answer) -> tuple[TurnEvent, ...]:
    """Return the events of an answer that was given before."""
    return Routed(answer.route), TextDelta(answer.text), Answered(answer)


def withdrawn(answer: Answer) -> Answer:
    """Return what is said instead of an answer that stood on a filing deleted meanwhile."""
    text = "A filing that this answer stood on was deleted while it was written. Ask again."
    return Answer(
        text, (), (), answer.route, answer.model, refused=True, cost_usd=answer.cost_usd,
        timings=answer.timings,
    )  # fmt: skip
