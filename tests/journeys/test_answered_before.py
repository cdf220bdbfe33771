"""A question asked again is answered from the cache, as long as nothing it stands on has changed."""

import json
from collections import Counter
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from assistant.bootstrap import open_app
from assistant.domain.answers import Destination, EarlierTurn, Question, Route, Scope, ToolCall
from assistant.domain.completions import (
    CompletionEvent,
    CompletionRequest,
    Routed,
    TextDelta,
    Usage,
)
from assistant.domain.events import Answered, ToolFinished, ToolStarted, Understood
from assistant.domain.filings import Sensitivity
from assistant.domain.ingestion import Upload
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.settings import Settings, Switch
from assistant.turn import final_answer
from tests.journeys.orchards import FILING

pytestmark = pytest.mark.anyio
OTHER = FILING.replace(b"BRINDLECOMBE ORCHARDS", b"QUILLHAVEN").replace(b"391,035", b"102,400")
NAME = "Brindlecombe 10-K 2024"
TEXT = "What were Brindlecombe's total net sales in fiscal 2024?"
AGAIN = "In FY2024, what were the total net sales of Brindlecombe"
QUESTION = Question(TEXT, LOCAL_USER, date(2026, 1, 2))


@dataclass
class Scripted:
    """A model that says what it is told and counts how often it is asked."""

    answer: str = "Net sales were $391,035 thousand in fiscal 2024 [{label}]."
    destination: Destination = Destination.CLOUD
    interrupted: str = ""
    refused: bool = False
    asked: list[CompletionRequest] = field(default_factory=list)

    async def stream(self, request: CompletionRequest) -> AsyncGenerator[CompletionEvent, None]:
        self.asked.append(request)
        yield Routed(Route(self.destination, ("scripted",)))
        label = next(one.label for one in request.evidence if "391,035" in one.text)
        yield TextDelta(self.answer.format(label=label))
        yield Usage(
            "scripted", cost_usd=Decimal("0.25"), refused=self.refused, interrupted=self.interrupted
        )


@pytest.fixture(scope="module")
async def opened(database_server, template_database, tmp_path_factory):
    """One application for all tests of this file: reading a filing is the slow part of them."""
    name = f"aei_test_{uuid4().hex[:12]}"
    create = sql.SQL("create database {} template {}")
    names = (sql.Identifier(name), sql.Identifier(template_database))
    dsn = await database_server.dsn()
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        await connection.execute(create.format(*names))
    folder, url = tmp_path_factory.mktemp("answers"), make_conninfo(dsn, dbname=name)
    settings = Settings(data_dir=folder, database_url=url, readers=1, _env_file=None)
    async with open_app(settings) as app:
        yield app, settings


@pytest.fixture
async def store(opened):
    """The application with one public filing and an empty cache."""
    app, _ = opened
    for filing in await app.catalogue.filings():
        for entry in filing.placements:
            if entry.name != NAME:
                await app.life.delete(entry.id, LOCAL_USER)
    await ingest(app, FILING, f"{NAME}.txt")
    await app.life.label(NAME, LOCAL_USER, Sensitivity.PUBLIC)
    await execute(app, "delete from cached_answer")
    return app


async def ingest(app, data, name, **more):
    [outcome] = [one async for one in app.ingest.ingest([Upload(name, data, name, **more)])]
    return outcome.filing


async def ask(app, question=QUESTION, **changes):
    return await final_answer(app.assistant.ask(replace(question, **changes)))


def with_model(app, model):
    """The same application with this model behind everything, expected to answer."""

    async def expected(_):
        return Destination.CLOUD

    memory = replace(app.assistant.memory, expected=expected)
    return replace(app, assistant=replace(app.assistant, model=model, memory=memory))


async def rows(app, statement="select key, filings, answer from cached_answer order by slot"):
    async with app.postgres.connection() as connection:
        return await (await connection.execute(statement.encode())).fetchall()


async def execute(app, statement, *values):
    async with app.postgres.connection() as connection:
        await connection.execute(statement.encode(), values or None)


