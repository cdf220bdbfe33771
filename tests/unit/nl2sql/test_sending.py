"""How far a prompt about the database may travel."""

import pytest

from assistant.domain.answers import Destination, Route
from assistant.domain.filings import Sensitivity
from assistant.domain.people import LOCAL_USER
from assistant.domain.queries import DataQuestion, EarlierQuery, LinkedValue, Linking
from assistant.domain.routing import Complexity, Intent, Reading, Secret, SensitiveSpan
from assistant.domain.semantics import ColumnMeaning, SemanticLayer, TableMeaning
from assistant.domain.sql import ReadableSchema, ReadableTable
from assistant.nl2sql.sending import Sending

pytestmark = pytest.mark.anyio
SCHEMA = ReadableSchema(
    {
        "orders": ReadableTable(
            "orders", {"status": "text"}, choices={"status": ("open", "filled")}, owned=True
        ),
        "portfolios": ReadableTable("portfolios", {"name": "text"}),
        "instruments": ReadableTable("instruments", {"symbol": "text"}),
    }
)
LAYER = SemanticLayer(
    tables={
        "portfolios": TableMeaning(
            owner="user_id", columns={"name": ColumnMeaning(values={"demo": "Demo"})}
        )
    }
)
PUBLIC, RESTRICTED = Sensitivity.PUBLIC, Sensitivity.RESTRICTED


class Reads:
    """A router that remembers what it was to decide."""

    def __init__(self, *spans):
        self.spans = spans
        self.decided = None

    async def read(self, question):
        texts = (question.text, *(turn.text for turn in question.history))
        return Reading(
            Intent.CHIT_CHAT, 0.2, Complexity.SIMPLE, self.spans, inherited="secret" in texts
        )

    def decide(self, reading, question, label=PUBLIC, passages=()):
        self.decided = (reading, label)
        return Route(Destination.LOCAL, ())


async def label_of(linking=None, earlier=(), router=None):
    sending = Sending(router or Reads(), SCHEMA, LAYER)
    asked = DataQuestion("how many?", LOCAL_USER, earlier)
    _, label = await sending.decided(asked, linking or Linking())
    return label


@pytest.mark.parametrize(
    ("column", "value", "label"),
    [
        ("instruments.symbol", "AAPL", PUBLIC),
        ("orders.status", "open", PUBLIC),
        ("portfolios.name", "Demo", PUBLIC),
        ("portfolios.name", "Divorce fund", RESTRICTED),
        ("orders.status", "something stored", RESTRICTED),
    ],
)
async def test_a_value_that_only_rows_of_users_hold_keeps_the_prompt_here(column, value, label):
    linking = Linking(("orders",), (), (LinkedValue("it", column, value),))
    assert await label_of(linking) is label


@pytest.mark.parametrize(
    ("sql", "label"),
    [
        ("SELECT * FROM portfolios WHERE name = 'Divorce fund'", RESTRICTED),
        ("SELECT count(*) FROM portfolios", PUBLIC),
        ("SELECT * FROM instruments WHERE symbol = 'AAPL'", PUBLIC),
    ],
)
async def test_so_does_a_statement_before_it_that_may_hold_one(sql, label):
    assert await label_of(earlier=(EarlierQuery("which?", sql),)) is label


async def test_what_is_sensitive_in_the_question_or_before_it_keeps_the_prompt_here():
    own = SensitiveSpan(0, 3, Secret.POSITION)
    assert await label_of(router=Reads(own)) is RESTRICTED
    assert await label_of(earlier=(EarlierQuery("secret"),)) is RESTRICTED


async def test_a_question_to_the_database_is_sql_whatever_the_router_takes_it_for():
    router = Reads()
    await label_of(router=router)
    reading, label = router.decided
    assert reading.candidates == (Intent.SQL,)
    assert label is PUBLIC
