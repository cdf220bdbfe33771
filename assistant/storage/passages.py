"""Finds passages by words and by meaning, both in PostgreSQL.

Meaning is an HNSW index over halfvec. Words are ranked by BM25 (Robertson and Zaragoza 2009,
"The Probabilistic Relevance Framework", k1 1.2, b 0.6), computed from `posting`: one row a word and
filing, holding arrays of the passages it stands in. PostgreSQL's own `ts_rank` ignores how rare a
word is and measured worse on filings; its English stemmer is used, for the text and for the query.

A search unpacks the rarest of its words first and leaves out what goes beyond a fixed number of
entries: those words stand on a large part of a large store, so they say little and cost the most.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from assistant.domain.answers import Scope
from assistant.domain.filings import FoundPassage, Locator, Passage, Sensitivity, Vector
from assistant.storage.postgres import Postgres
from assistant.storage.vectors import half

_INDEX_WORDS = """
with number as (select no from filing where id = %(id)s),
source as (
    select 'text' as field, ordinal, page, carried || ' ' || text as text from passage
    where filing_no = (select no from number)
    union all
    select 'head', number, number, head from page
    where filing_no = (select no from number) and head <> ''
    union all
    select 'note', number, number, note from page
    where filing_no = (select no from number) and note <> ''
),
lexeme as (
    select field, ordinal, page, word.lexeme, cardinality(word.positions) as count
    from source, unnest(to_tsvector('english', text)) as word
),
length as (select field, ordinal, page, sum(count) as words from lexeme group by 1, 2, 3),
counted as (
    update filing set word_count = (select coalesce(sum(words), 0) from length where field = 'text')
    where id = %(id)s
),
held as (
    select page, min(ordinal) as first, sum(words) as words from length where field = 'text'
    group by page
),
paged as (
    update page set first_passage = held.first, words = held.words from held
    where page.filing_no = (select no from number) and page.number = held.page
)
insert into posting (lexeme, filing_no, field, ordinals, counts, lengths)
select lexeme, (select no from number), field, array_agg(ordinal order by ordinal),
       array_agg(count::smallint order by ordinal), array_agg(words::smallint order by ordinal)
