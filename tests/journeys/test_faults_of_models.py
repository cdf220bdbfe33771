"""Whatever happens to a model, the user gets an answer or a clear sentence, and secrets stay here.

Each row breaks a server in one way and asks one question through `Assistant.ask`: a real database,
real clients, protocol servers on real sockets. `cloud` and `local` are how the servers behave, `wish`
where the user wants the question answered. Every model that is not broken answers with a cited
figure, so an answer says who wrote it.
"""

import asyncio
import re
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from assistant.bootstrap import open_app, open_router
from assistant.bootstrap.models import open_models
from assistant.domain.answers import Destination, EarlierTurn, FigureStatus, Question
from assistant.domain.auditing import AuditKind
from assistant.domain.completions import TextDelta, Waiting
from assistant.domain.filings import Sensitivity
from assistant.domain.ingestion import Upload
from assistant.domain.people import LOCAL_USER
from assistant.rag.compared import compare
from assistant.routing.comparing import ComparingModel
from assistant.settings import Settings
from assistant.turn import Assistant
from assistant.wire import audit_json
from tests.conftest import fresh_database
from tests.servers import ollama, openrouter
from tests.servers.ollama import Held, Manner
from tests.servers.openrouter import Reply, failing

pytestmark = pytest.mark.anyio
CLOUD, LOCAL, BUILTIN = Destination.CLOUD, Destination.LOCAL, Destination.BUILTIN
FILING = b"""Marlowe Tin, Inc.

Item 7. Management's Discussion

Net sales were $310 million in fiscal 2024, against $285 million in fiscal 2023.
"""
MEMO = b"""Hollin Quarries, Inc.

Item 7. Management's Discussion

Net sales were $47 million in fiscal 2024, against $41 million in fiscal 2023.
"""
PLAIN = "What were the net sales of Marlowe Tin in fiscal 2024?"
SECRET = "What were the net sales of Marlowe Tin in fiscal 2024? My SSN is 536-22-8145."
LABELLED = "What were the net sales of Hollin Quarries in fiscal 2024?"
STALL = Reply(text=("Net sales", " rose."), stall_after=1)
REFUSED = "refused"
SLOW = 60
LOADING = Manner(load_s=SLOW)


def key_in(body):
    """The key of the first piece of evidence in a prompt."""
    return re.search(r"\bE\d{4}\b", body["messages"][-1]["content"])[0]


def local_says(body):
    return f"The local model found $310 million [{key_in(body)}]."


def cloud_says(body):
    return Reply(text=("The cloud model found $310 ", f"million [{key_in(body)}]."))


@dataclass(frozen=True)
class Row:
    """One fault.

    Args:
        name: What happens.
        expected: Who answers.
        reads: What the user reads: a part of the reasons, of the sentence that ends a broken text,
            or of the text.
        cloud: How the cloud server answers each time; `REFUSED`: nobody listens; None: as it should.
        local: Likewise, the local one.
        wish: Where the user wants it answered.
        text: The question.
        before: What was said before it.
        settings: Those that differ.
        interrupted: Whether the text breaks off.
        held: What the local server holds.
    """

    name: str
    expected: Destination
    reads: str
    cloud: Reply | str | None = None
    local: Manner | str | None = None
    wish: Destination | None = CLOUD
    text: str = PLAIN
    before: str = ""
    settings: dict = field(default_factory=dict)
    interrupted: bool = False
    held: Held = field(default_factory=lambda: Held(loaded=12_288))

    def cloud_reply(self, body):
        """What the cloud server answers to a request."""
        return self.cloud if isinstance(self.cloud, Reply) else cloud_says(body)


