import json
from pathlib import Path

import pytest

from assistant.domain.errors import InvalidRequest, NotFound
from assistant.evals.cases import read_cases

GOOD = {"id": "q1", "question": "How much?", "answer": "7", "doc": "ACME_10K", "gold_pages": [0]}


def dataset(folder: Path, *lines: object) -> Path:
    path = folder / "questions.jsonl"
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines))
    return path


def test_pages_count_from_one_and_alternatives_count_too(tmp_path: Path) -> None:
    line = GOOD | {"gold_pages": [68, 69], "alt_pages": [3], "question_type": "metrics"}

    [case] = read_cases(dataset(tmp_path, line))

    assert case.pages == {69, 70, 4}
    assert (case.id, case.document, case.kind) == ("q1", "ACME_10K", "metrics")


def test_an_answer_of_null_stays_none(tmp_path: Path) -> None:
    [case] = read_cases(dataset(tmp_path, GOOD | {"answer": None}))

    assert case.answer is None


def test_empty_lines_are_passed_over(tmp_path: Path) -> None:
    assert len(read_cases(dataset(tmp_path, GOOD, "", GOOD | {"id": "q2"}, ""))) == 2


def test_a_line_separator_inside_a_question_does_not_split_it(tmp_path: Path) -> None:
    line = json.dumps(GOOD | {"question": "How\u2028much?"}, ensure_ascii=False)

    [case] = read_cases(dataset(tmp_path, line))

    assert case.question == "How\u2028much?"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "q2"', "JSON"),
        ({"id": "q2", "question": "?", "answer": "7"}, "doc"),
        (GOOD | {"id": "q2", "gold_pages": [-1]}, "gold_pages.0"),
        (GOOD | {"id": "q2", "gold_pages": "3"}, "gold_pages"),
        (GOOD, "twice"),
        ("[]", "object"),
    ],
)
def test_a_bad_line_is_named_with_file_number_and_field(
    tmp_path: Path, line: object, says: str
) -> None:
    path = dataset(tmp_path, GOOD, line)

    with pytest.raises(InvalidRequest) as caught:
        read_cases(path)

    assert f"{path}, line 2" in caught.value.message
    assert says in caught.value.message


def test_an_empty_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="no questions"):
        read_cases(dataset(tmp_path, ""))


def test_a_missing_dataset_is_named(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"nowhere\.jsonl"):
        read_cases(tmp_path / "nowhere.jsonl")


def test_a_dataset_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(InvalidRequest, match="UTF-8"):
        read_cases(path)


def test_the_development_questions_can_be_read(eval_dir: Path) -> None:
    path = eval_dir / "financebench" / "questions.jsonl"
    if not path.is_file():
        pytest.skip(f"no {path}")

    cases = read_cases(path)

    assert len(cases) == 37
    assert all(case.pages for case in cases)
