"""A message that rows answer: from the chat's turn to the database and back, with a model on a port."""

import json
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest

from assistant.bootstrap import open_app
from assistant.domain.answers import Destination, EarlierTurn, Question, Source
from assistant.domain.errors import ServiceUnavailable
from assistant.domain.events import Answered, ToolFailed, ToolFinished
from assistant.domain.facts import Fact, FactPeriod
from assistant.domain.filings import BlobRef, Document, Filing, Page
from assistant.domain.ingestion import Upload
from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import Drafted, Failed, Linked
from assistant.domain.structure import Cover
from assistant.settings import ModelChoice, Settings
from tests.journeys.tagged import Report
from tests.servers import ollama, trading

pytestmark = pytest.mark.anyio
BY_USER = (
    "SELECT username, count(*) AS n FROM trades JOIN users USING (user_id) GROUP BY 1 ORDER BY 1"
)
ASKED = Question("Count the trades of each user", LOCAL_USER, date(2026, 3, 20))


@pytest.fixture
def model():
    with ollama.running() as server:
        server.models[ollama.MODEL].loaded = 40_960
        yield server


@pytest.fixture
async def app(database, empty_database, model, tmp_path):
    role = f"reader_{uuid4().hex[:8]}"
    trading.make(empty_database.url, role)
    settings = Settings(
        data_dir=tmp_path,
        database_url=database.url,
        analytics_url=empty_database.url,
        analytics_role=role,
        ollama_url=model.url,
        model=ModelChoice.LOCAL,
        readers=1,
        _env_file=None,
    )
    async with open_app(settings) as opened:
        yield opened
    trading.drop_role(empty_database.url, role)


async def told(app, question):
    async with aclosing(app.assistant.ask(question)) as events:
        return [event async for event in events]


def replies(model, *texts):
    said = list(texts)
    model.reply = lambda body: said.pop(0) if len(said) > 1 else said[0]


async def test_a_message_of_trading_is_answered_with_the_rows_of_who_asks(app, model):
    replies(model, json.dumps({"sql": BY_USER}))
    events = await told(app, ASKED)
    answer = events[-1].answer
    assert answer.data.rows.rows == (("ada", 1500), ("bob", 1500))
    assert answer.data.sql.endswith("LIMIT 10000")
    assert "| ada | 1,500 |" in answer.text
    kinds = [type(event) for event in events]
    assert kinds.index(Linked) < kinds.index(Drafted) < kinds.index(ToolFinished)
    own = replace(ASKED, text="Count my trades", asked_by=Principal("42", Role.ANALYST))
    answer = (await told(app, own))[-1].answer
    assert answer.data.rows.rows == (("bob", 1500),)


async def test_what_the_database_says_of_a_statement_is_shown_and_repaired(app, model):
    replies(model, "SELECT profit FROM trades", BY_USER)
    events = await told(app, ASKED)
    [failed] = [event for event in events if isinstance(event, Failed)]
    assert "profit" in failed.why
    assert events[-1].answer.data.attempts == 2


async def test_a_follow_up_refines_the_statement_before_it(app, model):
    replies(model, BY_USER)
    before = EarlierTurn(ASKED.text, "SELECT count(*) FROM trades WHERE symbol = 'SYM3'")
    await told(app, replace(ASKED, text="only by user", history=(before,)))
    prompt = json.dumps(model.chats[-1].json)
    assert "SYM3" in prompt


async def test_the_log_has_the_turn_and_the_statement(app, model):
    replies(model, BY_USER)
    await told(app, ASKED)
    noted = {one.text for one in await app.audit.latest(10)}
    assert any('"kind":"ask"' in text and ASKED.text in text for text in noted)
    assert any('"kind":"sql"' in text and "rows_sha256" in text for text in noted)


async def test_a_question_to_the_database_is_never_answered_from_the_cache(app, model):
    replies(model, BY_USER, "SELECT 1 AS one", "SELECT 2 AS two")
    first = (await told(app, ASKED))[-1].answer
    again = (await told(app, ASKED))[-1].answer
    assert (first.data.rows.columns, again.data.rows.columns) == (("username", "n"), ("one",))
    assert not again.cached


async def test_a_wish_for_filings_is_kept_though_the_words_are_of_trading(app, model):
    events = await told(app, replace(ASKED, source=Source.FILINGS))
    assert events[-1].answer.data is None


