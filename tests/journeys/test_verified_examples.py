"""A statement that somebody found right answers the next question, once a reviewer agreed."""

from uuid import uuid4

import pytest

from assistant.bootstrap.sql import open_desk
from assistant.domain.auditing import AuditKind
from assistant.domain.errors import Forbidden, InvalidRequest, NotFound, UnsafeSql
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import DataQuestion
from assistant.domain.reviews import ExampleState
from assistant.nl2sql.asking import final_result
from assistant.settings import ModelChoice, Settings
from tests.servers import trading

pytestmark = pytest.mark.anyio
BOB, ADA = Principal("42", Role.ANALYST), Principal("7", Role.ANALYST)
REVIEWER = Principal("cleo", Role.COMPLIANCE)
ASKED = "zebra tally of executions by instrument"
SAME = "zebra count of trades for each symbol"
SQL = "SELECT symbol, count(*) AS n FROM trades GROUP BY symbol"


@pytest.fixture
async def desk(database, empty_database, tmp_path):
    role = f"reader_{uuid4().hex[:8]}"
    trading.make(empty_database.url, role)
    settings = Settings(
        data_dir=tmp_path,
        database_url=database.url,
        analytics_url=empty_database.url,
        analytics_role=role,
        model=ModelChoice.BUILTIN,
        _env_file=None,
    )
    async with open_desk(settings) as opened:
        yield opened
    trading.drop_role(empty_database.url, role)


async def rows_of(desk, text, by=BOB):
    result = await final_result(desk.ask(DataQuestion(text, by)))
    return result.rows and result.rows.rows


async def test_what_was_approved_answers_in_other_words_with_each_users_own_rows(desk):
    proposed = await desk.reviewing.propose(ASKED, SQL, BOB)
    assert await desk.reviewing.verified() == ()
    await desk.reviewing.approve(proposed.id, REVIEWER)
    mine = await rows_of(desk, SAME, BOB)
    everybodys = await rows_of(desk, SAME, LOCAL_USER)
    assert sum(n for _, n in mine) == 1500
    assert sum(n for _, n in everybodys) == 3000


async def test_what_nobody_approved_answers_nothing(desk):
    await desk.reviewing.propose(ASKED, SQL, BOB)
    assert await rows_of(desk, ASKED) is None


async def test_what_was_rejected_answers_no_more(desk):
    proposed = await desk.reviewing.propose(ASKED, SQL, BOB)
    await desk.reviewing.approve(proposed.id, REVIEWER)
    rejected = await desk.reviewing.reject(proposed.id, REVIEWER, "not ours")
    assert rejected.state is ExampleState.REJECTED
    assert await desk.reviewing.verified() == ()
    assert await rows_of(desk, ASKED) is None


async def test_who_asks_cannot_review_and_sees_only_what_he_proposed(desk):
    bobs = await desk.reviewing.propose("what I paid my uncle", SQL, BOB)
    await desk.reviewing.propose(ASKED, SQL, ADA)
    assert [one.id for one in await desk.reviewing.listed(BOB)] == [bobs.id]
    assert len(await desk.reviewing.listed(REVIEWER)) == 2
    for decide in (desk.reviewing.approve, desk.reviewing.reject):
        with pytest.raises(Forbidden):
            await decide(bobs.id, BOB)
    assert await desk.reviewing.verified() == ()


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE trades",
        "SELECT tax_id FROM users",
        "SELECT token FROM secrets",
        "SELECT 1; SELECT 2",
        "",
    ],
)
async def test_what_may_not_run_is_not_proposed(desk, statement):
    with pytest.raises(UnsafeSql):
        await desk.reviewing.propose(ASKED, statement, BOB)
    assert await desk.reviewing.listed(REVIEWER, everything=True) == []


async def test_a_statement_that_cannot_run_is_not_approved(desk):
    """The guard allows it; only running it shows that it fails."""
    proposed = await desk.reviewing.propose(ASKED, "SELECT 1 / (price - price) FROM trades", BOB)
    with pytest.raises(InvalidRequest):
        await desk.reviewing.approve(proposed.id, REVIEWER)
    [still] = await desk.reviewing.listed(REVIEWER)
    assert still.state is ExampleState.PROPOSED


async def test_a_question_without_words_is_not_proposed(desk):
    for question in ("", " \n ", "x" * 3000):
        with pytest.raises(InvalidRequest):
            await desk.reviewing.propose(question, SQL, BOB)


async def test_an_example_that_is_not_there_is_named(desk):
    with pytest.raises(NotFound, match="99"):
        await desk.reviewing.approve(99, REVIEWER)


async def test_the_log_has_who_proposed_and_who_decided(desk):
    proposed = await desk.reviewing.propose(ASKED, SQL, BOB)
    await desk.reviewing.approve(proposed.id, REVIEWER)
    entries = await desk.execution.audit.latest(5, kind=AuditKind.EXAMPLE)
    assert [("42" in one.text, "cleo" in one.text) for one in entries] == [
        (False, True),
        (True, False),
    ]
    assert '"verified"' in entries[0].text


async def test_what_users_proposed_is_in_no_prompt(desk):
    """Their words may be private, and a prompt may leave the machine."""
    proposed = await desk.reviewing.propose(ASKED, SQL, BOB)
    await desk.reviewing.approve(proposed.id, REVIEWER)
    assert await rows_of(desk, ASKED)
    assert desk.prompt.nearest(ASKED, 4) == ()
