"""Fills a store with copies of its filings under other names and years, until it is large.

    pages, passages, postings of the filings ── disguised ── COPY and INSERT .. SELECT ── indexes

Text is disguised here and copied; postings are copied inside the database with their years and
names mapped. A passage's vector is the token-weighted mean of its text's and its new header's
vector, which is what a static embedding gives for both together (years inside the text keep theirs).
Indexes are built after loading, as a bulk load should.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
from pgvector import HalfVector
from psycopg.rows import dict_row

from assistant.domain.filings import Filing
from assistant.encoders.embedded import EmbeddedEmbedder
from assistant.storage.postgres import Connection
from benchmarks.disguise import Disguise, disguises

_BULK = (
    "set session_replication_role = replica",
    "set synchronous_commit = off",
    "set statement_timeout = 0",
    "set maintenance_work_mem = '2GB'",
    "create temp table base_posting as select * from posting",
    "drop index posting_filing",
    "alter table posting drop constraint posting_pkey",
)
_ENTRIES = """
insert into placement (id, filing_no, name, file_name, series)
select id, no, name, file_name, id from filing
where not exists (select from placement where filing_no = filing.no)
"""
_WORDS = (
    "alter table posting add primary key (lexeme, field, filing_no) include (passages, peak)",
    "create index posting_filing on posting (filing_no)",
)
_ADD_FILING = """
insert into filing (id, name, file_name, sha256, media_type, size, page_count, passage_count,
    word_count, company, other_names, form, amended, fiscal_year, quarter, period_end, event)
select %(id)s, %(name)s, file_name, %(sha256)s, media_type, size, page_count, passage_count,
    word_count, %(company)s, %(other_names)s, form, amended, %(fiscal_year)s, quarter,
    %(period_end)s, %(event)s
from filing where id = %(base)s returning no
"""
_PAGES = """
copy page (filing_no, number, text, section, width, height, items, statement, note, contents, head,
    first_passage, words) from stdin
"""
_PASSAGES = """
copy passage (filing_no, ordinal, page, section, start_at, end_at, header, text, embedding)
from stdin with (format binary)
"""
_PASSAGE_TYPES = ["int8", "int4", "int4", "text", "int4", "int4", "text", "text", "halfvec"]
# Lexemes that a moved year could fall on are left out, so that keys stay unique.
_POSTINGS = """
insert into posting (lexeme, filing_no, field, ordinals, counts, lengths, peak)
select case when lexeme ~ '^(19|20)\\d\\d$' then (lexeme::int + %(years)s)::text
            when lexeme = made.known then made.coined else lexeme end,
       made.no, field, ordinals, counts, lengths, peak
from unnest(%(bases)s::bigint[], %(made)s::bigint[], %(known)s::text[], %(coined)s::text[])
         as made (base, no, known, coined)
join base_posting on filing_no = made.base
where lexeme !~ '^18\\d\\d$' and lexeme <> made.coined
"""
_STEM = "select coalesce((tsvector_to_array(to_tsvector('english', %s)))[1], %s)"


@dataclass(frozen=True, slots=True)
class Built:
    """How long a store took to make, in seconds: its rows, its index of words, that of meaning."""

    load: float
    words: float
    lists: float


@dataclass(frozen=True)
class _Base:
    """The filings as they are, with what a copy is made of."""

    filings: list[Filing]
    numbers: dict[str, int]
    pages: dict[int, list[dict[str, Any]]]
    passages: dict[int, list[dict[str, Any]]]
    vectors: dict[int, np.ndarray[Any, Any]]


async def multiply(connection: Connection, filings: Sequence[Filing], passages: int) -> Built:
    """Add whole copies of all filings until there are at least so many passages."""
    base = await _read(connection, filings)
    held = sum(map(len, base.passages.values()))
    start = perf_counter()
    for statement in _BULK:
        await connection.execute(statement.encode())
    embedder = EmbeddedEmbedder.load()
    for number in range(1, -(-passages // held)):
        await _copy(connection, base, number, embedder)
    await connection.execute(_ENTRIES)
    loaded = perf_counter()
    for statement in _WORDS:
        await connection.execute(statement.encode())
    await connection.execute("set session_replication_role = origin")
    await connection.commit()
    await connection.set_autocommit(True)
    await connection.execute("vacuum analyze filing, page, passage, posting")
    return Built(loaded - start, perf_counter() - loaded, 0.0)


async def _read(connection: Connection, filings: Sequence[Filing]) -> _Base:
    embedder = EmbeddedEmbedder.load()
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute("select id, no from filing")
        numbers = {row["id"]: row["no"] for row in await cursor.fetchall()}
        await cursor.execute("select * from page order by filing_no, number")
        pages = _by_filing(await cursor.fetchall())
        await cursor.execute(
            "select filing_no, ordinal, page, section, start_at, end_at, header, text from passage"
            " order by filing_no, ordinal"
        )
        passages = _by_filing(await cursor.fetchall())
    texts = {no: [row["text"] for row in rows] for no, rows in passages.items()}
    vectors = {no: _sums(embedder, each) for no, each in texts.items()}
    return _Base(list(filings), numbers, pages, passages, vectors)


def _by_filing(rows: list[dict[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["filing_no"], []).append(row)
    return found


def _sums(embedder: EmbeddedEmbedder, texts: list[str]) -> np.ndarray[Any, Any]:
    """Return the sum of the tokens' vectors of each text, shape (texts, dimensions)."""
    counts = [sum(one.attention_mask) for one in embedder.model.tokenize(texts)]
    means = embedder.model.embed(texts, norm=False, batch_size=32)
    return np.asarray(means * np.array(counts)[:, None])


