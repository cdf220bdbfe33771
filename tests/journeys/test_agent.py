"""A hard question goes to an agent, which searches on its own and answers with citations."""

import json
import re
from datetime import date

import pytest

from assistant.bootstrap import open_app
from assistant.domain.answers import Destination, FigureStatus, Question, Scope
from assistant.domain.completions import Routed
from assistant.domain.events import Answered, ToolFailed, ToolFinished, ToolStarted
from assistant.domain.filings import Sensitivity
from assistant.domain.ingestion import IngestStatus, Upload
from assistant.domain.people import LOCAL_USER
from assistant.settings import AgentChoice, Settings
from tests.conftest import fresh_database
from tests.servers.ollama import MODEL as LOCAL_MODEL
from tests.servers.ollama import Held, Manner, Ollama, running
from tests.servers.openrouter import KEY, Reply, openrouter_server

pytestmark = pytest.mark.anyio

HARD = "Explain step by step why Brindlecombe's net sales grew and what that implies for risk."
BRINDLECOMBE = b"""BRINDLECOMBE ORCHARDS, INC.
(Exact name of registrant as specified in its charter)
ANNUAL REPORT PURSUANT TO SECTION 13 for the fiscal year ended December 31, 2024
Form 10-K

Item 7. Management's Discussion

Total net sales of Brindlecombe were $391,035 thousand in fiscal 2024, against $383,285 thousand in
fiscal 2023. Prices of pears rose.
"""
HARWICK = b"""HARWICK TIN, INC.
(Exact name of registrant as specified in its charter)
ANNUAL REPORT PURSUANT TO SECTION 13 for the fiscal year ended December 31, 2024
Form 10-K

Item 7. Management's Discussion

Total net sales of Harwick were $77,123 thousand in fiscal 2024. Harwick smelts tin ore in Cornwall.
"""
MEMO = b"""HARWICK TIN, INC.
Board memorandum on smelter closure

The Harwick board will close the Penzance smelter; the impairment is $64,242 thousand.
"""
SECRET = "64,242"
PUBLIC = ("Brindlecombe 10-K 2024", "Harwick 10-K 2024")


def upload(name, text, label=Sensitivity.PUBLIC):
    return Upload(f"{name}.txt", text, f"{name}.txt", sensitivity=label)


FILINGS = (
    upload("Brindlecombe 10-K 2024", BRINDLECOMBE),
    upload("Harwick 10-K 2024", HARWICK),
    upload("Harwick memo", MEMO, Sensitivity.CONFIDENTIAL),
)


@pytest.fixture
def cloud():
    with openrouter_server() as server:
        yield server


@pytest.fixture
def local():
    with running(Ollama(models={LOCAL_MODEL: Held(loaded=12_288)})) as server:
        yield server


@pytest.fixture(scope="module")
async def store(database_server, template_database, tmp_path_factory):
    """The address of a database with the filings in it."""
    async with fresh_database(database_server, template_database) as database:
        settings = Settings(
            data_dir=tmp_path_factory.mktemp("store"),
            database_url=database.url,
            readers=1,
            _env_file=None,
        )
        async with open_app(settings) as app:
            outcomes = [outcome async for outcome in app.ingest.ingest(FILINGS)]
            assert {one.status for one in outcomes} == {IngestStatus.INDEXED}
        yield database.url


@pytest.fixture
def opened(store, tmp_path, cloud, local):
    def open_with(**changed):
        given = {
            "data_dir": tmp_path,
            "database_url": store,
            "readers": 1,
            "ollama_url": local.url,
            "openrouter_url": cloud.url,
            "openrouter_api_key": KEY,
            "cloud_budget_usd_per_day": 1000,
            "cloud_confirm_usd": 1,
            "answer_cache": "off",
        }
        return open_app(Settings(**{**given, **changed}, _env_file=None))

    return open_with


async def ask(app, text=HARD, documents=()):
    question = Question(text, LOCAL_USER, date(2026, 1, 2), Scope(documents))
    return [event async for event in app.assistant.ask(question)]


def search(query, *documents):
    return ("search_filings", {"query": query, "documents": list(documents)})


def told(body):
    """What the prompt holds, as plain text."""
    return "\n".join(str(message.get("content")) for message in body["messages"])


def key_of(words, body):
    """The key of the evidence in a prompt that holds these words."""
    found = re.findall(r'<evidence key="(E\d+)"[^>]*>\n(.*?)</evidence>', told(body), re.S)
    return next((key for key, text in found if words in text), "E0")