from lexeme join length using (field, ordinal) group by lexeme, field
"""

_BY_WORDS = """
with word as (select lexeme from unnest(to_tsvector('english', %(text)s))),
scope as materialized (
    select no, passage_count, word_count from filing
    where %(documents)s::text[] is null or name = any(%(documents)s) or id = any(%(documents)s)
),
corpus as (
    select greatest(sum(passage_count), 1)::float8 as passages,
           greatest(sum(word_count), 1)::float8 / greatest(sum(passage_count), 1) as mean_length
    from scope
),
frequency as (
    select lexeme, sum(cardinality(ordinals))::float8 as passages
    from posting join word using (lexeme)
    where filing_no in (select no from scope) and field = 'text' group by lexeme
),
ordered as (
    select *, sum(passages) over rarest as read, row_number() over rarest as place from frequency
    window rarest as (order by passages, lexeme)
),
rarity as materialized (
    select lexeme, ln(1 + (corpus.passages - ordered.passages + 0.5)
                          / (ordered.passages + 0.5)) as idf
    from ordered, corpus where read <= %(most)s or place = 1
),
hit as (
    select posting.filing_no, entry.ordinal,
           sum(rarity.idf * 2.2 * entry.count
               / (entry.count + 1.2 * (0.4 + 0.6 * entry.length / corpus.mean_length))) as score
    from posting join rarity using (lexeme), corpus,
         unnest(posting.ordinals, posting.counts, posting.lengths)
             as entry (ordinal, count, length)
    where posting.filing_no in (select no from scope) and field = 'text'
    group by posting.filing_no, entry.ordinal
    order by score desc, posting.filing_no, entry.ordinal limit %(limit)s
)
select * from hit join found_passage using (filing_no, ordinal)
order by score desc, filing_no, ordinal
"""

_BY_MEANING = """
with hit as materialized (
    select filing_no, ordinal, 1 - (embedding <=> %(vector)s) as score from passage
    order by embedding <=> %(vector)s limit %(limit)s
)
select * from hit join found_passage using (filing_no, ordinal)
order by score desc, filing_no, ordinal
"""

# Within a few filings every passage is compared: exact, and no index to starve behind a filter.
_BY_MEANING_IN_SCOPE = """
with scoped as materialized (
    select filing_no, ordinal, 1 - (embedding <=> %(vector)s) as score from passage
    where filing_no = any(array(
        select no from filing where name = any(%(documents)s) or id = any(%(documents)s)))
),
hit as (select * from scoped order by score desc limit %(limit)s)
select * from hit join found_passage using (filing_no, ordinal)
order by score desc, filing_no, ordinal
"""

STATEMENTS = {"words": _BY_WORDS, "meaning": _BY_MEANING}
"""What a search over the whole store asks the database, for whoever explains how it is answered."""


@dataclass(frozen=True)
class PostgresPassages:
    """Implements `ports.PassageIndex`.

    Args:
        postgres: Where the passages are.
        most_read: Entries of postings that a search by words unpacks; about 1 ms a thousand.
    """

    postgres: Postgres
    most_read: int = 40_000

    async def insert(
        self, filing_id: str, passages: Sequence[Passage], vectors: Sequence[Vector]
    ) -> None:
        """Index the passages of a filing that the same unit of work publishes."""
        async with self.postgres.connection() as connection:
            cursor = await connection.execute("select no from filing where id = %s", (filing_id,))
            row = await cursor.fetchone()
            number = row[0] if row else None
            async with (
                connection.cursor() as rows,
                rows.copy(
                    "copy passage (filing_no, ordinal, page, section, start_at, end_at, header,"
                    " carried, text, embedding) from stdin with (format binary)"
                ) as copy,
            ):
                copy.set_types(
                    ["int8", "int4", "int4", "text", "int4", "int4", *["text"] * 3, "halfvec"]
                )
                for passage, vector in zip(passages, vectors, strict=True):
                    await copy.write_row(_row(number, passage, vector))
            await connection.execute(_INDEX_WORDS, {"id": filing_id})

    async def search(
        self, text: str, vector: Vector, scope: Scope, limit: int
    ) -> tuple[list[FoundPassage], list[FoundPassage]]:
        """Return two rankings, best first: by words (BM25) and by meaning (cosine)."""
        values = {
            "text": text,
            "vector": half(vector),
            "documents": list(scope.documents) or None,
            "limit": limit,
            "most": self.most_read,
        }
        async with self.postgres.connection() as connection, connection.pipeline():
            words = await _fetch(connection, _BY_WORDS, values)
            by_meaning = _BY_MEANING_IN_SCOPE if scope.documents else _BY_MEANING
            meaning = await _fetch(connection, by_meaning, values)
        return words, meaning


def _row(number: object, passage: Passage, vector: Vector) -> tuple[object, ...]:
    return (
        number,
        passage.ordinal,
        passage.page,
        passage.section,
        passage.start,
        passage.end,
        passage.header,
        passage.carried,
        passage.text,
        half(vector),
    )


async def _fetch(
    connection: AsyncConnection[Any], statement: str, values: dict[str, Any]
) -> list[FoundPassage]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement.encode(), values)
        return [_found(row) for row in await cursor.fetchall()]


def _found(row: dict[str, Any]) -> FoundPassage:
    return FoundPassage(
        text=row["text"],
        header=row["header"],
        locator=Locator(
            filing_id=row["id"],
            document=row["name"],
            page=row["page"],
            section=row["section"],
            start=row["start_at"],
            end=row["end_at"],
        ),
        score=float(row["score"]),
        sensitivity=Sensitivity(row["sensitivity"]),
        media_type=row["media_type"],
        carried=row["carried"],
    )