async def test_the_same_question_is_answered_once_and_costs_nothing_again(store):
    model = Scripted()
    app = with_model(store, model)
    first, second = await ask(app), await ask(app, text=AGAIN)

    assert (first.cached, first.cost_usd) == (False, Decimal("0.25"))
    assert (second.cached, second.cost_usd) == (True, 0)
    assert len(model.asked) == 1
    made_anew = {"cost_usd": first.cost_usd, "route": first.route, "timings": first.timings}
    assert replace(second, **made_anew, cached_from=None) == first
    newest, oldest = await app.audit.latest(2)
    again, asked = json.loads(newest.text), json.loads(oldest.text)
    assert again["cached_from"] == second.cached_from == oldest.seq
    assert again["answer_sha256"] == asked["answer_sha256"]
    assert (asked["left_machine"], again["left_machine"]) == (["question", "given"], [])
    assert (again["question"], again["cost_usd"]) == (AGAIN, "0")


async def test_a_hit_searches_nothing_and_its_citations_open(store):
    await ask(store)
    events = [event async for event in store.assistant.ask(QUESTION)]
    assert [type(event) for event in events] == [Understood, Routed, TextDelta, Answered]
    answer = events[-1].answer
    [citation, *_] = answer.citations
    page = await store.catalogue.page(citation.locator.filing_id, citation.locator.page)
    assert page.text[citation.locator.start : citation.locator.end] == citation.quote
    assert "earlier answer" in answer.route.reasons[0]
    assert answer.timings["cache"] > 0


async def test_a_follow_up_finds_the_answer_of_the_question_it_means(store):
    await ask(store)
    history = (EarlierTurn("What were Brindlecombe's total net sales in fiscal 2023?"),)
    assert (await ask(store, text="and in fiscal 2024?", history=history)).cached
    assert not (await ask(store, text="and in fiscal 2023?", history=history)).cached


CHANGES = {
    "another reader": {"asked_by": Principal("eve", Role.VIEWER)},
    "another day": {"as_of": date(2026, 1, 3)},
    "another scope": {"scope": Scope((NAME,))},
    "another wish": {"model": Destination.LOCAL},
    "another year": {"text": TEXT.replace("2024", "2023")},
    "a sensitive message before": {"history": (EarlierTurn("My IBAN is DE89370400440532013000"),)},
    "something sensitive": {"text": f"{TEXT} My IBAN is DE89370400440532013000"},
}


@pytest.mark.parametrize("change", CHANGES)
async def test_another_question_or_reader_gets_no_answer_of_before(store, change):
    await ask(store)
    assert not (await ask(store, **CHANGES[change])).cached
    assert (await ask(store)).cached


async def test_a_reader_of_the_same_rights_gets_it(store):
    await ask(store, asked_by=Principal("ann", Role.ANALYST))
    assert (await ask(store, asked_by=Principal("bob", Role.ANALYST))).cached
    assert not (await ask(store, asked_by=Principal("ann", Role.VIEWER))).cached


@pytest.mark.parametrize(
    "model",
    [
        Scripted(interrupted="The answer breaks off here."),
        Scripted(refused=True),
        Scripted("Net sales were $999,999 thousand in fiscal 2024 [{label}]."),
        Scripted("Net sales were fine."),
        Scripted(destination=Destination.LOCAL),
    ],
    ids=["interrupted", "refused", "unsupported figure", "uncited", "made elsewhere"],
)
async def test_what_is_no_whole_proved_answer_of_its_model_is_not_kept(store, model):
    app = with_model(store, model)
    await ask(app)
    assert await rows(app) == []
    assert not (await ask(app)).cached


@dataclass
class Calling:
    """An agent that calls a tool before it answers."""

    model: Scripted
    tool: str

    async def stream(self, request):
        yield ToolStarted(self.tool)
        yield ToolFinished(self.tool, (), 0.1)
        async for event in self.model.stream(request):
            yield event


@pytest.mark.parametrize(("tool", "kept"), [("calculator", True), ("portfolio", False)])
async def test_what_an_agent_took_from_a_tool_of_ones_own_is_not_kept(store, tool, kept):
    app = with_model(store, Calling(Scripted(), tool))
    await ask(app)
    assert (await ask(app)).cached == kept


async def test_what_has_effects_outside_happens_each_time_it_is_allowed(store):
    await ask(store)
    allowed = (ToolCall("send_report", '{"to": "desk"}'),)
    assert not (await ask(store, allowed=allowed)).cached
    assert (await ask(store)).cached


