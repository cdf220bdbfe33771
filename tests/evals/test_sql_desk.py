"""Questions of the evaluation data through the whole desk, with models of known manners."""

import json

import pytest

from assistant.bootstrap.sql import open_desk
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import AskedBack, DataQuestion, Declined, EarlierQuery, Failed
from assistant.domain.sql import RowReader, SqlLimits
from assistant.nl2sql.asking import final_result
from assistant.nl2sql.execute import reader_of
from assistant.settings import ModelChoice, Settings
from tests.conftest import fresh_database
from tests.servers import ollama

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]
LIMITS = SqlLimits(seconds=15)
WRAPPINGS = (
    lambda sql: json.dumps({"sql": sql}),
    lambda sql: f"Here you are:\n```sql\n{sql};\n```\nIt reads the tables that you named.",
    lambda sql: f"<think>They want rows. SELECT 1?</think>\n{sql};",
    lambda sql: f'```json\n{{"action": "answer", "sql": {json.dumps(sql)}}}\n```',
)


@pytest.fixture(scope="module")
def model():
    with ollama.running() as server:
        server.models[ollama.MODEL].loaded = 40_960
        yield server


@pytest.fixture(scope="module")
async def desk(trading, model, database_server, template_database, tmp_path_factory):
    async with fresh_database(database_server, template_database) as own:
        settings = Settings(
            data_dir=tmp_path_factory.mktemp("data"),
            database_url=own.url,
            analytics_url=trading.server.url,
            sql_today="2026-03-20",
            ollama_url=model.url,
            model=ModelChoice.LOCAL,
            _env_file=None,
        )
        async with open_desk(settings) as opened:
            yield opened


@pytest.fixture
def questions(corpus, compare):
    """The questions that have rows for an answer, with statements whose clock stands still."""
    found = [row for row in corpus("questions") if row["expected"] == "answer"]
    return [row | {"frozen": compare.freeze_clock(row["gold_sql"])} for row in found]


def asked(row, text=""):
    user = row.get("as_user_id")
    asker = LOCAL_USER if user is None else Principal(str(user), Role.ANALYST)
    before = row.get("previous_question")
    earlier = (EarlierQuery(before),) if before else ()
    return DataQuestion(text or row["question"], asker, earlier)


async def events_of(desk, question):
    return [event async for event in desk.ask(question)]


async def test_a_model_that_writes_the_right_statement_gets_the_right_rows(
    desk, model, questions, compare, trading
):
    gold = {row["question"]: row["gold_sql"] for row in questions}
    for number, row in enumerate(questions):
        wrap = WRAPPINGS[number % len(WRAPPINGS)]
        model.reply = lambda body, wrap=wrap: wrap(gold[question_of(body)])
        result = await final_result(desk.ask(asked(row)))
        assert result.rows is not None, (row["id"], row["question"], result.draft)
        wanted = await trading.run(row["frozen"], reader_of(asked(row).asked_by), LIMITS)
        same = compare.equal(wanted.rows, result.rows.rows, row["ordered"])
        assert same is not False, (row["id"], row["question"], result.sql)
        assert result.attempts == 1


async def test_a_broken_statement_is_repaired_by_its_message(
    desk, model, questions, corpus, compare, trading
):
    answerable = [row for row in questions if row["as_user_id"] is None]
    for number, broken in enumerate(corpus("repair")):
        row = answerable[number % len(answerable)]
        said = iter([broken["sql"], WRAPPINGS[number % len(WRAPPINGS)](row["gold_sql"])])
        model.reply = lambda body, said=said: next(said)
        events = await events_of(desk, asked(row))
        [failed] = [event for event in events if isinstance(event, Failed)]
        result = events[-1]
        assert result.rows is not None, (broken, result.draft)
        assert (failed.attempt, result.attempts) == (1, 2), broken
        assert prompt_of(model.chats[-1]).count(failed.why.split(": ")[0]), broken
        wanted = await trading.run(row["frozen"], RowReader(everything=True), LIMITS)
        assert compare.equal(wanted.rows, result.rows.rows, row["ordered"]) is not False


KINDS = {
    "clarify": (
        AskedBack,
        json.dumps({"clarify": "Which period?", "choices": ["this year", "this month"]}),
        json.dumps({"action": "clarify", "sql": None, "question": "Which period?"}),
    ),
    "refuse": (
        Declined,
        json.dumps({"refuse": "The database can only be read."}),
        json.dumps({"action": "refuse", "sql": None, "reason": "Only reads."}),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_a_model_may_ask_back_or_decline(desk, model, corpus, kind):
    wanted, *replies = KINDS[kind]
    for row in (row for row in corpus("questions") if row["expected"] == kind):
        for reply in replies:
            model.reply = lambda body, reply=reply: reply
            result = await final_result(desk.ask(asked(row)))
            assert isinstance(result.draft, wanted), row


@pytest.mark.parametrize("kind", KINDS)
async def test_rules_end_what_a_model_would_write_a_statement_for(desk, model, corpus, kind):
    model.reply = lambda body: "SELECT symbol FROM instruments"
    wanted, *_ = KINDS[kind]
    rows = [row for row in corpus("questions") if row["expected"] == kind]
    ended = [(row, await final_result(desk.ask(asked(row)))) for row in rows]
    right = [row for row, result in ended if isinstance(result.draft, wanted)]
    assert len(right) >= 0.9 * len(rows), [row for row in rows if row not in right]
    assert not [row for row, result in ended if kind == "refuse" and result.rows]


def prompt_of(chat):
    return "\n".join(message["content"] for message in chat.json["messages"])


def question_of(body):
    return body["messages"][-1]["content"].rpartition("Question: ")[2].strip()
