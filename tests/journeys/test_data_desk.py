"""A question to a database through the whole desk, whatever a model does: rows, or a clear sentence."""

import asyncio
import json
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from uuid import uuid4

import psycopg
import pytest

from assistant.bootstrap.sql import open_desk
from assistant.domain.answers import Destination
from assistant.domain.completions import Waiting
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import (
    AskedBack,
    DataQuestion,
    DataResult,
    Declined,
    Drafted,
    EarlierQuery,
    Failed,
    Linked,
    LinkedValue,
    Linking,
    Written,
)
from assistant.nl2sql.asking import final_result
from assistant.settings import ModelChoice, Settings
from tests.patience import until
from tests.servers import ollama, openrouter, trading
from tests.servers.ollama import Manner

pytestmark = pytest.mark.anyio
BOB = Principal("42", Role.ANALYST)
COUNTS = "SELECT symbol, count(*) AS n FROM trades GROUP BY symbol ORDER BY symbol"
PUBLIC = "how unusual are the trades of each symbol?"


@pytest.fixture
def model():
    with ollama.running() as server:
        server.models[ollama.MODEL].loaded = 40_960
        server.reply = lambda body: json.dumps({"sql": COUNTS})
        yield server


@pytest.fixture
def given(anyio_backend, database, empty_database, model, tmp_path):
    role = f"reader_{uuid4().hex[:8]}"
    trading.make(empty_database.url, role)
    yield {
        "data_dir": tmp_path,
        "database_url": database.url,
        "analytics_url": empty_database.url,
        "analytics_role": role,
        "ollama_url": model.url,
        "model": ModelChoice.LOCAL,
    }
    trading.drop_role(empty_database.url, role)


@pytest.fixture
async def desk(given):
    async with opened(given) as desk:
        yield desk


@asynccontextmanager
async def opened(given, **more):
    async with open_desk(Settings(**{**given, **more}, _env_file=None)) as desk:
        yield desk


async def asked(desk, text=PUBLIC, asker=LOCAL_USER, **more):
    events = [event async for event in desk.ask(DataQuestion(text, asker, **more))]
    return events, events[-1]


async def log(desk):
    return [json.loads(record.text) async for record in desk.execution.audit.records()]


async def test_a_question_becomes_rows_and_the_log_has_it_all(desk, model):
    events, result = await asked(desk, asker=BOB)
    told = [type(event) for event in events if not isinstance(event, Waiting)]
    assert told == [Linked, Drafted, DataResult]
    assert isinstance(result.draft, Written)
    assert result.rows.rows == tuple((f"SYM{n}", 300) for n in range(5))
    assert (result.attempts, result.row_count, result.model) == (1, 5, ollama.MODEL)
    assert result.route.destination is Destination.LOCAL
    [entry] = await log(desk)
    assert (entry["kind"], entry["actor"], entry["question"]) == ("sql", "42", PUBLIC)
    assert (entry["sql"], entry["attempt"]) == (COUNTS, 1)
    assert (entry["outcome"], entry["rows_sha256"]) == ("answered", result.rows_sha256)
    assert (entry["model"], entry["left_machine"]) == (ollama.MODEL, [])


async def test_what_the_database_says_goes_back_to_the_model(desk, model):
    said = iter(["SELECT profit FROM trades", f"```sql\n{COUNTS}\n```"])
    model.reply = lambda body: next(said)
    events, result = await asked(desk)
    [failed] = [event for event in events if isinstance(event, Failed)]
    assert (failed.sql, failed.attempt) == ("SELECT profit FROM trades", 1)
    assert "profit" in failed.why
    second = model.chats[-1].json["messages"][-1]["content"]
    assert failed.why in second
    assert "<query>\nSELECT profit FROM trades\n</query>" in second
    assert (result.attempts, result.row_count) == (2, 5)
    assert [entry["outcome"] for entry in await log(desk)] == ["refused: column", "answered"]


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE trades",
        "SELECT 1; DELETE FROM trades",
        "SELECT token FROM secrets",
        "SELECT tax_id FROM users",
        "SELECT fire()",
        "SELECT * FROM ops.session_identity",
        "WITH x AS (DELETE FROM trades RETURNING 1) SELECT * FROM x",
        "SELECT pg_sleep(60)",
    ],
)
async def test_a_model_that_does_harm_is_asked_thrice_and_nothing_of_it_runs(
    desk, model, given, statement
):
    model.reply = lambda body: json.dumps({"sql": statement})
    events, result = await asked(desk, asker=BOB)
    assert isinstance(result.draft, Declined)
    assert (len(model.chats), result.attempts) == (3, 3)
    assert len([event for event in events if isinstance(event, Failed)]) == 3
    entries = await log(desk)
    assert [entry["outcome"].partition(":")[0] for entry in entries[:3]] == ["refused"] * 3
    assert entries[-1]["outcome"] == "declined"
    assert "3 statements could not be run" in "; ".join(result.route.reasons)
    with psycopg.connect(given["analytics_url"]) as connection:
        whole = connection.execute("select count(*), min(price) from trades").fetchone()
    assert whole == (3000, 1.5)


async def test_babble_is_no_statement_and_is_asked_for_again(desk, model):
    said = iter(["I am sorry, I cannot do that.", json.dumps({"sql": COUNTS})])
    model.reply = lambda body: next(said)
    events, result = await asked(desk)
    assert [event.why for event in events if isinstance(event, Failed)] == [
        "The reply held no SQL statement"
    ]
    assert (result.attempts, result.row_count) == (2, 5)


