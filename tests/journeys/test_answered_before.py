"""A question asked again is answered from the cache, as long as nothing it stands on has changed."""

import json
from dataclasses import replace
from datetime import date

import pytest

from assistant.domain.answers import Question
from assistant.domain.ingestion import Upload
from assistant.domain.people import LOCAL_USER
from assistant.turn import final_answer

pytestmark = pytest.mark.anyio

FILING = b"""BRINDLECOMBE ORCHARDS, INC.
(Exact name of registrant as specified in its charter)

Item 1. Business

We grow apples and pears in four valleys. The largest valley holds 1,204 hectares.

Item 7. Management's Discussion

Total net sales were $391,035 thousand in fiscal 2024, against $383,285 thousand in fiscal 2023.
"""
NAME = "Brindlecombe 10-K 2024"
TEXT = "What were Brindlecombe's total net sales in fiscal 2024?"
QUESTION = Question(TEXT, LOCAL_USER, date(2026, 1, 2))


@pytest.fixture
async def store(app):
    await ingest(app, FILING, f"{NAME}.txt")
    return app


async def ingest(app, data, name):
    return [one async for one in app.ingest.ingest([Upload(name, data, name)])]


async def ask(app, question=QUESTION, **changes):
    return await final_answer(app.assistant.ask(replace(question, **changes)))


async def test_the_same_question_is_answered_once_and_costs_nothing_again(store):
    first = await ask(store)
    second = await ask(store, text="In FY2024, what were the total net sales of Brindlecombe")

    assert not first.cached
    assert second.cached
    assert second.cost_usd == 0
    kept = {"route": first.route, "timings": first.timings, "cached_from": None}
    assert replace(second, **kept) == first
    newest, oldest = await store.audit.latest(2)
    asked_again, asked = json.loads(newest.text), json.loads(oldest.text)
    assert asked_again["cached_from"] == second.cached_from == oldest.seq
    assert asked_again["answer_sha256"] == asked["answer_sha256"]
    assert asked_again["left_machine"] == []
