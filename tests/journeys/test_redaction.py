"""Placeholders from end to end, and a local model's opinion: both servers, the whole turn, the log."""

import re
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date

import pytest

from assistant.bootstrap import open_app
from assistant.domain.answers import Destination, EarlierTurn, Question
from assistant.domain.auditing import AuditKind
from assistant.domain.events import Answered
from assistant.domain.ingestion import Upload
from assistant.domain.people import LOCAL_USER
from assistant.settings import Settings
from assistant.wire import audit_json
from tests.servers import ollama, openrouter

pytestmark = pytest.mark.anyio
FILING = b"""Marlowe Tin, Inc.

Item 7. Management's Discussion

Net sales were $310 million in fiscal 2024, against $285 million in fiscal 2023, driven by prices.
"""
HARD = "explain step by step how the net sales of Marlowe Tin changed in fiscal 2024 and why"
MAIL = "j.meyer@bank.de"


def says(body):
    prompt = "\n".join(message["content"] for message in body["messages"])
    key = re.search(r"\bE\d{4}\b", body["messages"][-1]["content"])
    named = re.search(r"\[EMAIL_1\](?=:)", prompt)
    who = named[0] if named else "Nobody"
    return openrouter.Reply(
        (f"{who[:4]}", f"{who[4:]} reads: net sales were $310 million [{key[0]}].")
    )


@asynccontextmanager
async def opened(database, folder, policy, local=None):
    """Open the product with a cloud server beside it, and a local one where it is given."""
    folder.joinpath("policy.toml").write_text(policy)
    async with AsyncExitStack() as stack:
        cloud = stack.enter_context(openrouter.openrouter_server(answer=says))
        settings = Settings(
            data_dir=folder,
            database_url=database.url,
            readers=1,
            openrouter_api_key=openrouter.KEY,
            openrouter_url=cloud.url,
            ollama_url=local.url if local else ollama.refused_url(),
            routing_policy=str(folder / "policy.toml"),
            opinion_timeout_s=60,
            cloud_confirm_usd=1000,
            _env_file=None,
        )
        app = await stack.enter_async_context(open_app(settings))
        [added] = [
            one async for one in app.ingest.ingest([Upload("Marlowe 10-K 2024.txt", FILING)])
        ]
        assert added.error is None
        yield app, cloud


async def answer(app, text, *before, wish=Destination.CLOUD):
    history = tuple(map(EarlierTurn, before))
    question = Question(
        text, LOCAL_USER, date(2026, 11, 20), conversation_id="c", history=history, model=wish
    )
    events = [event async for event in app.assistant.ask(question)]
    assert isinstance(events[-1], Answered)
    return events[-1].answer


async def test_an_identifier_stays_here_and_the_answer_has_it_again(database, tmp_path):
    async with opened(database, tmp_path, "[cloud]\nredact = true\n") as (app, cloud):
        told = await answer(app, f"Ticket from {MAIL}: {HARD}")
        assert told.route.destination is Destination.CLOUD
        assert told.route.redacted
        assert told.text.startswith(f"{MAIL} reads: net sales were $310 million [1]")
        assert [figure.status.value for figure in told.figures] == ["verified"]
        [record] = await app.audit.latest(1, kind=AuditKind.ASK)
        assert audit_json(record)["entry"]["left_machine"] == ["redacted question", "given"]

        held = await answer(app, f"Ticket from {MAIL}, I hold 400 shares of it: {HARD}")
        assert held.route.destination is not Destination.CLOUD
        assert len(cloud.completions) == 1
        assert b"bank.de" not in cloud.received
        assert b"400 shares" not in cloud.received


async def test_without_the_policy_nothing_of_it_leaves(database, tmp_path):
    async with opened(database, tmp_path, "") as (app, cloud):
        told = await answer(app, f"Ticket from {MAIL}: {HARD}")
        assert told.route.destination is not Destination.CLOUD
        assert cloud.completions == []


async def test_a_local_model_that_calls_an_unclear_message_sensitive_keeps_it_here(
    database, tmp_path
):
    text = "what do you make of Marlowe Tin right now"

    def local_says(body):
        return '{"intent": "filing_qa", "sensitive": true}' if body.get("format") else "NO_ANSWER"

    warm = ollama.Ollama({ollama.MODEL: ollama.Held(loaded=8192)}, local_says)
    with ollama.running(warm) as local:
        async with opened(database, tmp_path, "", local) as (app, cloud):
            alone = await app.assistant.router.read(Question(text, LOCAL_USER, date(2026, 11, 20)))
            assert alone.undecided
            told = await answer(app, text)
            assert told.route.reading.sensitive
            assert told.route.destination is not Destination.CLOUD
            assert cloud.completions == []
