"""What one store shows of search: times, recall of the index, sizes, and the plans of its queries.

The questions are asked of random copies (`benchmarks.copies`), once with the company's name and once
without it; the same ones every time.
"""

import os
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.bootstrap import App, open_app
from assistant.domain.answers import Scope
from assistant.domain.filings import Filing
from assistant.domain.search import Probe, Speaking
from assistant.evals.cases import Case
from assistant.rag.documents import MOST, POINTS, choose
from assistant.rag.pages import probe_groups
from assistant.rag.reading import read_question
from assistant.storage import survey
from assistant.storage.lists import PROBE
from assistant.storage.speaking import NEAREST
from assistant.storage.vectors import half
from benchmarks.disguise import anonymous, disguises
from benchmarks.store import settings

_WARM_UP = 10
_ROUNDS = 3
INDEXES = ("passage_meaning", "posting_pkey", "posting_filing", "passage_pkey")
TABLES = ("filing", "page", "passage", "posting")
_EXACT = "set local enable_indexscan = off"


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about one copy, and the page that answers it."""

    text: str
    unnamed: str
    document: str
    pages: frozenset[int]


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds of all calls and of the fastest call of each question, sorted; and what was found.

    The fastest of three tells what a search costs where other programs use the machine too. `hit`
    is the share of questions with their page among the first five.
    """

    each: tuple[float, ...]
    fastest: tuple[float, ...]
    hit: float