FIRST = {"openrouter_first_token_timeout_s": 0.4, "openrouter_silence_timeout_s": 30}
IDLE = {"openrouter_idle_timeout_s": 0.4}
ERROR = {"code": 502, "message": "Provider disconnected"}
ROWS = (
    Row("all is well", CLOUD, "cloud model found"),
    Row("all is well here", LOCAL, "local model found", wish=None),
    # the cloud fails before its first word: the local model answers
    Row("connection refused", LOCAL, "cannot be reached, so the local", REFUSED),
    Row("slow first token", LOCAL, "within 0.4 s, so the local", Reply(first_s=SLOW), settings=FIRST),
    Row("only comments", LOCAL, "so the local", Reply(comments=500, comment_s=0.1), settings=FIRST),
    Row("error chunk first", LOCAL, "so the local", Reply(error_after=0, error=ERROR)),
    Row("error code as a word", LOCAL, "so the local",
        Reply(error_after=0, error={"code": "overloaded", "message": "full"})),
    Row("malformed line first", LOCAL, "so the local", Reply(malformed_after=0, text=())),
    Row("nothing said", LOCAL, "answered with nothing, so the local", Reply(text=())),
    Row("402 in flight", LOCAL, "questions in flight, so the local", openrouter.IN_FLIGHT),
    Row("402 credits", LOCAL, "credits are used up", openrouter.NO_CREDITS),
    Row("402 too heavy", LOCAL, "so the local", openrouter.TOO_HEAVY),
    Row("402 limit of the key", LOCAL, "limit of the OpenRouter key", openrouter.KEY_LIMIT),
    Row("key revoked", LOCAL, "does not accept the key", openrouter.REVOKED),
    Row("403 moderation", LOCAL, "moderation refused", openrouter.FLAGGED),
    Row("400 too long", LOCAL, "does not fit the cloud model", openrouter.TOO_LONG),
    Row("408", LOCAL, "took too long", failing(408)),
    Row("429 without a pause", LOCAL, "slow down", failing(429)),
    Row("429 with a long pause", LOCAL, "slow down", failing(429, headers={"Retry-After": "60"})),
    Row("500", LOCAL, "so the local", failing(500)),
    Row("502", LOCAL, "failed", failing(502)),
    Row("503 no provider", LOCAL, "no provider", openrouter.NO_PROVIDER),
    Row("budget spent", LOCAL, "has no room", settings={"cloud_budget_usd_per_day": "0.001"}),
    Row("redirect", LOCAL, "not followed",
        replace(failing(302), headers={"Location": "http://127.0.0.1:1/"})),
    # the cloud fails after its first word: the text stays
    Row("idle stall", CLOUD, "breaks off here", STALL, settings=IDLE, interrupted=True),
    Row("cut stream", CLOUD, "breaks off here",
        Reply(text=("Net sales", " rose."), cut_after=1), interrupted=True),
    Row("reset stream", CLOUD, "breaks off here",
        Reply(text=("Net sales", " rose."), cut_after=1, reset=True), interrupted=True),
    Row("error chunk in the middle", CLOUD, "breaks off here",
        Reply(text=("Net sales", " rose."), error_after=1, error=ERROR), interrupted=True),
    Row("malformed line in the middle", CLOUD, "breaks off here",
        Reply(text=("Net sales", " rose."), malformed_after=1), interrupted=True),
    Row("out of tokens", CLOUD, "", Reply(text=("Net sales", " rose"), finish="length"),
        interrupted=True),
    Row("missing usage", CLOUD, "Net sales", Reply(text="Net sales rose.", usage=None)),
    Row("wrong usage", CLOUD, "Net sales",
        Reply(text="Net sales rose.", usage={"prompt_tokens": -5, "cost": "much"})),
    Row("another model answered", CLOUD, "other/model answered through OpenRouter for",
        Reply(text="Net sales rose.", model="other/model")),
    # both fail: the built-in answerer answers
    Row("both refuse", BUILTIN, "and Ollama is not running", REFUSED, REFUSED),
    Row("no cloud, no model here", BUILTIN, "does not have the model", REFUSED,
        settings={"ollama_model": "llama9:1b"}),
    Row("slow load", BUILTIN, "not loaded within 0.4 s", wish=None, held=Held(),
        settings={"ollama_load_timeout_s": 0.4}),
    Row("slow first token here", BUILTIN, "wrote nothing within 0.4 s", None,
        Manner(first_token_s=SLOW), wish=None, settings={"ollama_first_token_timeout_s": 0.4}),
    Row("idle stall here", LOCAL, "breaks off here", None, Manner(stall_after=2), wish=None,
        settings={"ollama_idle_timeout_s": 0.4}, interrupted=True),
    Row("cut stream here", LOCAL, "breaks off here", None, Manner(cut_after=2), wish=None,
        interrupted=True),
    Row("malformed line here", LOCAL, "breaks off here", None, Manner(malformed_after=2), wish=None,
        interrupted=True),
    Row("error line after 200", BUILTIN, "so the built-in", None, Manner(error_after=0), wish=None),
    Row("503 queue full", BUILTIN, "Ollama is busy", None, Manner(status=503, error=ollama.BUSY),
        wish=None),
    Row("500 here", BUILTIN, "Ollama failed", None, Manner(status=500), wish=None),
    Row("silent context cut", LOCAL, "breaks off here", None, Manner(window=20), wish=None,
        interrupted=True),
    Row("context overflow", BUILTIN, "so the built-in", None,
        Manner(status=400, error=ollama.OVERFLOW), wish=None),
    Row("a -cloud model behind the daemon", BUILTIN, "is not run by this Ollama", wish=None,
        held=Held(loaded=12_288, remote_host="https://ollama.com")),
    Row("all models together take too long", BUILTIN, "not done within 0.5 s", Reply(first_s=SLOW),
        settings={"answer_timeout_s": 0.5}),
    Row("wrong usage here", LOCAL, "local model found", None,
        Manner(prompt_count=None, reply_count=-7), wish=None),
    Row("another model answers here", LOCAL, "local model found", None, Manner(named="other:1b"),
        wish=None),
    # sensitive text: the wish for the cloud changes nothing, and no fault opens the door
    Row("a secret", LOCAL, "never leaves this machine", text=SECRET),
    Row("a secret, refused here", BUILTIN, "never leaves this machine", None, REFUSED, text=SECRET),
    Row("a secret, full here", BUILTIN, "is busy", None, Manner(status=503, error=ollama.BUSY),
        text=SECRET),
    Row("a secret, silent here", BUILTIN, "wrote nothing", None, Manner(first_token_s=SLOW),
        text=SECRET, settings={"ollama_first_token_timeout_s": 0.4}),
    Row("a secret, cut here", LOCAL, "breaks off here", None, Manner(cut_after=2), text=SECRET,
        interrupted=True),
    Row("a secret, a -cloud model", BUILTIN, "is not run by this Ollama", text=SECRET,
        held=Held(loaded=12_288, remote_host="https://ollama.com")),
    Row("a secret before it, refused here", BUILTIN, "never leaves", None, REFUSED,
        before="My SSN is 536-22-8145."),
    Row("a label, refused here", BUILTIN, "labelled confidential", None, REFUSED, text=LABELLED),
    Row("a label, error here", BUILTIN, "labelled confidential", None, Manner(status=500),
        text=LABELLED),
)  # fmt: skip