async def _copy(
    connection: Connection, base: _Base, number: int, embedder: EmbeddedEmbedder
) -> None:
    made, worn = [], disguises(base.filings, number)
    for filing in base.filings:
        disguise = worn[filing.id]
        no = await _add_filing(connection, filing, disguise)
        source = base.numbers[filing.id]
        texts = await _add_pages(connection, base.pages[source], no, disguise)
        rows = base.passages[source]
        headers = [disguise.text(row["header"]) for row in rows]
        distinct = list(dict.fromkeys(headers))
        at = {header: place for place, header in enumerate(distinct)}
        sums = base.vectors[source] + _sums(embedder, distinct)[[at[one] for one in headers]]
        sums /= np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
        async with connection.cursor() as cursor, cursor.copy(_PASSAGES) as copy:
            copy.set_types(_PASSAGE_TYPES)
            for row, header, vector in zip(rows, headers, sums.astype(np.float16), strict=True):
                start, end = row["start_at"], row["end_at"]
                place = (row["ordinal"], row["page"], disguise.text(row["section"]), start, end)
                text = texts[row["page"]][start:end]
                await copy.write_row((no, *place, header, text, HalfVector(vector)))
        made.append((source, no, disguise))
    await _add_postings(connection, made)


async def _add_filing(connection: Connection, filing: Filing, disguise: Disguise) -> int:
    new = disguise.filing(filing)
    values = {
        "base": filing.id,
        "id": new.id,
        "name": new.name,
        "sha256": new.original.sha256,
        "company": new.cover.company,
        "other_names": list(new.cover.other_names),
        "fiscal_year": new.cover.fiscal_year,
        "period_end": new.cover.period_end,
        "event": new.cover.event,
    }
    row = await (await connection.execute(_ADD_FILING, values)).fetchone()
    return int(row[0]) if row else 0


async def _add_pages(
    connection: Connection, pages: list[dict[str, Any]], no: int, disguise: Disguise
) -> dict[int, str]:
    texts = {row["number"]: disguise.text(row["text"]) for row in pages}
    async with connection.cursor() as cursor, cursor.copy(_PAGES) as copy:
        for row in pages:
            await copy.write_row(
                (
                    no,
                    row["number"],
                    texts[row["number"]],
                    disguise.text(row["section"]),
                    row["width"],
                    row["height"],
                    row["items"],
                    row["statement"],
                    disguise.text(row["note"]),
                    row["contents"],
                    disguise.text(row["head"]),
                    row["first_passage"],
                    row["words"],
                )
            )
    return texts


async def _add_postings(connection: Connection, made: list[tuple[int, int, Disguise]]) -> None:
    values = {
        "years": made[0][2].years,
        "bases": [source for source, _, _ in made],
        "made": [no for _, no, _ in made],
        "known": [await _stem(connection, one.named_by) for _, _, one in made],
        "coined": [await _stem(connection, one.coined) for _, _, one in made],
    }
    await connection.execute(_POSTINGS, values)


async def _stem(connection: Connection, word: str) -> str:
    row = await (await connection.execute(_STEM, (word, word))).fetchone()
    return str(row[0]) if row else word