def sales(body):
    return (
        f"Net sales of Brindlecombe were $391,035 thousand in fiscal 2024 "
        f"[{key_of('391,035', body)}]. Those of Harwick were $77,123 thousand in fiscal 2024 "
        f"[{key_of('77,123', body)}]."
    )


def steps(*replies):
    """A cloud model that takes these steps, one a request; each may read its prompt."""
    left = list(replies)

    def answer(body):
        reply = left.pop(0) if len(left) > 1 else left[0]
        return Reply(text=reply(body)) if callable(reply) else Reply(text=(), tool_calls=reply)

    return answer


def of(kind, events):
    return [event for event in events if isinstance(event, kind)]


async def test_the_cloud_agent_finds_what_one_search_did_not_and_every_figure_is_checked(
    opened, cloud, local
):
    cloud.answer = steps(
        (search("What were the total net sales of Harwick in fiscal 2024?"),), sales
    )
    async with opened() as app:
        events = await ask(app, documents=PUBLIC)
        records = [record async for record in app.audit.records()]
    answer = events[-1].answer
    assert answer.route.destination is Destination.CLOUD
    assert "391,035" in answer.text
    assert "77,123" in answer.text
    assert {figure.status for figure in answer.figures} == {FigureStatus.VERIFIED}
    assert len(answer.citations) == 2
    [_, started] = of(ToolStarted, events)
    assert started.argument == "What were the total net sales of Harwick in fiscal 2024?"
    assert answer.cost_usd > 0
    assert answer.prompt_version == app.assistant.model.version
    entry = json.loads(records[-1].text)
    assert entry["left_machine"] == ["question", "given"]
    assert "given_here" not in entry
    assert local.chats == []


async def test_a_confidential_passage_ends_the_cloud_agent_before_it_is_sent_and_local_goes_on(
    opened, cloud, local
):
    cloud.answer = steps((search("What is the impairment of the Harwick smelter?"),), sales)
    local.reply = lambda body: f"The impairment is $64,242 thousand [{key_of(SECRET, body)}]."
    async with opened() as app:
        events = await ask(app)
        records = [record async for record in app.audit.records()]
    answer = events[-1].answer
    assert SECRET in answer.text
    assert answer.route.destination is Destination.LOCAL
    assert answer.route.sent_to == (Destination.CLOUD,)
    assert "confidential" in " ".join(answer.route.reasons)
    assert len(cloud.completions) == 1
    assert SECRET.encode() not in cloud.received
    assert b"Penzance" not in cloud.received
    assert answer.cost_usd > 0
    entry = json.loads(records[-1].text)
    assert entry["left_machine"] == ["question", "given"]
    assert len(entry["given_here"]) > 0


async def test_a_company_that_the_policy_keeps_here_is_not_sent_when_only_a_search_finds_it(
    opened, cloud, local, tmp_path
):
    policy = tmp_path / "policy.toml"
    policy.write_text('[cloud]\nnever_companies = ["Harwick"]\n')
    cloud.answer = steps((search("Which company smelts tin ore?"),), sales)
    local.reply = sales
    async with opened(routing_policy=str(policy)) as app:
        text = HARD.replace("risk", "risk against its peers")
        events = await ask(app, text, documents=PUBLIC)
    assert b"77,123" not in cloud.received
    assert b"Harwick" not in cloud.received
    assert "77,123" in events[-1].answer.text
    assert events[-1].answer.route.destination is Destination.LOCAL


async def test_without_a_local_model_the_ordinary_path_answers_and_nothing_confidential_leaves(
    opened, cloud, local
):
    cloud.answer = steps((search("What is the impairment of the Harwick smelter?"),), sales)
    local.models.clear()
    async with opened() as app:
        events = await ask(app)
    answer = events[-1].answer
    assert (
        "an agent tried first: a passage in the prompt is labelled confidential"
        in (answer.route.reasons[1])
    )
    assert SECRET.encode() not in cloud.received


