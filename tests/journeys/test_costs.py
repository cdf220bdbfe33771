"""What a cloud model costs is asked about before, kept to its budget, and shown after."""

import json
import re
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from typer.testing import CliRunner

from assistant.bootstrap import open_app
from assistant.cli.app import app as command
from assistant.domain.answers import Destination, Question
from assistant.domain.completions import TextDelta
from assistant.domain.events import Answered, Clarify
from assistant.domain.ingestion import Upload
from assistant.domain.people import LOCAL_USER
from assistant.domain.statements import By
from assistant.settings import Settings
from assistant.wire import ask_json
from tests.servers import ollama
from tests.servers.openrouter import KEY, MODEL, Reply, openrouter_server

pytestmark = pytest.mark.anyio
CLOUD, LOCAL, BUILTIN = Destination.CLOUD, Destination.LOCAL, Destination.BUILTIN
FILING = b"""Marlowe Tin, Inc.

Item 7. Management's Discussion

Net sales were $310 million in fiscal 2024, against $285 million in fiscal 2023.
"""
PLAIN = Question(
    "What were the net sales of Marlowe Tin in fiscal 2024?",
    LOCAL_USER,
    date(2026, 11, 20),
    model=CLOUD,
)


def says(body):
    key = re.search(r"\bE\d{4}\b", body["messages"][-1]["content"])[0]
    return Reply(text=("Net sales were $310 ", f"million [{key}]."))


@pytest.fixture
def cloud():
    with openrouter_server(answer=says) as server:
        yield server


@pytest.fixture
async def opened(database, tmp_path, cloud):
    """Open the product with a cloud model and no local one."""

    def settings(**changes):
        return Settings(
            data_dir=tmp_path,
            database_url=database.url,
            readers=1,
            openrouter_api_key=KEY,
            openrouter_url=cloud.url,
            ollama_url=ollama.refused_url(),
            _env_file=None,
            **changes,
        )

    async with open_app(settings()) as app:
        upload = Upload("Marlowe Tin 10-K 2024.txt", FILING)
        assert [one.error async for one in app.ingest.ingest([upload])] == [None]
    return lambda **changes: open_app(settings(**changes))


async def ask(app, question=PLAIN):
    return [event async for event in app.assistant.ask(question)]


async def test_what_the_server_billed_is_what_the_statement_says(opened, cloud):
    async with opened() as app:
        *_, last = await ask(app)
        *_, other = await ask(app, replace(PLAIN, model=BUILTIN))
        statement = await app.meter.statement(1)
    assert (last.answer.route.destination, last.answer.model) == (CLOUD, MODEL)
    assert last.answer.cost_usd == cloud.billed > 0
    total = statement.total
    assert (total.cloud, total.local, total.builtin) == (1, 0, 1)
    assert (total.cost_usd, total.held_usd) == (cloud.billed, 0)
    assert statement.budgets[0].usd == cloud.billed
    price, built = statement.price, other.answer
    assert total.saving_usd == price.of(built.prompt_tokens, built.completion_tokens) > 0
    assert {line.name for line in statement.lines(By.MODEL)} == {MODEL, "builtin"}


async def test_a_dear_answer_is_asked_about_and_nothing_is_sent(opened, cloud):
    async with opened(cloud_confirm_usd="0.0001") as app:
        *_, asked_back, last = await ask(app)
        assert isinstance(asked_back, Clarify)
        assert isinstance(last, Answered)
        assert cloud.connections == 0
        assert (await app.meter.statement(1)).tallies == ()
        go, stay = asked_back.clarification.choices
        assert (go.model, go.confirmed) == (CLOUD, True)
        assert (stay.model, stay.confirmed) == (LOCAL, False)
        assert MODEL in last.answer.text
        assert last.answer.refused
        told = ask_json(PLAIN.text, last.answer, 0)["clarify"]["choices"]
        assert [(one["model"], one["confirmed"]) for one in told] == [
            ("cloud", True),
            ("local", False),
        ]

        asked_again = replace(PLAIN, text=stay.question, model=stay.model)
        *_, here = await ask(app, asked_again)
        assert here.answer.route.destination is BUILTIN
        assert cloud.connections == 0

        *_, there = await ask(app, replace(PLAIN, text=go.question, confirmed=True))
        assert there.answer.route.destination is CLOUD


async def test_a_model_whose_price_nobody_knows_is_always_asked_about(opened, cloud):
    async with opened(openrouter_model="other/model", cloud_confirm_usd="1000") as app:
        *_, last = await ask(app)
        assert "not known" in last.answer.text
        assert cloud.connections == 0


async def test_over_budget_another_model_answers_whoever_agreed_and_nothing_is_sent(opened, cloud):
    async with opened(cloud_budget_usd_per_day="0.0001") as app:
        *_, last = await ask(app, replace(PLAIN, confirmed=True))
    assert last.answer.route.destination is BUILTIN
    assert any("has no room" in reason for reason in last.answer.route.reasons)
    assert cloud.connections == 0


async def test_an_answer_that_is_stopped_costs_all_that_was_reserved(opened, cloud):
    cloud.answer = lambda body: Reply(text=("Net sales ", "were"), stall_after=1)
    async with opened() as app:
        async with aclosing(app.assistant.ask(PLAIN)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    break
        assert cloud.wait_for(lambda: cloud.cancelled == 1)
        statement = await app.meter.statement(1)
    [tally] = statement.tallies
    assert (tally.answers, tally.held_usd) == (0, 0)
    assert tally.cost_usd > cloud.billed


async def test_a_fallback_that_is_dearer_sets_the_price(opened, tmp_path):
    async with opened() as app:
        cheap = app.meter.pricing.price
    async with opened(openrouter_fallbacks="other/model") as app:
        pricing = app.meter.pricing
        assert not pricing.known
        assert pricing.price.prompt_usd >= cheap.prompt_usd


def test_the_command_prints_what_was_counted_and_says_how_to_go_on(
    anyio_backend, database, tmp_path, cloud
):
    environment = {
        "AEI_DATABASE_URL": database.url,
        "AEI_DATA_DIR": str(tmp_path),
        "AEI_READERS": "1",
        "AEI_OPENROUTER_API_KEY": KEY,
        "AEI_OPENROUTER_URL": cloud.url,
        "AEI_OLLAMA_URL": ollama.refused_url(),
        "AEI_CLOUD_CONFIRM_USD": "0.0001",
        "AEI_MODEL": "cloud",
    }

    def aei(*words):
        ran = CliRunner().invoke(command, list(map(str, words)), env=environment)
        assert ran.exit_code == 0, ran.output
        return ran

    filing = tmp_path / "Marlowe Tin 10-K 2024.txt"
    filing.write_bytes(FILING)
    aei("ingest", filing)
    asked = aei("ask", PLAIN.text)
    assert "Ask the cloud model" in asked.stderr
    assert "--yes" in asked.stderr
    assert cloud.connections == 0
    agreed = json.loads(aei("ask", PLAIN.text, "--yes", "--json").stdout)
    assert agreed["route"]["destination"] == "cloud"
    told = json.loads(aei("costs", "--by", "user", "--json").stdout)
    [row] = told["rows"]
    assert (row["user"], row["answers"], row["cloud"]) == ("local", 1, 1)
    assert Decimal(str(row["cost_usd"])) == cloud.billed
    assert told["budgets"][0]["used_today_usd"] == row["cost_usd"]
    assert aei("ask", PLAIN.text, "--as", "[red]eve", "--model", "builtin").stdout
    assert "[red]eve" in aei("costs", "--by", "user").stdout
