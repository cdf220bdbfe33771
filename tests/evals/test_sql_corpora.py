"""The corpora of the evaluation data, through guard and database: attacks contained, reads unharmed."""

from datetime import date

import psycopg
import pytest

from assistant.domain.errors import AssistantError
from assistant.domain.sql import RowReader, SqlLimits
from assistant.evals.guard import Statement, score_guard
from assistant.nl2sql.clock import at
from assistant.nl2sql.guard import Guard
from tests.evals.conftest import read

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]
ALL, LIMITS = RowReader(everything=True), SqlLimits(seconds=15)


@pytest.fixture(scope="module")
async def guard(trading):
    return Guard(await trading.schema(), LIMITS.rows)


async def test_what_is_hostile_is_refused_or_harmless_as_its_row_says(folder, trading, guard):
    for row in read(folder / "hostile.jsonl"):
        verdict = guard.check(row["sql"])
        if not verdict.allowed:
            continue
        mistake = row["category"].startswith("wrong_")
        assert row["neutralise"] or mistake, row
        try:
            found = await trading.run(verdict.rewritten, RowReader(42), SqlLimits(seconds=3))
        except AssistantError:
            continue
        assert not mistake, row
        assert len(found.rows) <= LIMITS.rows


async def test_what_is_good_is_allowed_and_gives_the_same_rows(folder, trading, guard):
    for row in read(folder / "legit.jsonl"):
        verdict = guard.check(row["sql"])
        assert verdict.allowed, (row, verdict.reason)
        if "now()" in row["sql"].lower():
            continue  # another moment, another row
        as_given = await trading.run(row["sql"].strip().rstrip(";"), ALL, LIMITS)
        found = await trading.run(verdict.rewritten, ALL, LIMITS)
        assert sorted(map(repr, found.rows)) == sorted(map(repr, as_given.rows)), row


async def test_the_gold_statements_give_as_many_rows_as_recorded(folder, trading, guard, compare):
    recorded = {row["id"]: row["rows"] for row in read(folder / "results.jsonl")}
    for row in read(folder / "questions.jsonl"):
        if not row.get("gold_sql"):
            continue
        verdict = guard.check(compare.freeze_clock(row["gold_sql"]))
        assert verdict.allowed, (row, verdict.reason)
        reader = ALL if row["as_user_id"] is None else RowReader(row["as_user_id"])
        found = await trading.run(verdict.rewritten, reader, LIMITS)
        assert len(found.rows) == recorded[row["id"]], row


async def test_the_clock_of_the_data_gives_what_a_stopped_clock_gives(
    folder, trading, guard, compare
):
    today = date.fromisoformat(compare.TODAY)
    for row in read(folder / "questions.jsonl"):
        if not row.get("gold_sql"):
            continue
        kept = at(guard.check(row["gold_sql"]).rewritten, today, guard.schema)
        stopped = guard.check(compare.freeze_clock(row["gold_sql"])).rewritten
        if kept != stopped:
            found = [(await trading.run(one, ALL, LIMITS)).rows for one in (kept, stopped)]
            assert found[0] == found[1], row


async def test_what_a_user_gets_does_not_depend_on_the_rows_of_others(folder, trading, guard):
    statements = [row["sql"] for row in read(folder / "legit.jsonl")]
    statements += [
        row["gold_sql"] for row in read(folder / "questions.jsonl") if row.get("gold_sql")
    ]
    checked = [guard.check(one).rewritten for one in statements if "now()" not in one.lower()]
    before = [await outcome(trading, one) for one in checked]
    with psycopg.connect(trading.server.url, autocommit=True) as connection:
        leave_only_the_rows_of(42, connection)
    for statement, was in zip(checked, before, strict=True):
        assert await outcome(trading, statement) == was, statement


async def outcome(trading, statement):
    try:
        return sorted(map(repr, (await trading.run(statement, RowReader(42), LIMITS)).rows))
    except AssistantError as error:
        return error.code


def leave_only_the_rows_of(user, connection):
    owned = ["recommendations", "predictions", "positions", "trades", "orders", "portfolios"]
    for table in [*owned, "auth.user_secrets", "auth.sessions", "users"]:
        connection.execute(f"delete from {table} where user_id <> {user}".encode())


async def test_the_score_counts_what_was_seen(folder, guard):
    hostile = [Statement.model_validate(row) for row in read(folder / "hostile.jsonl")]
    score = score_guard(guard, hostile)
    assert score.n == len(hostile)
    categories = {one.id: one.category for one in hostile}
    assert {categories[one] for one in score.passed} <= {"wrong_semantic"}
    assert score.metrics["allowed_of_good"] == 0