@pytest.fixture(scope="module")
async def app(database_server, template_database, tmp_path_factory):
    """The application over one store for all rows, with two filings in it."""
    folder = tmp_path_factory.mktemp("models")
    async with fresh_database(database_server, template_database) as database:
        settings = Settings(
            data_dir=folder,
            database_url=database.url,
            readers=1,
            answer_cache="off",
            _env_file=None,
        )
        async with open_app(settings) as opened:
            uploads = [
                Upload("Marlowe Tin 10-K 2024.txt", FILING),
                Upload("Hollin memo.txt", MEMO, sensitivity=Sensitivity.CONFIDENTIAL),
            ]
            assert [one.error async for one in opened.ingest.ingest(uploads)] == [None, None]
            yield opened


@dataclass
class Servers:
    """Both servers as a row wants them, and an assistant that asks them."""

    cloud: openrouter.OpenRouter
    local: ollama.Ollama
    assistant: Assistant
    app: object

    async def ask(self, row):
        history = (EarlierTurn(row.before),) if row.before else ()
        day = date(2026, 11, 20)
        question = Question(row.text, LOCAL_USER, day, history=history, model=row.wish)
        async with asyncio.timeout(SLOW), aclosing(self.assistant.ask(question)) as events:
            return [event async for event in events]

    async def answer(self, row):
        *_, last = await self.ask(row)
        return last.answer

    async def last_entry(self):
        [record] = await self.app.audit.latest(1, kind=AuditKind.ASK)
        return audit_json(record)["entry"]


