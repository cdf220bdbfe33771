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
from assistant.domain.search import Probe
from assistant.evals.cases import Case
from assistant.rag.pages import probe_groups
from assistant.rag.reading import read_question
from assistant.storage import passages, survey
from assistant.storage.vectors import half
from benchmarks.disguise import anonymous, disguises
from benchmarks.store import settings

_WARM_UP = 10
_ROUNDS = 3
INDEXES = ("passage_embedding", "posting_pkey", "posting_filing", "passage_pkey")
TABLES = ("filing", "page", "passage", "posting")
_EXACT = """
select filing_no, ordinal, embedding <=> %(vector)s from passage order by 3 limit 10
"""
_NEAREST = """
select filing_no, ordinal, embedding <=> %(vector)s from passage
order by embedding <=> %(vector)s limit 100
"""


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
    recall: float
    nearest_ms: float
    exact_ms: float
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
        texts = [one.text for one in asked[: len(cases)]]
        recall, nearest, exact = await _recall(app, texts)
        return Measured(
            passages=await _one(app, "select count(*) from passage"),
            filings=len(filings),
            named=named,
            unnamed=unnamed,
            recall=recall,
            nearest_ms=nearest,
            exact_ms=exact,
            sizes={name: await _size(app, name) for name in (*INDEXES, *TABLES)},
            plans=await _plans(app, asked[0].text, filings),
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


async def _recall(app: App, texts: Sequence[str]) -> tuple[float, float, float]:
    """Return recall@10 of the index, and the median milliseconds of index and exact search.

    A passage as near as the exact tenth counts as found: copies lie at the same distance.
    """
    vectors = await app.retriever.embedder.embed(list(texts))
    found, nearest, exact = 0, [], []
    for vector in vectors:
        values = {"vector": half(vector)}
        start = time.perf_counter()
        by_index = await _rows(app, _NEAREST, values)
        between = time.perf_counter()
        all_rows = await _rows(app, _EXACT, values, "set local enable_indexscan = off")
        exact.append(time.perf_counter() - between)
        nearest.append(between - start)
        tenth = all_rows[-1][2] + 1e-7
        found += min(10, sum(distance <= tenth for _, _, distance in by_index))
    middle = len(vectors) // 2
    share = found / (10 * len(vectors))
    return share, 1000 * sorted(nearest)[middle], 1000 * sorted(exact)[middle]


async def _plans(app: App, text: str, filings: Sequence[Filing]) -> dict[str, list[str]]:
    """Return the scans by which the statements of a search are answered, with their times."""
    understanding = read_question(text, filings)
    [vector] = await app.retriever.embedder.embed([text])
    probe = Probe(probe_groups(understanding), vector)
    values: dict[str, Any] = {
        "groups": list(probe.groups),
        "filings": sorted(understanding.filings)[:12],
        "vector": half(vector),
        "text": understanding.core,
        "documents": None,
        "limit": 100,
        "most": passages.PostgresPassages.most_read,
    }
    named = {f"survey: {key}": text for key, text in survey.STATEMENTS.items()}
    named |= {f"whole store: {key}": text for key, text in passages.STATEMENTS.items()}
    return {name: await _plan(app, statement, values) for name, statement in named.items()}


async def _plan(app: App, statement: str, values: dict[str, Any]) -> list[str]:
    rows = await _rows(app, f"explain (analyze, costs off, buffers off) {statement}", values)
    lines = [row[0].strip().removeprefix("->").strip() for row in rows]
    scans = [line.partition(" (actual")[0] for line in lines if "using" in line]
    return [*dict.fromkeys(scans), next(line for line in lines if "Execution" in line)]


async def _rows(
    app: App, statement: str, values: dict[str, Any], before: str = "select 1"
) -> list[Any]:
    async with app.postgres.connection() as connection:
        await connection.execute(before.encode())
        cursor = await connection.execute(statement.encode(), values)
        return await cursor.fetchall()


async def _one(app: App, statement: str) -> int:
    [[value]] = await _rows(app, statement, {})
    return int(value)


async def _size(app: App, name: str) -> int:
    size = "pg_relation_size" if name in INDEXES else "pg_table_size"
    return await _one(app, f"select {size}('{name}')")