@pytest.mark.parametrize("label", Sensitivity)
async def test_confidential_and_restricted_text_is_not_kept(store, label):
    await store.life.label(NAME, LOCAL_USER, label)
    await ask(store)
    again = await ask(store)
    assert "391,035" in again.text
    assert again.cached == (label in {Sensitivity.PUBLIC, Sensitivity.INTERNAL})
    assert bool(await rows(store)) == again.cached


async def a_new_filing(app):
    await ingest(app, OTHER, "Quillhaven 10-K 2024.txt")


async def another_name(app):
    await ingest(app, FILING, "the same by another name.txt")


async def a_deletion(app):
    await app.life.delete("Quillhaven 10-K 2023", LOCAL_USER)


async def a_label(app):
    await app.life.label(NAME, LOCAL_USER, Sensitivity.INTERNAL)


async def a_retention(app):
    await app.life.retain("Quillhaven 10-K 2023", LOCAL_USER, date(2020, 1, 1))


async def a_new_reading(app):
    await app.upkeep.reconciler.reread(await app.catalogue.get(NAME))


async def a_release_of_text(app):
    number = "(select no from filing where name = 'Quillhaven 10-K 2023')"
    await execute(
        app,
        "insert into finding (filing_no, position, kind, rule, severity, excerpt, page, start_at,"
        f" end_at, withheld) values ({number}, 90, 'instruction', 'x', 'high', 'x', 1, 0, 9, true)",
    )
    assert (await ask(app)).cached  # what is withheld answers nothing
    await app.life.release_text("Quillhaven 10-K 2023", LOCAL_USER, "read it")


@pytest.mark.parametrize(
    "change",
    [
        a_new_filing,
        another_name,
        a_deletion,
        a_label,
        a_retention,
        a_new_reading,
        a_release_of_text,
    ],
)
async def test_whatever_changes_what_may_answer_makes_the_question_be_asked_again(store, change):
    await ingest(store, OTHER.replace(b"2024", b"2023"), "Quillhaven 10-K 2023.txt")
    await ask(store)
    assert (await ask(store)).cached
    await change(store)
    assert not (await ask(store)).cached
    assert (await ask(store)).cached


async def test_the_text_of_a_deleted_or_relabelled_filing_leaves_the_cache_at_once(store):
    await ingest(store, OTHER, "Quillhaven 10-K 2024.txt")
    await ask(store)
    await ask(store, text="What were Quillhaven's total net sales in fiscal 2024?")
    assert len(await rows(store)) == 2
    removal = await store.life.delete(NAME, LOCAL_USER)
    assert removal.counts["answers"] >= 1
    assert all("391,035" not in answer for _, _, answer in await rows(store))
    await ask(store, text="What were Quillhaven's total net sales in fiscal 2024?")
    await store.life.label("Quillhaven 10-K 2024", LOCAL_USER, Sensitivity.RESTRICTED)
    assert await rows(store) == []


@dataclass
class Meanwhile:
    """A model during whose answer something happens."""

    model: Scripted
    happens: object

    async def stream(self, request):
        async for event in self.model.stream(request):
            yield event
        await self.happens()


async def test_an_answer_of_an_old_catalogue_is_not_kept_for_the_new_one(store):
    async def happens():
        await a_new_filing(store)

    app = with_model(store, Meanwhile(Scripted(), happens))
    assert not (await ask(app)).refused
    assert await rows(app) == []
    assert not (await ask(with_model(store, Scripted()))).cached


async def test_an_answer_whose_filing_is_deleted_meanwhile_is_withdrawn_and_not_kept(store):
    async def happens():
        await store.life.delete(NAME, LOCAL_USER)

    app = with_model(store, Meanwhile(Scripted(), happens))
    assert (await ask(app)).refused
    assert await rows(app) == []


FORGERIES = {
    "its text": "update cached_answer set answer = replace(answer, '391,035', '999,999')",
    "its citation": "update cached_answer set answer = replace(answer, '\"start\":', '\"start\":1')",
    "its verdict": "update cached_answer set answer = replace(answer, 'verified', 'derived')",
    "its key": "update cached_answer set key = reverse(key)",
    "all of it": "update cached_answer set answer = '{}'",
}