@asynccontextmanager
async def serving(app, row, folder):
    """Run both servers as a row wants them, and join the models as bootstrap does."""
    async with AsyncExitStack() as stack:
        cloud = stack.enter_context(openrouter.openrouter_server(answer=row.cloud_reply))
        manner = row.local if isinstance(row.local, Manner) else Manner()
        local = ollama.Ollama({ollama.MODEL: row.held}, local_says, manner, load=LOADING)
        stack.enter_context(ollama.running(local))
        chosen = Settings(
            data_dir=folder,
            openrouter_api_key=openrouter.KEY,
            openrouter_url=openrouter.refusing_url() if row.cloud is REFUSED else cloud.url,
            ollama_url=ollama.refused_url() if row.local is REFUSED else local.url,
            _env_file=None,
            **row.settings,
        )
        router = open_router(chosen, app.retriever.embedder)
        prompts, ledger = app.assistant.prompt.prompts, app.assistant.ledger
        models = await open_models(chosen, router, prompts, ledger, stack)
        model = ComparingModel(models.answering, compare)
        yield Servers(cloud, local, replace(app.assistant, router=router, model=model), app)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_every_fault_ends_in_an_answer_or_a_clear_sentence(app, row, tmp_path):
    async with serving(app, row, tmp_path) as servers:
        answer = await servers.answer(row)
        entry = await servers.last_entry()
    assert answer.route.destination is row.expected
    assert row.reads in " ".join([*answer.route.reasons, answer.interrupted, answer.text])
    assert bool(answer.interrupted) is row.interrupted
    assert answer.text.strip()
    assert (answer.cost_usd > 0) is (row.expected is CLOUD)
    if row.expected is BUILTIN or row.interrupted is False:
        assert answer.figures or "rose" in answer.text
    if row.text is not PLAIN or row.before:
        assert servers.cloud.connections == 0
        assert entry["left_machine"] == []
    reached = bool(servers.cloud.completions) or row.cloud is REFUSED
    assert bool(entry["left_machine"]) is reached


def test_the_table_has_the_rows_that_were_promised():
    assert len(ROWS) >= 25
    assert len({row.name for row in ROWS}) == len(ROWS)


SENT = ["question", "given"]


async def test_a_cited_answer_of_either_model_is_checked_like_any_other(app, tmp_path):
    async with serving(app, Row("", CLOUD, ""), tmp_path) as servers:
        for wish in (CLOUD, LOCAL):
            answer = await servers.answer(Row("", wish, "", wish=wish))
            assert answer.route.destination is wish
            [figure] = answer.figures
            assert (figure.text, figure.status) == ("$310 million", FigureStatus.VERIFIED)
            [citation] = answer.citations
            assert "$310 million in fiscal 2024" in citation.quote
            assert (answer.cost_usd > 0) is (wish is CLOUD)


async def test_a_model_that_was_found_broken_is_left_alone(app, tmp_path):
    row = Row("", BUILTIN, "", openrouter.REVOKED, Manner(status=404, error="model not found"))
    async with serving(app, row, tmp_path) as servers:
        for _ in range(4):
            answer = await servers.answer(row)
            assert answer.route.destination is BUILTIN
        assert len(servers.cloud.completions) == 1
        assert len(servers.local.chats) == 1
        assert (await servers.last_entry())["left_machine"] == []
    [reason] = answer.route.reasons[1:]
    assert reason.count("asked again in") == 2


@pytest.mark.parametrize("shown", [False, True])
async def test_a_user_who_stops_stops_the_cloud_and_the_log_says_what_left(app, tmp_path, shown):
    row = Row("", CLOUD, "", STALL if shown else Reply(first_s=SLOW))
    async with serving(app, row, tmp_path) as servers:
        await stopped(servers, row, lambda: servers.cloud.completions, shown)
        assert await asyncio.to_thread(servers.cloud.wait_for, lambda: servers.cloud.cancelled)
        entry = await servers.last_entry()
        assert (entry["outcome"], entry["left_machine"]) == ("stopped", SENT)
        assert servers.local.asked == []


@pytest.mark.parametrize("shown", [False, True])
async def test_a_user_who_stops_stops_the_local_model(app, tmp_path, shown):
    local = Manner(stall_after=2) if shown else Manner(first_token_s=SLOW)
    row = Row("", LOCAL, "", None, local, text=SECRET)
    async with serving(app, row, tmp_path) as servers:
        await stopped(servers, row, lambda: servers.local.chats, shown)
        [chat] = servers.local.chats
        gone = lambda: chat.ended == "cancelled"  # noqa: E731
        assert await asyncio.to_thread(servers.cloud.wait_for, gone)
        entry = await servers.last_entry()
        assert (entry["outcome"], entry["left_machine"]) == ("stopped", [])
        assert servers.cloud.connections == 0


