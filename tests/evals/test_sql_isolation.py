"""What one user gets tells nothing of the others: the whole desk, over all rows and over his alone."""

from dataclasses import replace

import psycopg
import pytest

from assistant.bootstrap.sql import open_desk
from assistant.domain.errors import AssistantError
from assistant.domain.people import Principal, Role
from assistant.domain.queries import DataQuestion, DataResult, EarlierQuery
from assistant.settings import ModelChoice, Settings
from tests.conftest import fresh_database
from tests.evals.test_sql_corpora import leave_only_the_rows_of

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(900)]
BOB = Principal("42", Role.ANALYST)
PRYING = (
    *("how many users are there?", "list the portfolios called Retirement", "users in Germany"),
    *("what did user 7 trade this week", "which user has the largest profit", "trades of ava"),
    *("average cash balance of the portfolios", "the notes of all positions", "who is a quant?"),
    *("how many trades of each user", "portfolio Speculative", "predictions of user 3"),
)


@pytest.fixture
async def settings(trading, database_server, template_database, tmp_path):
    async with fresh_database(database_server, template_database) as own:
        yield Settings(
            data_dir=tmp_path,
            database_url=own.url,
            analytics_url=trading.server.url,
            sql_today="2026-03-20",
            model=ModelChoice.BUILTIN,
            _env_file=None,
        )


async def test_links_statements_and_rows_are_the_same_without_the_rows_of_others(
    settings, trading, corpus
):
    asked = [
        (row["question"], row.get("previous_question"))
        for row in corpus("questions")
        if row["as_user_id"] is not None or row["expected"] != "answer"
    ]
    asked += [(text, None) for text in PRYING]
    before = await told(settings, asked)
    with psycopg.connect(trading.server.url, autocommit=True) as connection:
        leave_only_the_rows_of(42, connection)
        connection.execute("analyze")
    after = await told(settings, asked)
    for (question, _), was, now in zip(asked, before, after, strict=True):
        assert now == was, question
    assert any(isinstance(one, DataResult) and one.rows and one.rows.rows for _, one in before)


async def told(settings, asked):
    async with open_desk(settings) as desk:
        return [await one_told(desk, text, earlier) for text, earlier in asked]


async def one_told(desk, text, previous):
    """Return everything that is said on a question, but what differs each time it is asked.

    That is its time, the name of the download, and the order of rows where nobody asked for one.
    """
    earlier = (EarlierQuery(previous),) if previous else ()
    events = []
    try:
        async for event in desk.ask(DataQuestion(text, BOB, earlier)):
            events.append(event)
    except AssistantError as error:
        return events, error.code
    result = events.pop()
    if rows := result.rows:
        rows = replace(rows, rows=tuple(sorted(rows.rows, key=repr)), seconds=0, sha256="")
    return events, replace(result, rows=rows, rows_sha256="", seconds=0, id="")