@pytest.mark.parametrize("forgery", FORGERIES)
async def test_a_row_that_was_changed_in_the_database_is_no_answer(store, forgery):
    await ask(store)
    before = await rows(store)
    await execute(store, FORGERIES[forgery])
    assert await rows(store) != before
    again = await ask(store)
    assert not again.cached
    assert "391,035" in again.text


async def test_an_answer_moved_under_another_question_is_no_answer_to_it(store):
    other = "How many hectares does the largest valley hold?"
    await ask(store)
    [(key, _, answer)] = await rows(store)
    await ask(store, text=other)
    assert (await ask(store, text=other)).cached
    await execute(store, "update cached_answer set answer = %s where key <> %s", answer, key)
    assert (await ask(store)).cached
    again = await ask(store, text=other)
    assert not again.cached
    assert "1,204" in again.text


async def test_an_answer_grows_old_and_is_tidied_away(store):
    await ask(store)
    await execute(store, "update cached_answer set kept_at = now() - interval '8 days'")
    answers = store.upkeep.answers
    assert not (await ask(store)).cached
    await execute(store, "update cached_answer set kept_at = now() - interval '8 days'")
    assert await answers.tend() == 1
    assert await rows(store) == []


async def test_the_daily_run_removes_what_can_never_be_found_again(store):
    await ask(store)
    assert await store.upkeep.answers.tend() == 0
    await a_new_filing(store)
    await store.upkeep.run()
    assert await rows(store) == []


async def test_the_cache_never_holds_more_answers_than_it_may(store):
    answers = replace(store.upkeep.answers, size=2)
    memory = replace(store.assistant.memory, cache=answers)
    app = replace(store, assistant=replace(store.assistant, memory=memory))
    for day in range(1, 9):
        await ask(app, as_of=date(2026, 2, day))
    assert len(await rows(app)) <= 2
    assert (await ask(app, as_of=date(2026, 2, 8))).cached


async def test_a_cache_that_is_off_keeps_and_gives_nothing(store, opened):
    await ask(store)
    async with open_app(opened[1].model_copy(update={"answer_cache": Switch.OFF})) as app:
        assert not (await ask(app)).cached
        assert not (await ask(app)).cached


async def test_another_process_gives_it_too_unless_another_model_is_set_up(store, opened):
    await ask(store)
    async with open_app(opened[1]) as app:
        assert (await ask(app)).cached
    async with open_app(opened[1].model_copy(update={"ollama_model": "another:1b"})) as app:
        assert not (await ask(app)).cached


async def test_who_wants_a_fresh_answer_gets_one_and_the_next_repeat_is_of_it(store):
    first = await ask(store)
    fresh = await ask(store, fresh=True)
    again = await ask(store)
    assert (first.cached, fresh.cached, again.cached) == (False, False, True)
    newest, made_anew, *_ = await store.audit.latest(2)
    assert json.loads(newest.text)["cached_from"] == again.cached_from == made_anew.seq


async def test_what_is_asked_twice_is_counted_as_answered_here(store):
    async def counted():
        mine = [one for one in await app.assistant.ledger.tallies(1) if one.who == LOCAL_USER.id]
        return {(one.model, one.destination): one.answers for one in mine}

    app = with_model(store, Scripted())
    before = Counter(await counted())
    await ask(app)
    assert (await ask(app)).cached
    made, given_again = ("scripted", Destination.CLOUD), ("answer cache", Destination.BUILTIN)
    assert Counter(await counted()) - before == {made: 1, given_again: 1}


async def test_a_very_long_question_is_asked_each_time(store):
    long = TEXT + " Apples and pears grow in valleys." * 70
    await ask(store, text=long)
    assert not (await ask(store, text=long)).cached
    assert await rows(store) == []


async def test_a_filing_labelled_by_its_collection_leaves_the_cache_too(store):
    await ask(store)
    assert len(await rows(store)) == 1
    await execute(
        store,
        "create function strict() returns trigger language plpgsql as"
        " $$ begin new.sensitivity := 'restricted'; return new; end $$;"
        "create trigger strict before update on filing for each row execute function strict();"
        "update filing set placed = placed + 1;"
        "drop trigger strict on filing; drop function strict();",
    )
    assert await rows(store) == []
