"""Short ways to write what the evaluation tests need."""

from assistant.domain.answers import Answer, Destination, Route
from assistant.domain.filings import FoundPassage, Locator
from assistant.evals.cases import Case


def case(
    answer: str | None = "7",
    document: str = "ACME",
    pages: tuple[int, ...] = (5,),
    kind: str = "",
    name: str = "q",
) -> Case:
    return Case(name, f"Question {name}?", answer, document, frozenset(pages), kind)


def passage(document: str, page: int, start: int = 0) -> FoundPassage:
    return FoundPassage("text", "", Locator(document, document, page, "", start, start + 4), 1.0)


def answer(text: str, refused: bool = False) -> Answer:
    return Answer(text, (), (), Route(Destination.BUILTIN, ()), "builtin", refused)