async def stopped(servers, row, asked, shown):
    """Ask, wait until the server has the question (and some text is shown), stop."""
    text = asyncio.Event()

    async def read():
        question = Question(row.text, LOCAL_USER, date(2026, 11, 20), model=row.wish)
        async with aclosing(servers.assistant.ask(question)) as events:
            async for event in events:
                if isinstance(event, TextDelta):
                    text.set()

    task = asyncio.create_task(read())
    assert await asyncio.to_thread(servers.cloud.wait_for, asked)
    if shown:
        await asyncio.wait_for(text.wait(), SLOW)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_who_waits_for_the_local_model_reads_the_place(app, tmp_path):
    row = Row("", LOCAL, "", wish=LOCAL)
    async with serving(app, row, tmp_path) as servers:
        servers.local.next = [Manner(first_token_s=1)]
        first = asyncio.create_task(servers.ask(row))
        assert await asyncio.to_thread(servers.cloud.wait_for, lambda: servers.local.chats)
        second, third = await asyncio.gather(servers.ask(row), servers.ask(row))
        await first
    waited = [[e.text for e in events if isinstance(e, Waiting)] for events in (second, third)]
    assert ["your question is next"] in waited
    assert ["1 question is before yours", "your question is next"] in waited


def corrected(wrong, right):
    """A model that states `wrong`, and `right` when it is asked to look again."""
    return lambda body: (
        f"Net sales were {right if '<answer>' in body['messages'][-1]['content'] else wrong} "
        f"in fiscal 2024 [{key_in(body)}]."
    )


@pytest.mark.parametrize("wish", [CLOUD, LOCAL])
async def test_a_figure_that_is_not_in_the_evidence_is_looked_up_once_more(app, tmp_path, wish):
    says = corrected("$999 million", "$310 million")
    async with serving(app, Row("", wish, ""), tmp_path) as servers:
        servers.local.reply, servers.cloud.answer = says, lambda body: Reply(text=says(body))
        events = await servers.ask(Row("", wish, "", wish=wish))
        answer = events[-1].answer
        asked = servers.cloud.completions if wish is CLOUD else servers.local.chats
        assert len(asked) == 2
    first, second = answer.text.split("\n\nChecked again: ")
    assert first == "Net sales were $999 million in fiscal 2024 [1]."
    assert second == "Net sales were $310 million in fiscal 2024 [1]."
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == answer.text
    assert {f.text: f.status.value for f in answer.figures} == {
        "$999 million": "unsupported",
        "$310 million": "verified",
    }


@pytest.mark.parametrize("again", ["$998 million", Reply(status=500), "NO_ANSWER"])
async def test_a_second_look_that_does_not_help_leaves_the_figure_flagged(app, tmp_path, again):
    async with serving(app, Row("", CLOUD, ""), tmp_path) as servers:
        servers.cloud.replies = [Reply(text="Net sales were $999 million in fiscal 2024.")]
        servers.cloud.answer = lambda body: again if isinstance(again, Reply) else Reply(text=again)
        answer = await servers.answer(Row("", CLOUD, ""))
        assert servers.local.asked == []
    assert answer.text == "Net sales were $999 million in fiscal 2024."
    assert [f.status.value for f in answer.figures] == ["unsupported"]
    assert not answer.refused


@pytest.mark.parametrize("wish", [CLOUD, LOCAL])
async def test_a_model_that_finds_no_answer_says_so_and_the_mark_is_not_shown(app, tmp_path, wish):
    says = "NO_ANSWER\nThe evidence ends with fiscal 2024."
    async with serving(app, Row("", wish, ""), tmp_path) as servers:
        servers.local.reply, servers.cloud.answer = lambda _: says, lambda _: Reply(text=says)
        events = await servers.ask(Row("", wish, "", wish=wish))
    answer = events[-1].answer
    assert answer.refused
    assert answer.text == "The evidence ends with fiscal 2024."
    assert "".join(e.text for e in events if isinstance(e, TextDelta)) == answer.text


class Nothing:
    """A search that finds nothing."""

    name = "search_filings"

    async def run(self, query, question):
        return []


async def test_without_evidence_nobody_is_asked(app, tmp_path):
    row = Row("", CLOUD, "")
    async with serving(app, row, tmp_path) as servers:
        servers.assistant = replace(servers.assistant, tools={"search_filings": Nothing()})
        answer = await servers.answer(row)
        assert servers.cloud.connections == 0
        assert servers.local.asked == []
    assert answer.refused
    assert "nothing was found to answer from" in answer.route.reasons[-1]