@pytest.mark.parametrize(
    "manner",
    [
        Manner(status=500, error="boom"),
        Manner(hang_up=True),
        Manner(cut_after=1),
        Manner(pieces=("SELECT", " symbol"), done_reason="length"),
    ],
)
async def test_without_a_whole_reply_the_built_in_writer_is_asked_and_the_route_says_why(
    desk, model, manner
):
    model.manner = manner
    _, result = await asked(desk)
    assert isinstance(result.draft, Declined)
    assert result.route.destination is Destination.BUILTIN
    assert result.model == "builtin"
    assert result.attempts == 0
    assert any("built-in" in reason for reason in result.route.reasons)


async def test_a_model_that_is_too_slow_is_left(given, model):
    model.manner = Manner(first_token_s=60)
    async with opened(given, answer_timeout_s=0.5) as desk:
        _, result = await asked(desk)
    assert result.model == "builtin"
    assert any("not done within 0.5 s" in reason for reason in result.route.reasons)


async def test_where_the_built_in_writer_is_asked_for_no_model_hears_of_it(given, model):
    async with opened(given, model=ModelChoice.BUILTIN) as desk:
        _, result = await asked(desk)
    assert result.model == "builtin"
    assert model.received == b""


async def test_a_question_that_rules_decline_reaches_no_model(desk, model):
    _, result = await asked(desk, "delete all my trades")
    assert isinstance(result.draft, Declined)
    assert model.received == b""
    [entry] = await log(desk)
    assert (entry["outcome"], entry["question"]) == ("declined", "delete all my trades")


async def test_a_model_may_ask_back(desk, model):
    model.reply = lambda body: '{"clarify": "Which year?", "choices": ["in 2024?", "in 2025?"]}'
    _, result = await asked(desk)
    assert result.draft == AskedBack("Which year?", ("in 2024?", "in 2025?"))
    assert (result.sql, result.rows) == ("", None)
    assert [entry["outcome"] for entry in await log(desk)] == ["asked back"]


async def test_a_follow_up_shows_the_model_the_query_before(desk, model):
    earlier = (EarlierQuery(PUBLIC, COUNTS),)
    _, result = await asked(desk, "only SYM3", earlier=earlier)
    assert result.row_count == 5
    assert COUNTS in model.chats[-1].json["messages"][-1]["content"]


async def test_nobody_sees_rows_of_others_whatever_the_statement_says(desk, model):
    model.reply = lambda body: "SELECT count(*) AS n FROM trades WHERE user_id = 7 OR true"
    _, result = await asked(desk, "number of my trades", BOB)
    assert result.rows.rows == ((1500,),)


async def test_when_the_caller_goes_the_model_is_stopped_and_the_log_says_so(desk, model):
    model.manner = Manner(first_token_s=60)

    async def ask():
        await final_result(desk.ask(DataQuestion(PUBLIC, BOB)))

    asking = asyncio.create_task(ask())
    await until(lambda: model.chats)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    await until(lambda: model.chats[-1].ended)
    assert model.chats[-1].ended == "cancelled"
    assert [entry["outcome"] for entry in await log(desk)] == ["stopped"]


async def test_a_listener_that_stops_closes_everything(desk, model):
    async with aclosing(desk.ask(DataQuestion(PUBLIC, BOB))) as events:
        assert isinstance(await anext(events), Linked)
    assert model.received == b""
    assert [entry["outcome"] for entry in await log(desk)] == ["stopped"]


class Links:
    """Links every question to what it was given."""

    def __init__(self, linking):
        self.linking = linking

    async def link(self, text, reader, earlier=()):
        return self.linking


@asynccontextmanager
async def with_cloud(given, linking=None):
    with openrouter.openrouter_server() as cloud:
        cloud.answer = lambda body: openrouter.Reply(text=json.dumps({"sql": COUNTS}))
        there = {
            "openrouter_url": cloud.url,
            "openrouter_api_key": openrouter.KEY,
            "openrouter_model": openrouter.MODEL,
            "model": ModelChoice.CLOUD,
            "cloud_confirm_usd": 100,
        }
        async with opened(given, **there) as desk:
            yield cloud, replace(desk, linker=Links(linking or Linking(("trades",))))


async def test_what_a_cloud_model_was_sent_is_in_the_log(given, model):
    async with with_cloud(given) as (cloud, desk):
        _, result = await asked(desk)
        assert result.route.destination is Destination.CLOUD
        assert result.cost_usd > 0
        [entry] = await log(desk)
    assert entry["left_machine"] == ["question", "schema"]
    assert PUBLIC.encode() in cloud.received
    assert model.received == b""


@pytest.mark.parametrize(
    ("text", "linking"),
    [
        ("how many trades did I make?", Linking(("trades",))),
        (PUBLIC, Linking(("trades",), (), (LinkedValue("per", "trades.symbol", "SYM1"),))),
    ],
)
async def test_own_affairs_and_stored_values_of_users_reach_no_cloud(given, model, text, linking):
    async with with_cloud(given, linking) as (cloud, desk):
        _, result = await asked(desk, text, BOB)
        [entry] = await log(desk)
    assert result.route.destination is Destination.LOCAL
    assert cloud.received == b""
    assert entry["left_machine"] == []


async def test_a_statement_before_that_names_a_users_value_reaches_no_cloud(given, model):
    earlier = (EarlierQuery(PUBLIC, "SELECT * FROM trades WHERE symbol = 'SYM1'"),)
    async with with_cloud(given) as (cloud, desk):
        _, result = await asked(desk, "the same per day", earlier=earlier)
    assert result.route.destination is Destination.LOCAL
    assert cloud.received == b""
