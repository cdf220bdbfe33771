"""Reads datasets of questions: JSON lines, an object a question.

    {"id", "question", "answer", "doc", "gold_pages", "alt_pages", "question_type", ...}

`gold_pages` and `alt_pages` are page indices that begin at 0 there; `Case.pages` begins at 1, like
every page of the product. An `answer` of null says that the filing does not hold one.
"""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, Field, NonNegativeInt, ValidationError

from assistant.domain.errors import InvalidRequest, NotFound


@dataclass(frozen=True, slots=True)
class Case:
    """One question, its answer, and the pages of the filing that hold it.

    `pages` (1-based) joins gold and alternative pages; empty when the dataset names none, which is
    so for filings without pages. `answer` is None when the filing does not hold one.
    """

    id: str
    question: str
    answer: str | None
    document: str
    pages: frozenset[int]
    kind: str


class _Line(BaseModel):
    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    answer: str | None
    doc: str = Field(min_length=1)
    gold_pages: list[NonNegativeInt] = []
    alt_pages: list[NonNegativeInt] = []
    question_type: str = ""


def read_cases(path: Path) -> list[Case]:
    """Return the questions of a dataset, in its order.

    Args:
        path: A file of JSON lines; empty lines are passed over.

    Raises:
        NotFound: There is no such file.
        InvalidRequest: A line is not as above (the message names file, line and field), an id
            occurs twice, or there is no question at all.
    """
    try:
        text = path.read_text("utf-8")
    except (FileNotFoundError, IsADirectoryError) as error:
        raise NotFound(
            f"There is no dataset {path}", "Name a .jsonl file of questions, one a line."
        ) from error
    except UnicodeDecodeError as error:
        raise InvalidRequest(f"{path} is not UTF-8 text", "Save it as UTF-8.") from error
    cases: dict[str, Case] = {}
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        case = _case(path, number, line)
        if case.id in cases:
            raise InvalidRequest(f"{path}, line {number}: the id {case.id!r} occurs twice")
        cases[case.id] = case
    if not cases:
        raise InvalidRequest(f"{path} holds no questions", "One JSON object a line is expected.")
    return list(cases.values())


def _case(path: Path, number: int, line: str) -> Case:
    try:
        read = _Line.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the line"
        raise InvalidRequest(
            f"{path}, line {number}: {field}: {first['msg']}",
            "Every line is an object with id, question, answer, doc and gold_pages (from 0).",
        ) from None
    pages = frozenset(index + 1 for index in (*read.gold_pages, *read.alt_pages))
    return Case(read.id, read.question, read.answer, read.doc, pages, read.question_type)
