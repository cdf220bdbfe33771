"""Scores plain-English questions to a database by what their statements give: execution accuracy.

    {"id", "question", "gold_sql", "expected", "as_user_id"?, "previous_question"?, "ordered"?}
    {"id", "text", "same"}    other wordings of the questions in questions.jsonl beside it

`expected` is answer, clarify or refuse. A wording with `same: false` is a near miss: it must not be
answered as the question that it is like. The database stands at the day of AEI_SQL_TODAY.
"""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from pydantic import BaseModel, Field

from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import (
    AskedBack,
    DataQuestion,
    DataResult,
    Declined,
    EarlierQuery,
    Written,
)
from assistant.domain.semantics import Example
from assistant.domain.sql import SqlRows
from assistant.evals.routing import read_messages
from assistant.evals.rows import same_rows
from assistant.nl2sql.asking import DataDesk, final_result

QUESTIONS = "questions.jsonl"
_OUTCOMES = {"answer": Written, "clarify": AskedBack, "refuse": Declined}

DeskFor = Callable[[str], DataDesk]
"""From a question to the desk that answers it."""


class SqlCase(BaseModel):
    """A question, and the statement that answers it."""

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    gold_sql: str | None = None
    expected: str = Field("answer", pattern="^(answer|clarify|refuse)$")
    as_user_id: int | None = None
    previous_question: str | None = None
    ordered: bool = False

    @property
    def asked_by(self) -> Principal:
        """The user of the question, who sees his own rows; without one, who sees all."""
        if self.as_user_id is None:
            return LOCAL_USER
        return Principal(str(self.as_user_id), Role.ANALYST)


class Paraphrase(BaseModel):
    """Another wording of a question, or one that is only like it."""

    id: str = Field(min_length=1)
    text: str = Field(min_length=1)
    same: bool


@dataclass(frozen=True, slots=True)
class SqlScore:
    """How questions ended.

    Args:
        metrics: Shares from 0 to 1; times are in milliseconds.
        wrong: Ids (and wordings) that were answered with other rows, or as another question.
        refused: Those that were declined or asked back and have an answer.
        alike: Near misses whose own statement gives the rows of the question that they are like.
    """

    n: int
    metrics: dict[str, float]
    wrong: tuple[str, ...]
    refused: tuple[str, ...]
    alike: tuple[str, ...] = ()


@dataclass
class _Tally:
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)


def examples_of(path: Path) -> tuple[Example, ...]:
    """Return the questions of a dataset that stand for themselves, as verified examples."""
    cases = read_messages(path, SqlCase)
    found = {
        case.question: Example(case.question, case.gold_sql, path.name)
        for case in cases
        if case.gold_sql and not case.previous_question
    }
    return tuple(found.values())


async def score_sql(path: Path, desk_for: DeskFor) -> SqlScore:
    """Ask every question of a dataset, one after the other, and compare."""
    if _holds_wordings(path):
        return await _score_paraphrases(path, read_messages(path, Paraphrase), desk_for)
    return await _score_questions(read_messages(path, SqlCase), desk_for)


def _holds_wordings(path: Path) -> bool:
    with suppress(OSError, ValueError), path.open(encoding="utf-8") as lines:
        return "same" in json.loads(next(lines, "{}"))
    return False  # reading it names what is wrong


async def _score_questions(cases: Sequence[SqlCase], desk_for: DeskFor) -> SqlScore:
    answered, ended, expected = _Tally(), dict[str, int](), dict[str, int]()
    for case in cases:
        expected[case.expected] = expected.get(case.expected, 0) + 1
        desk = desk_for(case.question)
        result = await _asked(desk, case, case.question, answered)
        if case.expected != "answer":
            ended[case.expected] = ended.get(case.expected, 0) + isinstance(
                result.draft, _OUTCOMES[case.expected]
            )
            answered.wrong += [case.id] if isinstance(result.draft, Written) else []
            continue
        await _judge(desk, case, result, answered, case.id)
    questions = expected.get("answer", 0)
    wrong = len(answered.wrong)
    metrics = {
        "right": _share(answered.right, questions),
        "wrong": _share(wrong, len(cases)),
        "refused": _share(len(answered.refused), questions),
        "clarified_as_expected": _share(ended.get("clarify", 0), expected.get("clarify", 0)),
        "declined_as_expected": _share(ended.get("refuse", 0), expected.get("refuse", 0)),
        "p50_ms": round(1000 * median(answered.times or [0]), 1),
    }
    return SqlScore(len(cases), metrics, tuple(answered.wrong), tuple(answered.refused))


async def _score_paraphrases(
    path: Path, wordings: Sequence[Paraphrase], desk_for: DeskFor
) -> SqlScore:
    cases = {case.id: case for case in read_messages(path.parent / QUESTIONS, SqlCase)}
    same, other, alike = _Tally(), _Tally(), list[str]()
    for wording in wordings:
        case, desk = cases[wording.id], desk_for(wording.text)
        tally = same if wording.same else other
        result = await _asked(desk, case, wording.text, tally)
        label = f"{wording.id} {wording.text!r}"
        if wording.same:
            await _judge(desk, case, result, same, label)
        elif isinstance(result.draft, Written):
            gold = desk.execution.guard.check(case.gold_sql or "").rewritten
            if gold == result.sql:
                other.wrong.append(label)
            elif result.rows and result.rows.rows and await _right(desk, case, result, result.rows):
                alike.append(label)
            other.right += 1
    near = len(wordings) - sum(wording.same for wording in wordings)
    metrics = {
        "right": _share(same.right, len(wordings) - near),
        "wrong": _share(len(same.wrong), len(wordings) - near),
        "refused": _share(len(same.refused), len(wordings) - near),
        "near_misses_answered": _share(other.right, near),
        "near_misses_wrong": _share(len(other.wrong), near),
        "p50_ms": round(1000 * median([*same.times, *other.times] or [0]), 1),
    }
    wrong, refused = (*same.wrong, *other.wrong), tuple(same.refused)
    return SqlScore(len(wordings), metrics, wrong, refused, tuple(alike))


async def _asked(desk: DataDesk, case: SqlCase, text: str, tally: _Tally) -> DataResult:
    earlier = (EarlierQuery(case.previous_question),) if case.previous_question else ()
    start = time.perf_counter()
    question = DataQuestion(text, case.asked_by, earlier, confirmed=True)  # nobody to ask back
    result = await final_result(desk.ask(question))
    tally.times.append(time.perf_counter() - start)
    return result


async def _judge(
    desk: DataDesk, case: SqlCase, result: DataResult, tally: _Tally, label: str
) -> None:
    if result.rows is None:
        tally.refused.append(label)
    elif await _right(desk, case, result, result.rows):
        tally.right += 1
    else:
        tally.wrong.append(label)


async def _right(desk: DataDesk, case: SqlCase, result: DataResult, rows: SqlRows) -> bool:
    """Return whether rows are the right ones; none at all only of the right tables."""
    verdict, gold = await desk.execution.run(case.gold_sql or "", case.asked_by)
    if not gold.rows and not rows.rows:
        return desk.execution.guard.check(result.sql).tables == verdict.tables
    return same_rows(gold.rows, rows.rows, case.ordered)


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
