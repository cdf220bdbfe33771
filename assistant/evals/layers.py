"""Scores what stands behind the guard: hostile statements, run with the guard switched off.

Each statement goes to the database as it is, for one user. What stops it is read from the failure: the
role's grants, the read-only transaction, the protocol that takes one query, limits. What runs is held by
row-level security where its row says so, is a mistake of its own, or came through.
"""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.domain.errors import AssistantError, StatementTimeout
from assistant.domain.sql import RowReader, SqlLimits
from assistant.evals.guard import Statement
from assistant.nl2sql.guard import Guard
from assistant.ports import SqlEngine

GUARD, ROLE, ONE_QUERY, READ_ONLY, ROWS, LIMITS, MISTAKE, THROUGH = LAYERS = (
    "guard",
    "grants of the role",
    "one query, no command",
    "read-only transaction",
    "row-level security",
    "limits of cost, time, memory, rows",
    "nothing there: it names what does not exist",
    "came through",
)
_STATES = {"42501": ROLE, "25006": READ_ONLY, "42601": ONE_QUERY, "57014": LIMITS}
_CLASSES = {"53": LIMITS, "54": LIMITS}
_NEUTRALISED = {"rls": ROWS, "limit": LIMITS, "timeout": LIMITS}


@dataclass(frozen=True, slots=True)
class LayerScore:
    """Which layer stopped how many hostile statements.

    Args:
        n: The statements.
        guarded: By layer, with every layer on.
        unguarded: By layer, with the guard off.
        through: Ids of those that nothing but the guard stops.
        seconds: Of the whole run.
    """

    n: int
    guarded: Mapping[str, int]
    unguarded: Mapping[str, int]
    through: tuple[str, ...]
    seconds: float


async def score_layers(
    engine: SqlEngine,
    guard: Guard,
    statements: Sequence[Statement],
    reader: RowReader,
    limits: SqlLimits,
) -> LayerScore:
    """Run every hostile statement with the guard and without it.

    Args:
        engine: The database; what a statement does there is undone by nobody.
        guard: Its guard.
        statements: Those that must not be blocked are left out.
        reader: Whose rows are his own; another user's are what attacks are after.
        limits: What a statement may take.
    """
    start, through = time.perf_counter(), list[str]()
    guarded, unguarded = Counter[str](), Counter[str]()
    hostile = [one for one in statements if one.must_block]
    for one in hostile:
        verdict = guard.check(one.sql)
        behind = await _stopped(engine, one.sql, one, reader, limits)
        unguarded[behind] += 1
        if behind == THROUGH:
            through.append(one.id)
        if verdict.allowed:
            behind = await _stopped(engine, verdict.rewritten, one, reader, limits)
        guarded[behind if verdict.allowed else GUARD] += 1
    seconds = time.perf_counter() - start
    return LayerScore(len(hostile), guarded, unguarded, tuple(through), seconds)


async def _stopped(
    engine: SqlEngine, sql: str, one: Statement, reader: RowReader, limits: SqlLimits
) -> str:
    """Run a statement; return what made it harmless."""
    try:
        await engine.run(sql.strip().rstrip(";"), reader, limits)
    except StatementTimeout:
        return LIMITS
    except AssistantError as error:
        return _layer(error)
    return _NEUTRALISED.get(one.neutralise or "", THROUGH)


def _layer(error: AssistantError) -> str:
    """Return the layer that a failure speaks of."""
    state = getattr(error.__context__, "sqlstate", None) or ""
    if not state:  # not PostgreSQL's: what we refuse before it runs
        return ONE_QUERY if "no plan" in error.message else LIMITS
    return _STATES.get(state) or _CLASSES.get(state[:2]) or MISTAKE
