"""Scores the linking of questions to a database, by the statements that answer them.

    {"id", "question", "gold_sql", "expected"?, "as_user_id"?, "previous_question"?}

Lines without a statement, or expected to be asked back or refused, are left out. A column counts where it
is named in the statement, a value where a string of it is; dates are none. What is linked beyond that
lowers the precision of columns only.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, Field

from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import EarlierQuery, Linking
from assistant.nl2sql.execute import reader_of
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.reading import statement_reads

_MOST_TABLES = 4


class LinkedQuestion(BaseModel):
    """A question and the statement that answers it."""

    id: str = Field(min_length=1)
    question: str
    gold_sql: str | None = None
    expected: str = "answer"
    as_user_id: int | None = None
    previous_question: str = ""

    @property
    def asker(self) -> Principal:
        """Who asks."""
        return (
            LOCAL_USER if self.as_user_id is None else Principal(str(self.as_user_id), Role.ANALYST)
        )


@dataclass(frozen=True, slots=True)
class LinkingScore:
    """How questions were linked.

    Args:
        metrics: Shares from 0 to 1; times are in milliseconds.
        tables: Ids of questions with a table missing among the first four.
        columns: Ids of questions with a column missing.
        values: Ids of questions with a value missing.
    """

    n: int
    metrics: dict[str, float]
    tables: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[str, ...]


@dataclass
class _Count:
    """How many were wanted, found, and given."""

    wanted: int = 0
    found: int = 0
    given: int = 0

    def add(self, wanted: set[str], given: set[str]) -> bool:
        """Count one question; return whether something is missing."""
        self.wanted += len(wanted)
        self.found += len(wanted & given)
        self.given += len(given)
        return not wanted <= given


async def score_linking(linker: Linker, questions: Sequence[LinkedQuestion]) -> LinkingScore:
    """Link every answerable question and compare with what its statement reads."""
    schema = (await linker.surveyor.survey()).schema
    asked = [one for one in questions if one.gold_sql and one.expected == "answer"]
    columns, values = _Count(), _Count()
    missed = {"tables": list[str](), "columns": list[str](), "values": list[str]()}
    spent = 0.0
    for one in asked:
        gold = statement_reads(one.gold_sql or "", schema)
        earlier = (EarlierQuery(one.previous_question),) if one.previous_question else ()
        start = time.perf_counter()
        linked = await linker.link(one.question, reader_of(one.asker), earlier)
        spent += time.perf_counter() - start
        if not gold.tables <= set(linked.tables[:_MOST_TABLES]):
            missed["tables"].append(one.id)
        if columns.add(set(gold.columns), set(linked.columns)):
            missed["columns"].append(one.id)
        if values.add(set(gold.strings), _values(linked)):
            missed["values"].append(one.id)
    metrics = {
        "table_recall_at_4": _share(len(asked) - len(missed["tables"]), len(asked)),
        "column_recall": _share(columns.found, columns.wanted),
        "column_precision": _share(columns.found, columns.given),
        "value_recall": _share(values.found, values.wanted),
        "ms_a_question": round(1000 * spent / max(len(asked), 1), 2),
    }
    lists = (tuple(missed[name]) for name in ("tables", "columns", "values"))
    return LinkingScore(len(asked), metrics, *lists)


def _values(linked: Linking) -> set[str]:
    return {one.value for one in (*linked.values, *linked.periods)}


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 1.0