def ms(seconds: Sequence[float], share: float) -> float:
    """Return a quantile of sorted seconds in milliseconds (nearest rank)."""
    return 1000 * seconds[min(len(seconds) - 1, int(share * len(seconds)))]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one store showed."""

    passages: int
    filings: int
    named: Times
    unnamed: Times
    asked: int
    recall: float
    nearest: tuple[float, ...]
    exact: tuple[float, ...]
    sizes: dict[str, int]
    plans: dict[str, list[str]]
    load: float


async def measure(store: Path, cases: Sequence[Case], calls: int) -> Measured:
    """Ask the questions of a store and look at how it answers them."""
    async with open_app(settings(store)) as app:
        filings = await app.catalogue.filings()
        asked = _asked(filings, cases, calls)
        named = await _times(app, [(one.text, one) for one in asked])
        unnamed = await _times(app, [(one.unnamed, one) for one in asked])
        about = asked[: len(cases)]
        texts = [text for one in about for text in (one.text, one.unnamed)]
        recall, nearest, exact = await _recall(app, texts)
        return Measured(
            passages=await _one(app, "select count(*) from passage"),
            filings=len(filings),
            named=named,
            unnamed=unnamed,
            asked=len(texts),
            recall=recall,
            nearest=nearest,
            exact=exact,
            sizes={name: await _size(app, name) for name in (*INDEXES, *TABLES)},
            plans=await _plans(app, asked[0].unnamed, filings),
            load=os.getloadavg()[0],
        )


def _asked(filings: Sequence[Filing], cases: Sequence[Case], calls: int) -> list[Asked]:
    """Return the questions, each about a random copy; the same ones every time."""
    base = [filing for filing in filings if not _is_copy(filing)]
    by_name = {filing.name: filing for filing in base}
    stored = [case for case in cases if case.document in by_name]
    copies = len(filings) // len(base)
    worn = {number: disguises(base, number) for number in range(1, copies)}
    plain = disguises(base, 0)
    chance = random.Random(7)
    asked = []
    for call in range(calls):
        case = stored[call % len(stored)]
        filing, number = by_name[case.document], chance.randrange(copies)
        text, document = case.question, case.document
        if number:
            disguise = worn[number][filing.id]
            text, document = disguise.question(text), disguise.filing(filing).name
        unnamed = anonymous(case.question, plain[filing.id].company)
        asked.append(Asked(text, unnamed, document, case.pages))
    return asked


def _is_copy(filing: Filing) -> bool:
    number, dash, _ = filing.id.partition("-")
    return bool(dash) and len(number) == 4 and number.isdigit()


async def _times(app: App, questions: Sequence[tuple[str, Asked]]) -> Times:
    for text, _ in questions[:_WARM_UP]:
        await app.search(text, Scope(), 10)
    fastest, each, hits = [float("inf")] * len(questions), [], 0
    for _ in range(_ROUNDS):
        for at, (text, asked) in enumerate(questions):
            start = time.perf_counter()
            found = await app.search(text, Scope(), 10)
            each.append(time.perf_counter() - start)
            fastest[at] = min(fastest[at], each[-1])
            places = [(hit.locator.document, hit.locator.page) for hit in found]
            best = list(dict.fromkeys(places))[:5]
            hits += any(name == asked.document and page in asked.pages for name, page in best)
    return Times(tuple(sorted(each)), tuple(sorted(fastest)), hits / len(each))


async def _recall(
    app: App, texts: Sequence[str]
) -> tuple[float, tuple[float, ...], tuple[float, ...]]:
    """Return recall@10 of the index, and the seconds of index and exact search, sorted.

    A passage as near as the exact tenth counts as found: copies lie at the same distance.
    """
    vectors = await app.retriever.embedder.embed(list(texts))
    found, nearest, exact = 0, [], []
    for vector in vectors:
        values = {"vector": half(vector)}
        by_index, seconds = await _timed(app, PROBE, values)
        nearest.append(seconds)
        all_rows, seconds = await _timed(app, _EXACT, values)
        exact.append(seconds)
        tenth = all_rows[9][2] + 1e-7
        found += min(10, sum(distance <= tenth for _, _, distance in by_index))
    return found / (10 * len(vectors)), tuple(sorted(nearest)), tuple(sorted(exact))


async def _timed(app: App, before: str, values: dict[str, Any]) -> tuple[list[Any], float]:
    """Return what the search for the nearest passages finds after a setting, and its seconds."""
    async with app.postgres.connection() as connection:
        await connection.execute(before.encode())
        start = time.perf_counter()
        cursor = await connection.execute(NEAREST.encode(), values, prepare=False)
        return await cursor.fetchall(), time.perf_counter() - start


async def _plans(app: App, text: str, filings: Sequence[Filing]) -> dict[str, list[str]]:
    """Return the scans by which the statements of a survey are answered, with their times."""
    understanding = read_question(text, filings)
    [vector] = await app.retriever.embedder.embed([text])
    probe = Probe(probe_groups(understanding), vector)
    speaking = Speaking(understanding.core, POINTS.found, MOST)
    values = survey.values(probe, choose(filings, understanding), speaking)
    found = {}
    async with app.postgres.connection() as connection:
        await connection.execute(PROBE.encode())
        for name, statement in survey.STATEMENTS.items():
            explained = f"explain (analyze, costs off, buffers off) {statement}"
            rows = await connection.execute(explained.encode(), values)
            found[name] = _scans([row[0] for row in await rows.fetchall()])
    return found


def _scans(lines: Sequence[str]) -> list[str]:
    """Return the scans of tables in a plan, each once, and its time."""
    lines = [line.strip().removeprefix("->").strip() for line in lines]
    scans = [
        line.partition(" (actual")[0] for line in lines if " using " in line or "Seq Scan" in line
    ]
    return [*dict.fromkeys(scans), next(line for line in lines if "Execution" in line)]


async def _rows(app: App, statement: str) -> list[Any]:
    async with app.postgres.connection() as connection:
        return await (await connection.execute(statement.encode())).fetchall()


async def _one(app: App, statement: str) -> int:
    [[value]] = await _rows(app, statement)
    return int(value)


async def _size(app: App, name: str) -> int:
    """Return the bytes of a table or an index; of all indexes whose name begins so."""
    if name in INDEXES:
        sizes = f"select coalesce(sum(pg_relation_size(oid)), 0) from pg_class where relname ^@ '{name}'"
        return await _one(app, sizes)
    return await _one(app, f"select pg_table_size('{name}')")
