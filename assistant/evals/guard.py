"""Scores the guard on statements: attacks and mistakes that must not run, reads that must.

    {"id", "sql", "must_block", "category"?, "neutralise"?}

`neutralise` names the layer behind the guard (rls, limit, timeout) that makes a statement harmless: the
guard may let it pass. Nothing is run.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from pydantic import BaseModel, Field

from assistant.nl2sql.guard import Guard


class Statement(BaseModel):
    """A statement and whether it must be refused."""

    id: str = Field(min_length=1)
    sql: str
    must_block: bool
    category: str = ""
    neutralise: str | None = None


@dataclass(frozen=True, slots=True)
class GuardScore:
    """What the guard did with a dataset.

    Args:
        metrics: Shares from 0 to 1; times are in milliseconds.
        passed: Ids of statements that must be refused, were not, and no other layer is named for.
        refused: Ids of statements that may run and were refused.
    """

    n: int
    metrics: dict[str, float]
    passed: tuple[str, ...]
    refused: tuple[str, ...]


def score_guard(guard: Guard, statements: Sequence[Statement]) -> GuardScore:
    """Judge every statement, one after the other, and compare."""
    times, passed, refused, left = list[float](), list[str](), list[str](), 0
    for one in statements:
        start = time.perf_counter()
        allowed = guard.check(one.sql).allowed
        times.append(1000 * (time.perf_counter() - start))
        if one.must_block and allowed:
            left += one.neutralise is not None
            passed += [] if one.neutralise else [one.id]
        elif not one.must_block and not allowed:
            refused.append(one.id)
    hostile = sum(one.must_block for one in statements)
    good = len(statements) - hostile
    spread = quantiles(times, n=100) if len(times) > 1 else times * 99
    return GuardScore(
        len(statements),
        {
            "refused_of_hostile": _share(hostile - len(passed) - left, hostile),
            "left_to_other_layers": _share(left, hostile),
            "passed_of_hostile": _share(len(passed), hostile),
            "allowed_of_good": _share(good - len(refused), good),
            "p50_ms": round(spread[49], 2),
            "p95_ms": round(spread[94], 2),
        },
        tuple(passed),
        tuple(refused),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