async def test_without_a_database_a_sure_question_says_so_and_others_go_on(database, tmp_path):
    nowhere = "postgresql://postgres@127.0.0.1:1/none"
    settings = Settings(
        data_dir=tmp_path, database_url=database.url, analytics_url=nowhere, _env_file=None
    )
    async with open_app(settings) as app:
        with pytest.raises(ServiceUnavailable):
            await told(app, replace(ASKED, source=Source.DATABASE))
        events = await told(app, replace(ASKED, text="what is in my retirement portfolio"))
        assert any(isinstance(event, ToolFailed) for event in events)
        assert isinstance(events[-1], Answered)
        assert events[-1].answer.unavailable


REVENUE = (
    "SELECT fiscal_year, (metrics ->> 'revenue')::numeric AS revenue FROM filings "
    "WHERE symbol = 'MRDN' AND form_type = '10-K' AND fiscal_year = 2022"
)
YEAR = FactPeriod(date(2022, 1, 1), date(2022, 12, 31))


async def filed(app, revenue):
    cover = Cover(
        "Meridian Tools", ticker="MRDN", form="10-K", fiscal_year=2022, period_end=YEAR.end
    )
    original = BlobRef("m1" * 32, "text/html", 1)
    filing = Filing("m1", "Meridian 10-K 2022", "m.html", original, 1, 1, cover=cover)
    fact = Fact("us-gaap:Revenues", Decimal(revenue), "USD", YEAR, (), -6)
    async with app.postgres.begin():
        await app.catalogue.publish(filing, Document((Page(1, "x"),)))
        await app.facts.insert(filing, [fact])


@pytest.mark.parametrize(("revenue", "agree"), [("4200000000", True), ("4050000000", False)])
async def test_a_figure_of_the_table_stands_beside_that_of_the_filing(app, model, revenue, agree):
    await filed(app, revenue)
    replies(model, REVENUE)
    answer = (await told(app, replace(ASKED, source=Source.DATABASE)))[-1].answer
    [both] = answer.data.reconciled
    assert (both.document, both.agree) == ("Meridian 10-K 2022", agree)
    assert both.sentence in answer.text


PLAIN = b"""MERIDIAN TOOLS, INC.
(Exact name of registrant as specified in its charter)

FORM 10-K
For the fiscal year ended December 31, 2022

Securities registered pursuant to Section 12(b) of the Act:
Common Stock  MRDN  The Nasdaq Stock Market

MERIDIAN TOOLS, INC.
CONSOLIDATED STATEMENTS OF OPERATIONS
(In millions, except per share data)

Year Ended December 31,

2022  2021  2020
Net sales  $ 4,100  $ 3,900  $ 3,600
Cost of sales  (2,520)  (2,400)  (2,250)
Gross profit  1,580  1,500  1,350
Operating income  630  585  450
Interest expense  (42)  (39)  (36)
Income before income taxes  588  546  414
Provision for income taxes  (147)  (131)  (104)
Net income  $ 441  $ 415  $ 310
"""


async def test_a_filing_without_tags_is_read_in_its_rows_and_its_page_is_named(app, model):
    [_] = [one async for one in app.ingest.ingest([Upload("Meridian 10-K.txt", PLAIN)])]
    replies(model, REVENUE)
    answer = (await told(app, replace(ASKED, source=Source.DATABASE)))[-1].answer
    [both] = answer.data.reconciled
    assert not both.agree
    assert (both.reported, both.stated.value) == (Decimal("4100000000"), Decimal("4200000000"))
    assert "Net sales $ 4,100" in both.how
    assert both.page >= 1


async def test_an_answer_from_a_filing_says_that_the_table_says_otherwise(app, model):
    report = Report(sales="4,050", tagged="4,050").html()
    report = report.replace(NAMED, NAMED + LISTED)
    [_] = [one async for one in app.ingest.ingest([Upload("Meridian.html", report)])]
    text = "What were Meridian Tools' net sales in FY2022?"
    asked = replace(ASKED, text=text, source=Source.FILINGS, model=Destination.BUILTIN)
    before = (await told(app, asked))[-1].answer
    assert "4,050" in before.text
    assert not any("market table" in note for note in before.notes)

    replies(model, "SELECT 1 AS one")
    await told(app, replace(ASKED, source=Source.DATABASE))
    after = (await told(app, asked))[-1].answer
    assert any("market table says otherwise" in note and "4,200" in note for note in after.notes)


NAMED = b"as specified in its charter)</p>"
LISTED = (
    b"<p>Securities registered pursuant to Section 12(b) of the Act:</p><table><tr><td>Common Stock</td>"
    b"<td>MRDN</td><td>The Nasdaq Stock Market</td></tr></table>"
)
