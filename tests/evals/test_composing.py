"""Questions of our own, composed over the sample market: the rows are those of a statement that a person wrote.

Half of the questions were written before the rules that read them (written_before.txt). What is declined
there is a right answer too where "declined" is expected; a wrong statement never is.
"""

import itertools
from decimal import Decimal
from pathlib import Path

import pytest

from assistant.domain.people import LOCAL_USER, Principal, Role
from assistant.domain.queries import DataQuestion, EarlierQuery, Linking, Written
from assistant.domain.sql import RowReader, SqlLimits
from assistant.nl2sql.builtin import BuiltinWriter
from assistant.nl2sql.clock import at
from assistant.nl2sql.composing.composer import composer_of
from assistant.nl2sql.guard import Guard
from assistant.nl2sql.linking import Linker
from assistant.nl2sql.schema import Surveyor
from assistant.nl2sql.semantics import completed, market_layer
from assistant.samples.market import TODAY, sample_market
from assistant.storage.market import Market
from tests.conftest import fresh_database

pytestmark = [pytest.mark.anyio, pytest.mark.slow, pytest.mark.timeout(600)]
ALL, LIMITS = RowReader(everything=True), SqlLimits(seconds=60, rows=100_000)
FOLDER = Path(__file__).with_name("composing")
TRADER = Principal("7", Role.ANALYST)


class NoExamples:
    async def write(self, question: DataQuestion, linking: Linking) -> None:
        return None


def cases(name):
    lines = (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
    told = [line for line in lines if line and not line.startswith("#")]
    return list(zip(told[::2], (line.strip() for line in told[1::2]), strict=True))


@pytest.fixture(scope="module")
async def market(database_server, template_database):
    async with fresh_database(database_server, template_database) as server:
        market = Market(server, ours=True)
        await market.settle()
        assert await market.fill(*sample_market())
        yield market.engine()


@pytest.fixture(scope="module")
async def ask(market):
    schema = await market.schema()
    layer = completed(market_layer(), schema)
    linker = Linker(Surveyor(market, layer))
    writer = BuiltinWriter(composer_of(layer, schema), NoExamples(), linker)

    async def asked(said):
        *before, text = said.split(" || ")
        own = {"my", "i", "mine"} & set(text.lower().split())
        reader = RowReader(int(TRADER.id)) if own else ALL
        earlier = tuple(EarlierQuery(one) for one in before)
        question = DataQuestion(text, TRADER if own else LOCAL_USER, earlier)
        return await writer.write(question, await linker.link(text, reader, earlier)), reader

    return asked


@pytest.fixture(scope="module")
async def rows(market):
    guard = Guard(await market.schema(), LIMITS.rows)

    async def run(sql, reader):
        verdict = guard.check(sql)
        assert verdict.allowed, (sql, verdict.reason)
        return (await market.run(at(verdict.rewritten, TODAY, guard.schema), reader, LIMITS)).rows

    return run


@pytest.mark.parametrize(("name", "least"), [("written_before", 0.9), ("written_after", 0.95)])
async def test_no_composed_statement_gives_other_rows_than_the_one_a_person_wrote(
    ask, rows, name, least
):
    right, wrong = 0, []
    for said, expected in cases(name):
        draft, reader = await ask(said)
        written = isinstance(draft, Written)
        if not written:
            right += expected == "declined"
        elif expected == "declined" or not same(
            await rows(expected, reader), await rows(draft.sql, reader)
        ):
            wrong.append((said, draft.sql))
        else:
            right += 1
    assert not wrong
    assert right / len(cases(name)) >= least


def same(gold, given):
    """Whether some columns of the given rows are the gold rows, in any order of rows."""
    if len(gold) != len(given):
        return False
    if not gold:
        return True
    gold, given = [[tuple(map(plain, row)) for row in some] for some in (gold, given)]
    fitting = [
        [
            at
            for at in range(len(given[0]))
            if sorted(row[at] for row in given) == sorted(row[column] for row in gold)
        ]
        for column in range(len(gold[0]))
    ]
    return any(
        sorted(gold) == sorted(tuple(row[at] for at in chosen) for row in given)
        for chosen in itertools.product(*fitting)
    )


def plain(value):
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return f"{float(value):.9g}"
    return str(value)