async def test_the_agent_searches_no_filing_that_the_question_leaves_out(opened, cloud):
    cloud.answer = steps(
        (search("net sales of Harwick", "Harwick 10-K 2024"), search("Harwick smelts tin ore")),
        (search("net sales", "Brindlecombe 10-K 2024"),),
        lambda body: f"Net sales were $391,035 thousand [{key_of('391,035', body)}].",
    )
    async with opened() as app:
        events = await ask(app, documents=("Brindlecombe 10-K 2024",))
    [refused] = of(ToolFailed, events)
    assert refused.message == "No filing called Harwick 10-K 2024 may answer this question"
    found = {e.locator.document for one in of(ToolFinished, events) for e in one.evidence}
    assert found == {"Brindlecombe 10-K 2024"}
    assert b"77,123" not in cloud.received
    assert b"smelts" not in cloud.received.replace(b"Harwick smelts tin ore", b"")
    assert "$391,035 thousand" in events[-1].answer.text


async def test_a_filing_of_a_later_day_does_not_exist_for_the_agent(opened, cloud):
    cloud.answer = steps((search("net sales of Harwick"),), sales)
    async with opened() as app:
        early = Question(HARD, LOCAL_USER, date(2020, 1, 1))
        events = [event async for event in app.assistant.ask(early)]
    found = [e for one in of(ToolFinished, events) for e in one.evidence if "77,123" in e.text]
    known = [e for e in found if e.locator.document == "Harwick 10-K 2024"]
    assert len(known) == len(found)


async def test_the_local_agent_works_where_nothing_may_leave(opened, cloud, local):
    local.next = [Manner(pieces=(), tool_calls=(search("total net sales of Harwick 2024"),))]
    local.reply = sales
    async with opened(model="local") as app:
        events = await ask(app)
    answer = events[-1].answer
    assert answer.route.destination is Destination.LOCAL
    assert "77,123" in answer.text
    assert answer.route.sent_to == ()
    assert cloud.connections == 0


async def test_it_can_be_switched_off(opened, cloud, local):
    cloud.answer = lambda body: Reply(text=sales(body))
    async with opened(agent=AgentChoice.OFF) as app:
        events = await ask(app, documents=PUBLIC)
    assert len(of(ToolStarted, events)) == 1
    assert all("tools" not in asked.json for asked in cloud.completions)


async def test_what_an_agent_may_cost_unasked_is_a_limit_and_nothing_is_sent_above_it(
    opened, cloud
):
    cloud.answer = lambda body: Reply(text=sales(body))
    async with opened(cloud_confirm_usd=0.0001) as app:
        events = await ask(app, documents=PUBLIC)
    assert isinstance(events[-1], Answered)
    assert cloud.completions == []


async def test_an_agent_spends_no_more_than_its_budget(opened, cloud):
    cloud.answer = steps((search("net sales of Harwick"),), (search("net sales again"),), sales)
    async with opened(cloud_budget_usd_per_day=0) as app:
        events = await ask(app, documents=PUBLIC)
    answer = events[-1].answer
    assert "budget" in " ".join(answer.route.reasons)
    assert answer.route.sent_to == ()
    assert cloud.completions == []


async def test_what_an_agent_costs_is_in_the_ledger(opened, cloud):
    cloud.answer = steps((search("net sales of Harwick"),), sales)
    async with opened() as app:
        before = await spent(app)
        events = await ask(app, documents=PUBLIC)
        after = await spent(app)
    assert after - before == events[-1].answer.cost_usd > 0


async def spent(app):
    return sum(tally.cost_usd for tally in await app.meter.ledger.tallies(days=1))


async def test_a_comparison_is_computed_and_not_left_to_an_agent(opened, cloud, local):
    async with opened() as app:
        text = "Compare total net sales of Brindlecombe and Harwick in fiscal 2024 and explain."
        events = await ask(app, text)
    if events[-1].answer.table is not None:
        assert cloud.completions == []
        assert local.chats == []


async def test_no_prompt_goes_to_a_tracing_service_whatever_the_environment_says(
    opened, cloud, local, monkeypatch
):
    with openrouter_server() as tracing:
        monkeypatch.setenv("LANGSMITH_TRACING", "true")
        for name in ("LANGSMITH", "LANGCHAIN"):
            monkeypatch.setenv(f"{name}_TRACING_V2", "true")
            monkeypatch.setenv(f"{name}_ENDPOINT", tracing.url)
            monkeypatch.setenv(f"{name}_API_KEY", "lsv2_pt_x")
        cloud.answer = steps((search("net sales of Harwick"),), sales)
        async with opened() as app:
            events = await ask(app, documents=PUBLIC)
        assert isinstance(events[-1], Answered)
        assert of(Routed, events)[0].route.destination is Destination.CLOUD
        assert tracing.connections == 0
